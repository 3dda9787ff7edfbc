import type { LwwRecord, Register } from '@topgun/core/crdt';
import { encodeValue } from '@topgun/core/primitives';

/** Every write copies the list of fields, so a record has bounds in their number as well. */
export const MAX_RECORD_FIELDS = 4_096;

/** Sizes that were told once: an op then costs the fields it changes, not the record. */
const knownSizes = new WeakMap<LwwRecord, number>();

/** Whether `recordSize` is at most `maxBytes`; most records are so far below it that nothing need be encoded. */
export function fitsInto(maxBytes: number, record: LwwRecord, before: LwwRecord): boolean {
  return isSurelyWithin(maxBytes, record) || recordSize(record, before) <= maxBytes;
}

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

/** About as much, where nothing depends on it: lengths for bytes, and eight for what has none. */
export const roughSize = (record: LwwRecord): number => flatSize(record) ?? recordSize(record, record);

/** As `roughSize`; `null` where values are nested, which would have to be walked. */
export function flatSize(record: LwwRecord): number | null {
  let bytes = 0;
  let isFlat = true;
  record.fields.forEach(({ value }, name) => {
    if (typeof value === 'object' && value !== null) isFlat = false;
    else bytes += name.length + (typeof value === 'string' ? value.length : 8);
  });
  return isFlat ? bytes : null;
}

/** Of one UTF-16 unit of text in JSON: `\u0000`. */
const MAX_UNIT_BYTES = 6;
/** Of a number, `-1.2345678901234567e-300`, and so of `false` and `null`. */
const MAX_PLAIN_BYTES = 24;

/** Asks lengths alone. Of a record with nested values it is never sure: they would have to be walked at every op. */
function isSurelyWithin(maxBytes: number, record: LwwRecord): boolean {
  let most = 0;
  record.fields.forEach(({ value }, name) => {
    most += 2 + name.length * MAX_UNIT_BYTES;
    if (typeof value === 'string') most += 2 + value.length * MAX_UNIT_BYTES;
    else most += typeof value === 'object' && value !== null ? Number.POSITIVE_INFINITY : MAX_PLAIN_BYTES;
  });
  return most <= maxBytes;
}
