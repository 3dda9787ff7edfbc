import { crc32 } from 'node:zlib';
import { isStamp, type ReplicaId, type Stamp } from '@topgun/core/clock';
import type { LwwRecord, MapType } from '@topgun/core/crdt';
import { err, ok, PARTITION_COUNT, type Result } from '@topgun/core/primitives';
import type { RejectionCode } from '@topgun/core/protocol';
import { ByteReader } from './byte-reader.js';
import { ByteWriter } from './byte-writer.js';
import { writeRecord, type LayoutError } from './record-layout.js';

/** What a partition was at a position, its records apart. */
export interface SnapshotHead {
  readonly partition: number;
  /** Everything up to this commit is in it, and nothing later. */
  readonly position: number;
  /** SY-2: the name of the history by then. */
  readonly lineage: string;
  /** CR-10: who is complete up to it has missed nothing that was forgotten. */
  readonly forgottenThrough: number;
  /** What each map holds: of all maps there were by then. */
  readonly types: ReadonlyMap<string, MapType>;
  /** PI-11. */
  readonly progress: ReadonlyMap<ReplicaId, SnapshotProgress>;
  /** CR-10: what is to be forgotten one day, in the order in which it came. */
  readonly marks: readonly SnapshotMark[];
}

export interface SnapshotProgress {
  readonly decided: number;
  /** Those kept, in the order of sequences. */
  readonly refusals: readonly (readonly [seq: number, code: RejectionCode, reason: string])[];
}

export interface SnapshotMark {
  readonly map: string;
  readonly key: string;
  readonly stamp: Stamp;
  readonly field: string | null;
  readonly position: number;
  readonly since: number;
}

/** The records of one map in the partition, as they lie in the snapshot: `count` of them by key, one after the other. */
export interface RecordSection {
  readonly map: string;
  readonly count: number;
  /** Some record of it ends. */
  readonly hasEnds: boolean;
  readonly bytes: Buffer;
}

export interface PartitionSnapshot extends SnapshotHead {
  readonly sections: readonly RecordSection[];
}

/** The version written into every snapshot. A reader refuses versions it does not know rather than guess. */
export const SNAPSHOT_VERSION = 1;

/** 'TGsn', u32 version, u32 CRC-32 of all that follows. */
const MAGIC = 0x6e73_4754;
const SUMMED_FROM = 12;
const TYPES: readonly MapType[] = ['record', 'set', 'counter'];
/** Of a section before its records: u32 count, u8 whether some end, u32 bytes. */
const SECTION_BYTES = 9;

/** Writes one snapshot piece by piece: head, then maps by name, each with its records by key. */
export class SnapshotWriter {
  readonly #writer = new ByteWriter(4_096);
  #section: { readonly from: number; count: number; hasEnds: boolean } | null = null;

  constructor(head: SnapshotHead, sections: number) {
    const writer = this.#writer;
    writer.u32(MAGIC);
    writer.u32(SNAPSHOT_VERSION);
    writer.u32(0);
    writer.varint(head.partition);
    writer.varint(head.position);
    writer.text(head.lineage);
    writer.varint(head.forgottenThrough);
    writeTypes(writer, head.types);
    writeProgress(writer, head.progress);
    writer.varint(head.marks.length);
    for (const mark of head.marks) writeMark(writer, mark);
    writer.varint(sections);
  }

  section(map: string): void {
    this.#endSection();
    this.#writer.text(map);
    this.#section = { from: this.#writer.length, count: 0, hasEnds: false };
    for (let i = 0; i < SECTION_BYTES; i += 1) this.#writer.u8(0);
  }

  record(key: string, record: LwwRecord, end: number | null): void {
    writeRecord(this.#writer, key, record);
    this.#wrote(1, end !== null);
  }

  /** Records that lie in their layout already. */
  packed(bytes: Uint8Array, count: number, hasEnds: boolean): void {
    this.#writer.bytes(bytes);
    this.#wrote(count, hasEnds);
  }

  finish(): Uint8Array<ArrayBuffer> {
    this.#endSection();
    this.#writer.patchU32(8, crc32(this.#writer.view(SUMMED_FROM)));
    return this.#writer.finish();
  }

  #wrote(count: number, hasEnds: boolean): void {
    if (this.#section === null) throw new Error('a record is in a section');
    this.#section.count += count;
    this.#section.hasEnds ||= hasEnds;
  }

  #endSection(): void {
    if (this.#section === null) return;
    const { from, count, hasEnds } = this.#section;
    this.#section = null;
    this.#writer.patchU32(from, count);
    this.#writer.patchU8(from + 4, hasEnds ? 1 : 0);
    this.#writer.patchU32(from + 5, this.#writer.length - from - SECTION_BYTES);
  }
}

/** Reads what `SnapshotWriter` wrote; anything else is a typed error. Records are left as they lie: `indexRecords` looks at them. */
export function readSnapshot(bytes: Uint8Array): Result<PartitionSnapshot, LayoutError> {
  const reader = new ByteReader(bytes);
  if (reader.u32() !== MAGIC) return err({ code: 'malformed', reason: 'this is no snapshot' });
  const version = reader.u32();
  if (version !== SNAPSHOT_VERSION) {
    return err({ code: 'unknown-version', reason: `snapshot version ${version}, not ${SNAPSHOT_VERSION}` });
  }
  const sum = reader.u32();
  if (reader.fault !== null) return err({ code: 'malformed', reason: reader.fault });
  if (crc32(bytes.subarray(SUMMED_FROM)) !== sum) {
    return err({ code: 'wrong-checksum', reason: `the checksum of its ${bytes.length} bytes is another` });
  }
  const snapshot: PartitionSnapshot = {
    partition: reader.varint(),
    position: reader.varint(),
    lineage: reader.text(),
    forgottenThrough: reader.varint(),
    types: readTypes(reader),
    progress: readProgress(reader),
    marks: readMarks(reader),
    sections: readSections(reader),
  };
  if (snapshot.partition >= PARTITION_COUNT) reader.refuse('there is no such partition');
  if (snapshot.lineage === '') reader.refuse('the history has no name');
  if (reader.left > 0) reader.refuse('more follows than there are sections');
  return reader.fault === null ? ok(snapshot) : err({ code: 'malformed', reason: reader.fault });
}

function writeTypes(writer: ByteWriter, types: SnapshotHead['types']): void {
  writer.varint(types.size);
  for (const [map, type] of inOrder(types)) {
    writer.text(map);
    writer.u8(TYPES.indexOf(type));
  }
}

function readTypes(reader: ByteReader): SnapshotHead['types'] {
  return readMap(reader, 2, () => {
    const map = reader.text();
    const type = TYPES[reader.u8()];
    if (type === undefined) reader.refuse('there is no such type');
    return [map, type ?? 'record'];
  });
}

function writeProgress(writer: ByteWriter, progress: SnapshotHead['progress']): void {
  writer.varint(progress.size);
  for (const [replica, { decided, refusals }] of inOrder(progress)) {
    writer.text(replica);
    writer.varint(decided);
    writer.varint(refusals.length);
    for (const [seq, code, reason] of refusals) {
      writer.varint(seq);
      writer.text(code);
      writer.text(reason);
    }
  }
}

function readProgress(reader: ByteReader): SnapshotHead['progress'] {
  return readMap(reader, 3, () => {
    const replica = reader.text() as ReplicaId;
    const decided = reader.varint();
    const refusals: SnapshotProgress['refusals'][number][] = [];
    if (decided < 1) reader.refuse('nothing of a replica is decided');
    let last = 0;
    for (let left = reader.count(3); left > 0 && reader.fault === null; left -= 1) {
      const seq = reader.varint();
      if (seq <= last || seq > decided) reader.refuse('refusals are in order, and decided');
      last = seq;
      refusals.push([seq, reader.text() as RejectionCode, reader.text()]);
    }
    return [replica, { decided, refusals }];
  });
}

function writeMark(writer: ByteWriter, { map, key, stamp, field, position, since }: SnapshotMark): void {
  writer.text(map);
  writer.text(key);
  writer.text(stamp);
  writer.u8(field === null ? 0 : 1);
  if (field !== null) writer.text(field);
  writer.varint(position);
  writer.varint(since);
}

function readMarks(reader: ByteReader): readonly SnapshotMark[] {
  const marks: SnapshotMark[] = [];
  for (let left = reader.count(6); left > 0 && reader.fault === null; left -= 1) {
    const [map, key, stamp] = [reader.text(), reader.text(), reader.text()];
    const hasField = reader.u8();
    const field = hasField === 1 ? reader.text() : null;
    const [position, since] = [reader.varint(), reader.varint()];
    if (hasField > 1 || !isStamp(stamp)) reader.refuse('this is no mark');
    else marks.push({ map, key, stamp, field, position, since });
  }
  return marks;
}

function readSections(reader: ByteReader): readonly RecordSection[] {
  const sections: RecordSection[] = [];
  for (let left = reader.count(SECTION_BYTES + 1); left > 0 && reader.fault === null; left -= 1) {
    const map = reader.text();
    const [count, hasEnds, size] = [reader.u32(), reader.u8(), reader.u32()];
    const bytes = reader.bytes(size);
    const last = sections.at(-1);
    if (last !== undefined && map <= last.map) reader.refuse('maps are in order, each once');
    if (hasEnds > 1) reader.refuse('records end, or they do not');
    if (count === 0) reader.refuse('a map without records is none');
    sections.push({ map, count, hasEnds: hasEnds === 1, bytes: bytes as Buffer });
  }
  return sections;
}

function readMap<Key extends string, T>(
  reader: ByteReader,
  size: number,
  read: () => readonly [Key, T],
): ReadonlyMap<Key, T> {
  const map = new Map<Key, T>();
  let last: string | null = null;
  for (let left = reader.count(size); left > 0 && reader.fault === null; left -= 1) {
    const [key, value] = read();
    if (last !== null && key <= last) reader.refuse('names are in order, each once');
    last = key;
    map.set(key, value);
  }
  return map;
}

const inOrder = <Key extends string, T>(map: ReadonlyMap<Key, T>): readonly (readonly [Key, T])[] =>
  [...map].sort(([a], [b]) => (a < b ? -1 : 1));
