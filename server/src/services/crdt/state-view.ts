import type { ReplicaId } from '@topgun/core/clock';
import type { LwwRecord, MapType } from '@topgun/core/crdt';
import type { Refusal } from './verdict.js';

/** PI-2: what an op is judged against: committed state, or an overlay of staged changes on top of it. */
export interface StateView {
  record(partition: number, map: string, key: string): LwwRecord | undefined;
  /** What the map holds, as its first op said; `undefined` while it holds nothing. */
  mapType(map: string): MapType | undefined;
  /** PI-11: the highest sequence decided for the replica in the partition; 0 when none was. */
  decided(partition: number, replica: ReplicaId): number;
  /** The refusal of that op, if it was refused and is among those kept. */
  refusal(partition: number, replica: ReplicaId, seq: number): Refusal | undefined;
  /** The keys of the map's records that may be others here than what is committed. Absent: none. */
  touched?(map: string): ReadonlySet<string>;
}

/** What `StateView` shows, and the means to change it. */
export interface MutableState extends StateView {
  /** Fixes what the map holds, by its first op that is accepted. Later calls change nothing. */
  fixMapType(map: string, type: MapType): void;
  putRecord(partition: number, map: string, key: string, record: LwwRecord): void;
  /** CR-10: as if it had never been. */
  forgetRecord(partition: number, map: string, key: string): void;
  /** CR-10: removals decided at this position or before it may be forgotten. It only grows. */
  forgetThrough(position: number): void;
  /** Notes that everything up to `seq` is decided, and the refusal when that op was refused. */
  decide(partition: number, replica: ReplicaId, seq: number, refusal?: Refusal): void;
}
