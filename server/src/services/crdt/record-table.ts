import { expiresAt, type LwwRecord } from '@topgun/core/crdt';
import { TopGunError } from '@topgun/core/primitives';
import { recordEnd, recordLength } from '../layout/record-layout.js';
import { RecordReader } from '../layout/record-reader.js';
import type { RecordSection, SnapshotWriter } from '../layout/snapshot-layout.js';

/** Writes up to `count` records, and says whether there are more. */
export type WriteRecords = (writer: SnapshotWriter, count: number) => boolean;

/**
 * The records of one map in one partition. Those that come from a snapshot lie in its bytes, found by their keys: a record is read when it is
 * asked for by its key, once.
 */
export class RecordTable {
  /** Records, or where they begin in `section`. */
  readonly #held: Map<string, LwwRecord | number>;
  readonly #section: RecordSection | null;
  #reader: RecordReader | null = null;
  /** Something was changed since it was read from the snapshot. */
  #isChanged = false;

  /** `places`: where the records of `section` begin, by key. The table takes it over. */
  constructor(section: RecordSection | null = null, places: Map<string, number> = new Map()) {
    this.#section = section;
    this.#held = places;
  }

  get size(): number {
    return this.#held.size;
  }

  get(key: string): LwwRecord | undefined {
    const record = this.#held.get(key);
    if (typeof record !== 'number') return record;
    const read = this.#read(record);
    this.#held.set(key, read);
    return read;
  }

  set(key: string, record: LwwRecord): void {
    this.#isChanged = true;
    this.#held.set(key, record);
  }

  /** In the place of what it was, which says the same in other words: a capture may write either. */
  replace(key: string, record: LwwRecord): void {
    this.#held.set(key, record);
  }

  delete(key: string): boolean {
    this.#isChanged = true;
    return this.#held.delete(key);
  }

  /** What lies in bytes is read for this look alone: kept, a map that somebody looks through once would take five times the room. */
  *[Symbol.iterator](): IterableIterator<readonly [key: string, record: LwwRecord]> {
    for (const [key, record] of this.#held) {
      yield [key, typeof record === 'number' ? this.#read(record) : record];
    }
  }

  /** The records that end, and when. Reads headers alone, and nothing where none ends. */
  *ends(): IterableIterator<readonly [key: string, at: number]> {
    if (!this.#isChanged && this.#section?.hasEnds === false) return;
    for (const [key, record] of this.#held) {
      const at = typeof record === 'number' ? recordEnd(this.#bytes, record) : expiresAt(record);
      if (at !== null) yield [key, at];
    }
  }

  /** The table as it is now, whatever happens to it afterwards: writes `count` records at a call, and says whether there are more. */
  captured(): WriteRecords {
    const section = this.#section;
    if (section !== null && !this.#isChanged) {
      return (writer) => {
        writer.packed(section.bytes, section.count, section.hasEnds);
        return false;
      };
    }
    const entries = [...this.#held];
    let written = 0;
    return (writer, count) => {
      // Not at once: the capture is what everybody waits for.
      if (written === 0) entries.sort(([a], [b]) => (a < b ? -1 : 1));
      for (const [key, record] of entries.slice(written, written + count)) this.#writeOne(writer, key, record);
      written += count;
      return written < entries.length;
    };
  }

  #writeOne(writer: SnapshotWriter, key: string, record: LwwRecord | number): void {
    if (typeof record !== 'number') {
      writer.record(key, record, expiresAt(record));
      return;
    }
    const bytes = this.#bytes;
    const packed = bytes.subarray(record, record + recordLength(bytes, record));
    writer.packed(packed, 1, recordEnd(bytes, record) !== null);
  }

  #read(at: number): LwwRecord {
    const reader = (this.#reader ??= new RecordReader(this.#bytes));
    return reader.record(at) ?? damaged(reader.fault);
  }

  get #bytes(): Buffer {
    if (this.#section === null) throw new Error('no record lies in bytes');
    return this.#section.bytes;
  }
}

/** The checksum was right: bytes that are wrong nevertheless were written so. */
function damaged(reason: string | null): never {
  throw new TopGunError('ledger-damaged', `A snapshot is not what it should be: ${reason}.`);
}
