import type { ReplicaId } from '@topgun/core/clock';
import type { LwwRecord, MapType } from '@topgun/core/crdt';
import { PARTITION_COUNT } from '@topgun/core/primitives';
import { ReplicaProgress } from './replica-progress.js';
import type { MutableState } from './state-view.js';
import type { Refusal } from './verdict.js';

interface Partition {
  readonly maps: Map<string, Map<string, LwwRecord>>;
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
    if (records === undefined) maps.set(map, (records = new Map()));
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

  #owned(partition: number): Partition {
    let owned = this.#partitions[partition];
    if (owned === undefined) {
      owned = { maps: new Map(), progress: new Map() };
      this.#partitions[partition] = owned;
    }
    return owned;
  }
}
