import type { OpTransaction } from '@topgun/core/crdt';
import { refusal, type Refusal } from '../services/crdt/verdict.js';
import { APPLIED, SUPERSEDED, type SegmentEntry } from '../services/persistence/segment.js';
import type { CheckedBatch, CheckedOp } from './stages.js';

/**
 * CR-12: when something keeps a transaction from being taken as a whole, its batches with every part that is still to be decided
 * refused: the part at fault by its own code, the others by `transaction-refused`, whose reason names that part. `null`: nothing does.
 * `tried`: what was decided of the parts one by one. Pure.
 */
export function refuseTogether(
  batches: readonly CheckedBatch[],
  transaction: OpTransaction,
  tried: readonly SegmentEntry[],
): readonly CheckedBatch[] | null {
  const undecided = new Map(tried.flatMap(({ ops }) => ops.map(([[seq], verdict]) => [seq, verdict] as const)));
  // PI-11: told once more as a whole.
  if (undecided.size === 0) return null;
  const all = batches.flatMap(({ ops }) => ops).sort((a, b) => a.seq - b.seq);
  const earlier = all.find(({ seq }) => !undecided.has(seq));
  // The first one: what is wrong with later ones may be its doing.
  const atFault = all.find(({ seq }) => refusalOf(undecided.get(seq)) !== null);
  if (earlier === undefined && atFault === undefined) return null;

  const others =
    earlier === undefined
      ? named(transaction, atFault!, `was refused (${refusalOf(undecided.get(atFault!.seq))!.code})`)
      : named(transaction, earlier, 'was decided by itself before');
  return batches.map((batch) => ({
    ...batch,
    ops: batch.ops.map((checked): CheckedOp => {
      const { seq, wire } = checked;
      if (!undecided.has(seq)) return checked;
      const own = checked === atFault && earlier === undefined ? refusalOf(undecided.get(seq)) : null;
      return { seq, wire, refusal: own ?? others };
    }),
  }));
}

function named({ first, parts }: OpTransaction, { seq, wire }: CheckedOp, what: string): Refusal {
  const [, , map, key] = wire;
  const part = `part ${seq - first + 1} of ${parts}, ${JSON.stringify(key)} in ${map},`;
  return refusal('transaction-refused', `Nothing of the transaction was done: ${part} ${what}.`);
}

function refusalOf(verdict: SegmentEntry['ops'][number][1] | undefined): Refusal | null {
  if (verdict === undefined || verdict === APPLIED || verdict === SUPERSEDED) return null;
  const [code, reason] = verdict;
  return { code, reason };
}
