import type { JournalEvent } from './journal-event.js';

/** The events of one commit. */
export interface JournalCommit {
  readonly position: number;
  readonly events: readonly JournalEvent[];
}

/** JO-3: so many of the last events are held, for those who follow: they need not be read from the ledger for each of them. */
export const MAX_RECENT_EVENTS = 4_096;

/** The last commits, as far as they are held. Commits without events need not be noted. */
export class RecentCommits {
  readonly #max: number;
  #commits: JournalCommit[] = [];
  #events = 0;
  /** Everything after this position is held. */
  #after: number;

  constructor(after: number, max = MAX_RECENT_EVENTS) {
    this.#after = after;
    this.#max = max;
  }

  /** Positions grow. */
  add(commit: JournalCommit): void {
    this.#commits.push(commit);
    this.#events += commit.events.length;
    if (this.#events > this.#max) this.#forget();
  }

  /** The commits after `position`, in order; `null`: not all of them are held. */
  since(position: number): readonly JournalCommit[] | null {
    if (position < this.#after) return null;
    let low = 0;
    let high = this.#commits.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#commits[middle]!.position > position) high = middle;
      else low = middle + 1;
    }
    return this.#commits.slice(low);
  }

  /** The older half at once, so that it costs little per commit. */
  #forget(): void {
    let gone = 0;
    while (gone < this.#commits.length && this.#events > this.#max / 2) {
      const oldest = this.#commits[gone]!;
      this.#events -= oldest.events.length;
      this.#after = oldest.position;
      gone += 1;
    }
    this.#commits = this.#commits.slice(gone);
  }
}
