export { applyDecided, applyOp, opToRecord } from './apply-op.js';
export {
  expiresAt,
  expiryStamp,
  isExpired,
  isServerReplica,
  latestStamp,
  MAX_TTL_MS,
  restampOp,
  SERVER_REPLICA,
  ttlOf,
  withExpiry,
} from './expiry.js';
export { checkResolver, type BrokenLaw } from './check-resolver.js';
export { defineResolvers, type MapResolvers, type Resolvers, type ResolversInput } from './define-resolvers.js';
export { previewWrite } from './preview-write.js';
export { resolveOp, type RaisedFields, type ResolvedOp } from './resolve-op.js';
export { custom, firstWriteWins, immutable, max, min, union, type Resolution, type Resolver } from './resolver.js';
export { ExpiryIndex } from './expiry-index.js';
export { planTtl } from './plan-ttl.js';
export type { Existence, Expiry, LwwRecord, Register } from './lww-record.js';
export { recordAbsentText, typeMismatchText, typeOfOp, typeOfRecord, type MapType } from './map-type.js';
export { isVisible, materialize, SCALAR_FIELD, VERSION_FIELD } from './materialize.js';
export type {
  AddOp,
  CountOp,
  CreateOp,
  DiscardOp,
  FieldWrite,
  Op,
  OpBody,
  OpId,
  PatchOp,
  RecordOp,
  RemoveOp,
} from './op.js';
export { isLiveTag, isRemovedBy, liveTags, MAX_SET_TAGS, withValue } from './or-set.js';
export { opOfBody } from './op-of-body.js';
export { counterPlaceOf, type CounterPlace } from './counter-place.js';
export { planCount } from './plan-count.js';
export { planAdd, planDiscard } from './plan-or-set.js';
export { planEdit, planPatch, planRemove, planSet, planUpdate, type SetPlan, type WriteError } from './plan-write.js';
export { advanceCounter, countedThrough, isCounted, pendingCounterValue, staysExact } from './pn-counter.js';
export { diffRecords, EMPTY_RECORD, mergeRecords, sameRecord } from './record-merge.js';
export {
  isWholeTransaction,
  MAX_TRANSACTION_OPS,
  movedTransaction,
  transactionIdText,
  type OpTransaction,
} from './transaction.js';
export { retagOp } from './retag-op.js';
export type { OpError, WireIssue } from './wire-error.js';
export { wireValue } from './wire-value.js';
export {
  checkWireOp,
  opToWire,
  wireToOp,
  type WireFieldWrite,
  type WireOp,
  type WireOpKind,
  type WireOpLimits,
} from './wire-op.js';
export {
  canonicalRecord,
  checkWireRecord,
  decodeRecord,
  encodeDelta,
  hasStampBefore,
  encodeRecord,
  isEmptyWireRecord,
  readRecord,
  type WireExpiry,
  type WireRecord,
  type WireRegister,
} from './wire-record.js';
