import { canonicalJson } from '../primitives/canonical-json.js';
import { checkValue } from '../primitives/check-value.js';
import { sameValue } from '../primitives/same-value.js';
import type { Value } from '../primitives/value.js';

/** What a resolver makes of a write: the value that the record is to hold, or that it may not be written so. */
export type Resolution =
  | { readonly type: 'value'; readonly value: Value }
  | { readonly type: 'refused'; readonly reason: string };

/**
 * RS-1: what becomes of a write to something that has a value already. Pure: the same on the server, which decides by it, and on a device, which
 * shows beforehand what that will be.
 */
export interface Resolver {
  readonly name: string;
  /**
   * Whether it is a merge law: commutative, associative and idempotent, so that what is held in the end is the same whatever came first. Of one that
   * is none the order decides in which the server takes writes.
   */
  readonly isMerge: boolean;
  resolve(current: Value, incoming: Value): Resolution;
}

const held = (value: Value): Resolution => ({ type: 'value', value });

/** What is written first stays, as the server sees it; what comes later is superseded. */
export const firstWriteWins: Resolver = {
  name: 'firstWriteWins',
  isMerge: false,
  resolve: (current) => held(current),
};

/** What is there cannot be changed: who tries is refused. Removing the record is for the rules to allow. */
export const immutable: Resolver = {
  name: 'immutable',
  isMerge: false,
  resolve: (current, incoming) =>
    sameValue(current, incoming)
      ? held(current)
      : { type: 'refused', reason: 'It cannot be changed once it is written.' },
};

/** The greater one stays: of numbers by size, of texts by code units, of others by type and canonical JSON. */
export const max: Resolver = {
  name: 'max',
  isMerge: true,
  resolve: (current, incoming) => held(compareValues(current, incoming) >= 0 ? current : incoming),
};

/** The lesser one stays, in the order of {@link max}. */
export const min: Resolver = {
  name: 'min',
  isMerge: true,
  resolve: (current, incoming) => held(compareValues(current, incoming) <= 0 ? current : incoming),
};

/** Lists as sets: the items of both, each once, in the order of {@link max}. What is no list counts as one with that item. */
export const union: Resolver = {
  name: 'union',
  isMerge: true,
  resolve: (current, incoming) => held(unionOf(current, incoming)),
};

/**
 * A resolver of the app's own: a pure function of what is held and what is written, which changes neither. Say `isMerge: false` where the order of
 * writes may matter; of one that is to be a merge law `checkResolver` looks for what breaks it. One that throws, or gives what is no value, refuses.
 */
export function custom<T = Value>(
  name: string,
  merge: (current: T, incoming: T) => T,
  { isMerge = true }: { readonly isMerge?: boolean } = {},
): Resolver {
  return {
    name,
    isMerge,
    resolve(current, incoming) {
      try {
        const merged = checkValue(merge(current as T, incoming as T));
        return merged.ok ? held(merged.value) : UNMERGED;
      } catch {
        return UNMERGED;
      }
    },
  };
}

const UNMERGED: Resolution = { type: 'refused', reason: 'It could not be merged with what is there.' };

/** RS-2: a total order of all values; 0 for those that are the same. */
export function compareValues(a: Value, b: Value): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const [rankA, rankB] = [rankOf(a), rankOf(b)];
  if (rankA !== rankB) return rankA - rankB;
  if (typeof a === 'string' && typeof b === 'string') return order(a, b);
  return order(canonicalJson(a), canonicalJson(b));
}

function rankOf(value: Value): number {
  if (value === null) return 0;
  if (typeof value === 'boolean') return 1;
  if (typeof value === 'number') return 2;
  return typeof value === 'string' ? 3 : 4;
}

const order = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1);

function unionOf(a: Value, b: Value): Value {
  const items = [...listOf(a), ...listOf(b)].sort(compareValues);
  return items.filter((item, at) => at === 0 || compareValues(items[at - 1]!, item) !== 0);
}

const listOf = (value: Value): readonly Value[] => (Array.isArray(value) ? (value as readonly Value[]) : [value]);
