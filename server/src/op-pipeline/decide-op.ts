import { opToWire, resolveOp, typeOfOp, type LwwRecord, type Op, type Resolvers } from '@topgun/core/crdt';
import type { Access } from '@topgun/core/rules';
import type { SchemaDefinition } from '@topgun/core/schema';
import { judgeOp, judgeType, type Judgement } from '../services/crdt/judge-op.js';
import type { Quotas } from '../services/crdt/map-quotas.js';
import type { Overlay } from '../services/crdt/overlay.js';
import { raisedEntry, raiseFields } from '../services/crdt/raise-fields.js';
import { refusal, type Refusal, type Verdict } from '../services/crdt/verdict.js';
import type { SegmentEntry } from '../services/persistence/segment.js';
import { judgeAccess } from './judge-access.js';
import { judgeSchema } from './judge-schema.js';
import type { CheckedBatch, CheckedOp } from './stages.js';

export interface Judging {
  readonly recordBytes: number;
  /** RS-1: what maps make of writes to what has a value. Left out: the later write wins everywhere. */
  readonly resolvers?: Resolvers | undefined;
  /** PI-49. Left out, maps grow as they like. */
  readonly quotas?: Quotas | null | undefined;
  /** SC-4. Left out, nothing is checked. */
  readonly schema?: SchemaDefinition | undefined;
}

/** JO-1: hears of what an op changes. */
export type NoteChange = (op: Op, before: LwwRecord | undefined, after: LwwRecord) => void;

/** What was decided of an op that had not been before. */
export interface DecidedOp {
  readonly verdict: Verdict;
  /** As it is stored: what was sent, or what a resolver left of it. */
  readonly checked: CheckedOp;
  /** What the server wrote itself to make it so (RS-3). */
  readonly raised: SegmentEntry | null;
}

/** Judges an op against all that came before it (PI-2), and merges it into the overlay. */
export function decideOp(
  checked: CheckedOp,
  batch: CheckedBatch,
  overlay: Overlay,
  acked: number,
  access: Access | null,
  { recordBytes, quotas, resolvers, schema }: Judging,
  noteChange: NoteChange,
): DecidedOp {
  const { partition } = batch;
  if ('refusal' in checked) return refused(checked, batch, overlay, checked.refusal);
  const { op } = checked;
  const holds = overlay.mapType(op.map);
  const staged = overlay.stagedRecord(partition, op.map, op.key);
  const before = staged.after;
  const mismatch = judgeType(op, holds ?? schema?.of(op.map)?.type);
  const own = mismatch === null ? resolvers?.of(op.map) : undefined;
  const resolved = own === undefined ? AS_SENT : resolveOp(own, before, op);
  const isResolved = resolved.type === 'resolved';
  const stored: typeof checked = isResolved
    ? { ...checked, op: resolved.op, wire: opToWire(resolved.op), isChanged: true }
    : checked;
  let judgement: Judgement = mismatch ?? judgeOp(before, stored.op, recordBytes, op.seq <= acked);
  const raise =
    isResolved && resolved.raised !== null && judgement.type === 'accepted'
      ? raiseFields(overlay, partition, op, resolved.raised)
      : null;
  if (raise !== null && judgement.type === 'accepted') {
    // It has come too late to stand by its own stamp, and counts all the same.
    const raised = judgeOp(judgement.record, raise, recordBytes);
    judgement = raised.type === 'accepted' ? { ...raised, outcome: 'applied' } : raised;
  }
  const denied = access === null || mismatch !== null ? null : judgeAccess(access, stored.op, before, judgement);
  if (denied !== null) return refused(checked, batch, overlay, denied);
  // RU-4: that there is something which cannot be changed is heard by who may try.
  if (resolved.type === 'refused')
    return refused(checked, batch, overlay, refusal('resolver-refused', resolved.reason));
  const violated = schema === undefined ? null : judgeSchema(schema, stored.op, before, judgement);
  if (violated !== null) return refused(checked, batch, overlay, violated);
  if (judgement.type === 'refused') return refused(checked, batch, overlay, judgement.refusal);
  const over = quotas?.refuses(op.map, before, judgement.record) ?? null;
  if (over !== null) return refused(checked, batch, overlay, over);
  noteChange(stored.op, before, judgement.record);
  staged.after = judgement.record;
  if (holds === undefined) overlay.fixMapType(op.map, typeOfOp(op));
  if (raise !== null) overlay.decide(partition, raise.replica, raise.seq);
  const isNothingLeft = raise === null && isResolved && resolved.op.fields.length === 0;
  const verdict = isNothingLeft ? 'superseded' : judgement.outcome;
  return { verdict, checked: stored, raised: raise && raisedEntry(partition, raise) };
}

function refused(checked: CheckedOp, { partition, replica }: CheckedBatch, overlay: Overlay, why: Refusal): DecidedOp {
  overlay.decide(partition, replica, checked.seq, why);
  return { verdict: why, checked, raised: null };
}

const AS_SENT = { type: 'as-sent' } as const;
