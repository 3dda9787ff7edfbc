import type { ReplicaId } from '@topgun/core/clock';
import type { LwwRecord, MapType } from '@topgun/core/crdt';
import type { MutableState, StateView } from './state-view.js';
import type { Refusal } from './verdict.js';

/** One record's way through a commit. */
export interface RecordChange {
  readonly partition: number;
  readonly map: string;
  readonly key: string;
  readonly before: LwwRecord | undefined;
  /** `undefined`: it was forgotten, after its removal (CR-10). */
  readonly after: LwwRecord | undefined;
}

/** A record as a commit has it so far: what is assigned to `after` is staged. */
export interface StagedRecord extends RecordChange {
  after: LwwRecord | undefined;
}

/** How far a replica is decided in a partition, and what this commit has refused of it, in the order of sequences. */
interface StagedProgress {
  decided: number;
  refusals: Map<number, Refusal> | null;
}

/**
 * PI-2: the changes of one commit that is not durable yet, over what lies below: the committed state or the overlay of
 * the commit in flight. Dropping it undoes everything staged in it; `applyTo` makes it the state.
 */
export class Overlay implements MutableState {
  #below: StateView;
  /** By map and key. Those that were only looked at are among them. */
  readonly #records = new Map<string, Map<string, StagedRecord>>();
  readonly #progress = new Map<ReplicaId, Map<number, StagedProgress>>();
  /** Of maps whose first op is staged here. */
  readonly #mapTypes = new Map<string, MapType>();
  #forgottenThrough = 0;

  constructor(below: StateView) {
    this.#below = below;
  }

  /** What lay below has become `state`. */
  rebase(state: StateView): void {
    this.#below = state;
  }

  record(partition: number, map: string, key: string): LwwRecord | undefined {
    const staged = this.#records.get(map)?.get(key);
    return staged === undefined ? this.#below.record(partition, map, key) : staged.after;
  }

  /** The keys of the map's records that may be others here than in the state at the bottom. */
  touched(map: string): ReadonlySet<string> {
    const below = this.#below.touched?.(map) ?? NONE;
    const own = this.#records.get(map);
    return own === undefined ? below : new Set([...below, ...own.keys()]);
  }

  mapType(map: string): MapType | undefined {
    return this.#below.mapType(map) ?? this.#mapTypes.get(map);
  }

  fixMapType(map: string, type: MapType): void {
    if (this.mapType(map) === undefined) this.#mapTypes.set(map, type);
  }

  putRecord(partition: number, map: string, key: string, record: LwwRecord): void {
    this.stagedRecord(partition, map, key).after = record;
  }

  forgetRecord(partition: number, map: string, key: string): void {
    this.stagedRecord(partition, map, key).after = undefined;
  }

  forgetThrough(position: number): void {
    this.#forgottenThrough = Math.max(this.#forgottenThrough, position);
  }

  /** The record, to be looked at and changed: one search for both. */
  stagedRecord(partition: number, map: string, key: string): StagedRecord {
    let byKey = this.#records.get(map);
    if (byKey === undefined) this.#records.set(map, (byKey = new Map()));
    let staged = byKey.get(key);
    if (staged === undefined) {
      const before = this.#below.record(partition, map, key);
      byKey.set(key, (staged = { partition, map, key, before, after: before }));
    }
    return staged;
  }

  decided(partition: number, replica: ReplicaId): number {
    return this.#progress.get(replica)?.get(partition)?.decided ?? this.#below.decided(partition, replica);
  }

  refusal(partition: number, replica: ReplicaId, seq: number): Refusal | undefined {
    return (
      this.#progress.get(replica)?.get(partition)?.refusals?.get(seq) ?? this.#below.refusal(partition, replica, seq)
    );
  }

  /** Everything up to `seq` is decided, and that op refused when there is a refusal. Sequences only grow. */
  decide(partition: number, replica: ReplicaId, seq: number, refusal?: Refusal): void {
    let byPartition = this.#progress.get(replica);
    if (byPartition === undefined) this.#progress.set(replica, (byPartition = new Map()));
    let progress = byPartition.get(partition);
    if (progress === undefined) byPartition.set(partition, (progress = { decided: seq, refusals: null }));
    progress.decided = seq;
    if (refusal !== undefined) (progress.refusals ??= new Map()).set(seq, refusal);
  }

  /** Makes the staged changes part of `state`, which lies below, and says which records changed. Once, after the commit. */
  applyTo(state: MutableState): readonly RecordChange[] {
    const changes: RecordChange[] = [];
    for (const [map, type] of this.#mapTypes) state.fixMapType(map, type);
    for (const byKey of this.#records.values()) {
      for (const staged of byKey.values()) {
        const { partition, map, key, before, after } = staged;
        if (before === after) continue;
        if (after === undefined) state.forgetRecord(partition, map, key);
        else state.putRecord(partition, map, key, after);
        changes.push(staged);
      }
    }
    for (const [replica, byPartition] of this.#progress) {
      for (const [partition, { decided, refusals }] of byPartition) {
        if (refusals !== null) for (const [seq, refusal] of refusals) state.decide(partition, replica, seq, refusal);
        if (refusals?.has(decided) !== true) state.decide(partition, replica, decided);
      }
    }
    state.forgetThrough(this.#forgottenThrough);
    return changes;
  }
}

const NONE: ReadonlySet<string> = new Set();
