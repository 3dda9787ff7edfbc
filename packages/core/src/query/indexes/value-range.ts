import type { Value } from '../../primitives/index.js';
import { compareValues } from '../compare-values.js';
import { literalValue } from '../literal.js';
import type { RangeLiteral, RangeType } from '../query.js';

export interface Bound {
  readonly value: Value;
  readonly isIncluded: boolean;
}

/** Values of one type between two bounds. At least one bound is there, and it says the type. */
export type ValueRange =
  | { readonly lower: Bound; readonly upper: Bound | null }
  | { readonly lower: Bound | null; readonly upper: Bound };

/** The values that meet a comparison. */
export function rangeOf(type: RangeType, literal: RangeLiteral): ValueRange {
  const bound = { value: literalValue(literal), isIncluded: type === 'gte' || type === 'lte' };
  return type === 'gt' || type === 'gte' ? { lower: bound, upper: null } : { lower: null, upper: bound };
}

/** The strings that begin with the prefix. */
export function prefixRange(prefix: string): ValueRange {
  const lower = { value: prefix, isIncluded: true };
  const next = afterPrefix(prefix);
  return { lower, upper: next === null ? null : { value: next, isIncluded: false } };
}

/** The values in both ranges, maybe none; `null` when they are of different types. */
export function intersect(a: ValueRange, b: ValueRange): ValueRange | null {
  if (typeof someBound(a).value !== typeof someBound(b).value) return null;
  const lower = tighter(a.lower, b.lower, 1);
  const upper = tighter(a.upper, b.upper, -1);
  return { lower, upper } as ValueRange;
}

/** A bound of the range, for its type. */
export function someBound({ lower, upper }: ValueRange): Bound {
  return lower ?? (upper as Bound);
}

/** The bound that lets less through; `sign` is 1 for lower bounds. */
function tighter(a: Bound | null, b: Bound | null, sign: 1 | -1): Bound | null {
  if (a === null || b === null) return a ?? b;
  const order = compareValues(a.value, b.value) * sign;
  if (order === 0) return a.isIncluded ? b : a;
  return order > 0 ? a : b;
}

/** The least string that comes after all with this prefix; `null` when there is none. */
function afterPrefix(prefix: string): string | null {
  for (let end = prefix.length; end > 0; end--) {
    const unit = prefix.charCodeAt(end - 1);
    if (unit < 0xffff) return prefix.slice(0, end - 1) + String.fromCharCode(unit + 1);
  }
  return null;
}
