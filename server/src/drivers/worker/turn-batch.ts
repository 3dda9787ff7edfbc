/** PI-35: the most that crosses at once. A single larger item crosses alone. */
export const MAX_BATCH_ITEMS = 128;
export const MAX_BATCH_BYTES = 16 * 1024;

/**
 * Collects what is to cross until enough of it is there, or the turn of the loop ends: of what many sockets bring in one turn, each
 * would cost a message of its own. Keeps the order.
 */
export class TurnBatch<Item> {
  readonly #post: (items: readonly Item[]) => void;
  readonly #atEndOfTurn: (run: () => void) => void;
  #items: Item[] = [];
  #bytes = 0;
  #isAwaitingEnd = false;

  constructor(
    post: (items: readonly Item[]) => void,
    atEndOfTurn: (run: () => void) => void = (run) => void setImmediate(run),
  ) {
    this.#post = post;
    this.#atEndOfTurn = atEndOfTurn;
  }

  /** `bytes`: about how large it is, where that is known. */
  add(item: Item, bytes = 0): void {
    if (this.#items.length > 0 && this.#bytes + bytes > MAX_BATCH_BYTES) this.flush();
    this.#items.push(item);
    this.#bytes += bytes;
    if (this.#items.length >= MAX_BATCH_ITEMS || this.#bytes >= MAX_BATCH_BYTES) this.flush();
    else if (!this.#isAwaitingEnd) {
      this.#isAwaitingEnd = true;
      this.#atEndOfTurn(() => {
        this.#isAwaitingEnd = false;
        this.flush();
      });
    }
  }

  /** Sends what is there, at once. */
  flush(): void {
    if (this.#items.length === 0) return;
    const items = this.#items;
    this.#items = [];
    this.#bytes = 0;
    this.#post(items);
  }

  /** What is there is never sent. */
  drop(): void {
    this.#items = [];
    this.#bytes = 0;
  }
}
