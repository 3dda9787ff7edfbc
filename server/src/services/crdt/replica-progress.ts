import type { Refusal } from './verdict.js';

/**
 * PI-11: refusals kept per replica and partition. Twice as many as a client may have undecided at once (CL-5): what it has heard of and not stored yet, when it is
 * gone, is sent again too.
 */
export const KEPT_REFUSALS = 2_048;

/** PI-11: what one partition knows of one replica: how far it is decided, and its last refusals. Sequences only grow. */
export class ReplicaProgress {
  #decided = 0;
  /** In the order of their sequences, so the first is the oldest. */
  readonly #refusals = new Map<number, Refusal>();

  get decided(): number {
    return this.#decided;
  }

  /** Those kept, in the order of sequences. */
  get refusals(): readonly (readonly [seq: number, code: Refusal['code'], reason: string])[] {
    return [...this.#refusals].map(([seq, { code, reason }]) => [seq, code, reason]);
  }

  refusal(seq: number): Refusal | undefined {
    return this.#refusals.get(seq);
  }

  decide(seq: number, refusal: Refusal | undefined): void {
    if (seq <= this.#decided) throw new Error(`op ${seq} was decided before: ${this.#decided} is`);
    this.#decided = seq;
    if (refusal === undefined) return;
    this.#refusals.set(seq, refusal);
    if (this.#refusals.size > KEPT_REFUSALS) {
      for (const oldest of this.#refusals.keys()) {
        this.#refusals.delete(oldest);
        break;
      }
    }
  }
}
