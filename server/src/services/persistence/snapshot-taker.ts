import type { Logger, Timers } from '../../ports/environment.js';
import type { SnapshotStore, StoredSnapshot } from '../../ports/snapshot-store.js';
import type { SnapshotBytes } from '../layout/snapshot-layout.js';
import type { LedgerOwnership } from '../coordination/ledger-ownership.js';
import type { CommitWeight, SnapshotSchedule } from './snapshot-schedule.js';
import type { WriteBehind } from './write-behind.js';

/** A partition as it was when it was asked for, whatever happens to it afterwards. */
export interface CapturedPartition {
  readonly partition: number;
  readonly position: number;
  /** Writes some of it, a millisecond's worth; the bytes when nothing is left. */
  write(): SnapshotBytes | null;
}

export interface SnapshotTakerOptions {
  readonly schedule: SnapshotSchedule;
  /** PI-7: `null`: the partition is hot. Otherwise resolves when it is, or with why it cannot be. */
  readonly need: (partitions: Iterable<number>) => Promise<{ readonly reason: string } | null> | null;
  /** Of a partition that is hot. */
  readonly capture: (partition: number, position: number) => CapturedPartition;
  readonly store: SnapshotStore;
  readonly ownership: LedgerOwnership;
  readonly writeBehind: Pick<WriteBehind, 'lag' | 'hurry'>;
  /** SY-2: the name of the history at that position. */
  readonly lineageAt: (position: number) => string;
  /** PI-14: how far the log may be given up, of what may be up to this position. Left out: all of that. */
  readonly trimmable?: ((through: number) => Promise<number>) | undefined;
  /** They are durable. */
  readonly onWritten?: (snapshots: readonly StoredSnapshot[]) => void;
  readonly timers: Timers;
  readonly log: Logger;
}

export interface SnapshotTaker {
  /** The commit at `position` is the state. */
  note(position: number, weight: CommitWeight): void;
  /** PI-45: of those of them that differ from their snapshots, one is taken as soon as that can be. */
  store(partitions: Iterable<number>): void;
  /** PI-50: of all that differs from its snapshot now one is taken, and how far they are is written also where nothing does. */
  catchUp(): void;
  /** The last one: whatever differs from its snapshot, for as long as that may take. */
  finish(): Promise<void>;
  /** Begins nothing any more. Resolves when what is under way is done. */
  stop(): Promise<void>;
}

/** Snapshots of one write. The ledger shares their thread and waits for a write that has begun. */
const BATCH = 8;
/** Where somebody waits for them each write has as many as there are, so that there are few. */
const URGENT_BATCH = 32;
/** Of those writes that come one after the other, so many before the log is trimmed behind them. */
const URGENT_WRITES_PER_TRIM = 16;
/** Between two pieces of work, so that it takes a small share of the time. */
const REST_MS = 4;
const RETRY_MS = 1_000;
/** How often, and how many times, the cold store is looked at. */
const LOOK_MS = 100;
const LOOKS = 100;
/** Where somebody waits for it. */
const HURRIED_LOOK_MS = 2;
/** A claim that is being renewed is not the newest for a moment. */
const MAX_REFUSALS = 5;

/**
 * PI-13, PI-14: takes snapshots when they are due, a piece at a time, and trims the log behind them. Never of what the cold store lacks: a start
 * reads from the log what is to be written there, so the log is needed up to there, and snapshots ahead of it would free nothing.
 */
export function createSnapshotTaker(options: SnapshotTakerOptions): SnapshotTaker {
  const { schedule, store, ownership, writeBehind, timers, log } = options;
  let running: Promise<void> | null = null;
  let stopped = false;
  let finishing = false;
  let refusals = 0;
  let untrimmed = 0;
  /** To be taken out of their turn. */
  const urgent = new Set<number>();
  /** What is to be said to be taken, up to here; `null`: nobody asks. */
  let wantedThrough: number | null = null;
  let cancelRetry: (() => void) | null = null;

  let wake = (): void => undefined;

  /** Or until it is stopped. */
  const wait = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const cancel = timers.after(ms, resolve);
      wake = () => {
        cancel();
        resolve();
      };
    });

  /** Not by a flush, which has no end while commits come. */
  const isWrittenBehind = async (position: number, isUrgent: boolean): Promise<boolean> => {
    for (let look = 0; writeBehind.lag.through < position; look += 1) {
      if (look === LOOKS || stopped) return false;
      if (isUrgent) writeBehind.hurry();
      await wait(isUrgent ? HURRIED_LOOK_MS : LOOK_MS);
    }
    return true;
  };

  const encode = async (partitions: readonly number[], restMs: number): Promise<readonly StoredSnapshot[]> => {
    const snapshots: StoredSnapshot[] = [];
    for (const partition of partitions) {
      const failure = await options.need([partition]);
      if (failure !== null) throw new Error(failure.reason);
      // Each at its own position: what is committed while the ones before it are written is in it.
      const captured = options.capture(partition, schedule.position);
      for (let bytes = captured.write(); ; bytes = captured.write()) {
        await wait(finishing ? 0 : restMs);
        if (stopped) return snapshots;
        if (bytes === null) continue;
        snapshots.push({ partition, position: captured.position, ...bytes });
        break;
      }
    }
    return snapshots;
  };

  /** False: not now. */
  const writeBatch = async (): Promise<boolean> => {
    const isUrgent = urgent.size > 0;
    const wanted = [...urgent].slice(0, URGENT_BATCH);
    for (const partition of wanted) urgent.delete(partition);
    const partitions = isUrgent ? schedule.takeThese(wanted) : schedule.take(BATCH);
    // None of them differs any more.
    if (partitions.length === 0 && wantedThrough === null) return true;
    try {
      const snapshots = await encode(partitions, isUrgent ? 0 : REST_MS);
      if (stopped) return failed();
      const through = schedule.throughOnceWritten;
      if (!(await isWrittenBehind(schedule.position, isUrgent))) return failed();
      const { epoch } = ownership;
      if (!(await store.write(epoch, snapshots, { through, lineage: options.lineageAt(through) }))) {
        refusals += 1;
        stopped ||= refusals === MAX_REFUSALS;
        return failed();
      }
      refusals = 0;
      schedule.written();
      if (wantedThrough !== null && through >= wantedThrough) wantedThrough = null;
      options.onWritten?.(snapshots);
      untrimmed += 1;
      if (urgent.size > 0 && untrimmed < URGENT_WRITES_PER_TRIM) return true;
      untrimmed = 0;
      await ownership.ledger.trim((await options.trimmable?.(through)) ?? through);
      return true;
    } catch (error) {
      log.warn('a snapshot could not be written', { error: error instanceof Error ? error.message : String(error) });
      return failed();
    }
  };

  const failed = (): false => {
    schedule.failed();
    return false;
  };

  const run = async (isWanted: () => boolean): Promise<void> => {
    while (!stopped && isWanted()) {
      if (await writeBatch()) continue;
      if (!finishing) retryLater();
      return;
    }
  };

  const isWanted = (): boolean => urgent.size > 0 || wantedThrough !== null || schedule.isDue;

  const start = (): void => {
    if (running !== null || stopped || finishing || cancelRetry !== null || !isWanted()) return;
    running = run(() => isWanted() && !finishing).finally(() => {
      running = null;
    });
  };

  const retryLater = (): void => {
    cancelRetry = timers.after(RETRY_MS, () => {
      cancelRetry = null;
      start();
    });
  };

  return {
    note(position, weight) {
      schedule.note(position, weight);
      start();
    },
    store(partitions) {
      for (const partition of partitions) if (schedule.isChanged(partition)) urgent.add(partition);
      start();
    },
    catchUp() {
      wantedThrough = schedule.position;
      start();
    },
    async finish() {
      finishing = true;
      await running;
      await run(() => schedule.hasChanges);
    },
    async stop() {
      stopped = true;
      cancelRetry?.();
      cancelRetry = null;
      wake();
      await running;
    },
  };
}
