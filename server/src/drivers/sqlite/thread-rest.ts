export interface ThreadRestOptions {
  /** Blocks until there is something to do. */
  readonly sleep: () => void;
  /** Does what needs no event loop; whether there was any. */
  readonly work: () => boolean;
  /** After one turn of the event loop. */
  readonly soon: (run: () => void) => void;
}

/**
 * Lets a thread sleep outside its event loop as long as no call is under way: those need the loop, and so does a message that is to be
 * heard. Holds how many are under way.
 */
export class ThreadRest {
  readonly #options: ThreadRestOptions;
  #underWay = 0;
  #isToCome = false;

  constructor(options: ThreadRestOptions) {
    this.#options = options;
    this.#come();
  }

  /** A call has begun. One that never ends keeps the thread from ever sleeping again. */
  begin(): void {
    this.#underWay += 1;
  }

  end(): void {
    this.#underWay -= 1;
    if (this.#underWay === 0) this.#come();
  }

  #come(): void {
    if (this.#isToCome) return;
    this.#isToCome = true;
    this.#options.soon(() => {
      this.#isToCome = false;
      this.#rest();
    });
  }

  #rest(): void {
    while (this.#underWay === 0) {
      this.#options.sleep();
      // A message, then. Also where it was heard before the bell: nothing of it is left to hear, so this comes again by itself.
      if (!this.#options.work()) return this.#come();
    }
  }
}
