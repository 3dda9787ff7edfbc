import { err, ok, type Result } from '@topgun/core/primitives';

import type { ColdStore } from '../../ports/cold-store.js';
import type { Timers } from '../../ports/environment.js';
import { toColdRow, type RecordWrite } from './cold-row.js';
import { PendingRows } from './pending-rows.js';

export interface WriteBehindOptions {
  readonly coldStore: ColdStore;
  readonly timers: Timers;
  /** Every failed write, before it is tried again. */
  readonly onFailure: (failure: WriteBehindFailure) => void;
  /**
   * Changes rest this long for more to come, so that a busy record is written once; after a pass of several writes as many
   * times as long, up to `MAX_RESTS`, so that writing behind takes a small share of the time whatever the load.
   */
  readonly delayMs?: number;
  /** Rows of one write. The ledger shares their thread and waits for a write that has begun. */
  readonly chunkRows?: number;
  /** Above this many waiting rows there is no room, and commits should wait: see `room`. */
  readonly maxRows?: number;
  readonly retry?: { readonly initialDelayMs: number; readonly maxDelayMs: number };
}

export interface WriteBehindFailure {
  readonly code: 'cold-store-failed';
  readonly reason: string;
  /** Failed writes in a row, this one included. */
  readonly attempts: number;
}

/** PI-4: brings the cold store after the ledger, later and in fewer writes. Loses nothing: the ledger has it all. */
export interface WriteBehind {
  /** Where the store stands. Whoever replays the ledger adds what changed after this position. Call first. */
  resume(): Promise<number>;
  /** What the commit at `position` left; positions never fall. A commit that changed no record is told too; what is to be written once more, at the last one. */
  add(position: number, writes: readonly RecordWrite[]): void;
  /**
   * PI-7: of the commits up to now not everything has been told: the rest comes by `addLate`, of records that nothing is told of before. The store is not said to be any
   * further until `release` is called. Once, before anything is added.
   */
  hold(): HeldWriteBehind;
  /**
   * No more than `maxRows` rows wait. A store that fails leaves room too: it is no reason to stop, the ledger has all, and
   * what waits is never more than one row for each record in memory.
   */
  readonly hasRoom: boolean;
  /** Resolves when there is room: commits that wait for it bound how far the store is behind. */
  room(): Promise<void>;
  /** Writes what waits now, instead of after its rest; what comes meanwhile rests. */
  hurry(): void;
  /** Writes all that was added, now. Gives up at the first failure, which it returns; retries go on by themselves. */
  flush(): Promise<Result<void, WriteBehindFailure>>;
  /** Where the store stands, and what it lacks. */
  readonly lag: { readonly through: number; readonly position: number; readonly rows: number };
  /** Writes no more. What still waits is replayed from the ledger at the next start. */
  stop(): Promise<void>;
}

export interface HeldWriteBehind {
  addLate(position: number, writes: readonly RecordWrite[]): void;
  release(): void;
}

const MAX_RESTS = 8;

/** Retries until it is stopped. Holds the unwritten records, no clock and no timer but the one handed in. */
export function createWriteBehind(options: WriteBehindOptions): WriteBehind {
  const { coldStore, timers, onFailure, delayMs = 250, chunkRows = 200, maxRows = 50_000 } = options;
  const retry = options.retry ?? { initialDelayMs: 100, maxDelayMs: 10_000 };
  const pending = new PendingRows();
  const waitingForRoom: (() => void)[] = [];
  let through = 0;
  let position = 0;
  let inFlight = 0;
  let attempts = 0;
  let chunksOfPass = 0;
  let stopped = false;
  let isHeld = false;
  let writing: Promise<Result<void, WriteBehindFailure>> | null = null;
  let cancelTimer: (() => void) | null = null;

  const isBehind = (): boolean => pending.size > 0 || (through < position && !isHeld);
  const rows = (): number => pending.size + inFlight;

  const hasRoom = (): boolean => rows() <= maxRows || attempts > 0 || stopped;

  const letIn = (): void => {
    if (!hasRoom()) return;
    for (const enter of waitingForRoom.splice(0)) enter();
  };

  const writeChunk = async (): Promise<Result<void, WriteBehindFailure>> => {
    const taken = pending.take(chunkRows);
    // Rows may be written again that it has: it is no less far for that.
    const goal = isHeld ? through : Math.max(through, (pending.since ?? position + 1) - 1);
    inFlight = taken.length;
    try {
      await coldStore.write(
        taken.map((row) => toColdRow(row, row.position)),
        goal,
      );
      through = goal;
      attempts = 0;
      return ok(undefined);
    } catch (error) {
      pending.putBack(taken);
      attempts += 1;
      return err({
        code: 'cold-store-failed',
        reason: error instanceof Error ? error.message : String(error),
        attempts,
      });
    } finally {
      inFlight = 0;
      letIn();
    }
  };

  /**
   * Writes what waits now, until all of it is there or one write fails. What comes meanwhile rests first: a record that
   * changes all the time would otherwise be written all the time, on the thread that the ledger needs.
   */
  const writePass = async (): Promise<Result<void, WriteBehindFailure>> => {
    const goal = position;
    let left = pending.size;
    chunksOfPass = 0;
    while ((left > 0 || (through < goal && !isHeld)) && !stopped) {
      chunksOfPass += 1;
      left -= chunkRows;
      const written = await writeChunk();
      if (!written.ok) {
        onFailure(written.error);
        return written;
      }
    }
    return ok(undefined);
  };

  const write = (): Promise<Result<void, WriteBehindFailure>> => {
    cancelTimer?.();
    cancelTimer = null;
    writing ??= writePass().finally(() => {
      writing = null;
      if (isBehind()) schedule();
    });
    return writing;
  };

  const schedule = (): void => {
    if (stopped || writing !== null || cancelTimer !== null) return;
    const rest = rows() > maxRows ? 0 : delayMs * Math.max(1, Math.min(chunksOfPass, MAX_RESTS));
    const wait = attempts === 0 ? rest : Math.min(retry.initialDelayMs * 2 ** (attempts - 1), retry.maxDelayMs);
    cancelTimer = timers.after(wait, () => {
      cancelTimer = null;
      void write();
    });
  };

  return {
    get lag() {
      return { through, position, rows: rows() };
    },
    async resume() {
      through = await coldStore.through();
      position = Math.max(position, through);
      return through;
    },
    add(at, writes) {
      if (at < position) throw new Error(`position ${at} was added after ${position}`);
      position = at;
      for (const each of writes) pending.add(each, at);
      if (isBehind()) schedule();
    },
    hold() {
      isHeld = true;
      return {
        addLate(at, writes) {
          for (const each of writes) pending.addLate(each, at);
          if (isBehind()) schedule();
        },
        release() {
          isHeld = false;
          pending.order();
          if (isBehind()) schedule();
        },
      };
    },
    get hasRoom() {
      return hasRoom();
    },
    room() {
      if (hasRoom()) return Promise.resolve();
      void write();
      return new Promise((resolve) => waitingForRoom.push(resolve));
    },
    hurry() {
      if (isBehind() && attempts === 0 && !stopped) void write();
    },
    async flush() {
      // What is being written right now may have begun before the last change was added: look again after it.
      do {
        const result = await write();
        if (!result.ok) return result;
      } while (isBehind() && !stopped);
      return ok(undefined);
    },
    async stop() {
      stopped = true;
      cancelTimer?.();
      cancelTimer = null;
      letIn();
      await writing;
    },
  };
}
