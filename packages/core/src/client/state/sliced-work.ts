import type { Clock, Timers } from '../ports/environment.js';

/** So long the page may be kept from what it has to do; a frame is twice as long. */
const SLICE_MS = 8;

/** A turn that comes so late is one of a page in the background, where timers are rationed and nobody is kept waiting. */
const LATE_MS = 500;

/** Work in slices: each begins in a turn of its own and ends with the first step that takes it over 8 ms. One after the other. */
export class SlicedWork {
  readonly #clock: Clock;
  readonly #timers: Timers;
  #queue: Iterator<void>[] = [];
  #urgent: Iterator<void>[] = [];
  #cancel: (() => void) | null = null;

  constructor({ clock, timers }: { readonly clock: Clock; readonly timers: Timers }) {
    this.#clock = clock;
    this.#timers = timers;
  }

  /** Work that nobody waits for. */
  readonly begin = (steps: Iterator<void>): void => {
    this.#queue.push(steps);
    this.#arm();
  };

  /** Work that somebody waits for: it comes before the other, and where turns come late it is done in one. */
  readonly beginUrgent = (steps: Iterator<void>): void => {
    this.#urgent.push(steps);
    this.#arm();
  };

  /** What is left undone stays so. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#queue = [];
    this.#urgent = [];
  }

  #arm(): void {
    if (this.#queue.length + this.#urgent.length === 0 || this.#cancel !== null) return;
    const askedAt = this.#clock.now();
    this.#cancel = this.#timers.after(0, () => {
      const isUrgent = this.#urgent.length > 0;
      const isLate = isUrgent && this.#clock.now() - askedAt > LATE_MS;
      const queue = isUrgent ? this.#urgent : this.#queue;
      const [work] = queue;
      let isDone = true;
      try {
        // A step may begin further work: the next turn is set when this one is over.
        isDone = work === undefined || this.#isDoneIn(work, isLate);
      } finally {
        if (isDone) queue.shift();
        this.#cancel = null;
        this.#arm();
      }
    });
  }

  #isDoneIn(work: Iterator<void>, isLate: boolean): boolean {
    const begun = this.#clock.now();
    for (;;) {
      if (work.next().done === true) return true;
      if (isLate) continue;
      const passed = this.#clock.now() - begun;
      // The clock may be set back meanwhile.
      if (passed >= SLICE_MS || passed < 0) return false;
    }
  }
}
