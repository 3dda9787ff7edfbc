import { assertNever } from '../primitives/assert-never.js';
import { setOwn, type Value } from '../primitives/value.js';
import type { LwwRecord } from './lww-record.js';
import { hasValues, setValues } from './or-set.js';
import { counterValue } from './pn-counter.js';

/** The field that holds a record which is no plain object. */
export const SCALAR_FIELD = '';

/** SC-10: the field that says of which version of its map's schema a record, or an op, is; without it, of the first. It never shows. */
export const VERSION_FIELD = '_schema';

/** CR-3: the latest existence op is a create. An OR set shows while it has a value, a counter always. */
export const isVisible = (record: LwwRecord | undefined): boolean => {
  if (record === undefined || record.existence === null) return false;
  const { op } = record.existence;
  return op === 'set' ? hasValues(record) : op !== 'remove';
};

/**
 * What the app sees under a key; `undefined` when nothing is visible. A record is an object unless the scalar register is set
 * and no other register, set or unset, is later: the latest edit decides the shape. Property order means nothing. An OR set is
 * the array of its values, a counter a number.
 */
export function materialize(record: LwwRecord | undefined): Value | undefined {
  if (record === undefined || record.existence === null) return undefined;
  switch (record.existence.op) {
    case 'create':
      return recordValue(record);
    case 'remove':
      return undefined;
    case 'set':
      return setValues(record);
    case 'counter':
      return counterValue(record);
    default:
      return assertNever(record.existence.op);
  }
}

function recordValue(record: LwwRecord): Value {
  const scalar = scalarOf(record);
  if (scalar !== undefined) return scalar;
  const object: Record<string, Value> = {};
  record.fields.forEach(({ value }, name) => {
    if (value !== undefined && name !== SCALAR_FIELD && name !== VERSION_FIELD) setOwn(object, name, value);
  });
  return object;
}

/** The value of a record that counts as a scalar, visible or not. */
export function scalarOf(record: LwwRecord): Value | undefined {
  const scalar = record.fields.get(SCALAR_FIELD);
  if (scalar?.value === undefined) return undefined;
  for (const { stamp } of record.fields.values()) if (stamp > scalar.stamp) return undefined;
  return scalar.value;
}
