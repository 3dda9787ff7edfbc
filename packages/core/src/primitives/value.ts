/**
 * What a record, a field or anything inside one may be: JSON with finite numbers, and bytes.
 * `-0` counts as `0`; keys of plain objects are own properties, so `__proto__` is plain data.
 */
export type Value = null | boolean | number | string | Uint8Array | readonly Value[] | PlainObject;

/** An object of own, enumerable, string-keyed properties; its prototype is `Object.prototype` or `null`. */
export interface PlainObject {
  readonly [field: string]: Value;
}

/** Objects and arrays may be nested this deep; a scalar has depth 0. */
export const MAX_VALUE_DEPTH = 64;

/** True for objects that are neither arrays nor bytes nor class instances. Says nothing about what they contain. */
export function isPlainObject(value: unknown): value is PlainObject {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === null || prototype === Object.prototype) return true;
  // An object from another realm has a foreign Object.prototype, whose own prototype is null.
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype as object, 'hasOwnProperty');
}

/** True for a `Uint8Array` of any realm, Node's `Buffer` included. */
export function isBytes(value: unknown): value is Uint8Array {
  return ArrayBuffer.isView(value) && Object.prototype.toString.call(value) === '[object Uint8Array]';
}

/** Sets an own property whatever its name: plain assignment of `__proto__` would set the prototype instead. */
export function setOwn(target: Record<string, unknown>, name: string, value: unknown): void {
  if (name === '__proto__') {
    Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
  } else {
    target[name] = value;
  }
}
