import type { SessionVerdicts } from '../ports/partition-host.js';
import { judgeOp, outcomeOf } from '../services/crdt/judge-op.js';
import type { Overlay } from '../services/crdt/overlay.js';
import { isRefusal, type Verdict } from '../services/crdt/verdict.js';
import { APPLIED, SUPERSEDED, type SegmentEntry, type SegmentVerdict } from '../services/persistence/segment.js';
import { passOn, type Authorized, type CheckedBatch, type CheckedOp, type Staged, type StagedFrame } from './stages.js';

/**
 * PI-2: judges each op against all that came before it, staged or committed, and merges it into the overlay.
 * PI-11: what was decided before is not run again; its verdict is told once more, after the commit that decided it.
 */
export function stage(frame: Authorized, overlay: Overlay, limits: { readonly recordBytes: number }): Staged {
  const entries: SegmentEntry[] = [];
  const verdicts: SessionVerdicts[] = [];
  for (const batch of frame.batches) {
    const decided: [CheckedOp['wire'], SegmentVerdict][] = [];
    const accepted: SessionVerdicts['accepted'][number][] = [];
    const rejected: SessionVerdicts['rejected'][number][] = [];
    for (const checked of batch.ops) {
      const again = checked.seq <= overlay.decided(batch.partition, batch.replica);
      const verdict = again ? repeat(checked, batch, overlay) : decide(checked, batch, overlay, limits.recordBytes);
      if (isRefusal(verdict)) rejected.push({ seq: checked.seq, ...verdict });
      else accepted.push([checked.seq, verdict]);
      if (!again) decided.push([checked.wire, toSegmentVerdict(verdict)]);
    }
    verdicts.push({ session: frame.session.id, replica: batch.replica, accepted, rejected });
    if (decided.length > 0) {
      entries.push({ partition: batch.partition, replica: batch.replica, ops: decided });
    }
  }
  return passOn<'staged', StagedFrame>({ session: frame.session, bytes: frame.bytes, entries, verdicts });
}

function decide(
  checked: CheckedOp,
  { partition, replica }: CheckedBatch,
  overlay: Overlay,
  recordBytes: number,
): Verdict {
  if ('refusal' in checked) {
    overlay.decide(partition, replica, checked.seq, checked.refusal);
    return checked.refusal;
  }
  const { op } = checked;
  const before = overlay.record(partition, op.map, op.key);
  const judgement = judgeOp(before, op, recordBytes);
  if (judgement.type === 'refused') {
    overlay.decide(partition, replica, checked.seq, judgement.refusal);
    return judgement.refusal;
  }
  if (judgement.record !== before) overlay.putRecord(partition, op.map, op.key, judgement.record);
  overlay.decide(partition, replica, checked.seq);
  return judgement.outcome;
}

function repeat(checked: CheckedOp, { partition, replica }: CheckedBatch, overlay: Overlay): Verdict {
  const kept = overlay.refusal(partition, replica, checked.seq);
  if (kept !== undefined) return kept;
  // Taken when it was decided, though it would not be now: the server's clock or limits have changed since.
  if ('refusal' in checked) return 'applied';
  return outcomeOf(overlay.record(partition, checked.op.map, checked.op.key), checked.op);
}

function toSegmentVerdict(verdict: Verdict): SegmentVerdict {
  if (isRefusal(verdict)) return [verdict.code, verdict.reason];
  return verdict === 'applied' ? APPLIED : SUPERSEDED;
}
