import { crc32 } from 'node:zlib';
import type { LwwRecord } from '@topgun/core/crdt';
import { err, ok, type Result } from '@topgun/core/primitives';
import { ByteReader } from './byte-reader.js';
import { ByteWriter } from './byte-writer.js';
import { writeRecord, type LayoutError } from './record-layout.js';
import { readHead, writeHead, type SnapshotHead } from './snapshot-head.js';

/** The records of one map in a partition, as far as it is known without them. */
export interface SectionFacts {
  readonly map: string;
  readonly count: number;
  /** Some record of it ends. */
  readonly hasEnds: boolean;
  /** How many bytes its records take. */
  readonly size: number;
}

/** The records of one map in the partition, as they lie in the snapshot: `count` of them by key, one after the other. */
export interface RecordSection extends SectionFacts {
  readonly bytes: Buffer;
}

/** A snapshot as a whole. */
export interface PartitionSnapshot extends SnapshotHead {
  readonly sections: readonly RecordSection[];
}

/** All that is known of a partition without its records. */
export interface SnapshotFacts extends SnapshotHead {
  /** By name. */
  readonly sections: readonly SectionFacts[];
  /** Of the records' bytes; `null`: they are in a snapshot of version 1, which has its own. */
  readonly sum: number | null;
}

/** A partition in bytes: what has to be known of it at a start, and its records, which nobody has to read before they are asked for. */
export interface SnapshotBytes {
  readonly head: Uint8Array<ArrayBuffer>;
  readonly records: Uint8Array<ArrayBuffer>;
}

/** The version written into every head. A reader refuses versions it does not know rather than guess. */
export const SNAPSHOT_VERSION = 2;

/** 'TGsn', u32 version, u32 CRC-32 of all that follows. */
const MAGIC = 0x6e73_4754;
const SUMMED_FROM = 12;
const SECTION_BYTES = 4;

/** Writes one snapshot piece by piece: maps by name, each with its records by key. */
export class SnapshotWriter {
  readonly #head: SnapshotHead;
  readonly #records = new ByteWriter(4_096);
  readonly #sections: { readonly map: string; readonly from: number; count: number; hasEnds: boolean }[] = [];

  constructor(head: SnapshotHead) {
    this.#head = head;
  }

  section(map: string): void {
    this.#sections.push({ map, from: this.#records.length, count: 0, hasEnds: false });
  }

  record(key: string, record: LwwRecord, end: number | null): void {
    writeRecord(this.#records, key, record);
    this.#wrote(1, end !== null);
  }

  /** Records that lie in their layout already. */
  packed(bytes: Uint8Array, count: number, hasEnds: boolean): void {
    this.#records.bytes(bytes);
    this.#wrote(count, hasEnds);
  }

  finish(): SnapshotBytes {
    const records = this.#records.finish();
    const writer = new ByteWriter(1_024);
    writer.u32(MAGIC);
    writer.u32(SNAPSHOT_VERSION);
    writer.u32(0);
    writeHead(writer, this.#head);
    writer.varint(this.#sections.length);
    for (const [i, { map, from, count, hasEnds }] of this.#sections.entries()) {
      writer.text(map);
      writer.varint(count);
      writer.u8(hasEnds ? 1 : 0);
      writer.varint((this.#sections[i + 1]?.from ?? records.length) - from);
    }
    writer.u32(crc32(records));
    writer.patchU32(8, crc32(writer.view(SUMMED_FROM)));
    return { head: writer.finish(), records };
  }

  #wrote(count: number, hasEnds: boolean): void {
    const section = this.#sections.at(-1);
    if (section === undefined) throw new Error('a record is in a section');
    section.count += count;
    section.hasEnds ||= hasEnds;
  }
}

/** Reads the head that `SnapshotWriter` wrote, or that of a whole snapshot of version 1; anything else is a typed error. */
export function readFacts(bytes: Uint8Array): Result<SnapshotFacts, LayoutError> {
  const read = readParts(bytes);
  if (!read.ok) return read;
  const { head, sections, sum } = read.value;
  const facts = sections.map(({ map, count, hasEnds, size }) => ({ map, count, hasEnds, size }));
  return ok({ ...head, sections: facts, sum });
}

/** The records that a head speaks of. They are left as they lie: `indexRecords` looks at them. */
export function readSections(
  { sections, sum }: Pick<SnapshotFacts, 'sections' | 'sum'>,
  bytes: Uint8Array,
): Result<readonly RecordSection[], LayoutError> {
  if (sum === null) {
    const read = readParts(bytes);
    return read.ok ? ok(read.value.sections as readonly RecordSection[]) : read;
  }
  if (bytes.length !== sections.reduce((size, section) => size + section.size, 0) || crc32(bytes) !== sum) {
    return err(wrongSum(bytes));
  }
  const reader = new ByteReader(bytes);
  return ok(sections.map((section) => ({ ...section, bytes: reader.bytes(section.size) })));
}

/** Head and records in one; those of version 1 are so already. */
export function wholeSnapshot(head: Uint8Array | null, records: Uint8Array): Uint8Array {
  return head === null ? records : Buffer.concat([head, records]);
}

/** The parts of a whole snapshot, as they are stored. What is no snapshot has none: whoever reads it will say so. */
export function splitSnapshot(bytes: Uint8Array): { readonly head: Uint8Array | null; readonly records: Uint8Array } {
  const end = headEnd(bytes);
  return end === null ? { head: null, records: bytes } : { head: bytes.subarray(0, end), records: bytes.subarray(end) };
}

/** Reads a whole snapshot, of whatever version. */
export function readSnapshot(bytes: Uint8Array): Result<PartitionSnapshot, LayoutError> {
  const { head, records } = splitSnapshot(bytes);
  const facts = readFacts(head ?? records);
  if (!facts.ok) return facts;
  const sections = readSections(facts.value, records);
  return sections.ok ? ok({ ...facts.value, sections: sections.value }) : sections;
}

/** Where the head of a whole snapshot ends; `null`: it has none that ends. */
function headEnd(bytes: Uint8Array): number | null {
  const reader = new ByteReader(bytes);
  if (reader.u32() !== MAGIC || reader.u32() !== SNAPSHOT_VERSION) return null;
  reader.skip(4);
  readHead(reader);
  sectionsFrom(reader, section);
  reader.skip(4);
  return reader.fault === null ? reader.at : null;
}

interface ReadParts {
  readonly head: SnapshotHead;
  /** Of version 1 with their bytes. */
  readonly sections: readonly SectionFacts[];
  readonly sum: number | null;
}

function readParts(bytes: Uint8Array): Result<ReadParts, LayoutError> {
  const reader = new ByteReader(bytes);
  if (reader.u32() !== MAGIC) return err({ code: 'malformed', reason: 'this is no snapshot' });
  const version = reader.u32();
  if (version !== 1 && version !== SNAPSHOT_VERSION) {
    return err({ code: 'unknown-version', reason: `snapshot version ${version}, not ${SNAPSHOT_VERSION}` });
  }
  const sum = reader.u32();
  if (reader.fault !== null) return err({ code: 'malformed', reason: reader.fault });
  if (crc32(bytes.subarray(SUMMED_FROM)) !== sum) return err(wrongSum(bytes));
  const head = readHead(reader);
  const sections = sectionsFrom(reader, version === 1 ? sectionOfVersion1 : section);
  const recordsSum = version === 1 ? null : reader.u32();
  if (reader.left > 0) reader.refuse('more follows than there are sections');
  return reader.fault === null
    ? ok({ head, sections, sum: recordsSum })
    : err({ code: 'malformed', reason: reader.fault });
}

const wrongSum = (bytes: Uint8Array): LayoutError => ({
  code: 'wrong-checksum',
  reason: `the checksum of its ${bytes.length} bytes is another`,
});

function sectionsFrom(reader: ByteReader, read: (reader: ByteReader) => SectionFacts): readonly SectionFacts[] {
  const sections: SectionFacts[] = [];
  for (let left = reader.count(SECTION_BYTES); left > 0 && reader.fault === null; left -= 1) {
    const found = read(reader);
    const last = sections.at(-1);
    if (last !== undefined && found.map <= last.map) reader.refuse('maps are in order, each once');
    if (found.count === 0) reader.refuse('a map without records is none');
    sections.push(found);
  }
  return sections;
}

function section(reader: ByteReader): SectionFacts {
  const map = reader.text();
  const count = reader.varint();
  const hasEnds = flag(reader);
  return { map, count, hasEnds, size: reader.varint() };
}

/** There records stood where they are told of. */
function sectionOfVersion1(reader: ByteReader): RecordSection {
  const map = reader.text();
  const count = reader.u32();
  const hasEnds = flag(reader);
  const size = reader.u32();
  return { map, count, hasEnds, size, bytes: reader.bytes(size) };
}

function flag(reader: ByteReader): boolean {
  const byte = reader.u8();
  if (byte > 1) reader.refuse('records end, or they do not');
  return byte === 1;
}
