import type { LwwRecord, Register } from '@topgun/core/crdt';
import { encodeValue } from '@topgun/core/primitives';

/** Every write copies the list of fields, so a record has bounds in their number as well. */
export const MAX_RECORD_FIELDS = 4_096;

/** Sizes that were told once: an op then costs the fields it changes, not the record. */
const knownSizes = new WeakMap<LwwRecord, number>();

/** Bytes of a record's field names and values as JSON, stamps apart. `before` is what it was one op ago. */
export function recordSize(record: LwwRecord, before: LwwRecord): number {
  let bytes = knownSizes.get(before) ?? sizeOf(before);
  for (const [name, register] of before.fields) {
    if (record.fields.get(name) !== register) bytes -= registerSize(name, register);
  }
  for (const [name, register] of record.fields) {
    if (before.fields.get(name) !== register) bytes += registerSize(name, register);
  }
  knownSizes.set(record, bytes);
  return bytes;
}

function sizeOf(record: LwwRecord): number {
  let bytes = 0;
  for (const [name, register] of record.fields) bytes += registerSize(name, register);
  return bytes;
}

function registerSize(name: string, { value }: Register): number {
  const bytes = Buffer.byteLength(JSON.stringify(name));
  return value === undefined ? bytes : bytes + Buffer.byteLength(JSON.stringify(encodeValue(value)));
}
