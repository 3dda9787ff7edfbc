import type { Timers } from '../../ports/environment.js';

export interface RoundsParts {
  readonly timers: Timers;
  /** A round that nobody asked for has failed; it, or the next, comes in its time. */
  readonly onFailure: (reason: string) => void;
}

/** Work that is done one after the other: on request, soon, or every so often. What comes round while it still waits is done once. */
export class Rounds {
  readonly #parts: RoundsParts;
  readonly #cancels = new Set<() => void>();
  #last: Promise<unknown> = Promise.resolve();
  #isStopped = false;

  constructor(parts: RoundsParts) {
    this.#parts = parts;
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  run<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(() => {
      if (this.#isStopped) throw new Error('the server is about to stop');
      return work();
    });
    this.#last = done.catch(() => undefined);
    return done;
  }

  /** Until it has been done once: what fails is tried again. */
  soon(work: () => Promise<void>): void {
    void this.#quietly(work).then((isDone) => {
      if (!isDone) this.#after(AGAIN_MS, () => this.soon(work));
    });
  }

  every(ms: number, work: () => Promise<void>): void {
    const next = (): void => this.#after(ms, () => void this.#quietly(work).then(next));
    next();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const cancel of this.#cancels) cancel();
    this.#cancels.clear();
    await this.#last;
  }

  #after(ms: number, run: () => void): void {
    if (this.#isStopped) return;
    const cancel = this.#parts.timers.after(ms, () => {
      this.#cancels.delete(cancel);
      run();
    });
    this.#cancels.add(cancel);
  }

  /** Whether it was done. */
  async #quietly(work: () => Promise<void>): Promise<boolean> {
    try {
      await this.run(work);
      return true;
    } catch (error) {
      if (!this.#isStopped) this.#parts.onFailure(error instanceof Error ? error.message : String(error));
      return false;
    }
  }
}

/** What kept it from being done may be over by then. */
const AGAIN_MS = 2_000;
