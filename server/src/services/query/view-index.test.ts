import type { Value } from '@topgun/core/primitives';
import { compilePredicate, type Predicate } from '@topgun/core/query';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { predicate, predicateOf, recordKey, recordValue } from '../../testing/equality-queries.arbitrary.js';
import { coversOf, type Cover } from './equality-covers.js';
import { ViewIndex, type IndexedChange } from './view-index.js';

/** The same by looking at every view. */
class AllViews {
  readonly #covers = new Map<number, Cover | null>();

  add(view: number, cover: Cover | null): void {
    this.#covers.set(view, cover);
  }

  delete(view: number): void {
    this.#covers.delete(view);
  }

  find({ key, before, after }: IndexedChange): Set<number> {
    const holds = (value: Value | undefined, cover: Cover): boolean =>
      cover.some(
        ({ path, values }) =>
          value !== undefined &&
          values.some((literal) => compilePredicate({ type: 'eq', path, value: literal })(key, value)),
      );
    const found = [...this.#covers].filter(
      ([, cover]) => cover === null || holds(before(), cover) || holds(after(), cover),
    );
    return new Set(found.map(([view]) => view));
  }
}

const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ type: fc.constant('add' as const), view: fc.nat(8), where: predicate }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('delete' as const), view: fc.nat(8) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('write' as const),
      key: recordKey,
      after: fc.option(recordValue, { nil: undefined }),
    }),
  },
);

type Index = Pick<ViewIndex<number>, 'add' | 'delete' | 'find' | 'size'>;

function run(steps: readonly (typeof step extends fc.Arbitrary<infer T> ? T : never)[], index: Index): void {
  const all = new AllViews();
  const wheres = new Map<number, Predicate>();
  const records = new Map<string, Value>();
  for (const each of steps) {
    if (each.type === 'add') {
      all.add(each.view, index.add(each.view, coversOf(each.where)));
      wheres.set(each.view, each.where);
    } else if (each.type === 'delete') {
      all.delete(each.view);
      index.delete(each.view);
      wheres.delete(each.view);
    } else {
      const before = records.get(each.key);
      if (each.after === undefined) records.delete(each.key);
      else records.set(each.key, each.after);
      const change = { key: each.key, before: () => before, after: () => each.after };
      const found = index.find(change);
      // All whose rows change are there, whatever else is.
      for (const [view, where] of wheres) {
        const matches = compilePredicate(where);
        const isRow = [before, each.after].some((value) => value !== undefined && matches(each.key, value));
        if (isRow) expect(found.has(view), `view ${view}`).toBe(true);
      }
      // Nothing else is that looking at every view would not find. The key is one place whether there is a record or not.
      const scanned = all.find(change);
      for (const view of scanned) expect(found.has(view)).toBe(true);
      if (before !== undefined || each.after !== undefined) expect([...found].sort()).toEqual([...scanned].sort());
    }
    expect(index.size).toBe(wheres.size);
  }
}

const holds = (make: () => Index, numRuns: number): boolean =>
  !fc.check(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => run(steps, make())),
    { numRuns },
  ).failed;

test('PI-8: finds all views whose rows a change can change, as many as looking at each of them finds', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => run(steps, new ViewIndex<number>())),
    { numRuns: 1_000 },
  );
});

test('PI-8: an index that looks only at what a record holds now, or held before, is found out', () => {
  const blind = (part: 'before' | 'after') => (): Index => {
    const index = new ViewIndex<number>();
    return {
      add: (view, covers) => index.add(view, covers),
      delete: (view) => index.delete(view),
      get size() {
        return index.size;
      },
      find: (change) => index.find({ ...change, [part]: () => undefined }),
    };
  };
  expect(holds(blind('before'), 1_000)).toBe(false);
  expect(holds(blind('after'), 1_000)).toBe(false);
});

const covers = (input: Parameters<typeof predicateOf>[0]): readonly Cover[] => coversOf(predicateOf(input));
const change = (key: string, before: Value | undefined, after: Value | undefined): IndexedChange => ({
  key,
  before: () => before,
  after: () => after,
});

test('PI-8: of ten thousand views with different equality filters a write finds those that it concerns', () => {
  const index = new ViewIndex<number>();
  for (let i = 0; i < 10_000; i += 1) index.add(i, covers({ area: 'north', owner: `u${i}` }));
  // The first one could not know that so many would share its area.
  const first = 0;
  const found = index.find(change('k', { area: 'north', owner: 'u7' }, { area: 'north', owner: 'u8' }));
  expect([...found].sort()).toEqual([first, 7, 8]);
});

test('PI-8: a view is found by the key without a look at the record', () => {
  const index = new ViewIndex<string>();
  index.add('view', covers({ _key: 'k', done: false }));
  const unread = (): never => {
    throw new Error('read');
  };
  expect([...index.find({ key: 'other', before: unread, after: unread })]).toEqual([]);
  expect([...index.find({ key: 'k', before: unread, after: unread })]).toEqual(['view']);
});

test('PI-8: a place that nobody demands anything of any more costs nothing', () => {
  const index = new ViewIndex<string>();
  index.add('one', covers({ a: 1 }));
  index.add('two', covers({ a: { $in: [1, 2] } }));
  index.delete('one');
  index.delete('two');
  index.delete('two');
  expect(index.size).toBe(0);
  const unread = (): never => {
    throw new Error('read');
  };
  expect([...index.find({ key: 'k', before: unread, after: unread })]).toEqual([]);
});
