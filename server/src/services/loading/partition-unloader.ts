import { PARTITION_COUNT } from '@topgun/core/primitives';
import type { Clock, Logger, Timers } from '../../ports/environment.js';
import type { LoadRoom, PartitionLoader } from './partition-loader.js';
import { PendingGrowth, type GrowingRecords, type PendingWrite } from './pending-growth.js';
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
  readonly records: GrowingRecords;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Logger;
}

/** What only the host knows. */
export interface UnloadListener {
  atWork(): AtWork;
  /** Of what is worked on, what clients write. */
  pendingWrites(): Iterable<PendingWrite>;
  /** Somebody needs all records of one of its maps as long as he lives: it stays. */
  isHeld(partition: number): boolean;
  /** The records go in this step. */
  going(partition: number): void;
}

/** While something is to go, it is looked so often whether it can. */
const LOOK_MS = 10;
/** Who shares it takes so much of the budget at once, at most, where it can be divided. */
const SHARES = 4;
/** Of a byte that is written, at most about: as much is kept free for more. */
const PER_BYTE = 2;

/**
 * PI-45, PI-46: keeps what is hot within the budget. From four fifths of it on, the partitions that `planUnload` names are chosen to go; each goes in the turn in which a snapshot
 * has all of it, nobody is at work on it, and nobody has needed it since it was chosen. What is brought in and what is written waits for room, unless there is none to be made.
 */
export class PartitionUnloader implements LoadRoom {
  readonly #options: PartitionUnloaderOptions;
  readonly #bytes = new Float64Array(PARTITION_COUNT);
  readonly #usedAt = new Float64Array(PARTITION_COUNT);
  readonly #draining = new Set<number>();
  #loader: PartitionLoader | null = null;
  #listener: UnloadListener | null = null;
  #held = 0;
  /** What of it is to grow yet. */
  readonly #growth: PendingGrowth;
  /** What is to come in, or to be written, and waits for it. */
  #asked = 0;
  /** In how many ms it is looked what can go; `null`: not at all. */
  #armedMs: number | null = null;
  #disarm: () => void = () => {};
  #isStepping = false;
  #isStopped = false;
  #isOverTold = false;

  constructor(options: PartitionUnloaderOptions) {
    this.#options = options;
    this.#growth = new PendingGrowth(options.records, () => this.#listener?.pendingWrites() ?? []);
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
    this.#disarm();
  }

  /** The records of these partitions are others now, or here now. */
  changed(partitions: Iterable<number>): void {
    for (const partition of partitions) this.#measure(partition);
    this.#growth.changed();
    this.#look();
  }

  /** The records of the partition are here. */
  opened(partition: number): void {
    this.changed([partition]);
    this.#options.log.debug('a partition is loaded', { partition, heldBytes: this.#held });
  }

  /** A snapshot was written. */
  stored(): void {
    if (this.#draining.size > 0) this.#arm(0);
  }

  get shareBytes(): number {
    return this.#options.budgetBytes / SHARES;
  }

  /** What the records of the partition take, or will when they are here. */
  bytesOf(partition: number): number {
    return this.#bytes[partition] || this.#options.coldBytesOf(partition);
  }

  used(partition: number): void {
    this.#usedAt[partition] = this.#options.clock.now();
  }

  couldHold(partitions: ReadonlySet<number>, writes: readonly PendingWrite[]): boolean {
    let bytes = this.#growth.bytes;
    for (const write of writes) bytes += write.bytes * PER_BYTE;
    for (const partition of partitions) bytes += this.bytesOf(partition);
    for (let partition = 0; partition < PARTITION_COUNT; partition += 1) {
      const held = this.#bytes[partition]!;
      if (held > 0 && !partitions.has(partition) && this.#listener?.isHeld(partition) === true) bytes += held;
    }
    return bytes <= this.#options.budgetBytes;
  }

  hasFor(partition: number, underWay: Iterable<number>): boolean {
    return this.#hasRoom(this.#options.coldBytesOf(partition), underWay);
  }

  letIn(writes: readonly PendingWrite[], underWay: Iterable<number>): boolean {
    if (!this.#hasRoom(this.#growth.more(writes), underWay)) return false;
    this.#growth.enter(writes);
    // What is let in is on its way when the turn is over.
    this.#arm(0);
    return true;
  }

  ask(partitions: Iterable<number>, writes: Iterable<readonly PendingWrite[]>): void {
    this.#asked = 0;
    for (const partition of partitions) this.#asked += this.#options.coldBytesOf(partition);
    for (const each of writes) this.#asked += this.#growth.more(each);
    // Who still waits when it was just looked what can go waits for others.
    if (this.#asked > 0) this.#arm(this.#isStepping ? LOOK_MS : 0);
  }

  #hasRoom(more: number, underWay: Iterable<number>): boolean {
    if (this.#isStopped) return true;
    let expected = this.#held + this.#growth.bytes + more;
    let isComing = false;
    for (const each of underWay) {
      expected += this.#options.coldBytesOf(each);
      isComing ||= this.#loader?.isAwaited(each) !== true;
    }
    if (expected <= this.#options.budgetBytes) return true;
    if (isComing || this.#canMakeRoom) return false;
    if (this.#loader?.giveWay() === true) {
      this.#arm(0);
      return false;
    }
    this.#tellOver();
    return true;
  }

  /** Something is to go, or may be to go once it is no longer worked on. */
  get #canMakeRoom(): boolean {
    return this.#draining.size > 0 || this.#growth.bytes > 0 || this.#planned(0).length > 0;
  }

  isAmple(underWay: Iterable<number>): boolean {
    const { budgetBytes, coldBytesOf } = this.#options;
    let expected = this.#held;
    for (const each of underWay) expected += coldBytesOf(each);
    return expected < budgetBytes * FULL_SHARE;
  }

  #measure(partition: number): void {
    const bytes = this.#options.bytesOf(partition);
    this.#held += bytes - this.#bytes[partition]!;
    this.#bytes[partition] = bytes;
  }

  get #limit(): number {
    const { budgetBytes } = this.#options;
    return Math.max(0, Math.min(budgetBytes * FULL_SHARE, budgetBytes - this.#growth.bytes - this.#asked));
  }

  #look(): void {
    if (this.#loader === null) return;
    if (this.#draining.size === 0 && this.#held <= this.#limit) return;
    // What is to go already waits for others: it is looked at now and then.
    this.#arm(this.#draining.size === 0 ? 0 : LOOK_MS);
  }

  #arm(ms: number): void {
    if (this.#isStopped || (this.#armedMs !== null && this.#armedMs <= ms)) return;
    this.#disarm();
    this.#armedMs = ms;
    this.#disarm = this.#options.timers.after(ms, () => {
      this.#armedMs = null;
      if (!this.#isStopped) this.#step();
    });
  }

  /** In a turn of its own: whoever was told that something is here has made use of it by then. */
  #step(): void {
    const { isChanged, store } = this.#options;
    this.#growth.turned();
    this.#dropAll();
    for (const partition of this.#planned(this.#limit)) {
      this.#loader?.drain(partition);
      this.#draining.add(partition);
    }
    const changed = [...this.#draining].filter(isChanged);
    if (changed.length > 0) store(changed);
    if (changed.length < this.#draining.size) this.#dropAll();
    this.#isStepping = true;
    this.#loader?.goOn();
    this.#isStepping = false;
    if (this.#draining.size > 0 || this.#held > this.#limit) this.#arm(LOOK_MS);
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

  /** What is to go for no more than `limit` to be held. */
  #planned(limit: number): readonly number[] {
    const loader = this.#loader;
    if (loader === null || this.#held <= limit) return [];
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
    return planUnload(candidates, this.#held - going, limit);
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
