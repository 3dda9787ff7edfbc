import { isStamp, MAX_MILLIS, type Stamp } from '@topgun/core/clock';
import type { Existence, LwwRecord, Register } from '@topgun/core/crdt';
import { ByteReader } from './byte-reader.js';
import { EXISTENCE, type RecordHeader } from './record-layout.js';
import { readValue } from './value-layout.js';

const STAMP_BYTES = 13;
const FIELD_BYTES = 3;
/** Longer records are turned into text piece by piece. */
const CUT_UP_TO = 1_024;

/** A field's name as it was read last at its place among the fields, and its bytes. */
interface KnownName {
  readonly bytes: Uint8Array;
  readonly name: string;
  /** It is known to follow the one before it. */
  isInOrder: boolean;
}

/**
 * Reads records, each judged in full: what `writeRecord` could not have written gives `null`, and `fault` says why. It makes nothing that a
 * record does not keep, and names are those of the record before where they are the same: records of one map mostly have the same fields.
 */
export class RecordReader {
  #bytes: Buffer;
  readonly #reader: ByteReader;
  readonly #names: KnownName[] = [];
  #stamps: Stamp[] = [];
  /** For each stamp, the number of the last record that it was used in. */
  #uses = new Float64Array(8);
  #record = 0;
  #used = 0;

  #length = 0;
  #bodyAt = 0;
  #fieldCount = 0;
  #key = '';
  #existence: Existence | null = null;
  #floor: Stamp | '' = '';
  #expiry: LwwRecord['expiry'] = null;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#reader = new ByteReader(bytes);
  }

  /** Goes on in other bytes. */
  turnTo(bytes: Buffer): void {
    this.#bytes = bytes;
    this.#reader.turnTo(bytes);
  }

  /** What is wrong with what was read last, and where; `null`: nothing. */
  get fault(): string | null {
    return this.#reader.fault;
  }

  /** What is known of the record at `at` without a look at its fields. */
  header(at: number): RecordHeader | null {
    this.#readHeader(at, true);
    if (this.fault !== null) return null;
    return {
      length: this.#length,
      bodyAt: this.#bodyAt,
      key: this.#key,
      existence: this.#existence,
      floor: this.#floor,
      expiry: this.#expiry,
      stamps: [...this.#stamps],
      fields: this.#fieldCount,
    };
  }

  /** The record at `at`. Its key is not looked at: whoever has found it by its key has done so. */
  record(at: number): LwwRecord | null {
    this.#readHeader(at, false);
    const fields = this.fault === null ? this.#readFields() : null;
    if (fields === null || this.fault !== null) return null;
    return { existence: this.#existence, floor: this.#floor, fields, expiry: this.#expiry };
  }

  #readHeader(at: number, wantsKey: boolean): void {
    const reader = this.#reader;
    reader.seek(at, Infinity);
    const size = reader.left;
    const length = reader.u32();
    const bodyAt = reader.u32();
    if (length > size || bodyAt > length) reader.refuse('a record is longer than there are bytes');
    if (reader.fault === null) reader.seek(at, at + length, length <= CUT_UP_TO);
    reader.skip(8);
    const stampCount = reader.u32();
    const fieldCount = reader.u32();
    const [existing, floored, expiring] = [reader.u32(), reader.u32(), reader.u32()];
    const op = EXISTENCE[reader.u8()];
    const hasEnd = reader.u8();
    const end = reader.f64();
    if (wantsKey) this.#key = reader.text();
    else reader.skip(Math.floor(reader.varint() / 2));
    if (stampCount * STAMP_BYTES > length || fieldCount * FIELD_BYTES > length - bodyAt) {
      reader.refuse('a record says that there is more than it has room for');
    }
    this.#readStamps(stampCount);
    if (reader.at !== at + bodyAt) reader.refuse('the header does not end where it says');
    if (op === undefined || (op === null) !== (existing === 0)) reader.refuse('the existence is neither');
    if (hasEnd > 1 || (hasEnd === 1 && expiring === 0) || !isEnd(end, hasEnd)) reader.refuse('this is no end');
    const existence = this.#use(existing);
    const expiry = this.#use(expiring);
    this.#length = length;
    this.#bodyAt = bodyAt;
    this.#fieldCount = fieldCount;
    this.#floor = this.#use(floored);
    this.#existence = existence === '' || op === undefined || op === null ? null : { stamp: existence, op };
    this.#expiry = expiry === '' ? null : { stamp: expiry, at: hasEnd === 1 ? end : null };
  }

  #readStamps(count: number): void {
    const reader = this.#reader;
    const stamps: Stamp[] = [];
    this.#stamps = stamps;
    this.#record += 1;
    this.#used = 0;
    if (reader.fault !== null) return;
    if (count > this.#uses.length) this.#uses = new Float64Array(count * 2);
    for (let i = 0; i < count && reader.fault === null; i += 1) {
      const size = reader.u8();
      const isOne = this.#isStampHere(size);
      const stamp = reader.latin1(size) as Stamp;
      if (!isOne) reader.refuse('this is no stamp');
      else if (i > 0 && stamp <= stamps[i - 1]!) reader.refuse('stamps are in order, each once');
      else stamps.push(stamp);
    }
  }

  /** As `isStamp` says of the next `size` bytes. */
  #isStampHere(size: number): boolean {
    const { at } = this.#reader;
    if (size < STAMP_BYTES - 1 || size > MAX_STAMP_SIZE || size > this.#reader.left) return false;
    for (let i = 0; i < TIME_SIZE; i += 1) if (IN_TIME[this.#bytes[at + i]!] === 0) return false;
    for (let i = TIME_SIZE; i < size; i += 1) if (IN_REPLICA[this.#bytes[at + i]!] === 0) return false;
    return true;
  }

  /** The stamp at a place in the table, from 1 on; 0 is none. */
  #use(place: number): Stamp | '' {
    if (place === 0) return '';
    const stamp = this.#stamps[place - 1];
    if (stamp === undefined) {
      this.#reader.refuse('a stamp is not in the table');
      return '';
    }
    if (this.#uses[place] !== this.#record) {
      this.#uses[place] = this.#record;
      this.#used += 1;
    }
    return stamp;
  }

  #readFields(): ReadonlyMap<string, Register> {
    const reader = this.#reader;
    const floor = this.#floor;
    const fields = new Map<string, Register>();
    if (this.#expiry !== null && this.#expiry.stamp < floor) reader.refuse('an end is below the floor');
    for (let i = 0; i < this.#fieldCount && reader.fault === null; i += 1) {
      const name = this.#readName(i);
      const stamp = this.#use(reader.varint() + 1);
      const value = readValue(reader);
      if (stamp === '' || reader.fault !== null) break;
      if (stamp < floor) reader.refuse('a field is below the floor');
      fields.set(name, { stamp, value });
    }
    if (this.#used < this.#stamps.length) reader.refuse('a stamp is of nothing');
    if (reader.left > 0) reader.refuse('more follows than there are fields');
    return fields;
  }

  /** The name of the field at this place. Those before it are the names known of theirs. */
  #readName(i: number): string {
    const reader = this.#reader;
    let known = this.#names[i];
    if (known === undefined || !reader.repeats(known.bytes)) {
      const { at } = reader;
      const name = reader.text();
      if (reader.fault !== null) return '';
      // A copy, which `slice` of a `Buffer` is not: other records may be written over these bytes, and they are not to be kept for the sake of a name.
      known = { bytes: new Uint8Array(this.#bytes.subarray(at, reader.at)), name, isInOrder: i === 0 };
      this.#names[i] = known;
      const next = this.#names[i + 1];
      if (next !== undefined) next.isInOrder = false;
    }
    if (!known.isInOrder) {
      known.isInOrder = known.name > this.#names[i - 1]!.name;
      if (!known.isInOrder) reader.refuse('fields are in order, each once');
    }
    return known.name;
  }
}

const TIME_SIZE = 11;
const MAX_STAMP_SIZE = 75;
const SOME_TIME = '0'.repeat(TIME_SIZE);

/** Which bytes stand in the first part of a stamp, and which in its replica. */
const IN_TIME = Uint8Array.from({ length: 256 }, (_, byte) =>
  Number(isStamp(`${String.fromCharCode(byte).repeat(TIME_SIZE)}a`)),
);
const IN_REPLICA = Uint8Array.from({ length: 256 }, (_, byte) =>
  Number(isStamp(SOME_TIME + String.fromCharCode(byte))),
);

const isEnd = (end: number, hasEnd: number): boolean =>
  hasEnd === 1 ? Number.isInteger(end) && !Object.is(end, -0) && end >= 0 && end <= MAX_MILLIS : Object.is(end, 0);
