import { describe, expect, test } from 'vitest';
import type { Value } from '../../primitives/index.js';
import { compileAfter } from '../cursor/compile-after.js';
import { cursorAt } from '../cursor/cursor-at.js';
import type { Entry } from '../entry.js';
import type { Cursor, CursorValue, Direction, Query, SortKey } from '../query.js';
import { ALWAYS } from '../query.js';
import { evaluate } from './evaluate.js';

/** Every record of two fields that hold one of few values, or nothing, among them a null and values of other types. */
const VALUES: readonly (Value | undefined)[] = [undefined, null, 1, 2, 'a'];
const ENTRIES: readonly Entry[] = VALUES.flatMap((a, i) =>
  VALUES.map((b, j): Entry => {
    const value: Record<string, Value> = {};
    if (a !== undefined) value['a'] = a;
    if (b !== undefined) value['b'] = b;
    // Keys in no order of the values.
    return { key: `k${((i * 5 + j) * 7) % 25}`.replace(/^k(\d)$/, 'k0$1'), value };
  }),
);

const WAYS: readonly Direction[] = ['asc', 'desc'];
const level = (name: string, way: Direction): SortKey => [[name], way];
/** Every order of at most two levels of these fields and the key. */
const SORTS: readonly (readonly SortKey[])[] = [
  [],
  ...['a', '_key'].flatMap((name) => WAYS.map((way) => [level(name, way)])),
  ...WAYS.flatMap((one) =>
    WAYS.flatMap((other) => [
      [level('a', one), level('b', other)],
      [level('b', one), level('_key', other)],
    ]),
  ),
];

const queryOf = (sort: readonly SortKey[], limit: number | null, after?: Cursor): Query => ({
  where: ALWAYS,
  sort,
  limit,
  ...(after === undefined ? {} : { after }),
});
const keysOf = (rows: readonly Entry[]): string[] => rows.map(({ key }) => key);

describe('QU-12: pages of every order of a small world', () => {
  test.each(SORTS.map((sort) => [sort] as const))('by %j, put together, are all rows, each once', (sort) => {
    const all = keysOf(evaluate(queryOf(sort, null), ENTRIES));
    expect(all.toSorted()).toEqual(keysOf(ENTRIES).toSorted());
    for (const size of [1, 2, 7, 24, 25, 26]) {
      const pages: string[] = [];
      let after: Cursor | undefined;
      for (;;) {
        const page = evaluate(queryOf(sort, size, after), ENTRIES);
        pages.push(...keysOf(page));
        const last = page.at(-1);
        if (last === undefined || page.length < size) break;
        after = cursorAt({ sort }, last);
      }
      expect([size, pages]).toEqual([size, all]);
    }
  });

  test.each(SORTS.map((sort) => [sort] as const))('by %j, begin behind each row as well when it has gone', (sort) => {
    const all = evaluate(queryOf(sort, null), ENTRIES);
    for (const [at, row] of all.entries()) {
      const query = queryOf(sort, null, cursorAt({ sort }, row));
      const rest = keysOf(all.slice(at + 1));
      expect([row.key, keysOf(evaluate(query, ENTRIES))]).toEqual([row.key, rest]);
      expect(
        keysOf(
          evaluate(
            query,
            ENTRIES.filter((entry) => entry !== row),
          ),
        ),
      ).toEqual(rest);
    }
  });

  test('a place that no row ever had parts the rows where it would be', () => {
    // What comes behind it, ascending and descending: of five rows each with nothing, null, 1, 2 and 'a'.
    const places: readonly (readonly [CursorValue, string, number, number])[] = [
      [{ missing: true }, '', 25, 5],
      [{ missing: true }, 'z', 20, 0],
      [null, '', 20, 10],
      [null, 'z', 15, 5],
      [true, '', 15, 10],
      [1, 'z', 10, 10],
      [1.5, '', 10, 15],
      [2, '', 10, 20],
      [2, 'z', 5, 15],
      ['', '', 5, 20],
      ['a', 'z', 0, 20],
      ['b', '', 0, 25],
      [{ json: '[]' }, '', 0, 25],
    ];
    for (const [value, key, up, down] of places) {
      const counts = WAYS.map((way) => {
        const query = queryOf([level('a', way)], null, { values: [value], key });
        return evaluate(query, ENTRIES).length;
      });
      expect([value, key, counts]).toEqual([value, key, [up, down]]);
    }
  });

  test('the compiled cursor parts the rows as the oracle does', () => {
    for (const sort of SORTS) {
      for (const row of ENTRIES) {
        const after = cursorAt({ sort }, row);
        const isAfter = compileAfter({ where: ALWAYS, sort }, after);
        const behind = ENTRIES.filter((entry) => isAfter(entry.key, entry.value));
        expect(keysOf(behind).toSorted()).toEqual(keysOf(evaluate(queryOf(sort, null, after), ENTRIES)).toSorted());
      }
    }
  });
});
