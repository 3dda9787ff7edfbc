import type { AppendOutcome, JointId } from '../ports/ledger.js';
import type { LedgerOwnership } from '../services/coordination/ledger-ownership.js';
import { joinParts } from '../services/journal/journal-part.js';
import { encodeSegment } from '../services/persistence/segment-codec.js';
import { passOn, type Commit, type Persisted } from './stages.js';

/** What became of a commit's append. */
export type PersistOutcome =
  | { readonly type: 'persisted'; readonly commit: Persisted }
  | Exclude<AppendOutcome, { type: 'committed' }>;

/** A commit on its way to the ledger. */
export interface PersistAttempt {
  /** The segment as written, by which a reload recognises it. */
  readonly segment: Uint8Array;
  /** Under which it was written. */
  readonly epoch: number;
  readonly outcome: Promise<PersistOutcome>;
}

/** PI-1, PI-3: writes one segment with every decision of the commit, the refusals too. `position`: where it will be, where that is known (PI-61). */
export function persist(
  commit: Commit,
  { lineage, epoch, ledger }: LedgerOwnership,
  position: number | null,
): PersistAttempt {
  const journal = joinParts(commit.frames.map((frame) => frame.journal));
  const entries = commit.frames.flatMap((frame) => frame.entries);
  const segment = encodeSegment({
    lineage,
    ...(position === null ? {} : { position }),
    entries,
    ...(journal === undefined ? {} : { journal }),
  });
  const outcome = ledger
    .append(segment, jointOf(commit))
    .then((appended) => (appended.type === 'committed' ? persistedAt(commit, appended.position) : appended));
  return { segment, epoch, outcome };
}

/** For an append whose outcome was unknown and that a reload of the ledger has found. */
export const foundInLedger = (commit: Commit, position: number): PersistOutcome => persistedAt(commit, position);

/** For a commit that decided nothing new, only tells verdicts once more: nothing to write. */
export function nothingToPersist(commit: Commit, position: number): Persisted | null {
  return commit.frames.every((frame) => frame.entries.length === 0 && frame.isAwaited !== true)
    ? passOn<'persisted', Commit & { position: number }>({ ...commit, position })
    : null;
}

const persistedAt = (commit: Commit, position: number): PersistOutcome => ({
  type: 'persisted',
  commit: passOn<'persisted', Commit & { position: number }>({ ...commit, position }),
});

/** PI-27: of parts that had all been decided before nothing is written, and nobody waits for them. */
const jointOf = ({ frames }: Commit): JointId[] =>
  frames.flatMap(({ entries, isAwaited, joint }) =>
    joint === undefined || (entries.length === 0 && isAwaited !== true) ? [] : [joint],
  );
