import type { Digest } from '@topgun/core/merkle';
import { assertNever } from '@topgun/core/primitives';
import type { HostEvent, SessionId } from '../ports/partition-host.js';
import type { LiveView, Resumption } from '../services/query/live-view.js';
import type { Exchanges } from '../services/sync/exchanges.js';

/** What a client is to be told of a view. */
export interface ViewAnswer {
  readonly session: SessionId;
  readonly sub: number;
  readonly view: LiveView;
  /** The digest of the rows it holds. */
  readonly have: Digest | null;
  /** CR-10: more has been forgotten than it can have heard of. */
  readonly anew: boolean;
  readonly through: number;
}

const NOTHING = new Uint8Array();

/** SY-2: the first of these that applies: the same, what has changed since, a turn to find out what differs, all rows. */
export function viewAnswer({ session, sub, view, have, anew, through }: ViewAnswer, exchanges: Exchanges): HostEvent {
  const place = { session, sub, view: view.id };
  const resumed: Resumption = have === null ? { type: 'all' } : view.resume(have);
  switch (resumed.type) {
    case 'all':
      if (have !== null) exchanges.compared(session, view, have.count, view.size);
      return { type: 'view-opened', ...place, rows: view.rows(), full: view.full, through, anew };
    case 'same':
    case 'diffs': {
      const changes = resumed.type === 'same' ? [] : resumed.changes;
      return { type: 'view-resumed', ...place, changes, nodes: NOTHING, full: view.full, through };
    }
    case 'exchange':
      return exchanges.open(session, sub, view, resumed.trie, have?.count ?? 0);
    default:
      return assertNever(resumed);
  }
}
