/**
 * CR-12: the most ops of one transaction. Half of what a replica may have undecided, so that a transaction never waits for
 * more than the other half, and always fits into the window as a whole (CL-5).
 */
export const MAX_TRANSACTION_OPS = 256;

/**
 * CR-12: the op is one of `parts` ops that are decided together. They are one replica's and their sequences run from `first` on
 * without a gap; so (replica, `first`) names the transaction, and each part says by its own sequence which part it is.
 */
export interface OpTransaction {
  readonly first: number;
  /** From 2 to {@link MAX_TRANSACTION_OPS}: one op alone is a whole without a transaction. */
  readonly parts: number;
}

/** Whether these sequences, in any order, are all the parts of the transaction, each once. */
export function isWholeTransaction({ first, parts }: OpTransaction, seqs: readonly number[]): boolean {
  if (seqs.length !== parts) return false;
  const distinct = new Set(seqs);
  for (let seq = first; seq < first + parts; seq += 1) if (!distinct.has(seq)) return false;
  return true;
}

/** The transaction of an op that goes on under another sequence, when its other parts move along in their order (CR-2). */
export const movedTransaction = ({ first, parts }: OpTransaction, fromSeq: number, toSeq: number): OpTransaction => ({
  first: toSeq - (fromSeq - first),
  parts,
});

/** One text per transaction; `undefined` for an op that is in none. A replica id has no colon. */
export const transactionIdText = (op: {
  readonly replica: string;
  readonly transaction?: OpTransaction;
}): string | undefined => (op.transaction === undefined ? undefined : `${op.replica}:${op.transaction.first}`);
