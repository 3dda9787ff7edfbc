import type { ReplicaId } from '../../clock/index.js';
import type { Op, OpId } from '../../crdt/index.js';
import type { Query } from '../../query/index.js';
import type { ConnectionState } from '../connection/connection-state.js';
import type { LeaderParts } from '../connection/leader-parts.js';
import type { ServerQuestion } from '../ports/server-question.js';
import type { SubmissionWait } from '../connection/submission-wait.js';
import type { OutboxEntry } from '../ports/storage.js';
import type { ConnectionFault, MapChanges, RejectionsEvent, SubscriptionKey, TabEvent } from '../ports/tab-events.js';
import type { TabGroup } from '../ports/tabs.js';
import type { CacheLimits } from '../storage/plan-sweep.js';
import type { Farewell } from './tab-message.js';

/**
 * CL-4: this tab among its siblings. Exactly one tab of a group leads (it holds the lock `<name>:leader`), has the
 * connection and submits for all; the others reach it over the channel. Whoever uses a `TabSync` cannot tell which it is.
 * Where locks exclude nobody, each tab has a connection of its own (`createSolitaryTabSync`; else `createGroupedTabSync`).
 *
 * Holds no records and no pending ops of the tab: those are the map stores'. The order of use is: create, `onEvent`,
 * load the outbox from storage (so that `LocalState.pendingOps` is complete), `start`.
 */
export interface TabSync {
  /** Joins the siblings and stands for election. Once. */
  start(): void;
  /** Says goodbye, finishes what is being stored, gives the leadership up. Leaves no timer or listener behind. */
  stop(farewell?: Farewell): Promise<void>;

  /** This tab writes as `replica` and has issued sequences up to `issuedSeq`. Again after a change of replica. */
  announce(replica: ReplicaId, issuedSeq: number): void;
  /**
   * The transaction that holds these ops of this tab has completed: siblings show them, the leader submits them. In the order of
   * the sequence, all of them, each once (the caller does not hold back while offline).
   */
  persisted(entries: readonly OutboxEntry[]): void;
  /** CL-10: these durable ops have come into the database from elsewhere: this tab and its siblings show them, the leader submits them. */
  brought(entries: readonly OutboxEntry[]): void;
  /** CL-8: before `start`: what this tab held of these maps it has stored in a database that was made anew. Siblings may hold something else of them. */
  broughtMaps(maps: readonly string[]): void;
  /** CL-7: what this tab has done to the list of refused writes, for its siblings. Not delivered to this tab's own listeners. */
  shareRejections(event: RejectionsEvent): void;
  /** Resolves once storage holds, or has failed to take, what this tab has heard from the server: a refusal is there before it can be taken off. */
  decisionsStored(): Promise<void>;
  /**
   * CR-11: whether an op about to be made durable may be stored with `handed: true`, because it will be sent as it is.
   * False is always safe (it costs one more transaction before the op is sent). `clockOffset`: as in `OutboxEntry`.
   */
  handsAtOnce(op: Op, clockOffset: number): boolean;
  /**
   * CL-8: the ops that surely nobody has sent, among `known`, which storage held when this tab opened, and those it has heard of since. Can be
   * asked after `stop` too.
   */
  unsent(known: readonly OutboxEntry[]): readonly OutboxEntry[];
  /** CL-34: why a durable op is not decided yet; `null`: another tab submits it. */
  waitOf(id: OpId): SubmissionWait | null;
  /** Local-only mode: confirmed changes this tab has stored, for its siblings. Not delivered to this tab's own listeners. */
  shareBase(maps: readonly MapChanges[]): void;

  /** Counted by the caller: opened by its first view, closed by its last. `key` is `subscriptionKey(map, query)`. */
  openSubscription(key: SubscriptionKey, map: string, query: Query): void;
  closeSubscription(key: SubscriptionKey): void;

  /** JO-6: asks the server, now or as soon as there is a connection; the answer is the event `answered`. Not asked again once that has come. */
  ask(token: string, question: ServerQuestion): void;
  endQuestion(token: string): void;

  connectionState(): ConnectionState;
  connectionFault(): ConnectionFault | null;
  /**
   * Pauses and resumes for real, for all tabs of the group (there is one connection); a later leader keeps the pause. Where each
   * tab has a connection of its own, for this tab.
   */
  disconnect(): void;
  connect(): void;
  /** Drops the connection, if any, and opens a new one at once. */
  forceReconnect(): void;
  /** The app has a new token: the leader asks for it and connects when it was waiting for one. */
  tokenChanged(): void;

  /** Called synchronously, in order of registration; the returned function ends it. */
  onEvent(listener: (event: TabEvent) => void): () => void;
}

export interface TabSyncOptions extends LeaderParts {
  /** `null`: local only. No connection is made and the state stays `offline`. */
  readonly serverUrl: string | null;
  /** Names database, locks and channel of this origin and principal (CL-10). In memory mode: something no other tab has. */
  readonly name: string;
  /** Already joined under `name`; left by whoever joined it, after `stop`. */
  readonly group: TabGroup;
  /** A sibling leaves for another principal's database (CL-10). */
  readonly left?: (farewell: Farewell) => void;
  /** SY-6: how much of what nobody uses is kept. Absent: what this library keeps unless it is told. */
  readonly cache?: CacheLimits;
  /** What this tab speaks with its siblings. Absent: what this library does. */
  readonly channelVersion?: number;
}
