import { expiresAt, type LwwRecord } from '@topgun/core/crdt';
import { TopGunError, type Result } from '@topgun/core/primitives';
import { indexRecords } from '../layout/index-records.js';
import { recordEnd, recordLength, type LayoutError } from '../layout/record-layout.js';
import { RecordReader } from '../layout/record-reader.js';
import type { RecordSection, SnapshotWriter } from '../layout/snapshot-layout.js';

/** Writes up to `count` records, and says whether there are more. */
export type WriteRecords = (writer: SnapshotWriter, count: number) => boolean;

/**
 * The records of one map in one partition. Those that come from a snapshot lie in its bytes: nothing is done with them until the
 * table is asked for one, then their keys are looked up, and a record is read when it is asked for by its key, once.
 */
export class RecordTable {
  /** Records, or where they begin in `section`. */
  #held: Map<string, LwwRecord | number> | null;
  readonly #section: RecordSection | null;
  #reader: RecordReader | null = null;
  /** Something was changed since it was read from the snapshot. */
  #isChanged = false;

  constructor(section: RecordSection | null = null) {
    this.#section = section;
    this.#held = section === null ? new Map() : null;
  }

  get size(): number {
    return this.#held?.size ?? this.#section?.count ?? 0;
  }

  get(key: string): LwwRecord | undefined {
    const held = this.#records();
    const record = held.get(key);
    if (typeof record !== 'number') return record;
    const read = this.#read(record);
    held.set(key, read);
    return read;
  }

  set(key: string, record: LwwRecord): void {
    this.#isChanged = true;
    this.#records().set(key, record);
  }

  delete(key: string): boolean {
    this.#isChanged = true;
    return this.#records().delete(key);
  }

  /** What lies in bytes is read for this look alone: kept, a map that somebody looks through once would take five times the room. */
  *[Symbol.iterator](): IterableIterator<readonly [key: string, record: LwwRecord]> {
    for (const [key, record] of this.#records()) {
      yield [key, typeof record === 'number' ? this.#read(record) : record];
    }
  }

  /** The records that end, and when. Reads headers alone, and nothing where none ends. */
  *ends(): IterableIterator<readonly [key: string, at: number]> {
    if (this.#held === null && this.#section?.hasEnds === false) return;
    for (const [key, record] of this.#records()) {
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
    const entries = [...this.#records()];
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

  #records(): Map<string, LwwRecord | number> {
    return (this.#held ??= this.#section === null ? new Map() : must(indexRecords(this.#section)));
  }
}

const must = <T>(result: Result<T, LayoutError>): T => (result.ok ? result.value : damaged(result.error.reason));

/** The checksum was right: bytes that are wrong nevertheless were written so. */
function damaged(reason: string | null): never {
  throw new TopGunError('ledger-damaged', `A snapshot is not what it should be: ${reason}.`);
}
