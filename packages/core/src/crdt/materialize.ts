import { setOwn, type Value } from '../primitives/value.js';
import type { LwwRecord } from './lww-record.js';

/** The field that holds a record which is no plain object. */
export const SCALAR_FIELD = '';

/** CR-3: the latest existence op is a create. */
export const isVisible = (record: LwwRecord | undefined): boolean => record?.existence?.op === 'create';

/**
 * The record as the app sees it; `undefined` when it is not visible. An object unless the scalar register is set and no
 * other register, set or unset, is later: the latest edit decides the shape. Property order means nothing.
 */
export function materialize(record: LwwRecord | undefined): Value | undefined {
  if (record === undefined || !isVisible(record)) return undefined;
  const scalar = scalarOf(record);
  if (scalar !== undefined) return scalar;
  const object: Record<string, Value> = {};
  record.fields.forEach(({ value }, name) => {
    if (value !== undefined && name !== SCALAR_FIELD) setOwn(object, name, value);
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
