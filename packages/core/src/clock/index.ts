export { createHlc, isSkewed, MAX_SKEW_MS, nextStamp, type Hlc } from './hlc.js';
export {
  compareStamps,
  decodeStamp,
  encodeStamp,
  isReplicaId,
  isStamp,
  MAX_COUNTER,
  MAX_MILLIS,
  REPLICA_PATTERN,
  STAMP_PATTERN,
  stampCounter,
  stampMillis,
  stampReplica,
} from './stamp.js';
export type { ReplicaId, Stamp, Timestamp } from './timestamp.js';
