import { backoffDelay, type BackoffConfig } from '../connection/backoff.js';
import type { Result } from '../../primitives/index.js';
import type { Random, Timers } from '../ports/environment.js';
import type { Storage, StorageCommit, StorageError } from '../ports/storage.js';
import { wholeSlice } from '../storage/whole-slice.js';

/** Items of one transaction at most: to encode as many, and to tell of them, is to take a turn that nobody notices. */
export const MAX_COMMIT_ITEMS = 2_048;

/** What a queue's items mean to storage. */
export interface CommitLane<T> {
  /** Whether the two, of which the second follows the first, may only become durable together. */
  readonly areOne: (item: T, next: T) => boolean;
  /** What has to be read before `toCommit` can tell; `null`: nothing. */
  readonly prepare?: (items: readonly T[]) => Promise<Result<void, StorageError>> | null;
  /** Called when the commit begins. */
  readonly toCommit: (items: readonly T[]) => StorageCommit;
  /** Called when the transaction has completed. */
  readonly committed: (items: readonly T[]) => void;
}

export interface CommitQueueOptions {
  readonly timers: Timers;
  readonly random: Random;
  readonly backoff: BackoffConfig;
  readonly onError: (error: StorageError) => void;
}

/**
 * Group commit to storage (CL-1): one transaction at a time, and what waits when it returns shares the next, as far as that takes it. A failed one
 * is tried again, with growing pauses, together with what has come since: an item is in the queue until it is durable.
 */
export class CommitQueue<T> {
  readonly #options: CommitQueueOptions;
  #waiting: T[] = [];
  #inFlight: readonly T[] = [];
  #target: { readonly storage: Storage; readonly lane: CommitLane<T> } | null = null;
  #isRunning = false;
  #failures = 0;
  #cancelRetry: (() => void) | null = null;
  #idleWaiters: (() => void)[] = [];

  constructor(options: CommitQueueOptions) {
    this.#options = options;
  }

  /** Items that are not durable yet. */
  get size(): number {
    return this.#waiting.length + this.#inFlight.length;
  }

  *items(): Iterable<T> {
    yield* this.#inFlight;
    yield* this.#waiting;
  }

  /** Those whose transaction has not begun. */
  waiting(): Iterable<T> {
    return this.#waiting;
  }

  add(item: T): void {
    this.#waiting.push(item);
    this.#run();
  }

  /** Storage is there: what has gathered is committed. */
  open(storage: Storage, lane: CommitLane<T>): void {
    this.#target = { storage, lane };
    this.#run();
  }

  /** Lets go of the storage, and resolves when nothing is under way there: what is not durable waits for another. */
  async suspend(): Promise<void> {
    this.#target = null;
    this.#stopRetrying();
    if (this.#isRunning) await new Promise<void>((resolve) => this.#idleWaiters.push(resolve));
    // What was under way has failed, and would be tried again.
    this.#stopRetrying();
    this.#failures = 0;
  }

  /** Waits until everything is durable; gives up, and takes no retry any more, at the first failure. True when all is durable. */
  async close(): Promise<boolean> {
    if (this.#cancelRetry === null && this.#target !== null && this.size > 0) {
      await new Promise<void>((resolve) => this.#idleWaiters.push(resolve));
    }
    this.#stopRetrying();
    this.#target = null;
    return this.size === 0;
  }

  #stopRetrying(): void {
    this.#cancelRetry?.();
    this.#cancelRetry = null;
  }

  #run(): void {
    if (this.#isRunning || this.#cancelRetry !== null || this.#target === null || this.#waiting.length === 0) return;
    this.#isRunning = true;
    void this.#commitAll();
  }

  async #commitAll(): Promise<void> {
    // A burst of writes in one go is one transaction from the first on.
    await Promise.resolve();
    while (this.#target !== null && this.#waiting.length > 0) {
      const { storage, lane } = this.#target;
      const count = wholeSlice(this.#waiting, 0, MAX_COMMIT_ITEMS, lane.areOne);
      const items = this.#waiting.slice(0, count);
      this.#inFlight = items;
      this.#waiting = this.#waiting.slice(count);
      const preparing = lane.prepare?.(items) ?? null;
      const prepared = preparing === null ? null : await preparing;
      const result = prepared?.ok === false ? prepared : await storage.commit(lane.toCommit(items));
      this.#inFlight = [];
      if (!result.ok) {
        this.#waiting = [...items, ...this.#waiting];
        this.#isRunning = false;
        this.#retryLater();
        this.#options.onError(result.error);
        this.#idle();
        return;
      }
      this.#failures = 0;
      lane.committed(items);
    }
    this.#isRunning = false;
    this.#idle();
  }

  #retryLater(): void {
    const { backoff, random, timers } = this.#options;
    this.#failures++;
    const delay = backoffDelay({ ...backoff, maxRetries: Number.POSITIVE_INFINITY }, this.#failures, random.unit());
    this.#cancelRetry = timers.after(delay ?? backoff.maxDelayMs, () => {
      this.#cancelRetry = null;
      this.#run();
    });
  }

  #idle(): void {
    const waiters = this.#idleWaiters;
    this.#idleWaiters = [];
    for (const resolve of waiters) resolve();
  }
}
