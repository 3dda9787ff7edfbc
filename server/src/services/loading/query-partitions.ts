import { PARTITION_COUNT, partitionOf, type Hash64 } from '@topgun/core/primitives';
import type { Query } from '@topgun/core/query';
import type { GridState } from '../crdt/grid-state.js';
import { pinnedKeys } from '../query/pinned-keys.js';

/**
 * PI-7: the partitions whose records are needed for an answer, where some of them are cold: those of keys that the query names, otherwise all that may have records of its maps. Those
 * that are hot are among them: otherwise they might go while the others come in. None, where all are hot.
 */
export function neededPartitions(map: string, query: Query, state: GridState, hash: Hash64): ReadonlySet<number> {
  const needed = new Set<number>();
  let isCold = false;
  for (let level: Level | undefined = { map, query }; level !== undefined; level = level.query.within) {
    const { where, within, search } = level.query;
    const keys = within === undefined && search === undefined ? pinnedKeys(where) : null;
    for (const partition of keys === null ? ALL : partitionsOf(level.map, keys, hash)) {
      if (!state.mayHave(partition, level.map)) continue;
      needed.add(partition);
      isCold ||= state.isColdFor(partition, level.map);
    }
  }
  return isCold ? needed : NONE;
}

interface Level {
  readonly map: string;
  readonly query: Query;
}

const NONE: ReadonlySet<number> = new Set();

const ALL = Array.from({ length: PARTITION_COUNT }, (_, partition) => partition);

const partitionsOf = (map: string, keys: Iterable<string>, hash: Hash64): readonly number[] =>
  Array.from(keys, (key) => partitionOf(hash, map, key));
