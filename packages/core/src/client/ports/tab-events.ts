import type { Op, OpId } from '../../crdt/index.js';
import type { ServerAnswer } from './server-question.js';
import type { BaseChange, OutboxEntry, StoredRejection } from './storage.js';

/**
 * CL-4: everything a tab learns from the leader or from its sibling tabs. A tab's map stores apply an event in the same
 * way whether it came from this tab's own leadership or over the channel; `TabSync.onEvent` is the only source.
 *
 * One event is one step: a view shows all of it or nothing of it. Events arrive in an order in which
 * - an op is `persisted` before it is `decided` (a late `persisted` is filtered out by `TabSync`),
 * - membership and the base changes it stands for come in one event.
 *
 * All events are idempotent: an event about something unknown here (a map that is not loaded, a subscription that this tab
 * did not open, an op that is not pending) changes nothing, apart from base changes of a map that is just being loaded:
 * those are kept and applied after the load.
 */
export type TabEvent =
  | ChangesEvent
  | SettledEvent
  | ProgressEvent
  | UnsettledEvent
  | SubscriptionFailedEvent
  | PersistedEvent
  | AnotherLedgerEvent
  | DecidedEvent
  | ClockEvent
  | ReissuedEvent
  | RejectionsEvent
  | ConnectionEvent
  | AnsweredEvent;

/** The identity of a subscription in every tab: made by `subscriptionKey(map, query)`. */
export type SubscriptionKey = string;

/**
 * Confirmed state moved on: one push of the server, one chunk of a first answer, drops after it, or (in local-only mode) a
 * sibling's write. The base changes of `maps` are already applied in storage or on their way there: do not store them.
 */
export interface ChangesEvent {
  readonly type: 'changes';
  readonly maps: readonly MapChanges[];
  /** Members of settled subscriptions that came and went. A key in `entered` has its record in the base by now. */
  readonly subs: readonly MembershipChange[];
  /** When set: every settled subscription is now complete up to this ledger position. */
  readonly through: number | null;
}

export interface MapChanges {
  readonly map: string;
  readonly changes: readonly BaseChange[];
}

export interface MembershipChange {
  readonly sub: SubscriptionKey;
  readonly entered: readonly string[];
  readonly left: readonly string[];
  /** The server's window (limit and slack) is full: it may hold back further rows. */
  readonly full: boolean;
}

/** The first answer is complete: from here on the members are the server's rows of this query, kept current by `changes`. */
export interface SettledEvent {
  readonly type: 'settled';
  readonly sub: SubscriptionKey;
  readonly map: string;
  /** All of them; replaces what was known. */
  readonly members: Iterable<string>;
  readonly full: boolean;
  readonly through: number;
}

/** A first answer that comes in several messages has come so far. Its end is told by `settled`, a break by `unsettled`. */
export interface ProgressEvent {
  readonly type: 'progress';
  readonly sub: SubscriptionKey;
  readonly map: string;
  readonly received: number;
  readonly total: number;
}

/** These subscriptions (`null`: all) are no longer confirmed: disconnected, a missed push, another leader. */
export interface UnsettledEvent {
  readonly type: 'unsettled';
  readonly subs: readonly SubscriptionKey[] | null;
}

/** The server refuses this query (`bad-query`, `too-many-rows` …). It stays unsettled; the next connection asks again. */
export interface SubscriptionFailedEvent {
  readonly type: 'subscription-failed';
  readonly sub: SubscriptionKey;
  readonly code: string;
  readonly reason: string;
}

/** A sibling tab made these ops durable: they are pending here too. Never sent for this tab's own ops. */
export interface PersistedEvent {
  readonly type: 'persisted';
  readonly entries: readonly OutboxEntry[];
}

/**
 * SY-2: the server has another ledger than before, or an older state of it. Positions that were heard mean nothing any more. `returned`: ops of
 * any replica, this tab's own included, that had been accepted and that it lacks: they are pending again, and will be decided once more. Stored already.
 */
export interface AnotherLedgerEvent {
  readonly type: 'another-ledger';
  readonly returned: readonly OutboxEntry[];
}

/**
 * The server decided these ops. First merge `totals` into the base. Accepted: merge `opToRecord(op)` into the base and take the op from
 * the pending ones (a counter's delta merges nothing: its total does, and when that is not here it is in storage); until a subscription's `through` reaches `position` the key stays a candidate of its view. Rejected: take it from the
 * pending ones and show the rejection. Both are stored already, or on their way: do not store them.
 */
export interface DecidedEvent {
  readonly type: 'decided';
  /** Ledger position of the decision; 0 when it was found in storage after a change of leader. */
  readonly position: number;
  readonly decisions: readonly Decision[];
  /** CL-8: these were decided long ago, and brought back by a tab that had not heard of it: what came of them is in the base, or has left it. Nothing is merged. */
  readonly isInBase?: true;
  /** CR-7: what the counters are that accepted deltas are part of. Stored as the decisions are. Absent: none. */
  readonly totals?: readonly MapChanges[];
}

export type Decision =
  /** `isChanged`: the op is as the server has stored it, which is not as it was sent (HK-3). */
  | { readonly op: Op; readonly outcome: 'applied' | 'superseded'; readonly isChanged?: true }
  /** `at`: server time in ms since 1970. The durable `StoredRejection` is written by the leader. */
  | {
      readonly op: Op;
      readonly outcome: 'rejected';
      readonly code: string;
      readonly reason: string;
      readonly at: number;
    };

/**
 * CR-11: what this device's clock is off by. A tab stamps with `clock.now() + offsetMs` from here on (0 before the first
 * such event), and notes in `OutboxEntry.clockOffset` how far the stamp came out ahead of `clock.now()`. `restamped` are undecided ops, of any replica, whose stamp
 * is now another one (same id, stored already): the tab replaces them among its pending ops, then rebases its logical clock
 * to the greatest stamp of its own replica's undecided ops, or it would go on stamping in the future.
 */
export interface ClockEvent {
  readonly type: 'clock';
  readonly offsetMs: number;
  readonly restamped: readonly OutboxEntry[];
}

/**
 * CR-2: the storage went back in time (restored profile, lost transaction): the server has decided sequences of `replica`
 * that were issued again since. The never-sent ops have moved to `successor` (stored already). The tab that writes as `replica`
 * goes on as `successor` after the greatest sequence in `moved`; ops it has issued but not yet persisted it re-issues itself.
 */
export interface ReissuedEvent {
  readonly type: 'reissued';
  readonly replica: OpId['replica'];
  readonly successor: OpId['replica'];
  readonly moved: readonly { readonly from: OpId; readonly entry: OutboxEntry }[];
}

/**
 * CL-7: the list of refused writes has changed otherwise than by a decision: some were retried, edited or discarded, or have come from elsewhere
 * (CL-10). Stored already. `removed` names the records too, so that whoever shows them looks again.
 */
export interface RejectionsEvent {
  readonly type: 'rejections';
  readonly added: readonly StoredRejection[];
  readonly removed: readonly (OpId & { readonly map: string; readonly key: string })[];
}

/**
 * CL-6: how it stands with the connection.
 *
 * - `offline`: not connected and not trying: before the start, or paused
 * - `authenticating`: asking the app for its token
 * - `connecting`: hello sent, welcome not yet seen
 * - `reconciling`: welcomed; first answers and the ops left from before are still on their way
 * - `live`: caught up
 * - `backing-off`: lost or refused; waits for the next attempt
 * - `needs-auth`: the server wants another token; writes are kept
 * - `incompatible`: the server does not speak this client's protocol, or another tab with a newer one leads (`newer-tab`): a reload with another
 *   client, or an explicit `connect`
 * - `closed`: the client was closed; the end
 */
export type ConnectionState =
  | 'offline'
  | 'authenticating'
  | 'connecting'
  | 'reconciling'
  | 'live'
  | 'backing-off'
  | 'needs-auth'
  | 'incompatible'
  | 'closed';

/** JO-6: the server has answered what this tab asked. */
export interface AnsweredEvent {
  readonly type: 'answered';
  /** That of the question. */
  readonly token: string;
  readonly answer: ServerAnswer;
}

/** CL-6: the leader's connection, as every tab sees it. */
export interface ConnectionEvent {
  readonly type: 'connection';
  readonly state: ConnectionState;
  /** Why it is `needs-auth`, `incompatible` or `backing-off`, when the server or the network said so. */
  readonly error: ConnectionFault | null;
}

export interface ConnectionFault {
  readonly code: string;
  readonly reason: string;
}
