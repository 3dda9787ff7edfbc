import type { ReplicaId } from '@topgun/core/clock';
import type { LwwRecord } from '@topgun/core/crdt';
import type { MutableState, StateView } from './state-view.js';
import type { Refusal } from './verdict.js';

interface StagedRecord {
  readonly partition: number;
  readonly map: string;
  readonly key: string;
  /** `undefined`: forgotten. */
  readonly record: LwwRecord | undefined;
}

interface StagedDecision {
  readonly partition: number;
  readonly replica: ReplicaId;
  readonly seq: number;
  readonly refusal: Refusal | undefined;
}

/** One record's way through a commit. */
export interface RecordChange {
  readonly partition: number;
  readonly map: string;
  readonly key: string;
  readonly before: LwwRecord | undefined;
  /** `undefined`: it was forgotten, after its removal (CR-10). */
  readonly after: LwwRecord | undefined;
}

/**
 * PI-2: the changes of one commit that is not durable yet, over what lies below: the committed state or the overlay of
 * the commit in flight. Dropping it undoes everything staged in it; `applyTo` makes it the state.
 */
export class Overlay implements MutableState {
  #below: StateView;
  readonly #records = new Map<string, StagedRecord>();
  /** In staging order, which per replica and partition is sequence order. */
  readonly #decisions: StagedDecision[] = [];
  readonly #decided = new Map<string, number>();
  readonly #refusals = new Map<string, Refusal>();
  #forgottenThrough = 0;

  constructor(below: StateView) {
    this.#below = below;
  }

  /** What lay below has become `state`. */
  rebase(state: StateView): void {
    this.#below = state;
  }

  record(partition: number, map: string, key: string): LwwRecord | undefined {
    const staged = this.#records.get(recordPlace(map, key));
    return staged === undefined ? this.#below.record(partition, map, key) : staged.record;
  }

  putRecord(partition: number, map: string, key: string, record: LwwRecord): void {
    this.#records.set(recordPlace(map, key), { partition, map, key, record });
  }

  forgetRecord(partition: number, map: string, key: string): void {
    this.#records.set(recordPlace(map, key), { partition, map, key, record: undefined });
  }

  forgetThrough(position: number): void {
    this.#forgottenThrough = Math.max(this.#forgottenThrough, position);
  }

  decided(partition: number, replica: ReplicaId): number {
    return this.#decided.get(replicaPlace(partition, replica)) ?? this.#below.decided(partition, replica);
  }

  refusal(partition: number, replica: ReplicaId, seq: number): Refusal | undefined {
    return (
      this.#refusals.get(`${replicaPlace(partition, replica)}:${seq}`) ?? this.#below.refusal(partition, replica, seq)
    );
  }

  decide(partition: number, replica: ReplicaId, seq: number, refusal?: Refusal): void {
    this.#decisions.push({ partition, replica, seq, refusal });
    this.#decided.set(replicaPlace(partition, replica), seq);
    if (refusal !== undefined) this.#refusals.set(`${replicaPlace(partition, replica)}:${seq}`, refusal);
  }

  /** Makes the staged changes part of `state` and says which records changed. Once, after the commit. */
  applyTo(state: MutableState): readonly RecordChange[] {
    const changes: RecordChange[] = [];
    for (const { partition, map, key, record } of this.#records.values()) {
      const before = state.record(partition, map, key);
      if (before === record) continue;
      if (record === undefined) state.forgetRecord(partition, map, key);
      else state.putRecord(partition, map, key, record);
      changes.push({ partition, map, key, before, after: record });
    }
    for (const { partition, replica, seq, refusal } of this.#decisions) {
      state.decide(partition, replica, seq, refusal);
    }
    state.forgetThrough(this.#forgottenThrough);
    return changes;
  }
}

/** Map names hold no NUL, so no two places share a text. */
const recordPlace = (map: string, key: string): string => `${map}\0${key}`;
const replicaPlace = (partition: number, replica: ReplicaId): string => `${partition}:${replica}`;
