// The floor: a map, which is what holding the hashes costs when nobody asks what differs.

import { digestOf } from './workload.mjs';

export function create() {
  const map = new Map();
  return {
    set: (key, hash) => map.set(key, hash),
    delete: (key) => map.delete(key),
    digest: () => digestOf(map),
  };
}
