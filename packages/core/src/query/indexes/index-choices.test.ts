import { describe, expect, test } from 'vitest';
import type { Value } from '../../primitives/index.js';
import type { Entry } from '../entry.js';
import type { Direction, Path, Predicate } from '../query.js';
import type { Access, IndexKind } from './access.js';
import { explainPlan } from './explain-plan.js';
import { INDEX_LIMITS, IndexPolicy, type IndexLimits } from './index-policy.js';
import { IndexSet } from './index-set.js';
import { OrderedIndex } from './ordered-index.js';
import type { Plan } from './plan-query.js';

const rowsOf = (count: number, valueOf: (i: number) => Value): readonly Entry[] =>
  Array.from({ length: count }, (_, i) => ({ key: `k${i}`, value: { a: valueOf(i), b: i } }));
const recordsOf = (rows: readonly Entry[]) => ({ size: rows.length, entries: () => rows });
const equal = (path: Path, value: number): Predicate => ({ type: 'eq', path, value });
const hash = (path: Path): IndexKind => ({ type: 'hash', path });

const LIMITS: IndexLimits = {
  minRecords: 100,
  minAsks: 2,
  maxShare: 0.25,
  maxShareInOrder: 1 / 10,
  sample: 40,
  recordsPerStep: 8,
};

/** A plan that looks at all records and misses these indexes. */
const missing = (candidates: number, ...conditions: readonly (readonly [Path, Predicate])[]): Plan => ({
  access: { type: 'scan' },
  candidates,
  wanted: conditions.map(([path, condition]) => ({ type: 'hash', path, condition })),
});

describe('QU-26: which index is made', () => {
  const rows = rowsOf(100, (i) => i % 10);
  const records = recordsOf(rows);
  const byA: readonly [Path, Predicate] = [['a'], equal(['a'], 1)];
  const byB: readonly [Path, Predicate] = [['b'], equal(['b'], 1)];
  const chosen = (policy: IndexPolicy, plan: Plan, times: number, of = records): (IndexKind | null)[] =>
    Array.from({ length: times }, () => policy.choose(plan, of));

  test('the one that was missed often enough, from then on each time', () => {
    expect(chosen(new IndexPolicy(LIMITS), missing(100, byA), 3)).toEqual([null, hash(['a']), hash(['a'])]);
    expect(chosen(new IndexPolicy({ ...LIMITS, minAsks: 1 }), missing(100, byA), 1)).toEqual([hash(['a'])]);
    expect(chosen(new IndexPolicy({ ...LIMITS, minAsks: 4 }), missing(100, byA), 4)).toEqual([
      null,
      null,
      null,
      hash(['a']),
    ]);
  });

  test('misses are counted by kind and path, and those of one are none of another', () => {
    const policy = new IndexPolicy(LIMITS);
    expect(policy.choose(missing(100, byA), records)).toBeNull();
    expect(policy.choose(missing(100, byB), records)).toBeNull();
    expect(policy.isDue({ type: 'ordered', path: ['a'] }, records)).toBe(false);
    expect(policy.isDue(hash(['a', 'b']), records)).toBe(false);
    expect(policy.isDue(hash(['a']), records)).toBe(true);
    expect(policy.isDue({ type: 'ordered', path: ['a'] }, records)).toBe(true);
  });

  test('none of fewer records than it is worth while for, and their misses do not count', () => {
    const policy = new IndexPolicy(LIMITS);
    const few = recordsOf(rows.slice(1));
    expect(chosen(policy, missing(99, byA), 5, few)).toEqual([null, null, null, null, null]);
    expect(policy.isDue(hash(['a']), few)).toBe(false);
    expect(chosen(policy, missing(100, byA), 2)).toEqual([null, hash(['a'])]);
  });

  test('none where as little is looked at already: a quarter of all is little, one more is not', () => {
    expect(chosen(new IndexPolicy(LIMITS), missing(25, byA), 3)).toEqual([null, null, null]);
    expect(chosen(new IndexPolicy(LIMITS), missing(26, byA), 3)).toEqual([null, hash(['a']), hash(['a'])]);
  });

  test('of several that are due the one that leaves the fewest of the sample, of equal ones the first', () => {
    const both = (...order: readonly (readonly [Path, Predicate])[]) =>
      chosen(new IndexPolicy(LIMITS), missing(100, ...order), 2)[1];
    // Of the first forty records four have this `a`, and one has this `b`.
    expect([both(byA, byB), both(byB, byA)]).toEqual([hash(['b']), hash(['b'])]);
    const alike: readonly [Path, Predicate] = [['c'], equal(['b'], 2)];
    expect([both(byB, alike), both(alike, byB)]).toEqual([hash(['b']), hash(['c'])]);
  });

  test('none that leaves more than its share of the sample; as much is taken', () => {
    const sampled = (count: number) => recordsOf(rowsOf(100, (i) => (i < count ? 1 : 0)));
    const made = (count: number) => chosen(new IndexPolicy(LIMITS), missing(100, byA), 2, sampled(count))[1];
    expect([made(10), made(11), made(0)]).toEqual([hash(['a']), null, hash(['a'])]);
  });

  test('looks at no more records than its sample has', () => {
    let read = 0;
    const counted = {
      size: 100,
      *entries(): Iterable<Entry> {
        for (const row of rows) {
          read += 1;
          yield row;
        }
      },
    };
    expect(new IndexPolicy({ ...LIMITS, minAsks: 1 }).choose(missing(100, byA), counted)).toEqual(hash(['a']));
    expect(read).toBe(40);
  });

  test('of records in order: not where much is wanted, and not where much is equal', () => {
    const due = (count: number, of: readonly Entry[]): boolean => {
      const policy = new IndexPolicy({ ...LIMITS, minAsks: 1 });
      return policy.isDueInOrder({ path: ['a'], direction: 'asc', count }, recordsOf(of));
    };
    const different = rowsOf(100, (i) => i);
    expect([due(10, different), due(11, different), due(1, different.slice(1))]).toEqual([true, false, false]);
    // Four of forty are a tenth, and five are more.
    const runs = (length: number) => rowsOf(100, (i) => Math.floor(i / length));
    expect([due(1, runs(4)), due(1, runs(5))]).toEqual([true, false]);
    const tiny = new IndexPolicy({ ...LIMITS, minAsks: 1, sample: 5 });
    expect(tiny.isDueInOrder({ path: ['a'], direction: 'desc', count: 1 }, recordsOf(different))).toBe(true);
    expect(
      due(
        1,
        rowsOf(100, () => null),
      ),
    ).toBe(false);
  });

  test('the limits are those that were measured', () => {
    expect(INDEX_LIMITS).toEqual({
      minRecords: 1_000,
      minAsks: 2,
      maxShare: 0.25,
      maxShareInOrder: 1 / 16,
      sample: 256,
      recordsPerStep: 128,
    });
  });
});

describe('QU-27: how a query got at its records, in plain data', () => {
  const range = { lower: { value: 1, isIncluded: true }, upper: null };
  const byHash: Access = { type: 'hash', path: ['a'], values: [1] };
  const byRange: Access = { type: 'range', path: ['b'], range };
  test.each<[string, Access, readonly IndexKind[]]>([
    ['a scan', { type: 'scan' }, []],
    ['nothing', { type: 'nothing' }, []],
    ['keys', { type: 'keys', keys: ['k'] }, []],
    ['a hash', byHash, [hash(['a'])]],
    ['a range', byRange, [{ type: 'ordered', path: ['b'] }]],
    ['an order', { type: 'order', path: ['c', 'd'], direction: 'desc' }, [{ type: 'ordered', path: ['c', 'd'] }]],
    ['several', { type: 'union', of: [byHash, byRange] }, [hash(['a']), { type: 'ordered', path: ['b'] }]],
    ['one several times', { type: 'union', of: [byHash, { ...byHash, values: [2] }, byHash] }, [hash(['a'])]],
    [
      'several within several',
      { type: 'union', of: [byRange, { type: 'union', of: [byHash, byRange] }] },
      [{ type: 'ordered', path: ['b'] }, hash(['a'])],
    ],
    ['keys among others', { type: 'union', of: [{ type: 'keys', keys: [] }, byHash] }, [hash(['a'])]],
  ])('%s', (_what, access, indexes) => {
    expect(explainPlan({ access, candidates: 3, wanted: [] }, 7)).toEqual({
      access: access.type,
      indexes,
      records: 7,
      candidates: 3,
    });
  });
});

describe('QU-26: the first so many of an ordered index', () => {
  const VALUES: readonly Value[] = [1, 1, 1, 2, 3, 3, 'a', 'a', true];
  const index = new OrderedIndex(['a']);
  index.load(VALUES.map((a, i) => ({ key: `k${i}`, value: { a } })));
  const inOrder = [...index.find(null)].map((key) => VALUES[Number(key.slice(1))]);

  test.each<Direction>(['asc', 'desc'])('with all that are equal to the last of them, %s', (direction) => {
    const values = direction === 'asc' ? inOrder : inOrder.toReversed();
    for (let count = 1; count <= VALUES.length; count += 1) {
      const last = values[count - 1];
      expect([count, index.countThrough(count, direction)]).toEqual([count, values.lastIndexOf(last) + 1]);
    }
    expect(index.countThrough(VALUES.length + 1, direction)).toBe(VALUES.length);
    expect(new OrderedIndex(['a']).countThrough(1, direction)).toBe(0);
  });

  test.each([0, 1, 255, 256, 257, 511, 512, 513, 1_000])(
    '%i records are found in either order, also from within a range',
    (count) => {
      const long = new OrderedIndex(['b']);
      long.load(rowsOf(count, () => 0));
      const keys = Array.from({ length: count }, (_, i) => `k${i}`);
      expect([...long.find(null)]).toEqual(keys);
      expect([...long.find(null, 'desc')]).toEqual(keys.toReversed());
      const inner = { lower: { value: 3, isIncluded: false }, upper: { value: 600, isIncluded: true } };
      expect([...long.find(inner)]).toEqual(keys.slice(4, 601));
      expect([...long.find(inner, 'desc')]).toEqual(keys.slice(4, 601).toReversed());
      expect(long.count(inner)).toBe(keys.slice(4, 601).length);
    },
  );
});

describe('QU-26: a set of indexes', () => {
  const rows = rowsOf(20, (i) => i % 3);
  const [one, two, three]: IndexKind[] = [hash(['a']), { type: 'ordered', path: ['b'] }, hash(['b'])];
  const filled = (): IndexSet => {
    const set = new IndexSet();
    for (const kind of [one!, two!, three!]) set.create(kind, rows);
    return set;
  };

  test('lets go of the one not used for longest, and asking how many is no use', () => {
    const set = filled();
    expect([...set.findEqual(['a'], [1])]).toHaveLength(7);
    set.countEqual(['b'], [1]);
    set.countBetween(['b'], { lower: null, upper: { value: 1, isIncluded: true } });
    expect([set.dropOldest(), set.dropOldest(), set.dropOldest(), set.dropOldest()]).toEqual([two, three, one, null]);
    expect([set.kinds, set.bytes]).toEqual([[], 0]);
  });

  test('knows of what it has not got nothing, and throws where it is to be read', () => {
    const set = filled();
    expect(set.countEqual(['c'], [1])).toBeNull();
    expect(set.countBetween(['a'], { lower: { value: 1, isIncluded: true }, upper: null })).toBeNull();
    expect([set.countOrdered(['a']), set.countOrdered(['b'])]).toEqual([null, 20]);
    expect(set.countFirst({ path: ['a'], direction: 'asc', count: 1 })).toBeNull();
    expect(() => [...set.findEqual(['c'], [1])]).toThrow(/^there is no hash index on \["c"\]$/);
    expect(() => [...set.findBetween(['a'], null)]).toThrow(/^there is no ordered index on \["a"\]$/);
  });

  test('takes so many records in a step, changes between steps included, and is of use after the last', () => {
    const set = new IndexSet();
    const held = new Map(rows.map(({ key, value }) => [key, value]));
    const entries = {
      *[Symbol.iterator]() {
        for (const [key, value] of held) yield { key, value };
      },
    };
    const steps = set.build(one!, entries, 8);
    expect([steps.next().done, set.countEqual(['a'], [1])]).toEqual([false, null]);
    const after = { a: 9, b: 0 };
    const change = (key: string) => ({ key, before: held.get(key), after });
    set.apply([change('k1'), change('k19')]);
    for (const key of ['k1', 'k19']) held.set(key, after);
    expect([steps.next().done, steps.next().done]).toEqual([false, true]);
    expect([...set.findEqual(['a'], [9])].sort()).toEqual(['k1', 'k19']);
    expect(set.countEqual(['a'], [0, 1, 2])).toBe(18);
    expect([...set.build(one!, entries, 1)]).toEqual([]);
  });

  test('given up in the making it is none; made at once meanwhile, it is that one', () => {
    const set = new IndexSet();
    const first = set.build(one!, rows, 8);
    first.next();
    expect([...set.build(one!, rows, 8)]).toEqual([]);
    set.abandon();
    expect([first.next().done, set.kinds]).toEqual([true, []]);
    const second = set.build(one!, rows, 8);
    second.next();
    set.create(one!, rows);
    expect([second.next().done, set.kinds, set.countEqual(['a'], [0, 1, 2])]).toEqual([true, [one], 20]);
  });
});
