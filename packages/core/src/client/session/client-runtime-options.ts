import type { Resolvers } from '../../crdt/index.js';
import type { SchemaDefinition } from '../../schema/index.js';
import type { BackoffConfig } from '../connection/backoff.js';
import type { HeartbeatConfig } from '../connection/heartbeat.js';
import type { Environment } from '../ports/environment.js';
import type { ViewStore } from '../ports/view-store.js';
import type { TabSync, TabSyncOptions } from '../tabs/tab-sync.js';
import type { BackpressureConfig } from './backpressure.js';
import type { TokenProvider } from './tokens.js';

/** What a client is made of: what the app asks for, with everything it leaves to us. */
export interface ClientRuntimeOptions {
  readonly environment: Environment;
  readonly serverUrl: string | null;
  readonly schema: SchemaDefinition | null;
  readonly backoff: BackoffConfig;
  readonly heartbeat: HeartbeatConfig;
  readonly backpressure: BackpressureConfig;
  readonly tokenProvider: TokenProvider | null;
  /** Whose database to open before a token is known; `null`: that of whoever was here last. */
  readonly principal: string | null;
  /** In development, writes that look like mistakes are warned about. */
  readonly isDevelopment: boolean;
  readonly resolvers?: Resolvers | undefined;
  readonly createTabSync: (options: TabSyncOptions) => TabSync;
  readonly createViewStore: <T>(initial: T) => ViewStore<T>;
}
