import type { CountOp, OpTransaction } from '@topgun/core/crdt';
import type { WireOp } from '@topgun/core/protocol';
import type { Access } from '@topgun/core/rules';
import { eventOf, type JournalEvent } from '../services/journal/journal-event.js';
import type { CounterTotal, SessionVerdicts, TriedPart } from '../ports/partition-host.js';
import { outcomeOf } from '../services/crdt/judge-op.js';
import { Overlay } from '../services/crdt/overlay.js';
import { isRefusal, type Refusal, type Verdict } from '../services/crdt/verdict.js';
import { APPLIED, SUPERSEDED, type SegmentEntry, type SegmentVerdict } from '../services/persistence/segment.js';
import { isSupersededByChange, storedOtherwise, toldOp, writesUnread } from './changed-op.js';
import { decideOp, type Judging, type NoteChange } from './decide-op.js';
import { maySee } from './judge-access.js';
import { upgradeChecked } from './judge-schema.js';
import { refusalsTogether, refuse, triedParts } from './refuse-together.js';
import {
  passOn,
  type Authorized,
  type CheckedBatch,
  type CheckedFrame,
  type CheckedOp,
  type Staged,
  type StagedFrame,
} from './stages.js';

/** What every record has to keep to, whoever writes it. */
export interface StageLimits extends Judging {
  /** JO-1. `null`: no journal is kept. */
  readonly journaling: Journaling | null;
}

interface VerdictsDraft extends SessionVerdicts {
  readonly accepted: SessionVerdicts['accepted'][number][];
  readonly rejected: SessionVerdicts['rejected'][number][];
  readonly totals: CounterTotal[];
  readonly changed: WireOp[];
}

/** JO-1: of which maps it is kept what ops change, and the server's time. */
export interface Journaling {
  readonly keeps: (map: string) => boolean;
  readonly now: number;
}

/**
 * PI-2: judges each op against all that came before it, staged or committed, and merges it into the overlay.
 * PI-11: what was decided before is not run again; its verdict is told once more, after the commit that decided it.
 */
export function stage(frame: Authorized, overlay: Overlay, limits: StageLimits): Staged {
  const { transaction } = frame;
  const staged =
    transaction === undefined
      ? stageOps(frame, overlay, limits)
      : stageTransaction(frame, transaction, overlay, limits);
  return stagedFrame(frame, staged, limits);
}

/** PI-27: what would be decided of the parts of a transaction that lie here. Changes nothing. */
export const tryParts = (frame: CheckedFrame, overlay: Overlay, limits: StageLimits): readonly TriedPart[] =>
  tried(frame, stageOps(frame, new Overlay(overlay), limits));

/**
 * PI-27: does with the parts that lie here what was decided of the whole. `null`: they cannot be taken any more, since something has changed from when
 * they were tried.
 */
export function stageParts(
  frame: Authorized,
  refusals: ReadonlyMap<number, Refusal>,
  overlay: Overlay,
  limits: StageLimits,
): Staged | null {
  if (refusals.size > 0) {
    const refused = { ...frame, batches: refuse(frame.batches, refusals) };
    return stagedFrame(frame, stageOps(refused, overlay, limits), limits);
  }
  const trial = new Overlay(overlay);
  const staged = stageOps(frame, trial, limits);
  if (tried(frame, staged).some(({ verdict }) => typeof verdict === 'object')) return null;
  trial.applyTo(overlay);
  return stagedFrame(frame, staged, limits);
}

function stagedFrame(
  { session, bytes, transaction, joint, bindings }: Authorized,
  { entries, events, verdicts }: StagedOps,
  { journaling }: StageLimits,
): Staged {
  return passOn<'staged', StagedFrame>({
    session,
    bytes,
    transaction,
    joint,
    verdicts,
    entries: bindings.length === 0 ? entries : [...bindings, ...entries],
    ...(journaling === null ? {} : { journal: { at: journaling.now, events } }),
  });
}

/** What a frame's ops come to: what to write and what to answer. */
type StagedOps = Pick<StagedFrame, 'entries' | 'verdicts'> & { readonly events: readonly JournalEvent[] };

/** What the server has raised beside the parts has sequences of its own (RS-3). */
const tried = ({ batches }: CheckedFrame, { entries }: StagedOps): readonly TriedPart[] =>
  triedParts(
    batches,
    entries.filter(({ replica }) => replica === batches[0]?.replica),
  );

/** CR-12: tries the parts apart first. What is right as a whole is merged; else every part is refused, and kept so (PI-11). */
function stageTransaction(
  frame: CheckedFrame,
  transaction: OpTransaction,
  overlay: Overlay,
  limits: StageLimits,
): StagedOps {
  const trial = new Overlay(overlay);
  const staged = stageOps(frame, trial, limits);
  const refusals = refusalsTogether(transaction, tried(frame, staged));
  if (refusals !== null) return stageOps({ ...frame, batches: refuse(frame.batches, refusals) }, overlay, limits);
  trial.applyTo(overlay);
  return staged;
}

function stageOps(frame: CheckedFrame, overlay: Overlay, limits: StageLimits): StagedOps {
  const { journaling } = limits;
  const entries: SegmentEntry[] = [];
  const events: JournalEvent[] = [];
  const verdicts: SessionVerdicts[] = [];
  const { access, identity } = frame.session;
  const noteChange: NoteChange = (op, before, after) => {
    if (journaling === null || before === after || !journaling.keeps(op.map)) return;
    const event = eventOf(op, before, after, identity?.principal ?? null);
    if (event !== null) events.push(event);
  };
  // A frame has an entry for each of its partitions, most with one op: its verdicts are gathered by replica at once.
  let told: VerdictsDraft | undefined;
  /** SY-2: up to there the replica's ops are given back. */
  let acked = 0;
  for (const batch of frame.batches) {
    const { partition, replica } = batch;
    if (told?.replica !== replica) {
      told = { session: frame.session.id, replica, accepted: [], rejected: [], totals: [], changed: [] };
      verdicts.push(told);
      acked = frame.session.acked.get(replica) ?? 0;
    }
    const decidedBefore = overlay.decided(partition, replica);
    let decided: [CheckedOp['wire'], SegmentVerdict][] | null = null;
    let counted: Map<string, CountOp> | null = null;
    let last = decidedBefore;
    for (const sent of batch.ops) {
      const { seq } = sent;
      const checked = limits.schema === undefined ? sent : upgradeChecked(limits.schema, sent);
      const again = seq <= decidedBefore;
      const taken = again ? null : decideOp(checked, batch, overlay, acked, access, limits, noteChange);
      const verdict = taken?.verdict ?? repeat(checked, batch, overlay);
      const stored = taken?.checked ?? checked;
      if (isRefusal(verdict)) told.rejected.push({ seq, ...verdict });
      else {
        told.accepted.push([seq, verdict]);
        const changed = changedBy(sent, again ? sent : stored, again, batch, overlay, access);
        if (changed !== null) told.changed.push(changed);
        if ('op' in checked && checked.op.kind === 'count')
          (counted ??= new Map()).set(placeOf(checked.op), checked.op);
      }
      if (taken === null) continue;
      if (taken.raised !== null) entries.push(taken.raised);
      const entry: [CheckedOp['wire'], SegmentVerdict] = [stored.wire, toSegmentVerdict(verdict)];
      // Most have one, and a list that grows has room for many.
      if (decided === null) decided = [entry];
      else decided.push(entry);
      last = seq;
    }
    if (counted !== null) addTotals(told.totals, counted.values(), partition, overlay, access);
    if (decided === null) continue;
    overlay.decide(partition, replica, last);
    entries.push({ partition, replica, ops: decided });
  }
  return { entries, verdicts, events };
}

/** HK-3, RU-5: what the author is to take in the place of what they sent; `null`: it was taken as it was sent, and is theirs to keep. */
function changedBy(
  sent: CheckedOp,
  checked: CheckedOp,
  again: boolean,
  { partition }: CheckedBatch,
  overlay: Overlay,
  access: Access | null,
): WireOp | null {
  if (!('op' in checked) || !('op' in sent)) return null;
  const { op } = checked;
  const isUnread = writesUnread(sent.op, access);
  if (!again && checked.isChanged !== true && !isUnread) return null;
  const record = overlay.record(partition, op.map, op.key);
  const stored = again ? (storedOtherwise(record, op) ?? (isUnread ? op : null)) : op;
  return stored === null ? null : toldOp(stored, sent.isChanged === true ? null : sent.op, record, access);
}

// Map names hold no NUL.
const placeOf = ({ map, key }: CountOp): string => `${map}\0${key}`;

/** CR-7: its author cannot work out what a counter is, and need not subscribe to it: the answer to a delta says it. */
function addTotals(
  totals: CounterTotal[],
  counted: Iterable<CountOp>,
  partition: number,
  overlay: Overlay,
  access: Access | null,
): void {
  for (const { map, key } of counted) {
    const record = overlay.record(partition, map, key);
    if (record === undefined || (access !== null && !maySee(access, map, key, record))) continue;
    totals.push({ map, key, record });
  }
}

function repeat(checked: CheckedOp, { partition, replica }: CheckedBatch, overlay: Overlay): Verdict {
  const kept = overlay.refusal(partition, replica, checked.seq);
  if (kept !== undefined) return kept;
  // Taken when it was decided, though it would not be now: the server's clock or limits have changed since.
  if ('refusal' in checked) return 'applied';
  const record = overlay.record(partition, checked.op.map, checked.op.key);
  // RS-3: of a create that resolvers left nothing of, the existence is later all the same.
  if (isSupersededByChange(record, checked.op)) return 'superseded';
  return outcomeOf(record, checked.op);
}

function toSegmentVerdict(verdict: Verdict): SegmentVerdict {
  if (isRefusal(verdict)) return [verdict.code, verdict.reason];
  return verdict === 'applied' ? APPLIED : SUPERSEDED;
}
