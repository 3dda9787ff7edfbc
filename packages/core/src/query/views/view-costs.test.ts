import { describe, expect, test } from 'vitest';
import type { PlainObject, Value } from '../../primitives/index.js';
import { compileRanking } from '../compile-comparator.js';
import type { Change, Entry } from '../entry.js';
import { createFilter } from '../operators/filter.js';
import { createIncludeView } from './include-view.js';
import { createLimit } from '../operators/limit.js';
import { createOrder } from '../operators/order.js';
import { ALWAYS } from '../query.js';
import { assembleView, createView, type View } from './create-view.js';

/** A window of 50 rows over so many, that counts the comparisons of rows. */
function countedWindow(size: number): { readonly view: View; countOf(work: () => unknown): number } {
  let comparisons = 0;
  const { rank, compare, sort } = compileRanking({ sort: [[['n'], 'asc']] });
  const order = createOrder({
    rank,
    sort,
    compare(a, b) {
      comparisons++;
      return compare(a, b);
    },
  });
  const view = assembleView({ filter: createFilter(() => true), order, limit: createLimit(50, order), count: 50 });
  view.load(Array.from({ length: size }, (_, n) => ({ key: `k${n}`, value: { n } })));
  return {
    view,
    countOf(work) {
      const before = comparisons;
      work();
      return comparisons - before;
    },
  };
}

const SIZES = [1_000, 10_000, 100_000, 1_000_000] as const;

describe('QU-8: what a change costs, counted', () => {
  test('CL-3: one change takes comparisons in the logarithm of the rows, from a thousand to a million', () => {
    const most = SIZES.map((size) => {
      const { view, countOf } = countedWindow(size);
      let worst = 0;
      for (let i = 0; i < 200; i++) {
        // To the front, to the back, and into the middle of the window.
        const n = [-i, size + i, i % 50][i % 3] as number;
        const change = { key: `k${(i * 389) % size}`, before: undefined, after: { n } };
        worst = Math.max(
          worst,
          countOf(() => view.apply([change])),
        );
        view.rows();
      }
      // Out of one place, into another, and where the touched rows are now: four descents, each of log2(n) and a few more.
      expect(worst).toBeLessThanOrEqual(4 * (Math.log2(size) + 6));
      return worst;
    });
    expect(most.at(-1)).toBeLessThan(3 * (most[0] as number));
  });

  test('CL-3: a batch of a thousand takes what a thousand changes do, and not a sort of all rows', () => {
    for (const size of [10_000, 100_000]) {
      const { view, countOf } = countedWindow(size);
      const batch = Array.from({ length: 1_000 }, (_, i): Change => {
        return { key: `k${(i * 389) % size}`, before: undefined, after: { n: (i * 7919) % size } };
      });
      const count = countOf(() => view.apply(batch));
      expect(count).toBeLessThanOrEqual(1_000 * 4 * (Math.log2(size) + 6));
      expect(view.size).toBe(50);
    }
  });

  test('a change that is not sorted by takes a descent to its place and one to say where that is', () => {
    const { view, countOf } = countedWindow(100_000);
    const count = countOf(() => view.apply([{ key: 'k7', before: undefined, after: { n: 7, more: true } }]));
    expect(count).toBeLessThanOrEqual(2 * (Math.log2(100_000) + 10));
  });
});

/** A record that counts how often its fields are read. */
function countedReads(): { reads: number; of(fields: PlainObject): Value } {
  const counter = {
    reads: 0,
    of: (fields: PlainObject): Value =>
      new Proxy(fields, {
        get(target, name, self) {
          counter.reads++;
          return Reflect.get(target, name, self);
        },
      }),
  };
  return counter;
}

describe('QU-20: what a change costs in groups, counted', () => {
  test('CL-3: it reads the row that changed, and no other row of its group', () => {
    const readsAt = (size: number): number => {
      const counter = countedReads();
      const view = createView({
        where: ALWAYS,
        sort: [[['sum'], 'desc']],
        limit: 10,
        groupBy: { by: [['g']], aggregates: [['least', 'min', ['n']], ['sum', 'sum', ['n']]] },
      }); // prettier-ignore
      view.load(Array.from({ length: size }, (_, n) => ({ key: `k${n}`, value: counter.of({ g: n % 100, n }) })));
      counter.reads = 0;
      for (let n = 0; n < 100; n++) {
        view.apply([{ key: `k${n}`, before: undefined, after: counter.of({ g: (n + 1) % 100, n: -n }) }]);
      }
      return counter.reads;
    };
    const small = readsAt(1_000);
    expect(small).toBeGreaterThan(0);
    expect(readsAt(50_000)).toBe(small);
  });
});

describe('QU-25: what a change costs in related rows, counted', () => {
  test('CL-3: it looks at the rows of its value and its parents, and at no others', () => {
    const readsAt = (lists: number): number => {
      const counter = countedReads();
      const todos = new Map<string, Value>();
      for (let n = 0; n < lists * 10; n++) todos.set(`t${n}`, counter.of({ listId: `l${n % lists}`, n }));
      const relation = { where: ALWAYS, sort: [[['n'], 'asc']], limit: 5 } as const;
      const view = createIncludeView(
        'lists',
        { where: ALWAYS, sort: [], limit: null, include: [{ name: 'todos', map: 'todos', on: [['_key'], ['listId']], one: false, query: relation }] },
        { load: () => [...todos].map(([key, value]): Entry => ({ key, value })) },
      ); // prettier-ignore
      view.load(Array.from({ length: lists }, (_, n) => ({ key: `l${n}`, value: counter.of({ title: `${n}` }) })));
      counter.reads = 0;
      for (let n = 0; n < 50; n++) {
        const after = counter.of({ listId: `l${n + 1}`, n: -n });
        const { steps } = view.apply(new Map([['todos', [{ key: `t${n}`, before: undefined, after }]]]));
        expect(steps.map(({ key }) => key)).toEqual(
          [`l${n}`, `l${n + 1}`].sort((a, b) => view.indexOf(a) - view.indexOf(b)),
        );
      }
      return counter.reads;
    };
    const small = readsAt(100);
    expect(small).toBeGreaterThan(0);
    expect(readsAt(2_000)).toBeLessThanOrEqual(small * 1.1);
  });
});
