import { materialize, type LwwRecord } from '@topgun/core/crdt';
import type { Value } from '@topgun/core/primitives';

/** Records do not change, so what shows of one is made once, for all views that show it; gone with the record. */
const shown = new WeakMap<LwwRecord, { readonly value: Value | undefined }>();

/** The value that shows of a record; `undefined`: nothing does. */
export function shownValue(record: LwwRecord): Value | undefined {
  let known = shown.get(record);
  if (known === undefined) shown.set(record, (known = { value: materialize(record) }));
  return known.value;
}

/** The same, for a look at many records that may be nobody's: read from bytes for this look alone. What is known is used, and nothing is remembered. */
export function shownOnce(record: LwwRecord): Value | undefined {
  const known = shown.get(record);
  return known === undefined ? materialize(record) : known.value;
}
