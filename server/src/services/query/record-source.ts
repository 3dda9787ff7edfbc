import { partitionOf, type Hash64 } from '@topgun/core/primitives';
import type { GridState } from '../crdt/grid-state.js';
import type { RecordSource } from './view-registry.js';

/** The committed state as views read it. */
export function recordSourceOf(state: GridState, hash: Hash64): RecordSource {
  return {
    hash,
    read: (map) => (key) => state.record(partitionOf(hash, map, key), map, key),
    records: (map) => state.records(map),
  };
}
