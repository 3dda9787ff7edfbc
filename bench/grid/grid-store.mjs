// Records as the server's host holds them.

import { PARTITION_COUNT } from '../../packages/core/dist/primitives/index.js';
import { GridState } from '../../server/dist/services/crdt/grid-state.js';
import { MAP } from './memory-workload.mjs';

export function createStore() {
  const state = new GridState();
  return {
    get: (partition, key) => state.record(partition, MAP, key),
    set: (partition, key, record) => state.putRecord(partition, MAP, key, record),
    bytes() {
      let bytes = 0;
      for (let partition = 0; partition < PARTITION_COUNT; partition += 1) bytes += state.bytesOf(partition);
      return bytes;
    },
  };
}
