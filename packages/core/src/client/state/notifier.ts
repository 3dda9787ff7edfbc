import { append } from './append.js';

/**
 * Decides when listeners hear of a change: after *all* stores and views have taken the whole message or write,
 * and before the call that caused it returns (CL-1: a controlled input must not lag). A listener that writes
 * is not interrupted by its own notifications: the views have its write at once, the calls follow when it is done.
 *
 * Holds what is still to be called, nothing else.
 */
export class Notifier {
  readonly #report: (error: unknown) => void;
  #settling: (() => void)[] = [];
  #queue: (() => void)[] = [];
  #depth = 0;
  #draining = false;

  constructor(report: (error: unknown) => void) {
    this.#report = report;
  }

  get isInBatch(): boolean {
    return this.#depth > 0;
  }

  /** Runs a change of state; when the outermost one is complete, views settle and then listeners are called. */
  batch<T>(change: () => T): T {
    this.#depth++;
    try {
      return change();
    } finally {
      // Still inside the batch while views settle, so that no listener runs before the last of them has.
      if (this.#depth === 1) this.#settle();
      this.#depth--;
      if (this.#depth === 0) this.#drain();
    }
  }

  /** Runs when the batch is complete and before any listener: bring what is derived up to date. Inside a batch only. */
  settle(bringUpToDate: () => void): void {
    this.#settling = append(this.#settling, bringUpToDate);
  }

  /** Calls a listener once everything is up to date; outside a batch that is now. */
  enqueue(notify: () => void): void {
    this.#queue = append(this.#queue, notify);
    if (this.#depth === 0) this.#drain();
  }

  /** Calls a listener of the app: its defect is reported, and is not another listener's. */
  guard(notify: () => void): void {
    try {
      notify();
    } catch (error) {
      this.#report(error);
    }
  }

  #settle(): void {
    if (this.#settling.length === 0) return;
    const settling = this.#settling;
    this.#settling = [];
    for (const bringUpToDate of settling) bringUpToDate();
  }

  #drain(): void {
    if (this.#draining) return;
    this.#draining = true;
    while (this.#queue.length > 0) {
      const queue = this.#queue;
      this.#queue = [];
      for (const notify of queue) this.guard(notify);
    }
    this.#draining = false;
  }
}
