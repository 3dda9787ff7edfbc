import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson } from '../../primitives/index.js';
import { compareValues } from '../compare-values.js';
import { evaluate } from '../evaluate/evaluate.js';
import { bytes, scalar } from '../query.arbitrary.js';
import type { Predicate, RangeLiteral, RangeType } from '../query.js';
import { intersect, prefixRange, rangeOf, someBound, type ValueRange } from './value-range.js';

const literal: fc.Arbitrary<RangeLiteral> = fc.oneof(
  scalar.filter((item) => item !== null),
  bytes.map((item) => ({ json: canonicalJson(item) })),
);

const type = fc.constantFrom<RangeType[]>('gt', 'gte', 'lt', 'lte');

const probe = fc.oneof(scalar, bytes);

type Probe = null | boolean | number | string | Uint8Array;

/** Whether the value lies in the range, as the words on `ValueRange` say. */
function isIn(range: ValueRange, value: Probe): boolean {
  const { lower, upper } = range;
  if (typeof value !== typeof someBound(range).value || value === null) return false;
  const fromLower = lower === null ? 1 : compareValues(value, lower.value);
  const toUpper = upper === null ? -1 : compareValues(value, upper.value);
  return (fromLower > 0 || (fromLower === 0 && lower?.isIncluded === true)) && (toUpper < 0 || (toUpper === 0 && upper?.isIncluded === true)); // prettier-ignore
}

const meets = (condition: Predicate, value: Probe): boolean =>
  evaluate({ where: condition, sort: [], limit: null }, [{ key: 'k', value: { a: value } }]).length === 1;

describe('QU-26: a range of values', () => {
  test('holds what meets the comparison, and nothing else', () => {
    fc.assert(
      fc.property(type, literal, probe, (name, bound, value) => {
        expect(isIn(rangeOf(name, bound), value)).toBe(meets({ type: name, path: ['a'], value: bound }, value));
      }),
      { numRuns: 1000 },
    );
  });

  test('meets another one in what is in both', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(type, literal), { minLength: 1, maxLength: 4 }), probe, (conditions, value) => {
        let range: ValueRange | null = null;
        let isEmpty = false;
        for (const [name, bound] of conditions) {
          const next = rangeOf(name, bound);
          range = range === null ? next : intersect(range, next);
          isEmpty ||= range === null;
          if (isEmpty) break;
        }
        const of = conditions.map(([name, bound]): Predicate => ({ type: name, path: ['a'], value: bound }));
        expect(!isEmpty && range !== null && isIn(range, value)).toBe(meets({ type: 'and', of }, value));
      }),
      { numRuns: 1000 },
    );
  });

  test('of a prefix holds the strings that begin with it', () => {
    const unit = fc.constantFrom('a', 'b', '\uffff', '\ud83d', '\ude00', '');
    const text = fc.array(unit, { maxLength: 4 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, text, (prefix, value) => {
        expect(isIn(prefixRange(prefix), value)).toBe(value.startsWith(prefix));
        expect(isIn(prefixRange(prefix), `${prefix}${value}`)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  test('of a prefix that nothing comes after has no end', () => {
    expect(prefixRange('\uffff\uffff').upper).toBeNull();
    expect(prefixRange('').upper).toBeNull();
    expect(prefixRange('a\uffff').upper).toEqual({ value: 'b', isIncluded: false });
  });

  test('keeps the tighter bound, and leaves out what one of two leaves out', () => {
    const above = rangeOf('gt', 1);
    const from = rangeOf('gte', 1);
    expect(intersect(above, from)).toEqual(above);
    expect(intersect(from, above)).toEqual(above);
    expect(intersect(rangeOf('lt', 3), rangeOf('lte', 3))).toEqual(rangeOf('lt', 3));
    expect(intersect(rangeOf('gte', 2), from)).toEqual(rangeOf('gte', 2));
    expect(intersect(rangeOf('gt', 1), rangeOf('lt', 'x'))).toBeNull();
  });
});
