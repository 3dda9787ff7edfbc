import type { DecidedMessage, RowChange } from '@topgun/core/protocol';
import type { Committed, SessionId } from '../../ports/partition-host.js';
import { encodeChanges } from './wire-changes.js';

/** What one commit means for one session. */
export interface SessionNews {
  /** One message per replica. */
  readonly decided: DecidedMessage[];
  readonly diffs: { readonly sub: number; readonly changes: readonly RowChange[]; readonly full: boolean }[];
}

/** Sorts one commit's outcome by session: who is told verdicts, who diffs. Each diff is encoded once for all. */
export function newsBySession(commit: Committed): Map<SessionId, SessionNews> {
  const news = new Map<SessionId, SessionNews>();
  const of = (session: SessionId): SessionNews => {
    let own = news.get(session);
    if (own === undefined) news.set(session, (own = { decided: [], diffs: [] }));
    return own;
  };
  for (const { session, replica, accepted, rejected } of commit.verdicts) {
    const { decided } = of(session);
    const at = decided.findIndex((message) => message.replica === replica);
    const earlier = decided[at];
    const message: DecidedMessage = {
      type: 'decided',
      position: commit.position,
      replica,
      verdicts: [...(earlier?.verdicts ?? []), ...accepted],
      rejected: [...(earlier?.rejected ?? []), ...rejected],
    };
    if (at < 0) decided.push(message);
    else decided[at] = message;
  }
  for (const { subscribers, changes, full } of commit.diffs) {
    const encoded = encodeChanges(changes);
    for (const [session, sub] of subscribers) of(session).diffs.push({ sub, changes: encoded, full });
  }
  return news;
}
