import type { AppendOutcome } from '../../ports/ledger.js';
import type { HeldUp } from '../store-calls.js';
import type { SegmentArea } from './segment-area.js';

/** What becomes of an append that the thread has not answered in time. */
export const unanswered = (timeoutMs: number): AppendOutcome => ({
  type: 'unknown',
  reason: `the ledger did not answer within ${timeoutMs} ms`,
});

/** The appends of segments that are laid into the area, one at a time: what the thread has not answered stays there. */
export class LaidAppends {
  readonly #area: SegmentArea;
  readonly #timeoutMs: number;
  readonly #ring: () => void;
  #resolve: ((outcome: AppendOutcome | HeldUp) => void) | null = null;
  #endReason: string | null = null;
  /** One for all: to begin anew with it takes less than another one does. It goes off once more when nothing is awaited. */
  #timer: NodeJS.Timeout | null = null;

  /** `ring`: tells the thread that a segment lies there. */
  constructor(area: SegmentArea, timeoutMs: number, ring: () => void) {
    this.#area = area;
    this.#timeoutMs = timeoutMs;
    this.#ring = ring;
  }

  /** `null`: the segment does not fit, or another one is there. */
  append(epoch: number, segment: Uint8Array): Promise<AppendOutcome | HeldUp> | null {
    if (this.#endReason !== null) return Promise.resolve({ type: 'unknown', reason: this.#endReason });
    if (!this.#area.lay(epoch, segment)) return null;
    return new Promise((resolve) => {
      this.#resolve = resolve;
      this.#timer =
        this.#timer?.refresh() ?? setTimeout(() => this.#resolve?.(unanswered(this.#timeoutMs)), this.#timeoutMs);
      this.#ring();
    });
  }

  /** The thread has answered. */
  answer(outcome: AppendOutcome | HeldUp): void {
    this.#area.clear();
    const resolve = this.#resolve;
    this.#resolve = null;
    resolve?.(outcome);
  }

  /** The thread is gone, for this reason. */
  end(reason: string): void {
    this.#endReason = reason;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#resolve?.({ type: 'unknown', reason });
    this.#resolve = null;
  }
}
