import { TopGunError } from '@topgun/core/primitives';
import type { Applied } from '../op-pipeline/stages.js';
import type { Logger, Timers } from '../ports/environment.js';
import type { SnapshotStore } from '../ports/snapshot-store.js';
import type { LedgerOwnership } from '../services/coordination/ledger-ownership.js';
import { capturePartition } from '../services/crdt/capture-partition.js';
import { GridState } from '../services/crdt/grid-state.js';
import { replayLedger, weightOf } from '../services/crdt/replay-ledger.js';
import { Lineages } from '../services/persistence/lineages.js';
import { restoreSnapshots, type RestoredSnapshots } from '../services/persistence/restore-snapshots.js';
import { SnapshotSchedule, type SnapshotPolicy } from '../services/persistence/snapshot-schedule.js';
import { createSnapshotTaker, type SnapshotTaker } from '../services/persistence/snapshot-taker.js';
import type { WriteBehind } from '../services/persistence/write-behind.js';
import { MarkQueue } from '../services/retention/mark-queue.js';

export interface LoadOptions {
  readonly ownership: LedgerOwnership;
  readonly snapshots?: SnapshotStore;
  readonly snapshotPolicy?: SnapshotPolicy;
  readonly writeBehind: WriteBehind;
  /** Where the cold store stands. */
  readonly written: number;
  /** PI-14: how far the log may be given up, of what may be up to this position. */
  readonly trimmable?: ((through: number) => Promise<number>) | undefined;
  readonly timers: Timers;
  readonly log: Logger;
}

/** What a host starts with. */
export interface Loaded {
  readonly state: GridState;
  readonly marks: MarkQueue;
  /** The last position in the ledger. */
  readonly position: number;
  readonly snapshots: Snapshots | null;
}

export interface Snapshots extends Pick<SnapshotTaker, 'finish' | 'stop'> {
  /** A commit is the state. */
  note(applied: Applied): void;
}

/** Of the log, so much is read at a start: a second's worth. */
const DEFAULT_POLICY: SnapshotPolicy = { ops: 50_000, bytes: 32 * 1024 * 1024 };

/** PI-13: the state from snapshots and the segments after them, and what takes the next snapshots of it. Throws where the ledger is damaged. */
export async function load(options: LoadOptions): Promise<Loaded> {
  const { ownership, writeBehind, written, timers, log } = options;
  const state = new GridState();
  const marks = new MarkQueue();
  const restored = await restore(options, state, marks);
  const schedule = new SnapshotSchedule(options.snapshotPolicy ?? DEFAULT_POLICY, restored?.through ?? 0);
  const lineages = new Lineages(restored?.through ?? 0, restored?.lineage ?? ownership.lineage);
  const replayed = await replayLedger(ownership, state, restored, (changes, { position, lineage, weight }) => {
    lineages.note(position, lineage);
    marks.note(changes, position, null);
    if (position > written) writeBehind.add(position, changes);
    schedule.note(position, weight);
  });
  if (!replayed.ok) throw new TopGunError(replayed.error.code, replayed.error.message);
  marks.order();
  const { position, lineage } = replayed.value;
  ownership.lineage = lineage;
  if (restored !== null) catchUp(state, restored, { written, position, writeBehind });
  const { snapshots: store } = options;
  if (store === undefined) return { state, marks, position, snapshots: null };
  const taker = createSnapshotTaker({
    schedule,
    capture: (partition, at) =>
      capturePartition(state, { partition, position: at, lineage: lineages.at(at) }, marks.of(partition)),
    store,
    ownership,
    writeBehind,
    lineageAt: (at) => lineages.at(at),
    trimmable: options.trimmable,
    timers,
    log,
  });
  return {
    state,
    marks,
    position,
    snapshots: {
      note({ position: at, frames }) {
        const entries = frames.flatMap((frame) => frame.entries);
        const bytes = frames.reduce((sum, frame) => sum + frame.bytes, 0);
        lineages.note(at, ownership.lineage);
        taker.note(at, weightOf({ entries, bytes }));
      },
      finish: () => taker.finish(),
      stop: () => taker.stop(),
    },
  };
}

async function restore(
  { ownership, snapshots }: LoadOptions,
  state: GridState,
  marks: MarkQueue,
): Promise<RestoredSnapshots | null> {
  if (snapshots === undefined) return null;
  const restored = await restoreSnapshots(snapshots, ownership.position, (snapshot) => {
    state.restore(snapshot);
    marks.restore(snapshot.partition, snapshot.marks);
  });
  if (!restored.ok) throw new TopGunError(restored.error.code, restored.error.message);
  return restored.value;
}

/**
 * PI-4: snapshots are never ahead of the cold store, unless that was emptied or put back alone; what it lacks then, the log need not have any more. So it gets
 * all records of the partitions concerned.
 */
function catchUp(
  state: GridState,
  { positions }: RestoredSnapshots,
  { written, position, writeBehind }: Pick<LoadOptions, 'written' | 'writeBehind'> & { readonly position: number },
): void {
  for (const [partition, at] of positions) {
    if (at <= written) continue;
    for (const [map, records] of state.partition(partition)) {
      for (const [key, after] of records) writeBehind.add(position, [{ map, key, after }]);
    }
  }
}
