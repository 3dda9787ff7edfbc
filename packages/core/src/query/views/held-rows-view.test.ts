import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { Value } from '../../primitives/index.js';
import { evaluate, INDEX_LIMITS, parseQuery, RecordIndexes, type Query, type Selection } from '../index.js';
import { HeldRowsView, type FoundRecords } from './held-rows-view.js';

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

/** Indexes at the first miss, one record a step; also of few records. */
const EAGER = { ...INDEX_LIMITS, minRecords: 0, minAsks: 1, maxShareInOrder: 1, recordsPerStep: 1 };

const firstLast = <T>(items: readonly T[]): T[] => [...items.slice(1), ...items.slice(0, 1)];

class Held {
  readonly values: Map<string, Value>;
  readonly view: HeldRowsView;
  loads = 0;
  /** How often the first rows were read in order. */
  readings = 0;
  readonly #query: Query;
  readonly #indexes: RecordIndexes;
  #begun: Iterator<void>[] = [];

  constructor(
    asked: Query,
    held: number,
    start: { readonly [name: string]: Value },
    limits = INDEX_LIMITS,
    spoil: (found: FoundRecords) => FoundRecords = (found) => found,
  ) {
    const values = new Map(Object.entries(start));
    this.values = values;
    this.#query = asked;
    const records = {
      get size() {
        return values.size;
      },
      get: (name: string) => values.get(name),
      *entries() {
        for (const [name, value] of values) yield { key: name, value };
      },
    };
    this.#indexes = new RecordIndexes(records, limits, (steps) => this.#begun.push(steps));
    this.view = new HeldRowsView({
      query: asked,
      held,
      find: (order) => {
        this.loads++;
        return spoil(this.#found(this.#indexes.select(asked.where, order)));
      },
    });
    this.view.loadAll();
  }

  /** Goes on with the indexes that are being made. */
  work(steps: number): void {
    for (let i = 0; i < steps; i++) this.#begun = this.#begun.filter((making) => making.next().done !== true);
  }

  #found({ plan: { access }, entries, maxLooks }: Selection): FoundRecords {
    const isInOrder = access.type === 'order' || (access.type === 'range' && access.direction !== undefined);
    if (isInOrder) this.readings++;
    return {
      inOrder: isInOrder ? { entries, maxLooks } : null,
      each: (visit) => {
        for (const [name, value] of this.values) visit(name, value);
      },
    };
  }

  write(changes: readonly (readonly [string, Value | undefined])[]): void {
    for (const [name, after] of changes) {
      const before = this.values.get(name);
      if (after === undefined) this.values.delete(name);
      else this.values.set(name, after);
      this.#indexes.apply([{ key: name, before, after }]);
    }
    this.view.step(
      changes.map(([name]) => name),
      (name) => this.values.get(name),
    );
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
  /** Says what is shown wrong, if anything is, of any query after any writes. */
  const searchFault = (limits: typeof INDEX_LIMITS, spoil?: (found: FoundRecords) => FoundRecords) => {
    let readings = 0;
    const property = fc.property(
      query,
      fc.integer({ min: 0, max: 6 }),
      records,
      fc.array(fc.tuple(batch, fc.nat(20), fc.boolean()), { maxLength: 12 }),
      (asked, held, start, script) => {
        const view = new Held(asked, held, start, limits, spoil);
        let shown = view.view.rows();
        const check = (): void => {
          expect(view.shown()).toEqual(view.expected());
          const rows = view.view.rows();
          // A record that is the same is the same entry.
          for (const row of rows) {
            const before = shown.find(({ key: name }) => name === row.key);
            if (before?.value === row.value) expect(row).toBe(before);
          }
          shown = rows;
          if (asked.limit === null) return;
          const hasMore = view.view.isCut || view.view.size > asked.limit;
          const all = view.expected(null).length;
          // An edge may outlive the last row beyond it; it is never missing.
          if (all > asked.limit) expect(hasMore).toBe(true);
          if (!view.view.isCut) expect(view.view.size).toBe(all);
        };
        check();
        for (const [changes, steps, isAnew] of script) {
          view.work(steps);
          if (isAnew) view.view.loadAll();
          check();
          view.write(changes);
          check();
        }
        readings += view.readings;
      },
    );
    const { errorInstance } = fc.check(property, { numRuns: 500, seed: 1 });
    return { fault: errorInstance === undefined || errorInstance === null ? null : String(errorInstance), readings };
  };

  it('CL-25, QU-6: shows what evaluating all records shows, however few rows it holds, and knows whether there are more', () => {
    expect(searchFault(INDEX_LIMITS)).toEqual({ fault: null, readings: 0 });
  });

  it('CL-25, QU-6: so it does when it reads its rows in order, from indexes that are made while records change', () => {
    const { fault, readings } = searchFault(EAGER);
    expect(fault).toBeNull();
    expect(readings).toBeGreaterThan(100);
  });

  it.each<readonly [string, (found: FoundRecords) => FoundRecords]>([
    [
      'records come in another order than they are said to',
      ({ inOrder, ...found }) => ({ ...found, inOrder: inOrder && { ...inOrder, entries: firstLast([...inOrder.entries]) } }), // prettier-ignore
    ],
    [
      'records are left out',
      ({ each, ...found }) => ({ ...found, each: (visit) => each((name, value) => name !== 'b' && visit(name, value)) }), // prettier-ignore
    ],
    [
      'records that are gone are shown',
      ({ each, ...found }) => ({ ...found, each: (visit) => (visit('~', { rank: 0, done: true }), each(visit)) }),
    ],
  ])('CL-25: that %s is found out', (_what, spoil) => {
    expect(searchFault(EAGER, spoil).fault).toMatch(/AssertionError/);
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
