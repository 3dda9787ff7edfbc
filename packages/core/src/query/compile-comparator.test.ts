import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileComparator, compileRanking } from './compile-comparator.js';
import type { Entry } from './entry.js';
import { evaluate } from './evaluate/evaluate.js';
import { parseQuery } from './parse-query.js';
import { entries, sort } from './query.arbitrary.js';
import type { SortInput } from './query-input.js';
import { ALWAYS, type SortKey } from './query.js';

function sortKeys(input: SortInput): readonly SortKey[] {
  const query = parseQuery({ sort: input });
  if (!query.ok) throw new Error(JSON.stringify(query.error));
  return query.value.sort;
}

function keysSorted(input: SortInput, rows: readonly Entry[]): string[] {
  return rows.toSorted(compileComparator({ sort: sortKeys(input) })).map((row) => row.key);
}

describe('QU-3: the order of rows', () => {
  const rows: readonly Entry[] = [
    { key: 'd', value: { n: 2, s: 'x' } },
    { key: 'c', value: { n: 1, s: 'x' } },
    { key: 'b', value: { n: 1, s: 'y', deep: { n: 1 } } },
    { key: 'a', value: { s: 'y' } },
  ];

  test('is by key without a sort order', () => {
    expect(keysSorted([], rows)).toEqual(['a', 'b', 'c', 'd']);
  });

  test('breaks ties by key, ascending, in a descending order too', () => {
    expect(keysSorted({ n: 'asc' }, rows)).toEqual(['a', 'b', 'c', 'd']);
    expect(keysSorted({ n: 'desc' }, rows)).toEqual(['d', 'b', 'c', 'a']);
    expect(keysSorted({ s: 'desc' }, rows)).toEqual(['a', 'b', 'c', 'd']);
  });

  test('weighs several paths in their order', () => {
    expect(keysSorted({ s: 'asc', n: 'desc' }, rows)).toEqual(['d', 'c', 'b', 'a']);
    expect(
      keysSorted(
        [
          ['n', 'desc'],
          ['s', 'desc'],
        ],
        rows,
      ),
    ).toEqual(['d', 'b', 'c', 'a']);
  });

  test('puts rows without a value first, and last when descending', () => {
    expect(keysSorted({ 'deep.n': 'asc' }, rows)).toEqual(['a', 'c', 'd', 'b']);
    expect(keysSorted({ 'deep.n': 'desc' }, rows)).toEqual(['b', 'a', 'c', 'd']);
  });

  test('can be the key, either way', () => {
    expect(keysSorted({ _key: 'desc' }, rows)).toEqual(['d', 'c', 'b', 'a']);
    expect(keysSorted({ s: 'asc', _key: 'desc' }, rows)).toEqual(['d', 'c', 'b', 'a']);
  });

  test('reads a field whose name has a dot only when it is named so', () => {
    const dotted: readonly Entry[] = [
      { key: 'a', value: { 'x.y': 1, x: { y: 2 } } },
      { key: 'b', value: { 'x.y': 2, x: { y: 1 } } },
    ];
    expect(keysSorted([['x.y', 'asc']], dotted)).toEqual(['b', 'a']);
    expect(keysSorted([[['x.y'], 'asc']], dotted)).toEqual(['a', 'b']);
  });
});

describe('a compiled comparator', () => {
  test('is a total order: antisymmetric, transitive, zero for one key alone', () => {
    fc.assert(
      fc.property(sort, fc.array(fc.nat(39), { minLength: 3, maxLength: 3 }), entries, (input, picks, rows) => {
        fc.pre(rows.length > 0);
        const compare = compileComparator({ sort: sortKeys(input) });
        const three = picks.map((pick) => rows[pick % rows.length] as Entry);
        for (const a of three) {
          for (const b of three) {
            expect(Math.sign(compare(a, b))).toBe(0 - Math.sign(compare(b, a)));
            expect(compare(a, b) === 0).toBe(a.key === b.key);
          }
        }
        const [a, b, c] = three.sort(compare) as [Entry, Entry, Entry];
        expect(compare(a, b)).toBeLessThanOrEqual(0);
        expect(compare(b, c)).toBeLessThanOrEqual(0);
        expect(compare(a, c)).toBeLessThanOrEqual(0);
      }),
      { numRuns: 500 },
    );
  });

  test('CL-3: agrees with the interpreter, whatever order the rows came in', () => {
    fc.assert(
      fc.property(sort, entries, (input, rows) => {
        const keys = sortKeys(input);
        const expected = evaluate({ where: ALWAYS, sort: keys, limit: null }, rows);
        expect(rows.toSorted(compileComparator({ sort: keys }))).toEqual(expected);
        expect(rows.toReversed().sort(compileComparator({ sort: keys }))).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });

  test('CL-3: orders as the ranking does that reads its first value once', () => {
    fc.assert(
      fc.property(sort, entries, (input, rows) => {
        const keys = sortKeys(input);
        const { rank, compare } = compileRanking({ sort: keys });
        const ranked = rows.map(rank).sort(compare);
        expect(ranked.map(({ entry }) => entry)).toEqual(rows.toSorted(compileComparator({ sort: keys })));
      }),
      { numRuns: 300 },
    );
  });
});
