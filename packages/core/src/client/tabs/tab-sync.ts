import type { ReplicaId } from '../../clock/index.js';
import type { Op } from '../../crdt/index.js';
import type { Query } from '../../query/index.js';
import type { BackoffConfig } from '../connection/backoff.js';
import type { ConnectionState } from '../connection/connection-state.js';
import type { HeartbeatConfig } from '../connection/heartbeat.js';
import type { Environment, Hash64 } from '../ports/environment.js';
import type { OutboxEntry, Storage } from '../ports/storage.js';
import type { TabGroup } from '../ports/tabs.js';
import type { LocalState } from './local-state.js';
import type { ConnectionFault, MapChanges, SubscriptionKey, TabEvent } from './tab-events.js';

/**
 * CL-4: this tab among its siblings. Exactly one tab of a group leads (it holds the lock `<name>:leader`), has the
 * connection and submits for all; the others reach it over the channel. Whoever uses a `TabSync` cannot tell which it is.
 *
 * Holds no records and no pending ops of the tab: those are the map stores'. The order of use is: create, `onEvent`,
 * load the outbox from storage (so that `LocalState.pendingOps` is complete), `start`.
 */
export interface TabSync {
  /** Joins the siblings and stands for election. Once. */
  start(): void;
  /** Says goodbye, finishes what is being stored, gives the leadership up. Leaves no timer or listener behind. */
  stop(): Promise<void>;

  /** This tab writes as `replica` and has issued sequences up to `issuedSeq`. Again after a change of replica. */
  announce(replica: ReplicaId, issuedSeq: number): void;
  /**
   * The transaction that holds these ops of this tab has completed: siblings show them, the leader submits them. In the order of
   * the sequence, all of them, each once (the caller does not hold back while offline).
   */
  persisted(entries: readonly OutboxEntry[]): void;
  /**
   * CR-11: whether an op about to be made durable may be stored with `handed: true`, because it will be sent as it is.
   * False is always safe (it costs one more transaction before the op is sent). `clockOffset`: the offset it was stamped with.
   */
  handsAtOnce(op: Op, clockOffset: number): boolean;
  /** Local-only mode: confirmed changes this tab has stored, for its siblings. Not delivered to this tab's own listeners. */
  shareBase(maps: readonly MapChanges[]): void;

  /** Counted by the caller: opened by its first view, closed by its last. `key` is `subscriptionKey(map, query)`. */
  openSubscription(key: SubscriptionKey, map: string, query: Query): void;
  closeSubscription(key: SubscriptionKey): void;

  connectionState(): ConnectionState;
  connectionFault(): ConnectionFault | null;
  /** Pauses and resumes for real, for all tabs of the group (there is one connection); a later leader keeps the pause. */
  disconnect(): void;
  connect(): void;
  /** Drops the connection, if any, and opens a new one at once. */
  forceReconnect(): void;
  /** The app has a new token: the leader asks for it and connects when it was waiting for one. */
  tokenChanged(): void;

  /** Called synchronously, in order of registration; the returned function ends it. */
  onEvent(listener: (event: TabEvent) => void): () => void;
}

export interface TabSyncOptions {
  /** `null`: local only. No connection is made and the state stays `offline`. */
  readonly serverUrl: string | null;
  /** Names database, locks and channel of this origin and principal (CL-10). In memory mode: something no other tab has. */
  readonly name: string;
  /** Already joined under `name`; left by whoever joined it, after `stop`. */
  readonly group: TabGroup;
  /** Already open; closed by whoever opened it, after `stop`. */
  readonly storage: Storage;
  readonly local: LocalState;
  readonly hash: Hash64;
  readonly environment: Pick<
    Environment,
    'clock' | 'timers' | 'random' | 'network' | 'transport' | 'log'
  >;
  readonly backoff: BackoffConfig;
  readonly heartbeat: HeartbeatConfig;
  /** Asked at each connection attempt; `null` is "without a token". A rejection counts as a failed attempt. */
  readonly getToken: () => string | null | Promise<string | null>;
}
