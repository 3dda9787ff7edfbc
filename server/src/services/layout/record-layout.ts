import { isStamp, MAX_MILLIS, type Stamp } from '@topgun/core/clock';
import type { Existence, LwwRecord, Register } from '@topgun/core/crdt';
import { err, ok, type Result } from '@topgun/core/primitives';
import { ByteReader } from './byte-reader.js';
import type { ByteWriter } from './byte-writer.js';
import { readValue, writeValue } from './value-layout.js';

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
const STAMP_BYTES = 13;
const FIELD_BYTES = 3;
const LENGTH_AT = 0;
const EXISTENCE_AT = 28;
const END_AT = 30;

/** 0 is for none. */
const EXISTENCE: readonly (Existence['op'] | null)[] = [null, 'create', 'remove', 'set', 'counter'];
const CREATE = EXISTENCE.indexOf('create');

export function writeRecord(writer: ByteWriter, key: string, record: LwwRecord): void {
  const from = writer.length;
  const { existence, floor, expiry } = record;
  const stamps = stampsOf(record);
  const place = (stamp: Stamp | '' | undefined): number =>
    stamp === undefined || stamp === '' ? 0 : placeOf(stamps, stamp) + 1;
  writer.u32(0);
  writer.u32(0);
  writer.u32(stamps.length);
  writer.u32(record.fields.size);
  writer.u32(place(existence?.stamp));
  writer.u32(place(floor));
  writer.u32(place(expiry?.stamp));
  writer.u8(EXISTENCE.indexOf(existence?.op ?? null));
  const end = expiry?.at ?? null;
  writer.u8(end === null ? 0 : 1);
  writer.f64(end ?? 0);
  writer.text(key);
  for (const stamp of stamps) {
    writer.u8(stamp.length);
    writer.bytes(Buffer.from(stamp, 'latin1'));
  }
  writer.patchU32(from + 4, writer.length - from);
  for (const [name, { stamp, value }] of sortedFields(record)) {
    writer.text(name);
    writer.varint(placeOf(stamps, stamp));
    writeValue(writer, value);
  }
  writer.patchU32(from, writer.length - from);
}

/** How long the record at `at` says it is. For bytes that are known to be sound. */
export const recordLength = (bytes: Buffer, at: number): number => bytes.readUInt32LE(at + LENGTH_AT);

/** When the record at `at` ends, if it shows and has an end; else `null`. For bytes that are known to be sound. */
export function recordEnd(bytes: Buffer, at: number): number | null {
  const shows = bytes[at + EXISTENCE_AT] === CREATE && bytes[at + EXISTENCE_AT + 1] === 1;
  return shows ? bytes.readDoubleLE(at + END_AT) : null;
}

export function readRecordHeader(bytes: Uint8Array, at: number): Result<RecordHeader, LayoutError> {
  const reader = new ByteReader(bytes, at);
  const header = headerFrom(reader, at);
  return reader.fault === null ? ok(header) : err({ code: 'malformed', reason: reader.fault });
}

/** The record at `at`, judged in full: whatever `writeRecord` could not have written is an error. */
export function readRecord(
  bytes: Uint8Array,
  at: number,
): Result<{ readonly header: RecordHeader; readonly record: LwwRecord }, LayoutError> {
  const outer = readRecordHeader(bytes, at);
  if (!outer.ok) return outer;
  const header = outer.value;
  const reader = new ByteReader(bytes, at + header.bodyAt, at + header.length);
  const fields = fieldsFrom(reader, header);
  if (reader.fault !== null) return err({ code: 'malformed', reason: reader.fault });
  const { existence, floor, expiry } = header;
  return ok({ header, record: { existence, floor, fields, expiry } });
}

function headerFrom(reader: ByteReader, at: number): RecordHeader {
  const size = reader.left;
  const length = reader.u32();
  const bodyAt = reader.u32();
  const stampCount = reader.u32();
  const fields = reader.u32();
  const places = [reader.u32(), reader.u32(), reader.u32()] as const;
  const op = EXISTENCE[reader.u8()];
  const hasEnd = reader.u8();
  const end = reader.f64();
  const key = reader.text();
  if (length > size || bodyAt > length) reader.refuse('a record is longer than there are bytes');
  if (stampCount * STAMP_BYTES > size || fields * FIELD_BYTES > length - bodyAt) {
    reader.refuse('a record says that there is more than it has room for');
  }
  const stamps = reader.fault === null ? stampsFrom(reader, stampCount) : [];
  if (reader.at !== at + bodyAt) reader.refuse('the header does not end where it says');
  if (places.some((place) => place > stamps.length)) reader.refuse('a stamp is not in the table');
  const [existing, floor, expiring] = places.map((place) => stamps[place - 1]);
  if (op === undefined || (op === null) !== (existing === undefined)) reader.refuse('the existence is neither');
  if (hasEnd > 1 || (hasEnd === 1 && expiring === undefined) || !isEnd(end, hasEnd)) reader.refuse('this is no end');
  return {
    length,
    bodyAt,
    key,
    existence: existing === undefined || op === undefined || op === null ? null : { stamp: existing, op },
    floor: floor ?? '',
    expiry: expiring === undefined ? null : { stamp: expiring, at: hasEnd === 1 ? end : null },
    stamps,
    fields,
  };
}

const isEnd = (end: number, hasEnd: number): boolean =>
  hasEnd === 1 ? Number.isInteger(end) && !Object.is(end, -0) && end >= 0 && end <= MAX_MILLIS : Object.is(end, 0);

function stampsFrom(reader: ByteReader, count: number): readonly Stamp[] {
  const stamps: Stamp[] = [];
  for (let i = 0; i < count && reader.fault === null; i += 1) {
    const stamp = reader.latin1(reader.u8());
    if (!isStamp(stamp)) reader.refuse('this is no stamp');
    else if (i > 0 && stamp <= stamps[i - 1]!) reader.refuse('stamps are in order, each once');
    else stamps.push(stamp);
  }
  return stamps;
}

function fieldsFrom(reader: ByteReader, header: RecordHeader): ReadonlyMap<string, Register> {
  const { stamps, floor, existence, expiry } = header;
  const fields = new Map<string, Register>();
  const unused = new Set<string>(stamps);
  for (const stamp of [existence?.stamp, floor, expiry?.stamp]) if (stamp !== undefined) unused.delete(stamp);
  if (expiry !== null && expiry.stamp < floor) reader.refuse('an end is below the floor');
  let last: string | null = null;
  for (let i = 0; i < header.fields && reader.fault === null; i += 1) {
    const name = reader.text();
    const stamp = stamps[reader.varint()];
    const value = readValue(reader);
    if (last !== null && name <= last) reader.refuse('fields are in order, each once');
    if (stamp === undefined) {
      reader.refuse('a stamp is not in the table');
      break;
    }
    if (stamp < floor) reader.refuse('a field is below the floor');
    unused.delete(stamp);
    fields.set(name, { stamp, value });
    last = name;
  }
  if (unused.size > 0) reader.refuse('a stamp is of nothing');
  if (reader.left > 0) reader.refuse('more follows than there are fields');
  return fields;
}

function stampsOf({ existence, floor, expiry, fields }: LwwRecord): readonly Stamp[] {
  const stamps = new Set<Stamp>();
  if (existence !== null) stamps.add(existence.stamp);
  if (floor !== '') stamps.add(floor);
  if (expiry !== null) stamps.add(expiry.stamp);
  for (const { stamp } of fields.values()) stamps.add(stamp);
  return stamps.size === 1 ? [...stamps] : [...stamps].sort();
}

/** By halves: a record may have thousands. */
function placeOf(stamps: readonly Stamp[], stamp: Stamp): number {
  let [low, high] = [0, stamps.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (stamps[middle]! < stamp) low = middle + 1;
    else high = middle;
  }
  return low;
}

function sortedFields({ fields }: LwwRecord): Iterable<readonly [string, Register]> {
  let last = '';
  let isSorted = true;
  for (const name of fields.keys()) {
    isSorted &&= last <= name;
    last = name;
  }
  return isSorted ? fields : [...fields].sort(([a], [b]) => (a < b ? -1 : 1));
}
