import { isStamp, type ReplicaId, type Stamp } from '@topgun/core/clock';
import type { MapType } from '@topgun/core/crdt';
import { PARTITION_COUNT } from '@topgun/core/primitives';
import type { RejectionCode } from '@topgun/core/protocol';
import type { ByteReader } from './byte-reader.js';
import type { ByteWriter } from './byte-writer.js';

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

const TYPES: readonly MapType[] = ['record', 'set', 'counter'];

export function writeHead(writer: ByteWriter, head: SnapshotHead): void {
  writer.varint(head.partition);
  writer.varint(head.position);
  writer.text(head.lineage);
  writer.varint(head.forgottenThrough);
  writeTypes(writer, head.types);
  writeProgress(writer, head.progress);
  writer.varint(head.marks.length);
  for (const mark of head.marks) writeMark(writer, mark);
}

export function readHead(reader: ByteReader): SnapshotHead {
  const head: SnapshotHead = {
    partition: reader.varint(),
    position: reader.varint(),
    lineage: reader.text(),
    forgottenThrough: reader.varint(),
    types: readTypes(reader),
    progress: readProgress(reader),
    marks: readMarks(reader),
  };
  if (head.partition >= PARTITION_COUNT) reader.refuse('there is no such partition');
  if (head.lineage === '') reader.refuse('the history has no name');
  return head;
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
