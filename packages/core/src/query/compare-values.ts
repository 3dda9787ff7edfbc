import type { PlainObject, Value } from '../primitives/index.js';

/**
 * The order of all values, mixed types included:
 * missing < null < false < true < numbers < strings < bytes < arrays < objects.
 *
 * Strings by code unit, bytes by byte, arrays by element, objects by their fields in code unit order of the
 * names (name first, then value); whatever is a prefix of the other comes first. Two values are equal here
 * exactly when their canonical encodings are. Numbers are finite; `-0` is `0`.
 */
export function compareValues(a: Value | undefined, b: Value | undefined): number {
  if (a === b) return 0;
  if (typeof a === 'number' && typeof b === 'number') return a < b ? -1 : 1;
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : 1;
  const rank = rankOf(a);
  const difference = rank - rankOf(b);
  if (difference !== 0) return difference;
  switch (rank) {
    case BYTES:
      return compareBytes(a as Uint8Array, b as Uint8Array);
    case ARRAY:
      return compareArrays(a as readonly Value[], b as readonly Value[]);
    case OBJECT:
      return compareObjects(a as PlainObject, b as PlainObject);
    default:
      return 0;
  }
}

/** By code unit. The order of keys. */
export function compareStrings(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

const BYTES = 6;
const ARRAY = 7;
const OBJECT = 8;

function rankOf(value: Value | undefined): number {
  switch (typeof value) {
    case 'undefined':
      return 0;
    case 'boolean':
      return value ? 3 : 2;
    case 'number':
      return 4;
    case 'string':
      return 5;
    default:
      if (value === null) return 1;
      if (Array.isArray(value)) return ARRAY;
      return ArrayBuffer.isView(value) ? BYTES : OBJECT;
  }
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const difference = (a[i] as number) - (b[i] as number);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

function compareArrays(a: readonly Value[], b: readonly Value[]): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const difference = compareValues(a[i], b[i]);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

function compareObjects(a: PlainObject, b: PlainObject): number {
  const namesOfA = Object.keys(a).sort();
  const namesOfB = Object.keys(b).sort();
  const shared = Math.min(namesOfA.length, namesOfB.length);
  for (let i = 0; i < shared; i++) {
    const name = namesOfA[i] as string;
    const byName = compareStrings(name, namesOfB[i] as string);
    if (byName !== 0) return byName;
    const byValue = compareValues(a[name], b[name]);
    if (byValue !== 0) return byValue;
  }
  return namesOfA.length - namesOfB.length;
}
