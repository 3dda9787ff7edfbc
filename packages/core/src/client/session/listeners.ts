import type { Notifier } from '../state/notifier.js';

/** Listeners to one kind of news; each is called when the running batch is complete. */
export class Listeners<T> {
  readonly #notifier: Notifier;
  readonly #listeners = new Set<(news: T) => void>();

  constructor(notifier: Notifier) {
    this.#notifier = notifier;
  }

  add(listener: (news: T) => void): () => void {
    // Its own function object: adding one listener twice makes two of it.
    const own = (news: T): void => listener(news);
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  }

  tell(news: T): void {
    for (const listener of [...this.#listeners]) this.#notifier.enqueue(() => listener(news));
  }
}
