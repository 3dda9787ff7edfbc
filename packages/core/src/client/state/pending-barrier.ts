import type { Op, OpId } from '../../crdt/index.js';
import { OpIdMap } from '../storage/op-id-map.js';

/**
 * CL-22: the ops of one map that were undecided at one moment, as far as this tab knew of them: its own, those that siblings had told it of
 * (they do once an op is durable), and those that closed tabs had left. An op that goes on under another id is still the same.
 */
export class PendingBarrier {
  readonly #undecided = new OpIdMap<true>();
  #position = 0;

  constructor(ops: Iterable<Op>) {
    for (const op of ops) this.#undecided.set(op, true);
  }

  /** All of them are decided. */
  get isClear(): boolean {
    return this.#undecided.size === 0;
  }

  /** The ledger position of the latest decision: an answer from there on has them all in it. */
  get position(): number {
    return this.#position;
  }

  /** `position`: 0 for a refusal, which is nowhere. */
  decided(op: OpId, position: number): void {
    if (this.#undecided.take(op) === true) this.#position = Math.max(this.#position, position);
  }

  replaced(old: OpId, next: OpId): void {
    if (this.#undecided.take(old) === true) this.#undecided.set(next, true);
  }
}
