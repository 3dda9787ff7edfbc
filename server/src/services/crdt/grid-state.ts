import type { ReplicaId } from '@topgun/core/clock';
import type { LwwRecord, MapType } from '@topgun/core/crdt';
import { heldAtStart, PARTITION_COUNT } from '@topgun/core/primitives';
import type { SnapshotHead, SnapshotProgress } from '../layout/snapshot-head.js';
import type { SectionFacts } from '../layout/snapshot-layout.js';
import type { GrownSlab } from '../slab/grown-slab.js';
import { RecordTable, TableRoom, type WriteRecords } from './record-table.js';
import { ReplicaProgress } from './replica-progress.js';
import type { SchemaUpgrade } from '@topgun/core/schema';
import type { MutableState } from './state-view.js';
import type { Refusal } from './verdict.js';

interface Partition {
  readonly maps: Map<string, RecordTable>;
  readonly progress: Map<ReplicaId, ReplicaProgress>;
}

interface ColdMap {
  readonly count: number;
  readonly bytes: number;
}

/**
 * The committed state of the partitions one host owns: records by map and key, and each replica's progress.
 * It holds nothing that is not in the ledger; overlays hold that. PI-7: of a partition that is cold it knows all but the records: who asks for one, or
 * would change one, is at fault, since it could not be told from one that is not there.
 */
export class GridState implements MutableState {
  readonly #room: TableRoom;
  readonly #partitions: (Partition | undefined)[] = new Array<Partition | undefined>(PARTITION_COUNT);
  /** The highest sequence decided anywhere, which the handshake tells (CR-2). */
  readonly #decidedAnywhere = new Map<ReplicaId, number>();

  /** Of every map, in all partitions. */
  readonly #mapTypes = new Map<string, MapType>();
  #forgottenThrough = 0;

  /** Of the partitions that are cold, the maps that may have records there, how many at least as far as that is known, and what they take. */
  readonly #cold = new Map<number, Map<string, ColdMap>>();

  /** What a map is that has no records. */
  readonly #none: RecordTable;

  /** SC-11: brings a record of an earlier version up to the schema's when somebody asks for it. Until it is set, records are as they were stored. */
  upgrade: SchemaUpgrade['record'] | null = null;

  /** `room`: left out, anybody can say which keys have one hash. */
  constructor(room: TableRoom = new TableRoom({ low: 0, high: 0 })) {
    this.#room = room;
    this.#none = new RecordTable('', room);
  }

  record(partition: number, map: string, key: string): LwwRecord | undefined {
    if (this.isColdFor(partition, map)) this.#mustBeHot(partition);
    const records = this.#partitions[partition]?.maps.get(map);
    const record = records?.get(key);
    return record === undefined || this.upgrade === null ? record : this.#upgraded(records!, map, key, record);
  }

  /** From then on it lies there as that: what is asked for once is not worked out twice. */
  #upgraded(records: RecordTable, map: string, key: string, record: LwwRecord): LwwRecord {
    const upgraded = this.upgrade?.(map, record) ?? record;
    if (upgraded !== record) records.set(key, upgraded);
    return upgraded;
  }

  isHot(partition: number): boolean {
    return !this.#cold.has(partition);
  }

  /** Whether the partition has to be hot for a look at records of the map: it may have some. */
  isColdFor(partition: number, map: string): boolean {
    return this.#cold.size > 0 && this.#cold.get(partition)?.has(map) === true;
  }

  /** Whether there may be records of the map in the partition, hot or cold. */
  mayHave(partition: number, map: string): boolean {
    return (this.#cold.get(partition) ?? this.#partitions[partition]?.maps)?.has(map) === true;
  }

  mapType(map: string): MapType | undefined {
    return this.#mapTypes.get(map);
  }

  fixMapType(map: string, type: MapType): void {
    if (!this.#mapTypes.has(map)) this.#mapTypes.set(map, type);
  }

  putRecord(partition: number, map: string, key: string, record: LwwRecord): void {
    this.#mustBeHot(partition);
    this.#put(partition, map, key, record);
  }

  forgetRecord(partition: number, map: string, key: string): void {
    this.#mustBeHot(partition);
    this.#forget(partition, map, key);
  }

  #put(partition: number, map: string, key: string, record: LwwRecord): void {
    const { maps } = this.#owned(partition);
    let records = maps.get(map);
    if (records === undefined) maps.set(map, (records = this.emptyTable(map)));
    records.set(key, record);
  }

  #forget(partition: number, map: string, key: string): void {
    const maps = this.#partitions[partition]?.maps;
    const records = maps?.get(map);
    if (maps !== undefined && records?.delete(key) === true && records.size === 0) maps.delete(map);
  }

  /** CR-10: who is complete up to this position has missed nothing that was forgotten; 0 while nothing was. */
  get forgottenThrough(): number {
    return this.#forgottenThrough;
  }

  forgetThrough(position: number): void {
    this.#forgottenThrough = Math.max(this.#forgottenThrough, position);
  }

  decided(partition: number, replica: ReplicaId): number {
    return this.#partitions[partition]?.progress.get(replica)?.decided ?? 0;
  }

  refusal(partition: number, replica: ReplicaId, seq: number): Refusal | undefined {
    return this.#partitions[partition]?.progress.get(replica)?.refusal(seq);
  }

  decide(partition: number, replica: ReplicaId, seq: number, refusal?: Refusal): void {
    const { progress } = this.#owned(partition);
    let ofReplica = progress.get(replica);
    if (ofReplica === undefined) progress.set(replica, (ofReplica = new ReplicaProgress()));
    ofReplica.decide(seq, refusal);
    if (seq > this.decidedAnywhere(replica)) this.#decidedAnywhere.set(replica, seq);
  }

  decidedAnywhere(replica: ReplicaId): number {
    return this.#decidedAnywhere.get(replica) ?? 0;
  }

  /**
   * Every record of the map, the removed ones too, in no order. They may change on the way: what is there all along is met once, and no more are met than there were at
   * the beginning, whatever is written meanwhile.
   */
  *records(map: string): IterableIterator<readonly [key: string, record: LwwRecord]> {
    const sizes = Array.from(this.#partitions, (held, partition) =>
      this.isColdFor(partition, map) ? undefined : (held?.maps.get(map)?.size ?? 0),
    );
    for (const [partition, held] of this.#partitions.entries()) {
      if (this.isColdFor(partition, map)) this.#mustBeHot(partition);
      const records = held?.maps.get(map);
      if (records === undefined) continue;
      const begun = heldAtStart(records, sizes[partition]);
      if (this.upgrade === null) yield* begun;
      else for (const [key, record] of begun) yield [key, this.#upgraded(records, map, key, record)];
    }
  }

  /** The keys of all of them, without a look at the records. */
  *keys(map: string): IterableIterator<string> {
    for (const [partition, held] of this.#partitions.entries()) {
      if (this.isColdFor(partition, map)) this.#mustBeHot(partition);
      yield* held?.maps.get(map)?.keys() ?? [];
    }
  }

  /** How many records of the map there are, the removed ones too; of partitions that are cold, as many as their snapshots have. */
  size(map: string): number {
    let size = 0;
    for (const [partition, held] of this.#partitions.entries()) {
      size += this.#cold.get(partition)?.get(map)?.count ?? held?.maps.get(map)?.size ?? 0;
    }
    return size;
  }

  /** The records of the partition that end, and when. */
  *ends(partition: number): IterableIterator<readonly [map: string, key: string, at: number]> {
    for (const [map, records] of this.#partitions[partition]?.maps ?? []) {
      for (const [key, at] of records.ends()) yield [map, key, at];
    }
  }

  /** What maps hold, of all of them. */
  get mapTypes(): ReadonlyMap<string, MapType> {
    return this.#mapTypes;
  }

  /** PI-7, PI-13: takes over what is known of a partition without its records. It has nothing yet, and is cold from here on. */
  know({ partition, types, progress, forgottenThrough }: SnapshotHead, sections: readonly SectionFacts[]): void {
    this.#cold.set(partition, new Map(sections.map(({ map, count, size }) => [map, { count, bytes: size * 1.5 }])));
    for (const [map, type] of types) this.fixMapType(map, type);
    for (const [replica, { decided, refusals }] of progress) {
      for (const [seq, code, reason] of refusals) this.decide(partition, replica, seq, { code, reason });
      if (refusals.at(-1)?.[0] !== decided) this.decide(partition, replica, decided);
    }
    this.forgetThrough(forgottenThrough);
  }

  /** PI-7: the log has records of the map for a partition that is cold. */
  expect(partition: number, map: string): void {
    const maps = this.#cold.get(partition);
    if (maps?.has(map) === false) maps.set(map, { count: 0, bytes: 0 });
  }

  /** A table for records of the map in one partition, of which nobody knows yet. */
  emptyTable(map: string): RecordTable {
    return new RecordTable(map, this.#room);
  }

  /** PI-24: how much memory the records of the partition take, what finds them included. */
  bytesOf(partition: number): number {
    let bytes = 0;
    for (const table of this.#partitions[partition]?.maps.values() ?? []) bytes += table.bytes.total;
    return bytes;
  }

  /** PI-46: what the records of the map there may become when more are put. */
  grown(partition: number, map: string): GrownSlab {
    return (this.#partitions[partition]?.maps.get(map) ?? this.#none).grown();
  }

  /** PI-46: how long the record is, as bytes; 0: it is not there, or not here. */
  lengthOf(partition: number, map: string, key: string): number {
    return this.#partitions[partition]?.maps.get(map)?.lengthOf(key) ?? 0;
  }

  /** PI-7: the records of a partition as its snapshot has them. It stays cold: what the log has beyond them comes next. */
  fill(partition: number, tables: Iterable<readonly [map: string, records: RecordTable]>): void {
    const { maps } = this.#owned(partition);
    for (const [map, records] of tables) maps.set(map, records);
  }

  /** PI-7: the state as the one sees it who brings a partition in, and nobody else yet. */
  readonly underLoad: MutableState = {
    record: (partition, map, key) => this.#partitions[partition]?.maps.get(map)?.get(key),
    mapType: (map) => this.mapType(map),
    fixMapType: (map, type) => this.fixMapType(map, type),
    putRecord: (partition, map, key, record) => this.#put(partition, map, key, record),
    forgetRecord: (partition, map, key) => this.#forget(partition, map, key),
    decided: (partition, replica) => this.decided(partition, replica),
    refusal: (partition, replica, seq) => this.refusal(partition, replica, seq),
    decide: (partition, replica, seq, refusal) => this.decide(partition, replica, seq, refusal),
    forgetThrough: (position) => this.forgetThrough(position),
  };

  /** PI-7: all of the partition is here. */
  open(partition: number): void {
    this.#cold.delete(partition);
  }

  /** PI-45: lets go of the records, which a snapshot has. Of what is left it is as if they had never been brought in. */
  unload(partition: number): void {
    this.#mustBeHot(partition);
    const { maps } = this.#owned(partition);
    const known = new Map<string, ColdMap>();
    for (const [map, records] of maps) {
      known.set(map, { count: records.size, bytes: records.bytes.total });
      records.drop();
    }
    this.#cold.set(partition, known);
    maps.clear();
  }

  /** PI-46: how much memory the records of a cold partition will take: what they took when they were here last, else about as much as in the snapshot and a half. */
  coldBytesOf(partition: number): number {
    let bytes = 0;
    for (const each of this.#cold.get(partition)?.values() ?? []) bytes += each.bytes;
    return bytes;
  }

  /** PI-24, PI-49: how much memory the records of the map take in all partitions, or would take where they are cold. */
  bytesOfMap(map: string): number {
    let bytes = 0;
    for (const [partition, held] of this.#partitions.entries()) {
      bytes += this.#cold.get(partition)?.get(map)?.bytes ?? held?.maps.get(map)?.bytes.total ?? 0;
    }
    return bytes;
  }

  /** The maps that have records in the partition, as far as they are here. */
  mapsOf(partition: number): Iterable<string> {
    return this.#partitions[partition]?.maps.keys() ?? [];
  }

  /** PI-13: how far every replica is decided in the partition, and what was refused. */
  progressOf(partition: number): ReadonlyMap<ReplicaId, SnapshotProgress> {
    const found = new Map<ReplicaId, SnapshotProgress>();
    for (const [replica, { decided, refusals }] of this.#partitions[partition]?.progress ?? []) {
      found.set(replica, { decided, refusals });
    }
    return found;
  }

  /** The records of a partition, by map. */
  partition(partition: number): Iterable<readonly [map: string, records: Iterable<readonly [string, LwwRecord]>]> {
    return this.#partitions[partition]?.maps ?? [];
  }

  /**
   * PI-13: the records of the partition as they are now, by map: each writes its own, part by part, whatever happens to them
   * afterwards.
   */
  capture(partition: number): readonly (readonly [map: string, write: WriteRecords])[] {
    this.#mustBeHot(partition);
    const maps = [...(this.#partitions[partition]?.maps ?? [])].sort(([a], [b]) => (a < b ? -1 : 1));
    return maps.map(([map, records]) => [map, records.captured()]);
  }

  #mustBeHot(partition: number): void {
    if (this.#cold.size > 0 && this.#cold.has(partition)) throw new Error(`partition ${partition} is not loaded`);
  }

  #owned(partition: number): Partition {
    let owned = this.#partitions[partition];
    if (owned === undefined) {
      owned = { maps: new Map(), progress: new Map() };
      this.#partitions[partition] = owned;
    }
    return owned;
  }
}
