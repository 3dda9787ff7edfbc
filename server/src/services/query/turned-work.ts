import type { Timers } from '../../ports/environment.js';

/** Works that are done step by step, each step in a turn of the event loop: of several, each in its turn. */
export class TurnedWork {
  readonly #timers: Timers;
  readonly #restMs: number;
  readonly #works: Iterator<void>[] = [];
  #isArmed = false;

  /** `restMs`: so long the thread is left to others before each step. */
  constructor(timers: Timers, restMs = 0) {
    this.#timers = timers;
    this.#restMs = restMs;
  }

  /** How many are not done. */
  get size(): number {
    return this.#works.length;
  }

  readonly begin = (work: Iterator<void>): void => {
    this.#works.push(work);
    this.#arm();
  };

  #arm(): void {
    if (this.#isArmed || this.#works.length === 0) return;
    this.#isArmed = true;
    this.#timers.after(this.#restMs, () => {
      this.#isArmed = false;
      const work = this.#works.shift();
      try {
        if (work !== undefined && work.next().done !== true) this.#works.push(work);
      } finally {
        this.#arm();
      }
    });
  }
}
