import type { LwwRecord } from '@topgun/core/crdt';
import { flatSize } from './record-size.js';

/** Of what a host holds as bytes, so much is kept as objects too: in bytes of their layout, of which an object takes some five times as many. */
export const DECODED_BYTES = 1024 * 1024;
/** Small records count for more than their bytes. */
const RECORD_OVERHEAD = 128;

/** Whose records are kept: the bytes are there. */
export interface RecordOwner {
  readonly decoded: Map<string, DecodedRecord>;
  /** The record goes, and its bytes are those of a former one. */
  write(record: DecodedRecord): void;
}

/** A record as an object. */
export interface DecodedRecord {
  /** As its owner calls it. */
  readonly key: string;
  readonly owner: RecordOwner;
  record: LwwRecord;
  bytes: number;
  place: number;
  isUsed: boolean;
  /** PI-24: it was replaced as an object alone. */
  isUnwritten: boolean;
}

/**
 * The records of one host that were read or written lately, as objects; the others are made anew when they are asked for. By the clock algorithm: what was used since the
 * hand came by stays once more, so what is used once, as an import is, drives out little else. Owners look records up in maps of their own.
 */
export class DecodedRecords {
  readonly #most: number;
  readonly #clock: (DecodedRecord | null)[] = [];
  readonly #free: number[] = [];
  #hand = 0;
  #bytes = 0;

  /** `most`: bytes of layout; 0: nothing is ever kept. */
  constructor(most: number = DECODED_BYTES) {
    this.#most = most;
  }

  /** What is kept, in bytes of layout and a little more for each. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Keeps a record, in the place of what the owner has under its key; `bytes` is its length in its layout. */
  put(owner: RecordOwner, key: string, record: LwwRecord, bytes: number): void {
    const size = bytes + RECORD_OVERHEAD;
    const known = owner.decoded.get(key);
    if (size > this.#most) {
      if (known !== undefined) this.drop(known);
      return;
    }
    if (known !== undefined) {
      known.isUnwritten = false;
      return this.#replace(known, record, size);
    }
    const place = this.#free.pop() ?? this.#clock.length;
    const kept: DecodedRecord = { key, owner, record, bytes: size, place, isUsed: false, isUnwritten: false };
    this.#clock[place] = kept;
    owner.decoded.set(key, kept);
    this.#bytes += size;
    this.#makeRoom(kept);
  }

  /** Keeps another record in the place of this one, of which no bytes are made yet. False: it has to be written, since what it takes is not seen at a look, or is too much. */
  replace(known: DecodedRecord, record: LwwRecord): boolean {
    const flat = flatSize(record);
    // Of stamps it tells nothing: those of the former one stand for them.
    const size = flat === null ? Infinity : Math.max(known.bytes, flat + RECORD_OVERHEAD);
    if (size > this.#most) return false;
    known.isUnwritten = true;
    this.#replace(known, record, size);
    return true;
  }

  #replace(known: DecodedRecord, record: LwwRecord, size: number): void {
    this.#bytes += size - known.bytes;
    known.record = record;
    known.bytes = size;
    known.isUsed = true;
    this.#makeRoom(known);
  }

  /** What is not written of it is for nobody. */
  drop({ key, owner, place, bytes }: DecodedRecord): void {
    owner.decoded.delete(key);
    this.#clock[place] = null;
    this.#free.push(place);
    this.#bytes -= bytes;
  }

  /** Of all but this one. */
  #makeRoom(kept: DecodedRecord): void {
    while (this.#bytes > this.#most) {
      if (this.#hand >= this.#clock.length) this.#hand = 0;
      const next = this.#clock[this.#hand];
      this.#hand += 1;
      if (next === null || next === undefined || next === kept) continue;
      if (next.isUsed) {
        next.isUsed = false;
        continue;
      }
      if (next.isUnwritten) next.owner.write(next);
      this.drop(next);
    }
  }
}
