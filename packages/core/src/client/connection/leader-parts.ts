import type { Op, OpId } from '../../crdt/index.js';
import type { Environment, Hash64 } from '../ports/environment.js';
import type { LocalState } from '../ports/local-state.js';
import type { Storage, StorageError } from '../ports/storage.js';
import type { TabEvent } from '../ports/tab-events.js';
import type { EventLog } from '../timeline/event-log.js';
import type { BackoffConfig } from './backoff.js';
import type { HeartbeatConfig } from './heartbeat.js';
import type { ReplicaLeases } from './replica-leases.js';

export type LeaderInput = 'connect' | 'disconnect' | 'force' | 'token-changed';

/** What the leader takes from outside. */
export interface LeaderParts {
  /** Already open; closed by whoever opened it, after `stop`. */
  readonly storage: Storage;
  readonly local: LocalState;
  readonly hash: Hash64;
  readonly environment: Pick<Environment, 'clock' | 'timers' | 'random' | 'network' | 'transport' | 'log'>;
  readonly backoff: BackoffConfig;
  readonly heartbeat: HeartbeatConfig;
  /** Asked at each connection attempt; `null` is "without a token". A rejection counts as a failed attempt. */
  readonly getToken: () => string | null | Promise<string | null>;
  /** CL-35: hears what is sent, and who leads. */
  readonly events?: EventLog;
  /** CL-8: what is learnt of the server cannot be stored. */
  readonly storageFailed?: (error: StorageError) => void;
}

export interface LeaderSyncOptions {
  readonly tab: string;
  readonly sync: LeaderParts;
  readonly serverUrl: string;
  /** What this tab last heard of the clock and of a pause, from the leader before. */
  readonly offsetMs: number;
  readonly isPaused: () => boolean;
  /** Which replicas this tab speaks for, where others speak for themselves. `null`: for all. */
  readonly leases: ReplicaLeases | null;
  /** Undecided ops that this one must not overtake. Those that are here do not count: what is here is sent in its right order. */
  readonly before: (op: Op) => Iterable<OpId>;
  /** CL-4: this tab leads no more, as storage says. */
  readonly outdated: () => void;
  /** To this tab's own stores. */
  readonly emit: (event: TabEvent) => void;
  /** To the siblings, or only to tab `to`. */
  readonly post: (event: TabEvent, to?: string) => void;
}
