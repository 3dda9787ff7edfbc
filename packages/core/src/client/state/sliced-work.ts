import type { Clock, Timers } from '../ports/environment.js';

/** So long the page may be kept from what it has to do; a frame is twice as long. */
const SLICE_MS = 8;

/** Work that nobody waits for, in slices: each begins in a turn of its own and ends with the first step that takes it over 8 ms. One after the other. */
export class SlicedWork {
  readonly #clock: Clock;
  readonly #timers: Timers;
  #queue: Iterator<void>[] = [];
  #cancel: (() => void) | null = null;

  constructor({ clock, timers }: { readonly clock: Clock; readonly timers: Timers }) {
    this.#clock = clock;
    this.#timers = timers;
  }

  readonly begin = (steps: Iterator<void>): void => {
    this.#queue.push(steps);
    this.#arm();
  };

  /** What is left undone stays so. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#queue = [];
  }

  #arm(): void {
    if (this.#queue.length === 0 || this.#cancel !== null) return;
    this.#cancel = this.#timers.after(0, () => {
      const [work] = this.#queue;
      try {
        // A step may begin further work: the next turn is set when this one is over.
        if (work !== undefined && this.#isDoneIn(work)) this.#queue.shift();
      } finally {
        this.#cancel = null;
        this.#arm();
      }
    });
  }

  #isDoneIn(work: Iterator<void>): boolean {
    const begun = this.#clock.now();
    for (;;) {
      if (work.next().done === true) return true;
      const passed = this.#clock.now() - begun;
      // The clock may be set back meanwhile.
      if (passed >= SLICE_MS || passed < 0) return false;
    }
  }
}
