import type { OpTransaction } from '@topgun/core/crdt';
import type { TriedPart } from '../ports/partition-host.js';
import { refusal, type Refusal } from '../services/crdt/verdict.js';
import { APPLIED, SUPERSEDED, type SegmentEntry } from '../services/persistence/segment.js';
import type { CheckedBatch, CheckedOp } from './stages.js';

/** What was decided of each part when all were tried one by one. `tried`: the entries of those that were decided then; the others had been before. */
export function triedParts(batches: readonly CheckedBatch[], tried: readonly SegmentEntry[]): readonly TriedPart[] {
  const verdicts = new Map(tried.flatMap(({ ops }) => ops.map(([[seq], verdict]) => [seq, verdict] as const)));
  return batches.flatMap(({ ops }) =>
    ops.map(({ seq, wire: [, , map, key] }) => {
      const verdict = verdicts.get(seq);
      if (verdict === undefined) return { seq, map, key, verdict: 'earlier' as const };
      if (verdict === APPLIED || verdict === SUPERSEDED) return { seq, map, key, verdict: 'accepted' as const };
      return { seq, map, key, verdict: { code: verdict[0], reason: verdict[1] } };
    }),
  );
}

/**
 * CR-12: when something keeps a transaction from being taken as a whole, why each part that is still to be decided is refused:
 * the part at fault by its own code, the others by `transaction-refused`, whose reason names that part. `null`: nothing does.
 */
export function refusalsTogether(
  transaction: OpTransaction,
  tried: readonly TriedPart[],
): ReadonlyMap<number, Refusal> | null {
  const all = tried.toSorted((a, b) => a.seq - b.seq);
  const undecided = all.filter(({ verdict }) => verdict !== 'earlier');
  // PI-11: told once more as a whole.
  if (undecided.length === 0) return null;
  const earlier = all.find(({ verdict }) => verdict === 'earlier');
  // The first one: what is wrong with later ones may be its doing.
  const atFault = all.find(({ verdict }) => typeof verdict === 'object');
  if (earlier === undefined && atFault === undefined) return null;

  const own = earlier === undefined && typeof atFault?.verdict === 'object' ? atFault.verdict : null;
  const others =
    own === null
      ? named(transaction, earlier!, 'was decided by itself before')
      : named(transaction, atFault!, `was refused (${own.code})`);
  return new Map(undecided.map((part) => [part.seq, part === atFault && own !== null ? own : others]));
}

/** The batches with those of their ops refused. */
export const refuse = (
  batches: readonly CheckedBatch[],
  refusals: ReadonlyMap<number, Refusal>,
): readonly CheckedBatch[] =>
  batches.map((batch) => ({
    ...batch,
    ops: batch.ops.map((checked): CheckedOp => {
      const why = refusals.get(checked.seq);
      return why === undefined ? checked : { seq: checked.seq, wire: checked.wire, refusal: why };
    }),
  }));

function named({ first, parts }: OpTransaction, { seq, map, key }: TriedPart, what: string): Refusal {
  const part = `part ${seq - first + 1} of ${parts}, ${JSON.stringify(key)} in ${map},`;
  return refusal('transaction-refused', `Nothing of the transaction was done: ${part} ${what}.`);
}
