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
  /** PI-46: those of them that have to be opened once, whatever room there is. Left out: all. */
  readonly due?: Iterable<number>;
  /** PI-46: left out, there is room for all. */
  readonly room?: LoadRoom;
  readonly timers: Timers;
  readonly log: Logger;
}

/** PI-46: how much may be brought in. `underWay`: what is being brought in, and not here yet. */
export interface LoadRoom {
  /** Whether the partition may be read now. Otherwise whoever says so calls `goOn` when that has changed. */
  hasFor(partition: number, underWay: Iterable<number>): boolean;
  /** Whether more than what somebody needs may be read. */
  isAmple(underWay: Iterable<number>): boolean;
  /** Somebody needs it, now. */
  used(partition: number): void;
}

/** Who is told what happens. */
export interface LoadListener {
  /** In the step that makes it hot. */
  opened(partition: number): void;
  /** The last one of those that have to be opened once was. */
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
  /** All it needs: what of that is hot stays so. */
  readonly needed: ReadonlySet<number>;
  readonly missing: Set<number>;
  readonly settle: (failure: LoadFailure | null) => void;
}

/**
 * PI-7: brings in partitions that are cold: those that somebody needs, each once however many need it, and meanwhile one after the other all the rest, or as many as there is room
 * for (PI-46). What is to be done with what was read is done step by step, one step in a turn of the event loop.
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
  readonly #due: Set<number>;
  #isDueTold = false;
  /** The warm-up has brought in as much as there is room for. */
  #isFull = false;
  #isArmed = false;
  #isWarming = false;
  #isResting = false;
  #isStopped = false;

  constructor(options: PartitionLoaderOptions) {
    this.#options = options;
    this.#residency = new Array<Residency>(PARTITION_COUNT).fill('hot');
    // Some can be gone through once only.
    const cold = [...options.cold];
    for (const partition of cold) this.#residency[partition] = 'cold';
    this.#coldCount = cold.length;
    this.#due = new Set(options.due ?? cold);
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
    const { room } = this.#options;
    if (this.#coldCount === 0 && room === undefined) return null;
    const missing = new Set<number>();
    const needed = new Set(partitions);
    for (const partition of needed) {
      room?.used(partition);
      const { action } = this.#take(partition, 'wanted');
      if (action !== 'serve') missing.add(partition);
      if (action === 'load') this.#queue.push(partition);
    }
    if (missing.size === 0) return null;
    const done = new Promise<LoadFailure | null>((settle) => this.#waiters.add({ needed, missing, settle }));
    this.#readMore();
    return done;
  }

  /** From here on everything is brought in, and told. */
  warmUp(listener: LoadListener): void {
    this.#listener = listener;
    this.#isWarming = true;
    this.#tellDue();
    this.#readMore();
  }

  /** PI-46: there may be room now. */
  goOn(): void {
    this.#readMore();
  }

  /** PI-45: chooses a hot partition to go. */
  drain(partition: number): void {
    this.#take(partition, 'drain');
  }

  /** It was chosen to go, and nobody has needed it since. */
  isDraining(partition: number): boolean {
    return this.#residency[partition] === 'draining';
  }

  isHot(partition: number): boolean {
    return this.#residency[partition] === 'hot';
  }

  /** Whoever waits for others too needs it then. */
  isAwaited(partition: number): boolean {
    for (const { needed } of this.#waiters) if (needed.has(partition)) return true;
    return false;
  }

  /** Of one that was chosen to go: true, and it is cold from here on, where nobody has needed it since. */
  dropped(partition: number): boolean {
    if (this.#take(partition, 'stored').action !== 'drop') return false;
    this.#coldCount += 1;
    this.#isFull = true;
    return true;
  }

  /** Of one that was chosen to go: it stays. */
  keep(partition: number): void {
    this.#take(partition, 'kept');
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
    const { room } = this.#options;
    while (!this.#isStopped && this.#reading + this.#work.length < READS) {
      const [wanted] = this.#queue;
      if (wanted === undefined) {
        const next = this.#nextToWarm();
        if (next === null) return;
        this.#take(next, 'wanted');
        this.#queue.push(next);
        continue;
      }
      if (room?.hasFor(wanted, this.#underWay()) === false) return;
      this.#queue.shift();
      this.#read(wanted);
    }
  }

  *#underWay(): Iterable<number> {
    yield* this.#reads.keys();
    for (const { partition } of this.#work) yield partition;
  }

  #nextToWarm(): number | null {
    if (!this.#isWarming || this.#isResting) return null;
    for (const partition of this.#due) if (this.#residency[partition] === 'cold') return partition;
    // From then on what comes in is what somebody needs: otherwise it would drive out what is here, and that would come in again.
    if (this.#options.room?.isAmple(this.#underWay()) === false) this.#isFull = true;
    if (this.#isFull) return null;
    const partition = this.#residency.indexOf('cold');
    return partition < 0 ? null : partition;
  }

  #tellDue(): void {
    if (this.#isDueTold || this.#listener === null || this.#due.size > 0) return;
    this.#isDueTold = true;
    this.#listener.allOpened();
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
    this.#due.delete(partition);
    this.#tellDue();
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
