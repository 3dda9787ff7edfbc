// The same records as objects, in a map for each partition.

import { PARTITION_COUNT } from '../../packages/core/dist/primitives/index.js';

export function createStore() {
  const partitions = Array.from({ length: PARTITION_COUNT }, () => new Map());
  return {
    get: (partition, key) => partitions[partition].get(key),
    set: (partition, key, record) => partitions[partition].set(key, record),
    bytes: () => null,
  };
}
