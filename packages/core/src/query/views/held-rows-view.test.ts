import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { Value } from '../../primitives/index.js';
import { compileComparator, compilePredicate, evaluate, parseQuery, type Change, type Query } from '../index.js';
import { FirstEntries } from './first-entries.js';
import { HeldRowsView } from './held-rows-view.js';

const key = fc.constantFrom(...'a b c d e f g h i j k l m n o p'.split(' '));
const record = fc.record({ rank: fc.nat(5), done: fc.boolean() });
const records = fc.dictionary(key, record, { minKeys: 4, maxKeys: 16 });
const batch = fc.array(fc.tuple(key, fc.option(record, { nil: undefined })), { maxLength: 6 });

const parsed = (input: Parameters<typeof parseQuery>[0]): Query => {
  const query = parseQuery(input);
  if (!query.ok) throw new Error(query.error.code);
  return query.value;
};
const query = fc
  .record({
    where: fc.constantFrom({}, { done: true }, { rank: { $gte: 2 } }),
    sort: fc.constantFrom({}, { rank: 'asc' as const }, { rank: 'desc' as const, _key: 'desc' as const }),
    limit: fc.option(fc.integer({ min: 1, max: 4 })),
    after: fc.option(fc.record({ rank: fc.nat(5), key })),
  })
  .map(({ where, sort, limit, after }): Query => {
    const plain = parsed({ where, sort, limit });
    if (after === null) return plain;
    const values = plain.sort.map(([[name]]) => (name === 'rank' ? after.rank : after.key));
    return { ...plain, after: { values, key: after.key } };
  });

class Held {
  readonly values: Map<string, Value>;
  readonly view: HeldRowsView;
  loads = 0;
  readonly #query: Query;

  constructor(asked: Query, held: number, start: { readonly [name: string]: Value }) {
    this.values = new Map(Object.entries(start));
    this.#query = asked;
    const matches = compilePredicate(asked.where);
    this.view = new HeldRowsView({
      query: asked,
      held,
      each: (visit) => {
        this.loads++;
        for (const [name, value] of this.values) if (matches(name, value)) visit(name, value);
      },
    });
    this.view.loadAll();
  }

  write(changes: readonly (readonly [string, Value | undefined])[]): void {
    const told: Change[] = changes.map(([name, after]) => {
      const before = this.values.get(name);
      if (after === undefined) this.values.delete(name);
      else this.values.set(name, after);
      return { key: name, before, after };
    });
    this.view.apply(told);
  }

  expected(limit: number | null = this.#query.limit): string[] {
    const entries = Array.from(this.values, ([name, value]) => ({ key: name, value }));
    return evaluate({ ...this.#query, limit }, entries).map((row) => row.key);
  }

  shown(): string[] {
    return this.view.rows().map((row) => row.key);
  }
}

describe('a view of the first rows of many', () => {
  it('CL-25, QU-6: shows what evaluating all records shows, however few rows it holds, and knows whether there are more', () => {
    fc.assert(
      fc.property(
        query,
        fc.integer({ min: 0, max: 6 }),
        records,
        fc.array(batch, { maxLength: 12 }),
        (asked, held, start, batches) => {
          const view = new Held(asked, held, start);
          const check = (): void => {
            expect(view.shown()).toEqual(view.expected());
            if (asked.limit === null) return;
            const hasMore = view.view.isCut || view.view.size > asked.limit;
            const all = view.expected(null).length;
            // An edge may outlive the last row beyond it; it is never missing.
            if (all > asked.limit) expect(hasMore).toBe(true);
            if (!view.view.isCut) expect(view.view.size).toBe(all);
          };
          check();
          for (const changes of batches) {
            view.write(changes);
            check();
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it('CL-25: looks at all records again only when the rows it holds no longer fill the limit', () => {
    const start = Object.fromEntries(
      Array.from({ length: 100 }, (_, i) => [`k${String(i).padStart(3, '0')}`, { rank: i }]),
    );
    const view = new Held(parsed({ sort: { rank: 'asc' }, limit: 10 }), 30, start);
    expect([view.loads, view.view.size, view.view.isCut]).toEqual([1, 30, true]);
    for (let i = 0; i < 20; i++) view.write([[`k${String(i).padStart(3, '0')}`, undefined]]);
    expect([view.loads, view.view.size]).toEqual([1, 10]);
    view.write([['k020', undefined]]);
    expect([view.loads, view.view.size, view.shown()[0]]).toEqual([2, 30, 'k021']);
    view.write([['new', { rank: 999 }]]);
    expect([view.loads, view.view.size]).toEqual([2, 30]);
  });

  it('CL-25: holds all where there is no limit, and of groups every record counts', () => {
    const start = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`k${i}`, { rank: i % 7 }]));
    expect(new Held(parsed({}), 4, start).view.size).toBe(50);
    const groups = new Held(
      parsed({ groupBy: 'rank', aggregate: { n: 'count' }, sort: { n: 'desc' }, limit: 2 }),
      4,
      start,
    );
    expect(groups.view.rows().map(({ value }) => (value as { n: number }).n)).toEqual([8, 7]);
  });

  it('CL-25: keeps the entries of rows whose records are the same when it starts over', () => {
    const view = new Held(parsed({ sort: { rank: 'asc' }, limit: 2 }), 3, {
      a: { rank: 0 },
      b: { rank: 1 },
      c: { rank: 2 },
      d: { rank: 3 },
    });
    const before = view.view.rows();
    view.view.loadAll();
    expect(view.view.rows().every((row, i) => row === before[i])).toBe(true);
  });
});

describe('the first entries', () => {
  const compare = compileComparator(parsed({ sort: { rank: 'desc' } }).sort);

  it('CL-25: are those that sorting all would give, in order, and all are counted', () => {
    fc.assert(
      fc.property(fc.nat(8), records, (count, some) => {
        const all = Object.entries(some).map(([name, value]) => ({ key: name, value }));
        const first = new FirstEntries(count, compare);
        for (const entry of all) first.offer(entry.key, entry.value);
        expect(first.take()).toEqual(all.toSorted(compare).slice(0, count));
        expect(first.offered).toBe(all.length);
      }),
      { numRuns: 500 },
    );
  });

  it('CL-25: cost about one comparison for each that is none of them', () => {
    let compared = 0;
    const first = new FirstEntries(16, (a, b) => {
      compared++;
      return compare(a, b);
    });
    for (let i = 0; i < 10_000; i++) first.offer(`k${i}`, { rank: 10_000 - i });
    expect(first.take()).toHaveLength(16);
    expect(compared).toBeLessThan(11_000);
  });
});
