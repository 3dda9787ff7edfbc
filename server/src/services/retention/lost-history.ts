import type { ReplicaId } from '@topgun/core/clock';
import { SERVER_REPLICA } from '@topgun/core/crdt';
import type { Logger } from '../../ports/environment.js';
import type { ReplicaIntroduction, SessionId } from '../../ports/partition-host.js';
import type { Upkeep } from './upkeep.js';
import type { LedgerOwnership } from '../coordination/ledger-ownership.js';

/**
 * SY-2: notices that the ledger is an older state of itself: a backup that was put back, a file copied by hand. Clients know up to
 * which sequence their own ops were accepted, and a ledger that has decided less has lost the rest. Its history then goes on under
 * another name, so that every client learns that positions mean something else. While a server runs its ledger loses nothing: once is enough.
 */
export interface LostHistory {
  /** Whether the client comes from elsewhere: another history, or more of this one than there is. */
  judge(session: SessionId, introduced: readonly ReplicaIntroduction[], lineage: string | null): boolean;
}

export interface LostHistoryOptions {
  readonly ownership: LedgerOwnership;
  /** The highest sequence of the replica that the ledger holds. */
  readonly state: { decidedAnywhere(replica: ReplicaId): number };
  readonly upkeep: Upkeep;
  readonly mint: () => string;
  readonly log: Logger;
  readonly renamed: (lineage: string) => void;
}

const LOST =
  'The ledger has lost what it had accepted: it is an older state that was put back. Clients give back what they wrote themselves.';

/** About what the entry takes in a segment. */
const ENTRY_BYTES = 120;

export function createLostHistory(options: LostHistoryOptions): LostHistory {
  const { ownership, state, upkeep, log } = options;
  let isRenamed = false;

  async function rename(): Promise<void> {
    isRenamed = true;
    const lineage = options.mint();
    const isWritten = await upkeep(() => [{ partition: 0, replica: SERVER_REPLICA, ops: [], lineage }], ENTRY_BYTES);
    // The next client that shows it tries again.
    isRenamed = isWritten;
    if (isWritten) options.renamed(lineage);
  }

  return {
    judge(session, introduced, lineage) {
      const lost = introduced.flatMap(([replica, , acked = 0]) => {
        const decided = state.decidedAnywhere(replica);
        return acked > decided ? [{ replica, acked, decided }] : [];
      });
      const isForeign = lineage !== null && lineage !== ownership.lineage;
      for (const { replica, acked, decided } of lost) {
        log.warn(LOST, { session, replica, accepted: acked, held: decided });
      }
      if (lost.length > 0 && !isForeign && !isRenamed) {
        rename().catch((error: unknown) => log.error('the history could not be renamed', { error: String(error) }));
      }
      return lost.length > 0 || isForeign;
    },
  };
}
