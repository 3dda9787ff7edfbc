import { PARTITION_COUNT, type Result } from '@topgun/core/primitives';
import type { Logger, Timers } from '../../ports/environment.js';
import { stepResidency, type Residency, type ResidencyEvent } from './residency.js';

/** Why records cannot be had. `damaged`: never; otherwise it may be tried again. */
export interface LoadFailure {
  readonly code: 'unreadable' | 'damaged';
  /** A sentence. */
  readonly reason: string;
}

export interface PartitionLoaderOptions {
  /** The partitions whose records are not here. */
  readonly cold: Iterable<number>;
  /** Reads what has to be read, and makes the steps of bringing it in, the last of which makes the partition hot. Rejects when it cannot be read. */
  readonly read: (partition: number) => Promise<Iterator<void, Result<void, { readonly message: string }>>>;
  readonly timers: Timers;
  readonly log: Logger;
}

/** Who is told what happens. */
export interface LoadListener {
  /** In the step that makes it hot. */
  opened(partition: number): void;
  /** The last one was opened. */
  allOpened(): void;
  /** The partition can never be served: a sentence for whoever runs the server. */
  damaged(message: string): void;
}

/** Reads under way at a time: one is worked on while others come. */
const READS = 3;
/** A read that has not answered by then is given up. */
const READ_DEADLINE_MS = 15_000;
/** Before the warm-up tries again what could not be read. */
const REST_MS = 1_000;

interface Waiter {
  readonly missing: Set<number>;
  readonly settle: (failure: LoadFailure | null) => void;
}

/**
 * PI-7: brings in partitions that are cold: those that somebody needs, each once however many need it, and meanwhile one after the other all the rest. What is to be done with
 * what was read is done step by step, one step in a turn of the event loop.
 */
export class PartitionLoader {
  readonly #options: PartitionLoaderOptions;
  readonly #residency: Residency[];
  readonly #queue: number[] = [];
  readonly #waiters = new Set<Waiter>();
  /** By partition, the number of its newest read. */
  readonly #reads = new Map<number, number>();
  readonly #work: {
    readonly partition: number;
    readonly steps: Awaited<ReturnType<PartitionLoaderOptions['read']>>;
  }[] = [];
  #listener: LoadListener | null = null;
  #begun = 0;
  #reading = 0;
  #coldCount = 0;
  #isArmed = false;
  #isWarming = false;
  #isResting = false;
  #isStopped = false;

  constructor(options: PartitionLoaderOptions) {
    this.#options = options;
    this.#residency = new Array<Residency>(PARTITION_COUNT).fill('hot');
    for (const partition of options.cold) {
      this.#residency[partition] = 'cold';
      this.#coldCount += 1;
    }
  }

  /** Partitions whose records are not here. */
  get coldCount(): number {
    return this.#coldCount;
  }

  get isAllHot(): boolean {
    return this.#coldCount === 0;
  }

  /** `null`: all of these are hot. Otherwise resolves when they are, or with why they cannot be. */
  need(partitions: Iterable<number>): Promise<LoadFailure | null> | null {
    if (this.#coldCount === 0) return null;
    const missing = new Set<number>();
    for (const partition of partitions) {
      const { action } = this.#take(partition, 'wanted');
      if (action !== 'serve') missing.add(partition);
      if (action === 'load') this.#queue.push(partition);
    }
    if (missing.size === 0) return null;
    const done = new Promise<LoadFailure | null>((settle) => this.#waiters.add({ missing, settle }));
    this.#readMore();
    return done;
  }

  /** From here on everything is brought in, and told. */
  warmUp(listener: LoadListener): void {
    this.#listener = listener;
    this.#isWarming = true;
    if (this.isAllHot) listener.allOpened();
    else this.#readMore();
  }

  stop(): void {
    this.#isStopped = true;
    for (const waiter of this.#waiters) waiter.settle(STOPPED);
    this.#waiters.clear();
  }

  #take(partition: number, event: ResidencyEvent): ReturnType<typeof stepResidency> {
    const step = stepResidency(this.#residency[partition] ?? 'hot', event);
    if (this.#residency[partition] !== undefined) this.#residency[partition] = step.next;
    return step;
  }

  #readMore(): void {
    while (!this.#isStopped && this.#reading + this.#work.length < READS) {
      const partition = this.#queue.shift() ?? this.#nextToWarm();
      if (partition === null) return;
      this.#read(partition);
    }
  }

  #nextToWarm(): number | null {
    if (!this.#isWarming || this.#isResting) return null;
    const partition = this.#residency.indexOf('cold');
    if (partition < 0) return null;
    this.#take(partition, 'wanted');
    return partition;
  }

  #read(partition: number): void {
    const read = (this.#begun += 1);
    this.#reads.set(partition, read);
    this.#reading += 1;
    const ended = (): boolean => {
      // What was given up is another read's by now.
      if (this.#reads.get(partition) !== read) return false;
      this.#reads.delete(partition);
      this.#reading -= 1;
      cancel();
      return !this.#isStopped;
    };
    const failed = (reason: string): void => {
      if (ended()) this.#failed(partition, { code: 'unreadable', reason });
    };
    const cancel = this.#options.timers.after(READ_DEADLINE_MS, () => failed('the database does not answer'));
    this.#options.read(partition).then(
      (steps) => {
        if (!ended()) return;
        this.#work.push({ partition, steps });
        this.#arm();
      },
      (error: unknown) => failed(error instanceof Error ? error.message : String(error)),
    );
  }

  #arm(): void {
    if (this.#isArmed || this.#work.length === 0) return;
    this.#isArmed = true;
    this.#options.timers.after(0, () => {
      this.#isArmed = false;
      if (this.#isStopped) return;
      this.#step();
      this.#arm();
    });
  }

  #step(): void {
    const work = this.#work[0];
    if (work === undefined) return;
    const step = work.steps.next();
    if (step.done !== true) return;
    this.#work.shift();
    const { partition } = work;
    if (step.value.ok) this.#opened(partition);
    else {
      const reason = step.value.error.message;
      this.#failed(partition, { code: 'damaged', reason });
      this.#listener?.damaged(reason);
    }
    this.#readMore();
  }

  #opened(partition: number): void {
    this.#take(partition, 'loaded');
    this.#coldCount -= 1;
    this.#listener?.opened(partition);
    for (const waiter of this.#waiters) {
      if (!waiter.missing.delete(partition) || waiter.missing.size > 0) continue;
      this.#waiters.delete(waiter);
      waiter.settle(null);
    }
    if (this.isAllHot) this.#listener?.allOpened();
  }

  #failed(partition: number, failure: LoadFailure): void {
    this.#take(partition, 'failed');
    this.#options.log.warn('a partition could not be loaded', { partition, ...failure });
    for (const waiter of this.#waiters) {
      if (!waiter.missing.has(partition)) continue;
      this.#waiters.delete(waiter);
      waiter.settle(failure);
    }
    this.#rest();
  }

  /** Whoever needs something meanwhile has it read at once. */
  #rest(): void {
    this.#isResting = true;
    this.#options.timers.after(REST_MS, () => {
      this.#isResting = false;
      this.#readMore();
    });
    this.#readMore();
  }
}

const STOPPED: LoadFailure = { code: 'unreadable', reason: 'the server stops' };
