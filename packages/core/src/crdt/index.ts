export { applyOp, opToRecord } from './apply-op.js';
export type { Existence, LwwRecord, Register } from './lww-record.js';
export { isVisible, materialize, SCALAR_FIELD } from './materialize.js';
export type { CreateOp, FieldWrite, Op, OpBody, OpId, PatchOp, RemoveOp } from './op.js';
export { planPatch, planRemove, planSet, planUpdate, type SetPlan, type WriteError } from './plan-write.js';
export { diffRecords, EMPTY_RECORD, mergeRecords, sameRecord } from './record-merge.js';
export type { WireIssue } from './wire-error.js';
export {
  checkWireOp,
  opToWire,
  wireToOp,
  type OpError,
  type WireFieldWrite,
  type WireOp,
  type WireOpKind,
  type WireOpLimits,
} from './wire-op.js';
export {
  canonicalRecord,
  checkWireRecord,
  decodeRecord,
  encodeRecord,
  type WireRecord,
  type WireRegister,
} from './wire-record.js';
