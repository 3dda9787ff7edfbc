import * as fc from 'fast-check';
import { setOwn, type Value } from './value.js';

/** Names that have caught others out, beside ordinary ones. */
export const fieldNames: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom('__proto__', 'constructor', 'prototype', 'toJSON', '$', '$$', '$bytes', '$$bytes', 'hasOwnProperty'),
  fc.string({ maxLength: 4, unit: 'binary' }),
  fc.constantFrom('a', 'b', 'c', '1', '10', '2'),
);

const scalars: fc.Arbitrary<Value> = fc.oneof(
  fc.constantFrom<Value>(null, true, false, 0, '', '__proto__'),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => (number === 0 ? 0 : number)),
  fc.integer(),
  fc.string({ unit: 'binary', maxLength: 6 }),
  fc.uint8Array({ maxLength: 7 }).map((bytes) => new Uint8Array(bytes)),
);

/** Any value, with `0` for `-0` as `checkValue` leaves them. */
export const values: fc.Arbitrary<Value> = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalars,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.array(fc.tuple(fieldNames, tie('value')), { maxLength: 4 }).map(objectOf),
    fc.tuple(fieldNames, tie('value')).map((entry) => objectOf([entry])),
  ),
})).value;

export function objectOf(entries: readonly (readonly [string, Value])[]): Value {
  const object: Record<string, Value> = {};
  for (const [name, value] of entries) setOwn(object, name, value);
  return object;
}

/** The same value built anew, with the properties of every object in another order. */
export function reordered(value: Value): Value {
  if (Array.isArray(value)) return (value as readonly Value[]).map(reordered);
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  return objectOf(
    Object.entries(value as Record<string, Value>)
      .reverse()
      .map(([name, item]) => [name, reordered(item)] as const),
  );
}
