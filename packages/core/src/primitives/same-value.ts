import { isBytes, type PlainObject, type Value } from './value.js';

/** Equality as by canonical JSON: the order of properties does not matter, `-0` equals `0`, bytes compare by content. */
export function sameValue(a: Value, b: Value): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (isArray(a)) return isArray(b) && sameItems(a, b);
  if (isArray(b)) return false;
  if (isBytes(a)) return isBytes(b) && sameBytes(a, b);
  if (isBytes(b)) return false;
  return sameProperties(a, b);
}

const isArray = (value: Value): value is readonly Value[] => Array.isArray(value);

function sameItems(a: readonly Value[], b: readonly Value[]): boolean {
  return a.length === b.length && a.every((item, i) => sameValue(item, b[i]!));
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** `for … in` makes no list of the names. */
function sameProperties(a: PlainObject, b: PlainObject): boolean {
  let extra = 0;
  for (const name in a) {
    if (!Object.hasOwn(a, name)) continue;
    if (!Object.hasOwn(b, name) || !sameValue(a[name]!, b[name]!)) return false;
    extra -= 1;
  }
  for (const name in b) if (Object.hasOwn(b, name)) extra += 1;
  return extra === 0;
}
