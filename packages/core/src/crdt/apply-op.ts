import { assertNever } from '../primitives/assert-never.js';
import type { Expiry, LwwRecord, Register } from './lww-record.js';
import type { CreateOp, FieldWrite, Op, PatchOp } from './op.js';
import { setDelta } from './or-set.js';
import { advanceCounter } from './pn-counter.js';
import { beats, copyFields, EMPTY_RECORD, laterExpiry, mergeRecords } from './record-merge.js';
import type { Stamp } from '../clock/timestamp.js';

/**
 * An op as the small record it is: applying the op is merging this (CR-3, CR-6). A counter's delta is no state: it merges nothing, and
 * counts by {@link applyDecided} alone.
 */
export function opToRecord(op: Op): LwwRecord {
  switch (op.kind) {
    case 'create':
      return {
        existence: { stamp: op.stamp, op: 'create' },
        floor: op.restart ? op.stamp : '',
        fields: registersOf(op.fields, op.stamp),
        expiry: expiryOf(op),
      };
    case 'patch':
      return { existence: null, floor: '', fields: registersOf(op.fields, op.stamp), expiry: expiryOf(op) };
    case 'remove':
      return { existence: { stamp: op.stamp, op: 'remove' }, floor: op.stamp, fields: new Map(), expiry: null };
    case 'add':
    case 'discard':
      return setDelta(op);
    case 'count':
      return EMPTY_RECORD;
    default:
      return assertNever(op);
  }
}

/** `mergeRecords(record, opToRecord(op))`; `record` itself when the op changes nothing. */
export function applyOp(record: LwwRecord, op: Op): LwwRecord {
  if (op.kind !== 'patch') return mergeRecords(record, opToRecord(op));
  if (op.stamp < record.floor) return record;
  let fields: Map<string, Register> | null = null;
  for (const { name, value } of op.fields) {
    const register: Register = { stamp: op.stamp, value };
    if (!beats(register, (fields ?? record.fields).get(name))) continue;
    fields ??= copyFields(record.fields);
    fields.set(name, register);
  }
  const expiry = op.expiresAt === undefined ? record.expiry : laterExpiry(record.expiry, expiryOf(op));
  if (fields === null && expiry === record.expiry) return record;
  return { existence: record.existence, floor: record.floor, fields: fields ?? record.fields, expiry };
}

/** What an op that was accepted makes of confirmed state, once: the server's part, and a replay's. */
export function applyDecided(record: LwwRecord | undefined, op: Op): LwwRecord {
  if (op.kind === 'count') return advanceCounter(record, op);
  return applyOp(record ?? EMPTY_RECORD, op);
}

const expiryOf = ({ stamp, expiresAt }: CreateOp | PatchOp): Expiry | null =>
  expiresAt === undefined ? null : { stamp, at: expiresAt };

function registersOf(fields: readonly FieldWrite[], stamp: Stamp): ReadonlyMap<string, Register> {
  const registers = new Map<string, Register>();
  for (const { name, value } of fields) registers.set(name, { stamp, value });
  return registers;
}
