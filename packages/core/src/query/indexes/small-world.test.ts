import { describe, expect, test } from 'vitest';
import { canonicalJson, type Value } from '../../primitives/index.js';
import type { Entry } from '../entry.js';
import { evaluate } from '../evaluate/evaluate.js';
import { inOrder, textOrder } from '../evaluate/values.js';
import { valueToLiteral } from '../literal.js';
import { ALWAYS, type Direction, type Predicate, type RangeLiteral, type RangeType } from '../query.js';
import type { IndexKind } from './access.js';
import { HashIndex } from './hash-index.js';
import { INDEX_LIMITS } from './index-policy.js';
import { OrderedIndex } from './ordered-index.js';
import { RecordIndexes, type RecordSet } from './record-indexes.js';
import { intersect, prefixRange, rangeOf, type ValueRange } from './value-range.js';

/*
 * Both kinds of index after every short history of two records, and every small condition under every set of indexes, beside a look at all records.
 */

const VALUES: readonly (Value | undefined)[] = [undefined, null, 1, 2, 'a', 'ab', [1], { x: 1 }, new Uint8Array([1])];
const recordWith = (a: Value | undefined): Value => (a === undefined ? {} : { a });
const KEYS = ['p', 'q'] as const;

/** Every change of a record, or that it goes. */
const CHANGES = KEYS.flatMap((key) => [null, ...VALUES.map(recordWith)].map((after) => ({ key, after })));

const BOUNDS: readonly RangeLiteral[] = [
  true,
  1,
  1.5,
  2,
  '',
  'a',
  'ab',
  'b',
  valueToLiteral(new Uint8Array([1])) as RangeLiteral,
];
const RANGE_TYPES: readonly RangeType[] = ['gt', 'gte', 'lt', 'lte'];
const RANGES: readonly ValueRange[] = [
  ...RANGE_TYPES.flatMap((type) => BOUNDS.map((bound) => rangeOf(type, bound))),
  ...['', 'a', 'ab', 'b'].map(prefixRange),
  ...[
    intersect(rangeOf('gte', 1), rangeOf('lt', 2)),
    intersect(rangeOf('gt', 2), rangeOf('lt', 1)),
    intersect(rangeOf('gte', 'a'), rangeOf('lte', 'a')),
    intersect(rangeOf('gt', 1), rangeOf('lte', 2)),
  ].filter((range) => range !== null),
];

const placeOf = (value: Value): Value | undefined => (value as { readonly a?: Value }).a;
/** Of one type with its bounds, and between them. */
function isIn({ lower, upper }: ValueRange, value: Value): boolean {
  const kind = typeof (lower ?? upper)?.value;
  if (typeof value !== kind || value === null || Array.isArray(value)) return false;
  if (kind === 'object' && !(value instanceof Uint8Array)) return false;
  const above = lower === null ? 1 : inOrder(value, lower.value);
  const below = upper === null ? -1 : inOrder(value, upper.value);
  return (
    (above > 0 || (above === 0 && lower?.isIncluded === true)) &&
    (below < 0 || (below === 0 && upper?.isIncluded === true))
  );
}

type Index = HashIndex | OrderedIndex;
const MAKERS: readonly (readonly [string, () => Index])[] = [
  ['hash', () => new HashIndex(['a'])],
  ['ordered', () => new OrderedIndex(['a'])],
];

/** What the index says wrongly of the records, in words. */
function faultOf(index: Index, records: ReadonlyMap<string, Value>): string | null {
  const held = [...records].filter(([, value]) => placeOf(value) !== undefined);
  if (index.size !== held.length) return `size ${index.size}`;
  if (index instanceof HashIndex) {
    for (const value of VALUES) {
      if (value === undefined) continue;
      const wanted = held.filter(([, record]) => canonicalJson(placeOf(record)!) === canonicalJson(value));
      const found = [...index.find(value)].toSorted();
      if (
        found.join() !==
        wanted
          .map(([key]) => key)
          .toSorted()
          .join()
      )
        return `find ${canonicalJson(value)}: ${found.join()}`;
      if (index.count(value) !== wanted.length) return `count ${canonicalJson(value)}`;
    }
    const different = new Set(held.map(([, record]) => canonicalJson(placeOf(record)!))).size;
    return index.values === different && index.bytes > 0 === held.length > 0 ? null : 'values or bytes';
  }
  const sorted = held
    .toSorted(([a, x], [b, y]) => inOrder(placeOf(x), placeOf(y)) || textOrder(a, b))
    .map(([key]) => key);
  if ([...index.find(null)].join() !== sorted.join()) return 'order';
  if ([...index.find(null, 'desc')].join() !== sorted.toReversed().join()) return 'order, turned around';
  for (const range of RANGES) {
    const wanted = sorted.filter((key) => isIn(range, placeOf(records.get(key)!)!));
    if (index.count(range) !== wanted.length) return `count ${JSON.stringify(range)}`;
    if ([...index.find(range)].join() !== wanted.join()) return `find ${JSON.stringify(range)}`;
    if ([...index.find(range, 'desc')].join() !== wanted.toReversed().join())
      return `find ${JSON.stringify(range)}, turned around`;
  }
  return index.bytes > 0 === held.length > 0 ? null : 'bytes';
}

describe('QU-26: every two changes of two records', () => {
  test.each(MAKERS)('the %s index', (_type, create) => {
    const faults: string[] = [];
    for (const p of VALUES) {
      for (const one of CHANGES) {
        for (const other of CHANGES) {
          const index = create();
          const records = new Map<string, Value>([['p', recordWith(p)]]);
          index.load([{ key: 'p', value: recordWith(p) }]);
          for (const { key, after } of [one, other]) {
            index.change(key, records.get(key), after ?? undefined);
            if (after === null) records.delete(key);
            else records.set(key, after);
          }
          const fault = faultOf(index, records);
          if (fault !== null) faults.push(JSON.stringify([p, one, other, fault]));
        }
      }
    }
    expect(faults.slice(0, 3)).toEqual([]);
  });

  test.each(MAKERS)(
    'the %s index takes what it has seen already for no news, and lets go of what it never had',
    (_type, create) => {
      for (const value of VALUES.map(recordWith)) {
        const [once, twice] = [create(), create()];
        once.add({ key: 'p', value });
        twice.load([{ key: 'p', value }]);
        twice.add({ key: 'p', value });
        for (const other of VALUES.map(recordWith)) {
          twice.remove({ key: 'q', value: other });
          if (canonicalJson(other) !== canonicalJson(value)) twice.remove({ key: 'p', value: other });
        }
        const records = new Map([['p', value]]);
        expect([faultOf(once, records), faultOf(twice, records)]).toEqual([null, null]);
        expect(twice.bytes).toBe(once.bytes);
        once.remove({ key: 'p', value });
        expect([once.size, once.bytes]).toEqual([0, 0]);
      }
    },
  );

  test('the ordered index knows how many come first, with all that are equal to the last of them', () => {
    const index = new OrderedIndex(['a']);
    const values = [1, 1, 1, 2, 3, 3];
    index.load(values.map((a, i) => ({ key: `k${i}`, value: { a } })));
    const counts = (direction: Direction) => Array.from({ length: 8 }, (_, i) => index.countThrough(i + 1, direction));
    expect(counts('asc')).toEqual([3, 3, 3, 4, 6, 6, 6, 6]);
    expect(counts('desc')).toEqual([2, 2, 3, 6, 6, 6, 6, 6]);
    expect(new OrderedIndex(['a']).countThrough(1, 'asc')).toBe(0);
  });

  test('many records of one index are read in pieces, in order, either way', () => {
    const rows = Array.from({ length: 1_000 }, (_, i): Entry => ({
      key: `k${(i * 389) % 1_000}`,
      value: { a: (i * 389) % 1_000 },
    }));
    const index = new OrderedIndex(['a']);
    index.load(rows);
    for (const [from, to] of [
      [0, 1_000],
      [0, 255],
      [0, 256],
      [0, 257],
      [100, 612],
      [999, 1_000],
    ] as const) {
      const range = intersect(rangeOf('gte', from), rangeOf('lt', to)) as ValueRange;
      const wanted = Array.from({ length: to - from }, (_, i) => `k${from + i}`);
      expect([...index.find(range)]).toEqual(wanted);
      expect([...index.find(range, 'desc')]).toEqual(wanted.toReversed());
    }
  });
});

describe('QU-27: every small condition under every set of indexes', () => {
  const rows: readonly Entry[] = [undefined, null, 1, 2, 'a', 'ab', [1]].flatMap((a, i) =>
    [1, 2].map((b, j): Entry => ({ key: `k${i}${j}`, value: { ...(recordWith(a) as object), b } })),
  );
  const records: RecordSet = {
    size: rows.length,
    get: (key) => rows.find((row) => row.key === key)?.value,
    entries: () => rows,
  };
  const a = ['a'];
  const LEAVES: readonly Predicate[] = [
    { type: 'eq', path: a, value: 1 },
    { type: 'eq', path: a, value: { json: '[1]' } },
    { type: 'ne', path: a, value: 1 },
    { type: 'in', path: a, values: [1, 'a', null] },
    { type: 'in', path: a, values: [] },
    { type: 'gt', path: a, value: 1 },
    { type: 'lte', path: a, value: 1 },
    { type: 'gte', path: a, value: 'a' },
    { type: 'startsWith', path: a, prefix: 'a' },
    { type: 'exists', path: a, exists: true },
    { type: 'eq', path: ['b'], value: 1 },
    { type: 'lt', path: ['b'], value: 2 },
    { type: 'eq', path: ['_key'], value: 'k00' },
    { type: 'in', path: ['_key'], values: ['k00', 'k20', 'no', 7] },
    { type: 'not', of: { type: 'eq', path: a, value: 1 } },
  ];
  const JOINED: readonly Predicate[] = [
    ALWAYS,
    { type: 'or', of: [] },
    ...LEAVES,
    ...(['and', 'or'] as const).flatMap((type) =>
      LEAVES.flatMap((one) => LEAVES.map((other): Predicate => ({ type, of: [one, other] }))),
    ),
    ...(['and', 'or'] as const).flatMap((type) =>
      LEAVES.map((one): Predicate => ({
        type,
        of: [one, { type: type === 'and' ? 'or' : 'and', of: [LEAVES[0]!, LEAVES[11]!] }],
      })),
    ),
  ];
  const KINDS: readonly IndexKind[] = (['hash', 'ordered'] as const).flatMap((type) => [
    { type, path: a },
    { type, path: ['b'] },
  ]);
  const SETS = Array.from({ length: 2 ** KINDS.length }, (_, bits) =>
    KINDS.filter((_kind, i) => (bits >> i) % 2 === 1),
  );
  const indexesOf = (kinds: readonly IndexKind[]): RecordIndexes => {
    // Of so few records none is made that was not asked for.
    const indexes = new RecordIndexes(records, { ...INDEX_LIMITS, maxShareInOrder: 1 });
    for (const kind of kinds) indexes.create(kind);
    return indexes;
  };
  const found = (where: Predicate): Set<string> =>
    new Set(evaluate({ where, sort: [], limit: null }, rows).map(({ key }) => key));

  test('whatever way is taken finds every record that matches, none twice, and no more than it said', () => {
    const wrong: string[] = [];
    const ways = new Set<string>();
    const wantedBy = JOINED.map(found);
    for (const kinds of SETS) {
      const indexes = indexesOf(kinds);
      for (const [i, where] of JOINED.entries()) {
        const { plan, entries } = indexes.select(where);
        const keys = [...entries].map(({ key }) => key);
        const wanted = wantedBy[i] as Set<string>;
        ways.add(plan.access.type);
        const isWhole = [...wanted].every((key) => keys.includes(key));
        if (
          isWhole &&
          new Set(keys).size === keys.length &&
          keys.length <= plan.candidates &&
          plan.candidates <= rows.length
        )
          continue;
        wrong.push(JSON.stringify([kinds, where, plan]));
      }
    }
    expect(wrong.slice(0, 3)).toEqual([]);
    expect([...ways].toSorted()).toEqual(['hash', 'keys', 'nothing', 'range', 'scan', 'union']);
  });

  test('an index more never means more to look at', () => {
    const counts = SETS.map((kinds) => {
      const indexes = indexesOf(kinds);
      return JOINED.map((where) => indexes.plan(where).candidates);
    });
    for (const [bits, ofFew] of counts.entries()) {
      for (const [more, ofMore] of counts.entries()) {
        if ((bits & more) !== bits) continue;
        expect(ofMore.filter((count, i) => count > (ofFew[i] as number))).toEqual([]);
      }
    }
  });

  test('what is missed would have served: with all that a plan wants there is no scan any more', () => {
    for (const where of JOINED) {
      const { access, wanted } = indexesOf([]).plan(where);
      if (wanted.length === 0) continue;
      const served = indexesOf(wanted.map(({ type, path }) => ({ type, path }))).plan(where);
      expect([where, served.wanted]).toEqual([where, []]);
      const isBetter = served.access.type !== 'scan' || served.candidates === rows.length;
      expect([where, access.type, isBetter]).toEqual([where, access.type, true]);
      for (const { type, path, condition } of wanted) {
        expect(indexesOf([{ type, path }]).plan(condition).access.type).toBe(type === 'hash' ? 'hash' : 'range');
      }
    }
  });

  test('who wants the first ones is given them in order where the plan says so', () => {
    for (const kinds of SETS) {
      const indexes = indexesOf(kinds);
      for (const where of JOINED) {
        for (const direction of ['asc', 'desc'] as const) {
          const { plan, entries } = indexes.select(where, { path: a, direction, count: 2 });
          const { access } = plan;
          const isOrdered = access.type === 'order' || (access.type === 'range' && access.direction !== undefined);
          if (!isOrdered) continue;
          const list = [...entries];
          const sides = list.slice(1).map((row, i) => inOrder(placeOf(list[i]!.value), placeOf(row.value)));
          expect([where, sides.every((side) => (direction === 'asc' ? side <= 0 : side >= 0))]).toEqual([where, true]);
          const keys = new Set(list.map(({ key }) => key));
          expect([...found(where)].filter((key) => !keys.has(key))).toEqual([]);
        }
      }
    }
  });
});
