import { describe, expect, test } from 'vitest';
import type { Value } from '../../primitives/index.js';
import { inOrder, kindOf } from '../evaluate/values.js';
import type { RangeLiteral, RangeType } from '../query.js';
import { intersect, prefixRange, rangeOf, type Bound, type ValueRange } from './value-range.js';

/*
 * QU-26, QU-27: several comparisons at one path are one range. A range is a set of values; here it is that set, of a world of values on both sides of
 * every bound, so that what is said of ranges is checked as what is said of sets.
 */

const NUMBERS: readonly Value[] = [-1, 0, 0.5, 1, 1.5, 2, 3];
const TEXTS: readonly Value[] = ['', '\0', 'a', 'a\0', 'aa', 'ab', 'b', 'b\uffff', 'c', '\uffff', '\uffffa'];
const WORLD: readonly Value[] = [null, false, true, ...NUMBERS, ...TEXTS, new Uint8Array([1]), [], [1], {}];

const TYPES: readonly RangeType[] = ['gt', 'gte', 'lt', 'lte'];
const BOUNDS: readonly RangeLiteral[] = [false, true, 0, 1, 2, '', 'a', 'ab', 'b'];
const COMPARISONS: readonly ValueRange[] = TYPES.flatMap((type) => BOUNDS.map((bound) => rangeOf(type, bound)));
const PREFIXES: readonly string[] = ['', 'a', 'ab', 'b', 'b\uffff', '\uffff'];
const RANGES: readonly ValueRange[] = [...COMPARISONS, ...PREFIXES.map(prefixRange)];

/** The values in a range, by their places: those of its type that no bound keeps out. */
function membersOf(range: ValueRange | null): string {
  if (range === null) return '';
  const { lower, upper } = range;
  const kind = kindOf((lower ?? (upper as Bound)).value);
  const isIn = (value: Value): boolean => {
    if (kindOf(value) !== kind) return false;
    const above = lower === null ? 1 : inOrder(value, lower.value);
    const below = upper === null ? -1 : inOrder(value, upper.value);
    return (above > 0 || (above === 0 && lower?.isIncluded === true)) && (below < 0 || (below === 0 && upper?.isIncluded === true)); // prettier-ignore
  };
  return WORLD.flatMap((value, i) => (isIn(value) ? [i] : [])).join(' ');
}
const MEMBERS = RANGES.map(membersOf);
const both = (one: string, other: string): string => {
  const there = new Set(other.split(' '));
  return one
    .split(' ')
    .filter((member) => member !== '' && there.has(member))
    .join(' ');
};
const meet = (one: ValueRange | null, other: ValueRange | null): ValueRange | null =>
  one === null || other === null ? null : intersect(one, other);

describe('QU-26: a comparison as a set', () => {
  test.each<[RangeType, RangeLiteral, readonly Value[]]>([
    ['gt', 1, [1.5, 2, 3]],
    ['gte', 1, [1, 1.5, 2, 3]],
    ['lt', 1, [-1, 0, 0.5]],
    ['lte', 1, [-1, 0, 0.5, 1]],
    ['gt', false, [true]],
    ['gte', false, [false, true]],
    ['lt', false, []],
    ['lte', true, [false, true]],
    ['gt', 'b', ['b\uffff', 'c', '\uffff', '\uffffa']],
    ['lt', 'a', ['', '\0']],
    ['lte', '', ['']],
    ['lt', '', []],
  ])('%s %j', (type, bound, members) => {
    expect(membersOf(rangeOf(type, bound))).toBe(members.map((value) => WORLD.indexOf(value)).join(' '));
  });

  test('and its opposite part what is of its type in two, and have nothing in common', () => {
    for (const [one, other] of [
      ['gt', 'lte'],
      ['gte', 'lt'],
    ] as const) {
      for (const bound of BOUNDS) {
        const [up, down] = [rangeOf(one, bound), rangeOf(other, bound)];
        expect(membersOf(intersect(up, down))).toBe('');
        const together = `${membersOf(up)} ${membersOf(down)}`.split(' ').filter((member) => member !== '');
        const wanted = WORLD.flatMap((value, i) => (kindOf(value) === kindOf(bound as Value) ? [String(i)] : []));
        expect(together.toSorted()).toEqual(wanted.toSorted());
      }
    }
  });
});

describe('QU-26: ranges that meet', () => {
  test('have what is in both, of every two', () => {
    const wrong: unknown[] = [];
    for (const [i, one] of RANGES.entries()) {
      for (const [j, other] of RANGES.entries()) {
        const found = membersOf(intersect(one, other));
        if (found !== both(MEMBERS[i] as string, MEMBERS[j] as string)) wrong.push([one, other, found]);
      }
    }
    expect(wrong.slice(0, 3)).toEqual([]);
  });

  test('in whatever turn and however they are put together, of every three', () => {
    const wrong: unknown[] = [];
    for (const [i, one] of RANGES.entries()) {
      for (const [j, other] of RANGES.entries()) {
        if (j < i) continue;
        const pair = intersect(one, other);
        for (const third of RANGES.slice(j)) {
          const left = meet(pair, third);
          const right = meet(one, intersect(other, third));
          if (membersOf(left) !== membersOf(right)) wrong.push([one, other, third]);
        }
      }
    }
    expect(wrong.slice(0, 3)).toEqual([]);
  });

  test('with one that holds all of another, that other is what is left', () => {
    for (const [i, one] of RANGES.entries()) {
      for (const [j, other] of RANGES.entries()) {
        if (both(MEMBERS[i] as string, MEMBERS[j] as string) !== MEMBERS[i]) continue;
        expect(membersOf(intersect(one, other))).toBe(MEMBERS[i]);
      }
    }
  });

  test('of a prefix and a longer one have what the longer one has; of two that part, nothing', () => {
    for (const one of PREFIXES) {
      for (const other of PREFIXES) {
        const longer = one.startsWith(other) ? one : other.startsWith(one) ? other : null;
        const wanted = longer === null ? '' : membersOf(prefixRange(longer));
        expect([one, other, membersOf(intersect(prefixRange(one), prefixRange(other)))]).toEqual([one, other, wanted]);
      }
    }
  });

  test('never say a bound that neither of them had, nor none where one had one', () => {
    for (const one of RANGES) {
      for (const other of RANGES) {
        const range = intersect(one, other);
        if (range === null) continue;
        for (const side of ['lower', 'upper'] as const) {
          expect([one[side], other[side]]).toContain(range[side]);
          expect(range[side] === null).toBe(one[side] === null && other[side] === null);
        }
      }
    }
  });
});
