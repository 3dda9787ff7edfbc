import { PARTITION_COUNT, type Result } from '@topgun/core/primitives';
import type { Logger, Timers } from '../../ports/environment.js';
import type { LoadFailure } from './load-failure.js';
import { LoadLine } from './load-line.js';
import type { PendingWrite } from './pending-growth.js';
import { stepResidency, type Residency, type ResidencyEvent } from './residency.js';

export interface PartitionLoaderOptions {
  /** The partitions whose records are not here. */
  readonly cold: Iterable<number>;
  /** Reads what has to be read, and makes the steps of bringing it in, the last of which makes the partition hot. Rejects when it cannot be read. */
  readonly read: (partition: number) => Promise<Iterator<void, Result<void, { readonly message: string }>>>;
  /** PI-46: those of them that have to be opened once, whatever room there is. Left out: all. */
  readonly due?: Iterable<number>;
  /** PI-48: those that do not wait for room: until they are here nothing is known to be stored, and so nothing can go. */
  readonly always?: { has(partition: number): boolean };
  /** PI-46: left out, there is room for all. */
  readonly room?: LoadRoom;
  readonly timers: Timers;
  readonly log: Logger;
}

/** PI-46: how much may be brought in, and written. `underWay`: what is being brought in, and not here yet. Whoever says no calls `goOn` when that may have changed. */
export interface LoadRoom {
  /** Whether all of these could be here at once with what these write, if nothing else were but what cannot go. */
  couldHold(partitions: ReadonlySet<number>, writes: readonly PendingWrite[]): boolean;
  /** Whether the partition may be read now. */
  hasFor(partition: number, underWay: Iterable<number>): boolean;
  /** Lets these writes in, if there is room for what they make of records that are here: says whether it did. */
  letIn(writes: readonly PendingWrite[], underWay: Iterable<number>): boolean;
  /** What is waited for: partitions that are to come, and what is to be written. */
  ask(partitions: Iterable<number>, writes: Iterable<readonly PendingWrite[]>): void;
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

/**
 * PI-7: brings in partitions that are cold: those that somebody needs, each once however many need it, and meanwhile one after the other all the rest, or as many as there is room
 * for (PI-46). Where room is short, who needs something waits in a line for it. What is to be done with what was read is done step by step, one step in a turn of the event loop.
 */
export class PartitionLoader {
  readonly #options: PartitionLoaderOptions;
  readonly #residency: Residency[];
  readonly #queue: number[] = [];
  readonly #line: LoadLine;
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
  /** Somebody waits for room: what was chosen to go is not kept for those who come after him. */
  #isPressed = false;

  constructor(options: PartitionLoaderOptions) {
    this.#options = options;
    this.#line = new LoadLine(options.timers, options.room !== undefined, () => this.#goOn());
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

  /** `null`: all of these are hot, and there is room for these writes. Otherwise resolves when that is so, until the end of that turn, or with why it cannot be. */
  need(
    partitions: Iterable<number>,
    writes: readonly PendingWrite[] | null = null,
  ): Promise<LoadFailure | null> | null {
    const { room } = this.#options;
    if (this.#coldCount === 0 && room === undefined) return null;
    const needed = new Set(partitions);
    for (const partition of needed) room?.used(partition);
    if (this.#serves(needed) && (writes === null || room?.letIn(writes, this.#underWay()) !== false)) {
      for (const partition of needed) this.#take(partition, 'wanted');
      return null;
    }
    const done = this.#line.join(needed, writes ?? []);
    this.#goOn();
    return done;
  }

  /** From here on everything is brought in, and told. */
  warmUp(listener: LoadListener): void {
    this.#listener = listener;
    this.#isWarming = true;
    for (const partition of this.#due) {
      // Behind what waits for room they would never come.
      if (this.#options.always?.has(partition) !== true) continue;
      if (this.#take(partition, 'wanted').action === 'load') this.#queue.push(partition);
    }
    this.#tellDue();
    this.#goOn();
  }

  /** PI-46: there may be room now. */
  goOn(): void {
    this.#goOn();
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
    return this.#line.isAwaited(partition);
  }

  /** There is no room for all who were to have it at once: one of them waits once more. False: there is but one. */
  giveWay(): boolean {
    return this.#line.giveWay();
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
    this.#line.end(STOPPED);
  }

  #take(partition: number, event: ResidencyEvent): ReturnType<typeof stepResidency> {
    const step = stepResidency(this.#residency[partition] ?? 'hot', event);
    if (this.#residency[partition] !== undefined) this.#residency[partition] = step.next;
    return step;
  }

  #serves(needed: ReadonlySet<number>): boolean {
    for (const partition of needed) {
      const residency = this.#residency[partition] ?? 'hot';
      if (residency !== 'hot' && (residency !== 'draining' || this.#isPressed)) return false;
    }
    return true;
  }

  #goOn(): void {
    const { room } = this.#options;
    if (this.#isStopped) return;
    this.#line.admit({
      couldHold: (partitions, writes) => room?.couldHold(partitions, writes) !== false,
      isHere: (partition) => (this.#residency[partition] ?? 'hot') === 'hot',
      want: (partition) => {
        const { action } = this.#take(partition, 'wanted');
        if (action === 'load') this.#queue.push(partition);
        return action === 'serve';
      },
    });
    this.#readMore();
    this.#line.settleReady((writes) => room?.letIn(writes, this.#underWay()) !== false);
    if (room === undefined) return;
    this.#isPressed = this.#queue.length > 0 || this.#line.isWaited;
    const coming = [...this.#queue, ...this.#line.nextNeeded((partition) => this.#residency[partition] === 'cold')];
    room.ask(this.#isPressed ? [...this.#underWay(), ...coming] : [], this.#line.writes());
  }

  #readMore(): void {
    const { room } = this.#options;
    while (!this.#isStopped && this.#reading + this.#work.length < READS) {
      const always = this.#queue.findIndex((partition) => this.#options.always?.has(partition));
      const wanted = this.#queue[Math.max(0, always)];
      if (wanted === undefined) {
        const next = this.#nextToWarm();
        if (next === null) return;
        this.#take(next, 'wanted');
        this.#queue.push(next);
        continue;
      }
      if (always < 0 && room?.hasFor(wanted, this.#underWay()) === false) return;
      this.#queue.splice(Math.max(0, always), 1);
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
    this.#goOn();
  }

  #opened(partition: number): void {
    this.#take(partition, 'loaded');
    this.#coldCount -= 1;
    this.#listener?.opened(partition);
    this.#line.opened(partition);
    this.#due.delete(partition);
    this.#tellDue();
  }

  #failed(partition: number, failure: LoadFailure): void {
    this.#take(partition, 'failed');
    this.#options.log.warn('a partition could not be loaded', { partition, ...failure });
    this.#line.failed(partition, failure);
    this.#rest();
  }

  /** Whoever needs something meanwhile has it read at once. */
  #rest(): void {
    this.#isResting = true;
    this.#options.timers.after(REST_MS, () => {
      this.#isResting = false;
      this.#goOn();
    });
    this.#goOn();
  }
}

const STOPPED: LoadFailure = { code: 'unreadable', reason: 'the server stops' };
