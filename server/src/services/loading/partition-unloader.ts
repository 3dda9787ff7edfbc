import { PARTITION_COUNT } from '@topgun/core/primitives';
import type { Clock, Logger, Timers } from '../../ports/environment.js';
import type { LoadRoom, PartitionLoader } from './partition-loader.js';
import { FULL_SHARE, planUnload, type HotPartition } from './plan-unload.js';

/** What is worked on now, and so cannot go: these partitions, or whichever. */
export type AtWork = ReadonlySet<number> | 'all';

export interface PartitionUnloaderOptions {
  /** What the records of all partitions may take, in bytes of their layout. */
  readonly budgetBytes: number;
  /** What those of a hot partition take. */
  readonly bytesOf: (partition: number) => number;
  /** What those of a cold one will take. */
  readonly coldBytesOf: (partition: number) => number;
  /** PI-13: it differs from its snapshot. */
  readonly isChanged: (partition: number) => boolean;
  /** Has snapshots of these taken, as soon as that can be. `stored` follows. */
  readonly store: (partitions: readonly number[]) => void;
  /** Lets go of the records. */
  readonly drop: (partition: number) => void;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Logger;
}

/** What only the host knows. */
export interface UnloadListener {
  atWork(): AtWork;
  /** Somebody needs all records of one of its maps as long as he lives: it stays. */
  isHeld(partition: number): boolean;
  /** The records go in this step. */
  going(partition: number): void;
}

/** While something is to go, it is looked so often whether it can. */
const LOOK_MS = 10;
/** After so long without room whoever waits for it is let in all the same. */
const MAX_WAIT_MS = 5_000;

/**
 * PI-45, PI-46: keeps what is hot within the budget. From four fifths of it on, the partitions that `planUnload` names are chosen to go; each goes in the turn in which a snapshot
 * has all of it, nobody is at work on it, and nobody has needed it since it was chosen. What is brought in waits for room, unless there is none to be made.
 */
export class PartitionUnloader implements LoadRoom {
  readonly #options: PartitionUnloaderOptions;
  readonly #bytes = new Float64Array(PARTITION_COUNT);
  readonly #usedAt = new Float64Array(PARTITION_COUNT);
  readonly #draining = new Set<number>();
  #loader: PartitionLoader | null = null;
  #listener: UnloadListener | null = null;
  #held = 0;
  /** What is to come in and finds no room. */
  #asked = 0;
  #askedAt = 0;
  #waiting: (() => void)[] = [];
  #isArmed = false;
  #isStopped = false;
  #isOverTold = false;

  constructor(options: PartitionUnloaderOptions) {
    this.#options = options;
  }

  /** What the records of all hot partitions take. */
  get heldBytes(): number {
    return this.#held;
  }

  start(loader: PartitionLoader, listener: UnloadListener): void {
    this.#loader = loader;
    this.#listener = listener;
    for (let partition = 0; partition < PARTITION_COUNT; partition += 1) this.#measure(partition);
    this.#look();
  }

  stop(): void {
    this.#isStopped = true;
    this.#letIn();
  }

  /** The records of these partitions are others now, or here now. */
  changed(partitions: Iterable<number>): void {
    for (const partition of partitions) this.#measure(partition);
    this.#look();
  }

  /** The records of the partition are here. */
  opened(partition: number): void {
    this.changed([partition]);
    this.#options.log.debug('a partition is loaded', { partition, heldBytes: this.#held });
  }

  /** A snapshot was written. */
  stored(): void {
    this.#look();
  }

  used(partition: number): void {
    this.#usedAt[partition] = this.#options.clock.now();
  }

  hasFor(partition: number, underWay: Iterable<number>): boolean {
    const { budgetBytes, coldBytesOf, clock } = this.#options;
    const coming = coldBytesOf(partition);
    let expected = this.#held + coming;
    for (const each of underWay) expected += coldBytesOf(each);
    if (expected <= budgetBytes) {
      this.#asked = 0;
      return true;
    }
    if (this.#asked === 0) this.#askedAt = clock.now();
    this.#asked = expected - this.#held;
    this.#look();
    if (clock.now() - this.#askedAt < MAX_WAIT_MS && (this.#draining.size > 0 || this.#plan().length > 0)) return false;
    this.#tellOver();
    this.#asked = 0;
    return true;
  }

  isAmple(underWay: Iterable<number>): boolean {
    const { budgetBytes, coldBytesOf } = this.#options;
    let expected = this.#held;
    for (const each of underWay) expected += coldBytesOf(each);
    return expected < budgetBytes * FULL_SHARE;
  }

  /** PI-46: `null`: ops may go on. Otherwise resolves when there is room for what they write, or none is to be made. */
  room(): Promise<void> | null {
    if (this.#isStopped || this.#held <= this.#options.budgetBytes || this.#draining.size === 0) return null;
    return new Promise((resolve) => {
      const cancel = this.#options.timers.after(MAX_WAIT_MS, resolve);
      this.#waiting.push(() => (cancel(), resolve()));
    });
  }

  #measure(partition: number): void {
    const bytes = this.#options.bytesOf(partition);
    this.#held += bytes - this.#bytes[partition]!;
    this.#bytes[partition] = bytes;
  }

  get #limit(): number {
    const { budgetBytes } = this.#options;
    return Math.max(0, Math.min(budgetBytes * FULL_SHARE, budgetBytes - this.#asked));
  }

  #look(): void {
    if (this.#isArmed || this.#isStopped || this.#loader === null) return;
    if (this.#draining.size === 0 && this.#held <= this.#limit) return;
    // What is to go already waits for others: it is looked at now and then.
    this.#arm(this.#draining.size === 0 ? 0 : LOOK_MS);
  }

  #arm(ms: number): void {
    this.#isArmed = true;
    this.#options.timers.after(ms, () => {
      this.#isArmed = false;
      if (!this.#isStopped) this.#step();
    });
  }

  /** In a turn of its own: whoever was told that something is here has made use of it by then. */
  #step(): void {
    const { isChanged, store } = this.#options;
    this.#dropAll();
    for (const partition of this.#plan()) {
      this.#loader?.drain(partition);
      this.#draining.add(partition);
    }
    const changed = [...this.#draining].filter(isChanged);
    if (changed.length > 0) store(changed);
    if (changed.length < this.#draining.size) this.#dropAll();
    this.#letIn();
    this.#loader?.goOn();
    if (this.#draining.size > 0 && !this.#isArmed) this.#arm(LOOK_MS);
  }

  #dropAll(): void {
    if (this.#draining.size === 0) return;
    const { isChanged, drop } = this.#options;
    const atWork = this.#listener?.atWork() ?? 'all';
    for (const partition of this.#draining) {
      const loader = this.#loader;
      if (loader?.isDraining(partition) !== true) this.#draining.delete(partition);
      else if (loader.isAwaited(partition) || this.#listener?.isHeld(partition) === true) {
        loader.keep(partition);
        this.#draining.delete(partition);
      } else if (atWork !== 'all' && !atWork.has(partition) && !isChanged(partition) && loader.dropped(partition)) {
        this.#draining.delete(partition);
        this.#listener?.going(partition);
        drop(partition);
        this.#measure(partition);
        this.#options.log.debug('a partition is unloaded', { partition, heldBytes: this.#held });
      }
    }
  }

  #plan(): readonly number[] {
    const loader = this.#loader;
    if (loader === null || this.#held <= this.#limit) return [];
    const now = this.#options.clock.now();
    const candidates: HotPartition[] = [];
    let going = 0;
    for (let partition = 0; partition < PARTITION_COUNT; partition += 1) {
      const bytes = this.#bytes[partition]!;
      if (bytes === 0) continue;
      if (this.#draining.has(partition)) going += bytes;
      else if (loader.isHot(partition) && !loader.isAwaited(partition) && this.#listener?.isHeld(partition) !== true) {
        const idleMs = now - this.#usedAt[partition]!;
        candidates.push({ partition, bytes, idleMs, isChanged: this.#options.isChanged(partition) });
      }
    }
    return planUnload(candidates, this.#held - going, this.#limit);
  }

  #letIn(): void {
    if (this.#held > this.#options.budgetBytes && this.#draining.size > 0 && !this.#isStopped) return;
    for (const enter of this.#waiting.splice(0)) enter();
  }

  #tellOver(): void {
    if (this.#isOverTold) return;
    this.#isOverTold = true;
    this.#options.log.warn('what is asked for at once takes more memory than there is meant to be', {
      budgetBytes: this.#options.budgetBytes,
      heldBytes: this.#held,
    });
  }
}
