import { SCALAR_FIELD, type LwwRecord, type PatchOp } from '../../crdt/index.js';
import { sameValue, type PlainObject, type Value } from '../../primitives/index.js';

/**
 * What a record shows when the op has been merged into it, from what it showed before: `before` itself when that is the same;
 * `null` when only the whole record tells. Costs what the fields of the op cost, and one copy of the object.
 *
 * `record` has the op in it, is of a type that shows as `before` did, and has no end.
 */
export function patchedValue(before: PlainObject, record: LwwRecord, { fields, stamp }: PatchOp): PlainObject | null {
  let after: Record<string, Value> | null = null;
  for (const { name, value } of fields) {
    // An unset field leaves no trace in a copy, and these two names are not set like others.
    if (value === undefined || name === SCALAR_FIELD || name === '__proto__') return null;
    const register = record.fields.get(name);
    // A later write of the field was there already, or the op has another one of it.
    if (register?.stamp !== stamp || register.value !== value) return null;
    if (after === null) {
      if (Object.hasOwn(before, name) && sameValue(before[name] as Value, value)) continue;
      after = { ...before };
    }
    after[name] = value;
  }
  return after ?? before;
}
