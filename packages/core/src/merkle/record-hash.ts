import { canonicalRecord, type LwwRecord } from '../crdt/index.js';
import type { Hash64 } from '../primitives/index.js';

/**
 * What stands for one row in a digest: xxh64 of its key and its canonical state, stamps included, so that rows which merge
 * differently hash differently. Canonical JSON holds no NUL, so the last one is where the key ends.
 */
export const recordHash = (hash: Hash64, key: string, record: LwwRecord): bigint =>
  hash(`${key}\u0000${canonicalRecord(record)}`);
