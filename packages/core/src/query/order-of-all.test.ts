import { describe, expect, test } from 'vitest';
import { canonicalJson, type Value } from '../primitives/index.js';
import { SMALL_VALUES } from '../primitives/small-values.arbitrary.js';
import { compareValues } from './compare-values.js';
import { compileComparator, compileRanking } from './compile-comparator.js';
import { compileAfter } from './cursor/compile-after.js';
import { cursorAt } from './cursor/cursor-at.js';
import { decodeCursor, encodeCursor } from './cursor/cursor-token.js';
import type { Entry } from './entry.js';
import { evaluate } from './evaluate/evaluate.js';
import { inOrder } from './evaluate/values.js';
import { describeQueryError } from './language/query-error.js';
import { parseQuery } from './parse-query.js';
import type { QueryInput, SortInput } from './query-input.js';
import type { Query } from './query.js';

// Every value of a small world in which all types are, and no value at all: every pair, every triple, every page.

const WORLD: readonly (Value | undefined)[] = [
  undefined,
  ...SMALL_VALUES,
  -Number.MAX_VALUE,
  5e-324,
  Number.MAX_VALUE,
  'aa',
  'b',
  '\u{1F600}',
  '\uFFFD',
  new Uint8Array([200]),
  [[], 0],
];

const sign = (order: number): number => (order === 0 ? 0 : Math.sign(order));
const ordered = WORLD.map((item) => ({ item }))
  .sort((a, b) => compareValues(a.item, b.item))
  .map(({ item }) => item);

describe('QU-3: the order of every two values', () => {
  test('is one line: who stands before another in it comes before, whoever is asked', () => {
    const wrong: unknown[] = [];
    for (const [i, a] of ordered.entries()) {
      for (const [j, b] of ordered.entries()) {
        const expected = sign(i - j);
        if (sign(compareValues(a, b)) !== expected) wrong.push([a, b]);
        // Says the same in its own words, and shares no code.
        if (sign(inOrder(a, b)) !== expected) wrong.push(['in order', a, b]);
      }
    }
    expect(wrong).toEqual([]);
  });

  test('does not look at the type of what is around: within a list, or under a name, it is the same', () => {
    const wrong: unknown[] = [];
    for (const a of SMALL_VALUES) {
      for (const b of SMALL_VALUES) {
        const expected = sign(compareValues(a, b));
        const around = [
          compareValues([a], [b]),
          compareValues([0, a, 1], [0, b, 0]),
          compareValues({ f: a }, { f: b }),
          compareValues({ e: 0, f: [a] }, { e: 0, f: [b] }),
        ].map(sign);
        if (expected !== 0 && around.some((order) => order !== expected)) wrong.push([a, b, around]);
      }
    }
    expect(wrong).toEqual([]);
  });

  test('calls nothing equal but a value and itself, as canonical JSON does', () => {
    for (const a of SMALL_VALUES) {
      for (const b of SMALL_VALUES) {
        expect(compareValues(a, b) === 0).toBe(canonicalJson(a) === canonicalJson(b));
      }
    }
  });
});

function parsed(input: QueryInput): Query {
  const query = parseQuery(input, { nowMillis: 0 });
  if (!query.ok) throw new Error(describeQueryError(query.error));
  return query.value;
}

/** Each value twice, so that ties are there to be broken, in no order at all. */
const ROWS: readonly Entry[] = WORLD.flatMap((item, i) =>
  [0, 1].map((twin): Entry => ({
    key: `${(i * 37) % 101} ${twin}`,
    value: { ...(item === undefined ? {} : { v: item }), twin, w: i % 3 },
  })),
);

describe.each<[string, SortInput]>([
  ['up', { v: 'asc' }],
  ['down', { v: 'desc' }],
  ['up after another field', { w: 'desc', v: 'asc' }],
  ['down before another field', { v: 'desc', twin: 'asc' }],
  ['by key, down', { _key: 'desc' }],
])('QU-3, QU-12: rows of all types, %s', (_how, sort) => {
  const query = parsed({ sort });
  const rows = evaluate(query, ROWS);

  test('CL-3: are in one order by the comparator, by the ranking, and by the evaluation from scratch', () => {
    const { rank, compare } = compileRanking(query);
    expect(rows).toHaveLength(ROWS.length);
    expect(ROWS.toSorted(compileComparator(query))).toEqual(rows);
    expect(
      ROWS.map(rank)
        .sort(compare)
        .map(({ entry }) => entry),
    ).toEqual(rows);
  });

  test('a cursor at any of them says where it was, and what comes after is what is left of the rows', () => {
    for (const [at, row] of rows.entries()) {
      const cursor = encodeCursor(query, row, 0);
      expect(decodeCursor(cursor, query, 0)).toEqual({ status: 'valid', cursor: cursorAt(query, row) });
      const isAfter = compileAfter(query, cursorAt(query, row));
      const left = rows.slice(at + 1);
      expect(rows.findIndex(({ key, value }) => isAfter(key, value))).toBe(left.length === 0 ? -1 : at + 1);
      expect(left.every(({ key, value }) => isAfter(key, value))).toBe(true);
      if (at % 9 === 0) expect(evaluate(parsed({ sort, cursor }), ROWS)).toEqual(left);
    }
  });
});
