import { SCALAR_FIELD, VERSION_FIELD, type PatchOp } from '../../crdt/index.js';
import { sameValue, type PlainObject, type Value } from '../../primitives/index.js';

/** An op of more fields than this is merged as any other. */
const MAX_FIELDS = 16;

/**
 * What a record shows with the op merged into it, from what it shows: `before` itself when that is the same; `null` when only the whole record tells.
 * Costs what the fields of the op cost, and one copy of the object: the merge itself can wait until somebody asks for the record.
 *
 * The record has no end, and the op is later than everything in it.
 */
export function patchedValue(before: PlainObject, { fields }: Pick<PatchOp, 'fields'>): PlainObject | null {
  if (fields.length > MAX_FIELDS) return null;
  let after: Record<string, Value> | null = null;
  for (let i = 0; i < fields.length; i++) {
    const { name, value } = fields[i] as PatchOp['fields'][number];
    if (name === VERSION_FIELD) continue;
    // An unset field leaves no trace in a copy, and these two names are not set like others.
    if (value === undefined || name === SCALAR_FIELD || name === '__proto__') return null;
    // Of two values of one field the greater counts.
    for (let j = 0; j < i; j++) if (fields[j]?.name === name) return null;
    if (after === null) {
      if (Object.hasOwn(before, name) && sameValue(before[name] as Value, value)) continue;
      after = { ...before };
    }
    after[name] = value;
  }
  return after ?? before;
}
