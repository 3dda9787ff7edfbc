import type { LwwRecord } from '@topgun/core/crdt';
import { partitionOf, type Hash64 } from '@topgun/core/primitives';
import type { GridState } from '../crdt/grid-state.js';
import type { KeptRecords } from './kept-records.js';
import type { ReadRecord } from './read-record.js';

/** Where views read the committed records of a map. */
export interface RecordSource {
  readonly hash: Hash64;
  /** The ledger position of the last commit that the records are the state of. */
  position(): number;
  read(map: string): ReadRecord;
  /** May be read while they change, and end whatever is written meanwhile: what is there all along is met once. */
  records(map: string): Iterable<readonly [key: string, record: LwwRecord]>;
  /** Their keys, where that costs less; which are not to change on the way. */
  keys?(map: string): Iterable<string>;
  /** How many of them there are. */
  size(map: string): number;
}

/** The committed state as views read it. PI-47: of partitions that were unloaded, what was `kept` for them. */
export function recordSourceOf(
  state: GridState,
  hash: Hash64,
  position: () => number,
  kept: KeptRecords | null = null,
): RecordSource {
  return {
    hash,
    position,
    read: (map) => (key) => {
      const partition = partitionOf(hash, map, key);
      if (kept?.holds(partition) === true && !state.isHot(partition)) return kept.record(partition, map, key);
      return state.record(partition, map, key);
    },
    records: (map) => state.records(map),
    keys: (map) => state.keys(map),
    size: (map) => state.size(map),
  };
}

/** The records held under these keys. */
export function* recordsAt(
  keys: Iterable<string>,
  read: ReadRecord,
): Iterable<readonly [key: string, record: LwwRecord]> {
  for (const key of keys) {
    const record = read(key);
    if (record !== undefined) yield [key, record];
  }
}
