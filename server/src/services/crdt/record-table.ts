import type { LwwRecord } from '@topgun/core/crdt';
import { TopGunError } from '@topgun/core/primitives';
import { ByteReader } from '../layout/byte-reader.js';
import { ByteWriter } from '../layout/byte-writer.js';
import { recordEnd, recordKeyAt, recordLength, writeRecord } from '../layout/record-layout.js';
import { RecordReader } from '../layout/record-reader.js';
import type { SnapshotWriter } from '../layout/snapshot-layout.js';
import type { HashSeed } from '../slab/half-sip-hash.js';
import type { GrownSlab } from '../slab/grown-slab.js';
import { Slab, type SlabBytes, type SlabCapture } from '../slab/slab.js';
import { DecodedRecords, type DecodedRecord, type RecordOwner } from './decoded-records.js';

/** Writes up to `count` records, and says whether there are more. */
export type WriteRecords = (writer: SnapshotWriter, count: number) => boolean;

/** What the tables of one host have in common. */
export class TableRoom {
  readonly seed: HashSeed;
  readonly decoded: DecodedRecords;
  readonly writer = new ByteWriter(4_096);
  readonly #readers = new Map<string, RecordReader>();
  readonly #keys = new ByteReader(NOTHING);

  constructor(seed: HashSeed, decoded: DecodedRecords = new DecodedRecords()) {
    this.seed = seed;
    this.decoded = decoded;
  }

  /** Records of one map mostly have the same fields: a reader of its own remembers their names. */
  reader(map: string): RecordReader {
    let reader = this.#readers.get(map);
    if (reader === undefined) this.#readers.set(map, (reader = new RecordReader(NOTHING)));
    return reader;
  }

  /** The key of the record that lies there. */
  keyAt(page: Buffer, at: number): string {
    this.#keys.turnTo(page);
    this.#keys.seek(recordKeyAt(at), at + recordLength(page, at));
    return this.#keys.text();
  }
}

const NOTHING = Buffer.alloc(0);

/**
 * PI-24: the records of one map in one partition, as bytes in their layout. One is read when it is asked for; of those that were asked for lately the host keeps the
 * objects. So two questions for one record may get two objects, which are equal. What is written to one that is kept as an object becomes bytes when that goes, or when
 * somebody asks for all of the bytes: a record that is written again and again is written as an object.
 */
export class RecordTable implements RecordOwner {
  readonly #room: TableRoom;
  readonly #reader: RecordReader;
  readonly #slab: Slab;
  /** Those that are kept as objects, for whoever keeps them. */
  readonly decoded = new Map<string, DecodedRecord>();
  /** Those of them whose bytes are of a former one; `null`: there were none yet. */
  #unwritten: Set<DecodedRecord> | null = null;
  /** Records lie as they did in the snapshot: in the order of their keys, without garbage. */
  #isAsRead = true;
  #mayEnd = false;

  constructor(map: string, room: TableRoom) {
    this.#room = room;
    this.#reader = room.reader(map);
    this.#slab = new Slab(room.seed);
  }

  get size(): number {
    return this.#slab.size;
  }

  /** What the records take, those apart that are kept as objects too. */
  get bytes(): SlabBytes {
    this.#writeAll();
    return this.#slab.bytes;
  }

  /** What it may become when more is set. */
  grown(): GrownSlab {
    return this.#slab.grown();
  }

  /** How long the record under the key was when it became bytes last; 0: it is not there. */
  lengthOf(key: string): number {
    return this.#slab.lengthOf(key);
  }

  get(key: string): LwwRecord | undefined {
    const decoded = this.decoded.get(key);
    if (decoded !== undefined) {
      decoded.isUsed = true;
      return decoded.record;
    }
    const entry = this.#slab.find(key);
    if (entry < 0) return undefined;
    const [page, at] = [this.#slab.page(entry), this.#slab.at(entry)];
    const record = this.#read(page, at);
    this.#room.decoded.put(this, key, record, recordLength(page, at));
    return record;
  }

  set(key: string, record: LwwRecord): void {
    this.#isAsRead = false;
    this.#mayEnd ||= record.expiry !== null;
    const { writer, decoded } = this.#room;
    const known = this.decoded.get(key);
    if (known !== undefined && decoded.replace(known, record)) {
      (this.#unwritten ??= new Set()).add(known);
      return;
    }
    this.#write(key, record);
    decoded.put(this, key, record, writer.length);
    if (known !== undefined) this.#unwritten?.delete(known);
  }

  /** @internal For whoever keeps the objects. */
  write(decoded: DecodedRecord): void {
    this.#write(decoded.key, decoded.record);
    decoded.isUnwritten = false;
    this.#unwritten?.delete(decoded);
  }

  #write(key: string, record: LwwRecord): void {
    const { writer } = this.#room;
    writer.clear();
    writeRecord(writer, key, record);
    this.#slab.set(writer.view(), 0);
  }

  #writeAll(): void {
    if (this.#unwritten !== null) for (const decoded of this.#unwritten) this.write(decoded);
  }

  delete(key: string): boolean {
    this.#isAsRead = false;
    this.#forgetDecoded(key);
    return this.#slab.delete(key);
  }

  /** Takes over the record that lies at `at` in a snapshot, which is checked when it is read: in the order of keys, before anything else is written. */
  adopt(bytes: Buffer, at: number): void {
    this.#mayEnd ||= recordEnd(bytes, at) !== null;
    this.#slab.set(bytes, at);
  }

  /** The table goes: nothing of it is kept. */
  drop(): void {
    for (const key of this.decoded.keys()) this.#forgetDecoded(key);
  }

  /** What is not kept as an object is read for this look alone: a map that somebody looks through once would drive out everything else. */
  *[Symbol.iterator](): IterableIterator<readonly [key: string, record: LwwRecord]> {
    for (const entry of this.#slab) {
      const [page, at] = [this.#slab.page(entry), this.#slab.at(entry)];
      const key = this.#room.keyAt(page, at);
      yield [key, this.decoded.get(key)?.record ?? this.#read(page, at)];
    }
  }

  /** Without a look at the records. */
  *keys(): IterableIterator<string> {
    for (const entry of this.#slab) yield this.#room.keyAt(this.#slab.page(entry), this.#slab.at(entry));
  }

  /** The records that end, and when. Reads headers alone, and nothing where none ends. */
  *ends(): IterableIterator<readonly [key: string, at: number]> {
    if (!this.#mayEnd) return;
    this.#writeAll();
    for (const entry of this.#slab) {
      const [page, at] = [this.#slab.page(entry), this.#slab.at(entry)];
      const end = recordEnd(page, at);
      if (end !== null) yield [this.#room.keyAt(page, at), end];
    }
  }

  /** The table as it is now, whatever happens to it afterwards: writes `count` records at a call, and says whether there are more. */
  captured(): WriteRecords {
    this.#writeAll();
    const capture = this.#slab.capture();
    if (this.#isAsRead) return this.#asRead(capture);
    const { pages, places } = capture;
    const entries: { readonly key: string; readonly bytes: Buffer; readonly at: number }[] = [];
    let written = 0;
    return (writer, count) => {
      // Not at once: the capture is what everybody waits for.
      if (written === 0) {
        for (let i = 0; i < places.length; i += 2) {
          const [bytes, at] = [pages[places[i]!]!, places[i + 1]!];
          entries.push({ key: this.#room.keyAt(bytes, at), bytes, at });
        }
        entries.sort(({ key: a }, { key: b }) => (a < b ? -1 : 1));
      }
      for (const { bytes, at } of entries.slice(written, written + count)) {
        writer.packed(bytes.subarray(at, at + recordLength(bytes, at)), 1, recordEnd(bytes, at) !== null);
      }
      written += count;
      if (written < entries.length) return true;
      capture.release();
      return false;
    };
  }

  #asRead({ pages, release }: SlabCapture): WriteRecords {
    const [mayEnd, size] = [this.#mayEnd, this.size];
    return (writer) => {
      writer.packed(NOTHING, size, mayEnd);
      for (const page of pages) if (page !== null) writer.packed(page, 0, false);
      release();
      return false;
    };
  }

  #forgetDecoded(key: string): void {
    const decoded = this.decoded.get(key);
    if (decoded === undefined) return;
    this.#room.decoded.drop(decoded);
    this.#unwritten?.delete(decoded);
  }

  #read(page: Buffer, at: number): LwwRecord {
    this.#reader.turnTo(page);
    return this.#reader.record(at) ?? damaged(this.#reader.fault);
  }
}

/** The checksum was right: bytes that are wrong nevertheless were written so. */
function damaged(reason: string | null): never {
  throw new TopGunError('ledger-damaged', `A snapshot is not what it should be: ${reason}.`);
}
