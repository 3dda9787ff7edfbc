import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Value } from '../../primitives/index.js';
import type { Change, Entry } from '../entry.js';
import type { IndexKind } from './access.js';
import { explainPlan } from './explain-plan.js';
import { IndexSet } from './index-set.js';
import { INDEX_LIMITS } from './index-policy.js';
import { RecordIndexes, type RecordSet } from './record-indexes.js';
import { rangeOf } from './value-range.js';

const hash = (...path: string[]): IndexKind => ({ type: 'hash', path });
const ordered = (...path: string[]): IndexKind => ({ type: 'ordered', path });
const KINDS = [hash('a'), hash('b'), ordered('a'), ordered('b')] as const;
const rowOf = (key: number, a: number): Entry => ({ key: `k${key}`, value: { a, b: a % 2 } });
const ALL = rangeOf('gte', -1);

/** Uses the index as a query would. */
function use(set: IndexSet, { type, path }: IndexKind): string[] {
  return [...(type === 'hash' ? set.findEqual(path, [0, 1, 2, 3]) : set.findBetween(path, ALL))].toSorted();
}

type Act =
  | { readonly act: 'create' | 'begin' | 'use'; readonly kind: number }
  | { readonly act: 'step' | 'dropOldest' | 'abandon' }
  | { readonly act: 'change'; readonly key: number; readonly a: number | null };

const script: fc.Arbitrary<readonly Act[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ act: fc.constantFrom('create', 'begin', 'use', 'use'), kind: fc.nat(3) }) },
    { weight: 4, arbitrary: fc.record({ act: fc.constantFrom('step', 'step', 'step', 'dropOldest', 'abandon') }) },
    {
      weight: 4,
      arbitrary: fc.record({ act: fc.constant('change'), key: fc.nat(9), a: fc.option(fc.nat(3), { nil: null }) }),
    },
  ) as fc.Arbitrary<Act>,
  { maxLength: 40 },
);

describe('QU-26: the indexes of a map', () => {
  test('are each what one made anew would be, and the one not used for longest goes first, whatever happens', () => {
    fc.assert(
      fc.property(script, (acts) => {
        const set = new IndexSet();
        const records = new Map<string, Value>(Array.from({ length: 8 }, (_, i) => [`k${i}`, rowOf(i, i % 4).value]));
        const entries = (): Entry[] => [...records].map(([key, value]) => ({ key, value }));
        /** The kinds there are, the one not used for longest first. */
        const held: IndexKind[] = [];
        const making: { readonly kind: IndexKind; readonly steps: Generator<void> }[] = [];
        for (const one of acts) {
          switch (one.act) {
            case 'create': {
              const kind = KINDS[one.kind] as IndexKind;
              if (!held.includes(kind)) held.push(kind);
              set.create(kind, entries());
              break;
            }
            case 'begin': {
              const kind = KINDS[one.kind] as IndexKind;
              making.push({ kind, steps: set.build(kind, entries(), 3) });
              break;
            }
            case 'step': {
              const [first] = making;
              if (first === undefined) break;
              const was = set.kinds.length;
              if (first.steps.next().done !== true) break;
              making.shift();
              // It is there now, unless it was already or was given up.
              if (set.kinds.length > was) held.push(first.kind);
              break;
            }
            case 'use': {
              const kind = KINDS[one.kind] as IndexKind;
              if (!held.includes(kind)) {
                expect(() => use(set, kind)).toThrow(/there is no/);
                break;
              }
              held.push(...held.splice(held.indexOf(kind), 1));
              expect(use(set, kind)).toEqual([...records.keys()].toSorted());
              break;
            }
            case 'dropOldest':
              expect(set.dropOldest()).toEqual(held.shift() ?? null);
              break;
            case 'abandon':
              set.abandon();
              break;
            default: {
              const key = `k${one.key}`;
              const change: Change = {
                key,
                before: records.get(key),
                after: one.a === null ? undefined : rowOf(one.key, one.a).value,
              };
              if (change.after === undefined) records.delete(key);
              else records.set(key, change.after);
              set.apply([change]);
            }
          }
          expect(new Set(set.kinds)).toEqual(new Set(held));
          expect(set.bytes > 0).toBe(held.length > 0 && records.size > 0);
        }
        for (const kind of held) {
          const { type, path } = kind;
          expect(type === 'hash' ? set.countEqual(path, [0, 1, 2, 3]) : set.countBetween(path, ALL)).toBe(records.size);
          expect(use(set, kind)).toEqual([...records.keys()].toSorted());
        }
      }),
      { numRuns: 200 },
    );
  });

  test('know nothing of paths without one', () => {
    const set = new IndexSet();
    set.create(hash('a'), [rowOf(1, 1)]);
    expect([set.countEqual(['a'], [1]), set.countEqual(['b'], [1]), set.countBetween(['a'], ALL)]).toEqual([
      1,
      null,
      null,
    ]);
    expect([set.countOrdered(['a']), set.countFirst({ path: ['a'], direction: 'asc', count: 1 })]).toEqual([
      null,
      null,
    ]);
    set.create(ordered('a'), [rowOf(1, 1)]);
    expect([set.countBetween(['a'], ALL), set.countOrdered(['a'])]).toEqual([1, 1]);
    expect(set.countEqual(['a', 'b'], [1])).toBeNull();
  });

  test('an index in the making finds nothing, takes changes, and is no other one when it is begun twice', () => {
    const set = new IndexSet();
    const rows = Array.from({ length: 10 }, (_, i) => rowOf(i, 1));
    const steps = set.build(hash('a'), rows, 4);
    steps.next();
    expect([set.kinds, set.isEmpty, set.countEqual(['a'], [1])]).toEqual([[], false, null]);
    expect([...set.build(hash('a'), rows, 4)]).toEqual([]);
    set.apply([
      { key: 'k9', before: rows[9]!.value, after: undefined },
      { key: 'k0', before: rows[0]!.value, after: { a: 2 } },
    ]);
    // What was read before it changed is as it is now; what is read after is read as it is.
    const left = [...steps].length;
    expect(left).toBe(1);
    expect([set.countEqual(['a'], [2]), set.kinds]).toEqual([1, [hash('a')]]);
  });

  test('a walk along one value ends with as many as there were, though records come while it goes on', () => {
    const set = new IndexSet();
    set.create(hash('a'), [rowOf(0, 1), rowOf(1, 1)]);
    const found: string[] = [];
    for (const key of set.findEqual(['a'], [1])) {
      found.push(key);
      const next = found.length + 1;
      set.apply([{ key: `k${next}`, before: undefined, after: { a: 1 } }]);
      if (found.length > 10) break;
    }
    expect(found).toEqual(['k0', 'k1']);
    expect(set.countEqual(['a'], [1])).toBe(4);
  });
});

describe('QU-26: when indexes are made and let go of', () => {
  const rows = Array.from({ length: 40 }, (_, i) => rowOf(i, i));
  const records: RecordSet = {
    size: rows.length,
    get: (key) => rows.find((row) => row.key === key)?.value,
    entries: () => rows,
  };
  const LIMITS = { ...INDEX_LIMITS, minRecords: 10, recordsPerStep: 8 };
  const where = { type: 'eq', path: ['a'], value: 3 } as const;
  const keysOf = (indexes: RecordIndexes): string[] => [...indexes.select(where).entries].map(({ key }) => key);

  test('the second time it is missed, and not by asking how it would be', () => {
    const indexes = new RecordIndexes(records, LIMITS);
    for (let i = 0; i < 5; i += 1) expect(indexes.plan(where).access.type).toBe('scan');
    expect([keysOf(indexes).length, indexes.kinds]).toEqual([40, []]);
    expect([keysOf(indexes), indexes.kinds]).toEqual([['k3'], [hash('a')]]);
    expect(indexes.isEmpty).toBe(false);
  });

  test('a habit shows anew after all were let go of, or the records are others', () => {
    for (const forget of [(indexes: RecordIndexes) => indexes.drop(), (indexes: RecordIndexes) => indexes.reset()]) {
      const indexes = new RecordIndexes(records, LIMITS);
      keysOf(indexes);
      keysOf(indexes);
      forget(indexes);
      expect([indexes.kinds, indexes.bytes, indexes.isEmpty]).toEqual([[], 0, true]);
      expect([keysOf(indexes).length, keysOf(indexes).length]).toEqual([40, 1]);
    }
  });

  test('what takes less than is allowed stays', () => {
    const indexes = new RecordIndexes(records, LIMITS);
    indexes.create(hash('a'));
    const { bytes } = indexes;
    indexes.create(hash('b'));
    indexes.drop(indexes.bytes);
    expect(indexes.kinds).toHaveLength(2);
    keysOf(indexes);
    indexes.drop(bytes);
    expect([indexes.kinds, indexes.bytes]).toEqual([[hash('a')], bytes]);
    indexes.drop(bytes - 1);
    expect(indexes.kinds).toEqual([]);
  });

  test('made by and by, it is not used before it is there, and is given up when it is let go of meanwhile', () => {
    const works: Iterator<void>[] = [];
    const indexes = new RecordIndexes(records, LIMITS, (steps) => void works.push(steps));
    for (let i = 0; i < 2; i += 1) expect(keysOf(indexes)).toHaveLength(40);
    expect(works.length).toBeGreaterThanOrEqual(1);
    const [work] = works as [Iterator<void>];
    work.next();
    expect([keysOf(indexes).length, indexes.kinds]).toEqual([40, []]);
    while (work.next().done !== true);
    expect([keysOf(indexes), indexes.kinds]).toEqual([['k3'], [hash('a')]]);
    indexes.drop();
    works.length = 0;
    for (let i = 0; i < 2; i += 1) keysOf(indexes);
    (works[0] as Iterator<void>).next();
    indexes.drop();
    while ((works[0] as Iterator<void>).next().done !== true);
    expect(indexes.kinds).toEqual([]);
  });

  test('relations are found by key, by an index, or by looking at all, and make one as conditions do', () => {
    const indexes = new RecordIndexes(records, LIMITS);
    const related = (path: readonly string[], ...values: readonly Value[]): string[] =>
      [...indexes.related(path, values)].map(({ key }) => key);
    expect([indexes.relatedAccess(['_key']), related(['_key'], 'k3', 7, 'none', 'k1')]).toEqual(['keys', ['k3', 'k1']]);
    expect([indexes.relatedAccess(['a']), related(['a'], 3).length]).toEqual(['scan', 40]);
    expect([related(['a'], 3, 5), indexes.relatedAccess(['a'])]).toEqual([['k3', 'k5'], 'hash']);
    expect(indexes.kinds).toEqual([hash('a')]);
  });

  test('steps for a key are none: keys are an index by themselves', () => {
    const indexes = new RecordIndexes(records, LIMITS);
    expect([...indexes.build(hash('_key'))]).toEqual([]);
    expect(indexes.isEmpty).toBe(true);
    expect([...indexes.build(hash('a'))]).toHaveLength(5);
    expect(indexes.kinds).toEqual([hash('a')]);
  });

  test('what is told of a plan names each index once, and how much was looked at', () => {
    const range = rangeOf('gt', 1);
    const inB = { type: 'hash', path: ['b'], values: [1] } as const;
    const inA = { type: 'range', path: ['a'], range } as const;
    const told = (access: Parameters<typeof explainPlan>[0]['access']) =>
      explainPlan({ access, candidates: 7, wanted: [] }, 40).indexes;
    expect(explainPlan({ access: inB, candidates: 7, wanted: [] }, 40)).toEqual({
      access: 'hash',
      indexes: [hash('b')],
      records: 40,
      candidates: 7,
    });
    expect(told({ type: 'union', of: [inB, inA, inB, { type: 'union', of: [inA] }] })).toEqual([
      hash('b'),
      ordered('a'),
    ]);
    expect(told({ type: 'order', path: ['a'], direction: 'desc' })).toEqual([ordered('a')]);
    for (const access of [{ type: 'scan' }, { type: 'nothing' }, { type: 'keys', keys: ['k'] }] as const)
      expect(told(access)).toEqual([]);
  });
});
