import type { DecidedMessage, RowChange } from '@topgun/core/protocol';
import type { Committed, SessionId } from '../../ports/partition-host.js';

/** What one commit means for one session. */
export interface SessionNews {
  /** One message per replica. */
  readonly decided: DecidedMessage[];
  readonly diffs: { readonly sub: number; readonly changes: readonly RowChange[]; readonly full: boolean }[];
}

interface NewsDraft extends SessionNews {
  readonly decided: (DecidedMessage & {
    readonly verdicts: DecidedMessage['verdicts'][number][];
    readonly rejected: DecidedMessage['rejected'][number][];
  })[];
}

/**
 * Sorts one commit's outcome by session: who is told verdicts, who diffs. First come those who
 * watch: an author knows already what it wrote.
 */
export function newsBySession(commit: Committed): Map<SessionId, SessionNews> {
  const news = new Map<SessionId, NewsDraft>();
  const of = (session: SessionId): NewsDraft => {
    let own = news.get(session);
    if (own === undefined) news.set(session, (own = { decided: [], diffs: [] }));
    return own;
  };
  for (const { subscribers, changes, full } of commit.diffs) {
    for (const [session, sub] of subscribers) of(session).diffs.push({ sub, changes, full });
  }
  for (const { session, replica, accepted, rejected } of commit.verdicts) {
    const { decided } = of(session);
    let message = decided.find((other) => other.replica === replica);
    if (message === undefined) {
      message = { type: 'decided', position: commit.position, replica, verdicts: [], rejected: [] };
      decided.push(message);
    }
    for (const verdict of accepted) message.verdicts.push(verdict);
    for (const refusal of rejected) message.rejected.push(refusal);
  }
  return news;
}
