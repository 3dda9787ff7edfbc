import type { ReplicaId } from '@topgun/core/clock';
import { encodeRecord } from '@topgun/core/crdt';
import type { DecidedMessage, RowChange } from '@topgun/core/protocol';
import type { Committed, CounterTotal, SessionId } from '../../ports/partition-host.js';
import { isOwnChange } from './own-changes.js';

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
    totals?: NonNullable<DecidedMessage['totals']>[number][];
    changed?: NonNullable<DecidedMessage['changed']>[number][];
  })[];
}

const totalToWire = ({ map, key, record }: CounterTotal): NonNullable<DecidedMessage['totals']>[number] => [
  map,
  key,
  encodeRecord(record),
];

/**
 * Sorts one commit's outcome by session: who is told verdicts, who diffs. An author is not sent what its own verdicts say. First come those who
 * watch: an author knows already what it wrote.
 */
export function newsBySession(commit: Committed): Map<SessionId, SessionNews> {
  const news = new Map<SessionId, NewsDraft>();
  const of = (session: SessionId): NewsDraft => {
    let own = news.get(session);
    if (own === undefined) news.set(session, (own = { decided: [], diffs: [] }));
    return own;
  };
  const authors = authorsOf(commit);
  const latest = latestTotals(commit);
  for (const { subscribers, changes, full } of commit.diffs) {
    for (const [session, sub] of subscribers) {
      const replicas = authors.get(session);
      const told = replicas === undefined ? changes : changes.filter((change) => !isOwnChange(change, replicas));
      if (told.length > 0) of(session).diffs.push({ sub, changes: told, full });
    }
  }
  for (const { session, replica, accepted, rejected, totals, changed } of commit.verdicts) {
    const { decided } = of(session);
    let message = decided.find((other) => other.replica === replica);
    if (message === undefined) {
      message = { type: 'decided', position: commit.position, replica, verdicts: [], rejected: [] };
      decided.push(message);
    }
    for (const verdict of accepted) message.verdicts.push(verdict);
    for (const refusal of rejected) message.rejected.push(refusal);
    for (const total of totals) (message.totals ??= []).push(totalToWire(latest.get(placeOf(total)) ?? total));
    for (const op of changed) (message.changed ??= []).push(op);
  }
  return news;
}

/**
 * CR-7: each counter as the commit leaves it. Verdicts are told replica by replica and not in the order of the ops: told as it was in between, a
 * counter would go back to less.
 */
function latestTotals(commit: Committed): ReadonlyMap<string, CounterTotal> {
  return new Map(commit.verdicts.flatMap(({ totals }) => totals.map((total) => [placeOf(total), total] as const)));
}

// Map names hold no NUL.
const placeOf = ({ map, key }: CounterTotal): string => `${map}\0${key}`;

/** The replicas of each session that had ops accepted. */
function authorsOf(commit: Committed): ReadonlyMap<SessionId, ReadonlySet<ReplicaId>> {
  const authors = new Map<SessionId, Set<ReplicaId>>();
  for (const { session, replica, accepted } of commit.verdicts) {
    if (accepted.length === 0) continue;
    const replicas = authors.get(session);
    if (replicas === undefined) authors.set(session, new Set([replica]));
    else replicas.add(replica);
  }
  return authors;
}
