import type { GridState } from '../services/crdt/grid-state.js';
import type { RecordChange } from '../services/crdt/overlay.js';
import type { Tails } from '../services/crdt/replay-ledger.js';
import type { RecordFacts } from '../services/loading/load-steps.js';
import type { HeldWriteBehind } from '../services/persistence/write-behind.js';

/** What the cold store lacks of partitions that are cold, told as they come in. */
export interface LateRows {
  /** What the log changed there at this position. */
  add(position: number, changes: readonly RecordChange[]): void;
  /** The partition is here. */
  opened(partition: number): void;
}

export interface LateRowsParts {
  /** Since before the log was read. */
  readonly held: HeldWriteBehind;
  /** Where the cold store stands. */
  readonly written: number;
  /** Where the ledger ends. */
  readonly position: number;
  readonly state: GridState;
  /** Of the partitions that are cold. */
  readonly facts: ReadonlyMap<number, RecordFacts>;
  readonly tails: Tails;
}

/**
 * PI-4, PI-7: until all of it is told, the store is not said to be any further. Mostly it is what the last two seconds before the end of a server changed. Snapshots are never
 * ahead of the store, unless that was emptied or put back alone; what it lacks then, the log need not have any more. So it gets all records of the partitions concerned.
 */
export function createLateRows({ held, written, position, state, facts, tails }: LateRowsParts): LateRows {
  const isAhead = (partition: number): boolean => facts.get(partition)!.position > written;
  const owing = new Set(
    [...facts.keys()].filter(
      (partition) => isAhead(partition) || (tails.get(partition)?.at(-1)?.position ?? 0) > written,
    ),
  );
  if (owing.size === 0) held.release();
  return {
    add(at, changes) {
      if (at > written) held.addLate(at, changes);
    },
    opened(partition) {
      if (!owing.delete(partition)) return;
      if (isAhead(partition)) {
        for (const [map, records] of state.partition(partition)) {
          for (const [key, after] of records) held.addLate(position, [{ map, key, after }]);
        }
      }
      if (owing.size === 0) held.release();
    },
  };
}
