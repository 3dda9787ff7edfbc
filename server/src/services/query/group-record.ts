import { encodeStamp, type Stamp } from '@topgun/core/clock';
import { SCALAR_FIELD, SERVER_REPLICA, type LwwRecord, type Register } from '@topgun/core/crdt';
import { isPlainObject, sameValue, type Value } from '@topgun/core/primitives';

/** QU-41: the stamp of what a commit has made of a group. */
export const groupStamp = (position: number): Stamp =>
  encodeStamp({ millis: position, counter: 0, replica: SERVER_REPLICA });

/**
 * QU-41: a group as a record: created when it came to be shown, with a register for each of its fields, which has the stamp of the
 * commit since when it says what it says. So what `before` and it have in common is no news. Returns `before` where all is the same.
 */
export function groupRecord(value: Value, stamp: Stamp, before?: LwwRecord): LwwRecord {
  const fields = new Map<string, Register>();
  let isSame = before !== undefined;
  for (const [name, field] of fieldsOf(value)) {
    const held = before?.fields.get(name);
    if (held !== undefined && sameValue(held.value as Value, field)) fields.set(name, held);
    else {
      fields.set(name, { stamp, value: field });
      isSame = false;
    }
  }
  if (before !== undefined && isSame && fields.size === before.fields.size) return before;
  return { existence: before?.existence ?? { stamp, op: 'create' }, floor: '', fields, expiry: null };
}

/** A field whose name is that of the scalar register would be read as the whole record; such a group is one value. */
function fieldsOf(value: Value): readonly (readonly [string, Value])[] {
  if (!isPlainObject(value) || Object.hasOwn(value, SCALAR_FIELD)) return [[SCALAR_FIELD, value]];
  return Object.entries(value as { readonly [name: string]: Value });
}
