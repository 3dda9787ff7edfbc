import type { Clock, Timers } from '../ports/environment.js';

/** So long the page may be kept from what it has to do; a frame is twice as long. */
const SLICE_MS = 8;

/** A turn that comes so late is one of a page in the background, where timers are rationed and nobody is kept waiting. */
const LATE_MS = 500;

/** Work in slices: each begins in a turn of its own and ends with the first step that takes it over 8 ms. One after the other, by who waits for it. */
export class SlicedWork {
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #urgent: Iterator<void>[] = [];
  readonly #soon: Iterator<void>[] = [];
  readonly #idle: Iterator<void>[] = [];
  #cancel: (() => void) | null = null;

  constructor({ clock, timers }: { readonly clock: Clock; readonly timers: Timers }) {
    this.#clock = clock;
    this.#timers = timers;
  }

  /** Work that nobody waits for. */
  readonly begin = (steps: Iterator<void>): void => this.#add(this.#idle, steps);

  /** Work that somebody waits for who looks on: it comes before all other, and where turns come late it is done in one. */
  readonly beginUrgent = (steps: Iterator<void>): void => this.#add(this.#urgent, steps);

  /** Work that the server's answer waits for: after what is urgent, and like it where turns come late. */
  readonly beginSoon = (steps: Iterator<void>): void => this.#add(this.#soon, steps);

  /** What is left undone stays so. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
    for (const lane of [this.#urgent, this.#soon, this.#idle]) lane.length = 0;
  }

  #add(lane: Iterator<void>[], steps: Iterator<void>): void {
    lane.push(steps);
    this.#arm();
  }

  /** Where the next piece of work is taken from. */
  #lane(): Iterator<void>[] {
    if (this.#urgent.length > 0) return this.#urgent;
    return this.#soon.length > 0 ? this.#soon : this.#idle;
  }

  #arm(): void {
    if (this.#lane().length === 0 || this.#cancel !== null) return;
    const askedAt = this.#clock.now();
    this.#cancel = this.#timers.after(0, () => {
      const lane = this.#lane();
      const isLate = lane !== this.#idle && this.#clock.now() - askedAt > LATE_MS;
      const [work] = lane;
      let isDone = true;
      try {
        // A step may begin further work: the next turn is set when this one is over.
        isDone = work === undefined || this.#isDoneIn(work, isLate);
      } finally {
        // A step may have stopped all there is, and begun something else.
        if (isDone && lane[0] === work) lane.shift();
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
