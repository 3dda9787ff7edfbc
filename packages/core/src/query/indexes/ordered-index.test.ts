import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson, type Value } from '../../primitives/index.js';
import type { Entry } from '../entry.js';
import { evaluate } from '../evaluate/evaluate.js';
import { bytes, entries, key, record, scalar } from '../query.arbitrary.js';
import type { Path, Predicate, RangeLiteral, RangeType } from '../query.js';
import { OrderedIndex } from './ordered-index.js';
import { at } from '../views/naive-rows.arbitrary.js';
import { intersect, prefixRange, rangeOf, type ValueRange } from './value-range.js';

const PATHS: readonly Path[] = [['a'], ['n'], ['a', 'b'], ['_key']];

const literal: fc.Arbitrary<RangeLiteral> = fc.oneof(
  scalar.filter((item) => item !== null),
  bytes.map((item) => ({ json: canonicalJson(item) })),
);

/** A range at a path, with the conditions it stands for. */
type Probe = (path: Path) => readonly [ValueRange, Predicate];

const range: fc.Arbitrary<Probe> = fc.oneof(
  fc
    .array(fc.tuple(fc.constantFrom<RangeType[]>('gt', 'gte', 'lt', 'lte'), literal), { minLength: 1, maxLength: 2 })
    .map((list) => ({ list, both: list.map(([name, bound]) => rangeOf(name, bound)).reduce(inBoth) }))
    .filter(({ both }) => both !== null)
    .map(({ list, both }): Probe => {
      return (path) => [both, { type: 'and', of: list.map(([name, bound]) => ({ type: name, path, value: bound })) }];
    }),
  fc.constantFrom('', 'a', 'k1', '\u{1F600}').map((prefix): Probe => {
    return (path) => [prefixRange(prefix), { type: 'startsWith', path, prefix }];
  }),
);

const inBoth = (a: ValueRange, b: ValueRange): ValueRange => intersect(a, b) as ValueRange;

const ops = fc.array(fc.tuple(key, fc.option(record, { nil: undefined })), { maxLength: 60 });

describe('QU-26: an ordered index', () => {
  /** The keys of the rows, in the order of their values. */
  const expected = (records: readonly Entry[], path: Path, where: Predicate): string[] =>
    evaluate({ where, sort: [[path, 'asc']], limit: null }, records).map((entry) => entry.key);

  function findFault(
    index: OrderedIndex,
    path: Path,
    changes: readonly (readonly [string, Value | undefined])[],
    probes: readonly Probe[],
  ): string | null {
    const records = new Map<string, Value>();
    for (const [name, after] of changes) {
      index.change(name, records.get(name), after);
      if (after !== undefined) records.set(name, after);
      else records.delete(name);
      const held = [...records].map(([k, v]) => ({ key: k, value: v }));
      for (const probe of probes) {
        const [span, where] = probe(path);
        const keys = expected(held, path, where);
        if (index.count(span) !== keys.length) return 'wrong count';
        if (canonicalJson([...index.find(span)]) !== canonicalJson(keys)) return 'other keys';
        if (canonicalJson([...index.find(span, 'desc')]) !== canonicalJson(keys.reverse())) return 'other keys';
      }
      const all = expected(held, path, { type: 'exists', path, exists: true });
      if (canonicalJson([...index.find(null)]) !== canonicalJson(all)) return 'other keys';
      for (const count of [1, 2, 5]) {
        for (const direction of ['asc', 'desc'] as const) {
          const inOrder = direction === 'asc' ? all : all.toReversed();
          const places = inOrder.map((k) =>
            canonicalJson(at(path, { key: k, value: records.get(k) as Value }) as Value),
          );
          const through = places.length < count ? places.length : places.lastIndexOf(places[count - 1] as string) + 1;
          if (index.countThrough(count, direction) !== through) return 'wrong count';
        }
      }
    }
    for (const [name, last] of records) index.remove({ key: name, value: last });
    return index.size === 0 && index.bytes === 0 ? null : 'something is left of nothing';
  }

  test('finds what is in a range, in order, after any changes', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...PATHS),
        ops,
        fc.array(range, { minLength: 1, maxLength: 4 }),
        (path, changes, probes) => {
          expect(findFault(new OrderedIndex(path), path, changes, probes)).toBeNull();
        },
      ),
      { numRuns: 400 },
    );
  });

  test.each([
    [
      'counts from the wrong edge',
      (index: OrderedIndex) => {
        const { count } = index;
        index.count = (span) =>
          count.call(
            index,
            span.lower === null ? span : { lower: { ...span.lower, isIncluded: true }, upper: span.upper },
          );
      },
    ],
    [
      'is in no order',
      (index: OrderedIndex) => {
        const { find } = index;
        index.find = (span, direction) => [...find.call(index, span, direction)].reverse();
      },
    ],
    [
      'lets a record stay',
      (index: OrderedIndex) => {
        const { change } = index;
        index.change = (name, _before, after) => change.call(index, name, undefined, after);
      },
    ],
    [
      'counts to the first of those that are equal',
      (index: OrderedIndex) => {
        index.countThrough = (count) => Math.min(count, index.size);
      },
    ],
    [
      'reads forwards alone',
      (index: OrderedIndex) => {
        const { find } = index;
        index.find = (span) => find.call(index, span);
      },
    ],
  ])('that %s is found out', (_what, spoil) => {
    const property = fc.property(
      fc.constantFrom(...PATHS),
      ops,
      fc.array(range, { minLength: 1 }),
      (path, changes, probes) => {
        const index = new OrderedIndex(path);
        spoil(index);
        const fault = findFault(index, path, changes, probes);
        if (fault !== null) throw new Error(fault);
      },
    );
    expect(String(fc.check(property, { numRuns: 300, seed: 1 }).errorInstance)).toMatch(
      /wrong count|other keys|is left/,
    );
  });

  test('loads what adding would give, and starts over', () => {
    fc.assert(
      fc.property(fc.constantFrom(...PATHS), entries, entries, range, (path, first, second, probe) => {
        const loaded = new OrderedIndex(path);
        const added = new OrderedIndex(path);
        loaded.load(first);
        loaded.load(second);
        for (const entry of second) added.add(entry);
        const [span] = probe(path);
        expect([...loaded.find(span)]).toEqual([...added.find(span)]);
        expect(loaded.size).toBe(added.size);
      }),
      { numRuns: 200 },
    );
  });

  test('holds a record once, and lets go of it once', () => {
    const index = new OrderedIndex(['n']);
    const one = { key: 'one', value: { n: 1 } };
    for (const entry of [one, { key: 'two', value: { n: 1 } }, one]) index.add(entry);
    expect([...index.find(rangeOf('gte', 1))]).toEqual(['one', 'two']);
    index.remove(one);
    index.remove(one);
    expect([...index.find(rangeOf('gte', 1))]).toEqual(['two']);
  });

  test('has no place for records without a value there', () => {
    const index = new OrderedIndex(['n']);
    index.add({ key: 'x', value: { a: 1 } });
    index.load([{ key: 'y', value: 3 }]);
    expect(index.size).toBe(0);
  });

  test('keeps the types apart: a range without an end stops where its type does', () => {
    const index = new OrderedIndex(['a']);
    const values: Value[] = [
      null,
      false,
      true,
      -1e308,
      0,
      1e308,
      '',
      'z',
      '\uffff',
      new Uint8Array(),
      Uint8Array.of(9),
      [],
      {},
    ];
    index.load(values.map((a, i) => ({ key: `k${i}`, value: { a } })));
    expect([...index.find(rangeOf('gte', false))]).toEqual(['k1', 'k2']);
    expect([...index.find(rangeOf('lte', true))]).toEqual(['k1', 'k2']);
    expect([...index.find(rangeOf('gt', 0))]).toEqual(['k5']);
    expect([...index.find(rangeOf('lt', 0))]).toEqual(['k3']);
    expect([...index.find(rangeOf('gte', ''))]).toEqual(['k6', 'k7', 'k8']);
    expect([...index.find(rangeOf('lt', { json: canonicalJson(Uint8Array.of(9)) }))]).toEqual(['k9']);
    expect([...index.find(rangeOf('gt', { json: canonicalJson(new Uint8Array()) }))]).toEqual(['k10']);
    const none = intersect(rangeOf('gt', 5), rangeOf('lt', 3)) as ValueRange;
    expect([index.count(none), [...index.find(none)]]).toEqual([0, []]);
  });
});
