import type { OpId } from '../../crdt/index.js';
import type { ReplicaId } from '../../clock/index.js';
import type { Query } from '../../query/index.js';
import type { LeaderInput } from '../connection/leader-parts.js';
import type { DecidedEarlier } from '../connection/stored-outbox.js';
import type { OutboxEntry } from '../ports/storage.js';
import type { ServerQuestion } from '../ports/server-question.js';
import type { RejectionsEvent, SubscriptionKey, TabEvent } from '../ports/tab-events.js';

/** What tabs say to each other. To a leader it is said without knowing who leads: only a leader listens. */
export type TabMessage =
  /** The leader tells what happened. */
  | { readonly type: 'event'; readonly event: TabEvent }
  /** A tab has become the leader, or wants to hear from a tab it does not know. */
  | {
      readonly type: 'leader';
      readonly isPaused: boolean;
      /** The number of its lead, in the database of that id (CL-8: it may be another one than before); `null`: storage has not taken it. */
      readonly lead: number | null;
      readonly databaseId: string;
    }
  /** A tab appears, or answers `leader`: all that the leader has to know of it. */
  | {
      readonly type: 'tab';
      readonly replicas: readonly (readonly [ReplicaId, number])[];
      readonly subs: readonly OpenSubscription[];
      readonly questions: readonly (readonly [token: string, question: ServerQuestion])[];
      readonly pending: readonly OpId[];
      /** CL-8: the maps of which the tab has brought what it held into the database, when that was made anew. */
      readonly brought?: readonly string[];
    }
  /** The leader's answer to `pending`. */
  | { readonly type: 'decided-earlier'; readonly decided: readonly DecidedEarlier[] }
  | { readonly type: 'announce'; readonly replica: ReplicaId; readonly issuedSeq: number }
  /** Durable ops, to all tabs. */
  | { readonly type: 'persisted'; readonly entries: readonly OutboxEntry[] }
  /** To all tabs. */
  | RejectionsEvent
  | { readonly type: 'open'; readonly sub: OpenSubscription }
  | { readonly type: 'close'; readonly key: SubscriptionKey }
  /** JO-6: answered by the event `answered`, to this tab alone. */
  | { readonly type: 'question'; readonly token: string; readonly question: ServerQuestion }
  | { readonly type: 'end-question'; readonly token: string }
  | { readonly type: 'input'; readonly input: LeaderInput }
  /** CL-4: is anybody leading? To all; only the leader answers, and all hear it. Tabs of every version say and understand these two. */
  | { readonly type: 'ask' }
  | { readonly type: 'answer' }
  /** CL-4: liveness is a reply to a ping. */
  | { readonly type: 'ping' }
  | { readonly type: 'pong' }
  | ({ readonly type: 'bye' } & Partial<Farewell>);

/** CL-10: a tab leaves this principal's database for another's, and so shall its siblings. */
export interface Farewell {
  /** Who comes next; `null`: nobody. */
  readonly subject: string | null;
  /** What that one's connections show; whoever hears it is of this app and this browser. */
  readonly token: string | null;
  /** The local database that is left is deleted on purpose, and is not to be made anew from what a tab holds. */
  readonly purges: boolean;
}

/** `null`: the tab says no more than that it goes. */
export const farewellOf = ({ subject, token, purges }: Partial<Farewell>): Farewell | null =>
  subject === undefined ? null : { subject, token: token ?? null, purges: purges === true };

export interface OpenSubscription {
  readonly key: SubscriptionKey;
  readonly map: string;
  readonly query: Query;
}
