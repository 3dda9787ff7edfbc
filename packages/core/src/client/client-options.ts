import type { BackoffConfig } from './connection/backoff.js';
import type { HeartbeatConfig } from './connection/heartbeat.js';
import type { Environment } from './ports/environment.js';
import type { Resolvers } from '../crdt/index.js';
import type { Rules } from '../rules/index.js';
import type { SchemaDefinition } from '../schema/index.js';
import type { StorageAdapter } from './ports/storage.js';
import type { CacheLimits } from './storage/plan-sweep.js';
import type { BackpressureConfig } from './session/backpressure.js';
import type { SearchDefinitionInput } from '../search/index.js';
import type { TokenProvider } from './session/tokens.js';

/** What may be written to a map: where the schema says nothing else, its records. */
export type WriteOf<S, W, K extends keyof S> = K extends keyof W ? W[K] : S[K];

export interface TopGunClientOptions<S extends object = object, W extends object = S> {
  /** `ws://…`, `wss://…`, `http://…` or `https://…`. Without it the client is local only: it keeps everything on this device. */
  readonly serverUrl?: string;
  /** Where records and unsent writes are kept. Default: IndexedDB in a browser, memory elsewhere. */
  readonly storage?: StorageAdapter;
  readonly auth?: {
    /** Asked at each connection, and when the server wants another token. */
    readonly getToken?: TokenProvider;
    /** Whose local database to open at once, before a token is known. Default: that of the user who was here last, else nobody's (CL-10). */
    readonly principal?: string;
  };
  /**
   * What of each map's records is searched, by map. A search of a map that is not named here names its `fields`. Read at the first search, with
   * which the code of the search is loaded.
   */
  readonly search?: Readonly<Record<string, SearchDefinitionInput>>;
  /** What the maps hold: what does not fit is refused at the call. The server has it too, and decides. */
  readonly schema?: SchemaDefinition<S, W>;
  /** The rules that the server has, for `client.can`. The server decides, whatever is said here. */
  readonly rules?: Rules;
  /** The resolvers that the server has: writes show beforehand what those will make of them. The server decides, whatever is said here. */
  readonly resolvers?: Resolvers;
  /** Reconnecting; see `DEFAULT_BACKOFF`. */
  readonly backoff?: Partial<BackoffConfig>;
  /** Noticing a dead connection; see `DEFAULT_HEARTBEAT`. */
  readonly heartbeat?: Partial<HeartbeatConfig>;
  /** CL-33: when the queue of undecided writes is long, and whether it may grow on; see `DEFAULT_BACKPRESSURE`. */
  readonly backpressure?: Partial<BackpressureConfig>;
  /** SY-6: how much of what the server has this device keeps of maps that nobody uses; see `DEFAULT_CACHE_LIMITS`. */
  readonly cache?: Partial<CacheLimits>;
  /** Clock, timers, transport and the like, in place of the platform's: for tests and simulators. */
  readonly environment?: Partial<Environment>;
}
