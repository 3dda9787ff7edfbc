import type { Timers } from '../ports/environment.js';

/**
 * PI-39: while it is on no piece of an import is staged. It is on from when a commit with some is appended until they have rested, and once more while the next commit without
 * any is under way and told: not again before the import has gone on, however many follow.
 */
export class PieceRest {
  readonly #timers: Timers;
  readonly #onOver: () => void;
  #isOn = false;
  /** Something else was committed since the last pieces were. */
  #isExtended = false;
  #cancel: () => void = () => undefined;

  /** `onOver`: they have rested. */
  constructor(timers: Timers, onOver: () => void) {
    this.#timers = timers;
    this.#onOver = onOver;
  }

  get isOn(): boolean {
    return this.#isOn;
  }

  /** A commit is appended. True: pieces wait for it, and `endIn` is to be called when it is decided. */
  begin(hasPieces: boolean): boolean {
    if (!hasPieces && this.#isExtended) return false;
    this.#isExtended = !hasPieces;
    this.#isOn = true;
    this.#cancel();
    return true;
  }

  /** So long from now on. */
  endIn(ms: number): void {
    this.#cancel = this.#timers.after(ms, () => {
      this.#isOn = false;
      this.#onOver();
    });
  }

  /** Over at once, and nobody is told. */
  drop(): void {
    this.#cancel();
    this.#isOn = false;
  }
}
