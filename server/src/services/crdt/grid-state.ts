import type { ReplicaId } from '@topgun/core/clock';
import type { LwwRecord, MapType } from '@topgun/core/crdt';
import { PARTITION_COUNT } from '@topgun/core/primitives';
import type { PartitionSnapshot, SnapshotProgress } from '../layout/snapshot-layout.js';
import { RecordTable, type WriteRecords } from './record-table.js';
import { ReplicaProgress } from './replica-progress.js';
import type { MutableState } from './state-view.js';
import type { Refusal } from './verdict.js';

interface Partition {
  readonly maps: Map<string, RecordTable>;
  readonly progress: Map<ReplicaId, ReplicaProgress>;
}

/**
 * The committed state of the partitions one host owns: records by map and key, and each replica's progress.
 * It holds nothing that is not in the ledger; overlays hold that.
 */
export class GridState implements MutableState {
  readonly #partitions: (Partition | undefined)[] = new Array<Partition | undefined>(PARTITION_COUNT);
  /** The highest sequence decided anywhere, which the handshake tells (CR-2). */
  readonly #decidedAnywhere = new Map<ReplicaId, number>();

  /** Of every map, in all partitions. */
  readonly #mapTypes = new Map<string, MapType>();
  #forgottenThrough = 0;

  record(partition: number, map: string, key: string): LwwRecord | undefined {
    return this.#partitions[partition]?.maps.get(map)?.get(key);
  }

  mapType(map: string): MapType | undefined {
    return this.#mapTypes.get(map);
  }

  fixMapType(map: string, type: MapType): void {
    if (!this.#mapTypes.has(map)) this.#mapTypes.set(map, type);
  }

  putRecord(partition: number, map: string, key: string, record: LwwRecord): void {
    const { maps } = this.#owned(partition);
    let records = maps.get(map);
    if (records === undefined) maps.set(map, (records = new RecordTable()));
    records.set(key, record);
  }

  forgetRecord(partition: number, map: string, key: string): void {
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

  /** Every record of the map, the removed ones too, in no order. */
  *records(map: string): IterableIterator<readonly [key: string, record: LwwRecord]> {
    for (const partition of this.#partitions) {
      const records = partition?.maps.get(map);
      if (records !== undefined) yield* records;
    }
  }

  /** How many records of the map there are, the removed ones too. */
  size(map: string): number {
    let size = 0;
    for (const partition of this.#partitions) size += partition?.maps.get(map)?.size ?? 0;
    return size;
  }

  /** The names of the maps that hold or held records. */
  maps(): ReadonlySet<string> {
    const names = new Set<string>();
    for (const partition of this.#partitions) {
      if (partition !== undefined) for (const name of partition.maps.keys()) names.add(name);
    }
    return names;
  }

  /** The records that end, and when, wherever they are. */
  *ends(): IterableIterator<readonly [partition: number, map: string, key: string, at: number]> {
    for (const [partition, { maps }] of this.#all()) {
      for (const [map, records] of maps) for (const [key, at] of records.ends()) yield [partition, map, key, at];
    }
  }

  /** What maps hold, of all of them. */
  get mapTypes(): ReadonlyMap<string, MapType> {
    return this.#mapTypes;
  }

  /** PI-13: takes over what a partition was. It has nothing yet. */
  restore({ partition, types, progress, forgottenThrough, sections }: PartitionSnapshot): void {
    const { maps } = this.#owned(partition);
    for (const [map, type] of types) this.fixMapType(map, type);
    for (const section of sections) maps.set(section.map, new RecordTable(section));
    for (const [replica, { decided, refusals }] of progress) {
      for (const [seq, code, reason] of refusals) this.decide(partition, replica, seq, { code, reason });
      if (refusals.at(-1)?.[0] !== decided) this.decide(partition, replica, decided);
    }
    this.forgetThrough(forgottenThrough);
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
    const maps = [...(this.#partitions[partition]?.maps ?? [])].sort(([a], [b]) => (a < b ? -1 : 1));
    return maps.map(([map, records]) => [map, records.captured()]);
  }

  *#all(): IterableIterator<readonly [number, Partition]> {
    for (const [i, partition] of this.#partitions.entries()) if (partition !== undefined) yield [i, partition];
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
