import type { Stamp } from '@topgun/core/clock';
import type { Existence, LwwRecord } from '@topgun/core/crdt';
import type { ByteWriter } from './byte-writer.js';
import { RecordOrder } from './record-order.js';
import { writeValue } from './value-layout.js';

/** Why bytes are not what they should be; `reason` says what is wrong, and where. */
export interface LayoutError {
  readonly code: 'malformed' | 'unknown-version' | 'wrong-checksum';
  readonly reason: string;
}

/** What is known of a record without a look at its fields. */
export interface RecordHeader {
  /** Bytes of header and body: where the next one begins. */
  readonly length: number;
  /** Where, from its beginning, the fields begin. */
  readonly bodyAt: number;
  readonly key: string;
  readonly existence: Existence | null;
  readonly floor: Stamp | '';
  readonly expiry: LwwRecord['expiry'];
  /** Of all registers, in order, each once. */
  readonly stamps: readonly Stamp[];
  readonly fields: number;
}

/**
 * One record under its key, header and body in a row, without a gap and in one form only: equal records are equal bytes, so they can be compared, copied and
 * summed up as they lie there.
 *
 * Header: u32 length of all · u32 length of the header · u32 stamps · u32 fields · u32 existence's, floor's and expiry's stamp, each as a place in the
 * table from 1 on, 0 where there is none · u8 what exists · u8 whether an end is set · f64 the end · key · the table of stamps, in order, each u8 length and text.
 * Body: the fields by name, each name · varint place of its stamp, from 0 on · value.
 */
/** Of a header, before the key. */
export const FIXED_BYTES = 38;
const LENGTH_AT = 0;
const EXISTENCE_AT = 28;
const END_AT = 30;

/** 0 is for none. */
export const EXISTENCE: readonly (Existence['op'] | null)[] = [null, 'create', 'remove', 'set', 'counter'];
const CREATE = EXISTENCE.indexOf('create');

export function writeRecord(writer: ByteWriter, key: string, record: LwwRecord): void {
  const from = writer.length;
  const { existence, floor, expiry } = record;
  order.arrange(record);
  const { names, stamps, fields, stamped } = order;
  writer.u32(0);
  writer.u32(0);
  writer.u32(stamped);
  writer.u32(fields);
  writer.u32(placeFromOne(existence?.stamp));
  writer.u32(placeFromOne(floor));
  writer.u32(placeFromOne(expiry?.stamp));
  writer.u8(EXISTENCE.indexOf(existence?.op ?? null));
  const end = expiry?.at ?? null;
  writer.u8(end === null ? 0 : 1);
  writer.f64(end ?? 0);
  writer.text(key);
  for (let i = 0; i < stamped; i += 1) {
    const stamp = stamps[i]!;
    writer.u8(stamp.length);
    writer.latin1(stamp);
  }
  writer.patchU32(from + 4, writer.length - from);
  for (let i = 0; i < fields; i += 1) {
    const name = names[i]!;
    const { stamp, value } = record.fields.get(name)!;
    writer.text(name);
    writer.varint(order.placeOf(stamp));
    writeValue(writer, value);
  }
  writer.patchU32(from, writer.length - from);
}

/** Of whatever is written next: a thread writes one record at a time. */
const order = new RecordOrder();

const placeFromOne = (stamp: Stamp | '' | undefined): number =>
  stamp === undefined || stamp === '' ? 0 : order.placeOf(stamp) + 1;

/** How long the record at `at` says it is. For bytes that are known to be sound. */
export const recordLength = (bytes: Buffer, at: number): number => bytes.readUInt32LE(at + LENGTH_AT);

/** Where the key of the record at `from` begins: with its length. */
export const recordKeyAt = (from: number): number => from + FIXED_BYTES;

/** Where the key of the record at `from` ends. For bytes that are known to be sound. */
export function recordKeyEnd(bytes: Uint8Array, from: number): number {
  let at = recordKeyAt(from);
  let doubled = 0;
  for (let scale = 1; ; scale *= 0x80, at += 1) {
    const byte = bytes[at]!;
    doubled += (byte & 0x7f) * scale;
    if (byte < 0x80) return at + 1 + Math.floor(doubled / 2);
  }
}

/** When the record at `at` ends, if it shows and has an end; else `null`. For bytes that are known to be sound. */
export function recordEnd(bytes: Buffer, at: number): number | null {
  const shows = bytes[at + EXISTENCE_AT] === CREATE && bytes[at + EXISTENCE_AT + 1] === 1;
  return shows ? bytes.readDoubleLE(at + END_AT) : null;
}
