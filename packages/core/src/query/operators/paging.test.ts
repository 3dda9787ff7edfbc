import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Value } from '../../primitives/index.js';
import { compileRanking } from '../compile-comparator.js';
import { compileAfter } from '../cursor/compile-after.js';
import { cursorAt } from '../cursor/cursor-at.js';
import type { Entry } from '../entry.js';
import type { Cursor, SortKey } from '../query.js';
import { createAfter } from './after.js';
import { createLimit } from './limit.js';
import type { RowChange } from './operator.js';
import { createOrder } from './order.js';

/*
 * QU-12, QU-23: whoever reads page by page while others write. No row that stays is left out or comes twice, whatever comes and goes in between, the row
 * at which a page ended included; and a page that is held shows its rows as they change.
 */

const SORTS: readonly (readonly SortKey[])[] = [
  [],
  [[['n'], 'asc']],
  [[['n'], 'desc']],
  [
    [['t'], 'desc'],
    [['n'], 'asc'],
  ],
];
type Records = Map<string, Entry>;
const key = fc.integer({ min: 0, max: 25 }).map((n) => `k${n}`);
const value: fc.Arbitrary<Value> = fc.record(
  { n: fc.constantFrom<Value>(1, 2, 3, null, 'x'), t: fc.boolean() },
  { requiredKeys: [] },
) as fc.Arbitrary<Value>;
const records = fc.uniqueArray(fc.record({ key, value }), { selector: (entry) => entry.key, maxLength: 20 });
const writes = fc.array(fc.tuple(key, fc.option(value, { nil: undefined })), { maxLength: 4 });

/** A window behind a place, of so many rows: what is held of it, kept by changes. */
function pageOf(sort: readonly SortKey[], after: Cursor | null, size: number) {
  const behind = createAfter(after === null ? () => true : compileAfter({ sort }, after));
  const order = createOrder(compileRanking({ sort }));
  const limit = createLimit(size, order);
  const rows = new Map<string, Entry>();
  return {
    load(all: Iterable<Entry>): void {
      for (const row of limit.load(order.load(behind.load(all)))) rows.set(row.key, row);
    },
    push(change: RowChange): void {
      behind.push(change, (one) =>
        order.push(one, (placed) =>
          limit.push(placed, ({ before, after: is }) => {
            if (is === undefined) rows.delete((before as Entry).key);
            else rows.set(is.key, is);
          }),
        ),
      );
    },
    /** In order. What was let through must be what is first. */
    rows(): Entry[] {
      const first = order.first(size);
      expect(new Set(rows.values())).toEqual(new Set(first));
      return first;
    },
  };
}

/** Writes to the records; says each change, and notes which rows are no longer what they were. */
function write(
  map: Records,
  batch: readonly (readonly [string, Value | undefined])[],
  touched: Set<string>,
): RowChange[] {
  const changes: RowChange[] = [];
  for (const [name, next] of batch) {
    const before = map.get(name);
    const after = next === undefined ? undefined : { key: name, value: next };
    if (before === undefined && after === undefined) continue;
    touched.add(name);
    if (after === undefined) map.delete(name);
    else map.set(name, after);
    changes.push({ before, after });
  }
  return changes;
}

describe('QU-12: page by page while others write', () => {
  test.each(SORTS.map((sort) => [sort] as const))(
    'by %j no row that stays is left out, and none comes twice',
    (sort) => {
      fc.assert(
        fc.property(
          records,
          fc.array(writes, { maxLength: 8 }),
          fc.integer({ min: 1, max: 4 }),
          (all, batches, size) => {
            const map: Records = new Map(all.map((entry) => [entry.key, entry]));
            const touched = new Set<string>();
            const seen: Entry[] = [];
            let after: Cursor | null = null;
            for (let turn = 0; ; turn += 1) {
              const page = pageOf(sort, after, size);
              page.load(map.values());
              const rows = page.rows();
              seen.push(...rows);
              const last = rows.at(-1);
              if (rows.length < size || last === undefined) break;
              after = cursorAt({ sort }, last);
              // Every other time the very row at which the page ended goes.
              write(
                map,
                [...(batches[turn] ?? []), ...(turn % 2 === 0 ? [] : [[last.key, undefined] as const])],
                touched,
              );
            }
            const stayed = seen.filter(({ key: name }) => !touched.has(name)).map(({ key: name }) => name);
            // As all of them at once come, and in that order.
            const whole = pageOf(sort, null, Infinity);
            whole.load(all.filter(({ key: name }) => !touched.has(name)));
            expect(stayed).toEqual(whole.rows().map((row) => row.key));
          },
        ),
        { numRuns: 60 },
      );
    },
  );

  test.each(SORTS.map((sort) => [sort] as const))(
    'by %j a page that is held is the page that would be read now',
    (sort) => {
      fc.assert(
        fc.property(records, writes, writes, fc.integer({ min: 1, max: 4 }), (all, first, second, size) => {
          const map: Records = new Map(all.map((entry) => [entry.key, entry]));
          const start = pageOf(sort, null, size);
          start.load(map.values());
          const last = start.rows().at(-1);
          const after = last === undefined ? null : cursorAt({ sort }, last);
          const held = pageOf(sort, after, size);
          held.load(map.values());
          for (const batch of [first, second]) {
            for (const change of write(map, batch, new Set())) held.push(change);
            const now = pageOf(sort, after, size);
            now.load(map.values());
            expect(held.rows()).toEqual(now.rows());
          }
        }),
        { numRuns: 60 },
      );
    },
  );

  test('rows that change their place may come again, or not at all: where they were is not where they are', () => {
    const sort: readonly SortKey[] = [[['n'], 'asc']];
    const rows = [1, 2, 3, 4].map((n): Entry => ({ key: `k${n}`, value: { n } }));
    const page = pageOf(sort, cursorAt({ sort }, rows[1] as Entry), 2);
    page.load(rows);
    expect(page.rows().map((row) => row.key)).toEqual(['k3', 'k4']);
    // One that was read goes behind the place; one that was not goes before it.
    page.push({ before: rows[0], after: { key: 'k1', value: { n: 3.5 } } });
    expect(page.rows().map((row) => row.key)).toEqual(['k3', 'k1']);
    page.push({ before: rows[2], after: { key: 'k3', value: { n: 0 } } });
    expect(page.rows().map((row) => row.key)).toEqual(['k1', 'k4']);
  });
});
