import { describe, expect, test } from 'vitest';
import { holds } from '../evaluate/holds.js';
import type { Value } from '../../primitives/index.js';
import { valueToLiteral } from '../literal.js';
import type { Predicate, RangeLiteral, RangeType } from '../query.js';
import { OrderedIndex } from './ordered-index.js';
import { intersect, prefixRange, rangeOf, someBound, type ValueRange } from './value-range.js';

/*
 * Every range between two of some bounds, of one type or of two, as an index finds it: what is in it is what meets both conditions, and the count says
 * as much without looking.
 */

const VALUES: readonly Value[] = [
  null,
  false,
  true,
  -Number.MAX_VALUE,
  -1,
  0,
  1,
  Number.MAX_VALUE,
  '',
  '\0',
  'a',
  'a\uffff',
  'b',
  '\ud83d\ude00',
  '\uffff',
  '\uffff\uffff',
  new Uint8Array([]),
  new Uint8Array([0]),
  new Uint8Array([255, 255]),
  [],
  [0],
  {},
];
const BOUNDS: readonly RangeLiteral[] = [
  false,
  true,
  -1,
  0,
  0.5,
  Number.MAX_VALUE,
  '',
  'a',
  'a\uffff',
  '\uffff',
  new Uint8Array([0]),
].map((value) => valueToLiteral(value) as RangeLiteral);
const TYPES: readonly RangeType[] = ['gt', 'gte', 'lt', 'lte'];
const CONDITIONS: readonly Extract<Predicate, { readonly type: RangeType }>[] = TYPES.flatMap((type) =>
  BOUNDS.map((value) => ({ type, path: ['a'], value })),
);

const INDEX = new OrderedIndex(['a']);
INDEX.load(VALUES.map((a, i) => ({ key: `k${String(i).padStart(2, '0')}`, value: { a } })));
/** The keys of the values that meet all of these. */
const meeting = (...conditions: readonly Predicate[]): string[] =>
  VALUES.flatMap((a, i) => {
    const key = `k${String(i).padStart(2, '0')}`;
    return conditions.every((condition) => holds(condition, { key, value: { a } })) ? [key] : [];
  });

describe('QU-26: every range', () => {
  test('of one bound finds what meets the condition, either way', () => {
    for (const condition of CONDITIONS) {
      const range = rangeOf(condition.type, condition.value);
      const wanted = meeting(condition);
      expect([condition, [...INDEX.find(range)].toSorted()]).toEqual([condition, wanted]);
      expect([...INDEX.find(range, 'desc')]).toEqual([...INDEX.find(range)].toReversed());
      expect(INDEX.count(range)).toBe(wanted.length);
    }
  });

  test('of two finds what meets both; of two types there is none', () => {
    const wrong: unknown[] = [];
    for (const one of CONDITIONS) {
      for (const other of CONDITIONS) {
        const range = intersect(rangeOf(one.type, one.value), rangeOf(other.type, other.value));
        const wanted = meeting(one, other);
        const found = range === null ? [] : [...INDEX.find(range)].toSorted();
        const count = range === null ? 0 : INDEX.count(range);
        if (found.join() !== wanted.join() || count !== wanted.length) wrong.push([one, other, found]);
        if (range === null && typeof one.value === typeof other.value) wrong.push([one, other, 'no range']);
      }
    }
    expect(wrong.slice(0, 5)).toEqual([]);
  });

  test('met with another in either order, and with itself, is the same', () => {
    const ranges = CONDITIONS.map(({ type, value }) => rangeOf(type, value));
    const keys = (range: ValueRange | null): string => (range === null ? 'none' : [...INDEX.find(range)].join());
    for (const one of ranges) {
      expect(keys(intersect(one, one))).toBe(keys(one));
      for (const other of ranges) expect(keys(intersect(one, other))).toBe(keys(intersect(other, one)));
    }
  });

  test('of a prefix finds the texts that begin with it, and no others', () => {
    for (const prefix of ['', '\0', 'a', 'a\uffff', 'b', '\ud83d', '\uffff', '\uffff\uffff', 'none']) {
      const wanted = VALUES.flatMap((a, i) =>
        typeof a === 'string' && a.startsWith(prefix) ? [`k${String(i).padStart(2, '0')}`] : [],
      );
      const range = prefixRange(prefix);
      expect([prefix, [...INDEX.find(range)].toSorted(), INDEX.count(range)]).toEqual([prefix, wanted, wanted.length]);
      expect(someBound(range)).toEqual({ value: prefix, isIncluded: true });
    }
  });

  test('all records that have a value are in the order of values, whatever their types', () => {
    const keys = VALUES.map((_, i) => `k${String(i).padStart(2, '0')}`);
    expect([...INDEX.find(null)]).toEqual(keys);
    expect([...INDEX.find(null, 'desc')]).toEqual(keys.toReversed());
    for (let count = 1; count <= keys.length + 1; count += 1) {
      const wanted = Math.min(count, keys.length);
      expect([INDEX.countThrough(count, 'asc'), INDEX.countThrough(count, 'desc')]).toEqual([wanted, wanted]);
    }
  });
});
