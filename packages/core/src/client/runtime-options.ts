import { createViewStore } from './adapters/zustand-view-store.js';
import type { TopGunClientOptions } from './client-options.js';
import { DEFAULT_BACKOFF } from './connection/backoff.js';
import { DEFAULT_HEARTBEAT } from './connection/heartbeat.js';
import { isDevelopment } from './development.js';
import { createEnvironment } from './environment/create-environment.js';
import type { Environment } from './ports/environment.js';
import { schemaUpgrade } from '../schema/index.js';
import { DEFAULT_CACHE_LIMITS } from './storage/plan-sweep.js';
import { upgradingAdapter } from './storage/upgrading-storage.js';
import { openTabSync } from './tabs/open-tab-sync.js';
import { DEFAULT_BACKPRESSURE } from './session/backpressure.js';
import type { ClientRuntimeOptions } from './session/client-runtime-options.js';

/** What an app asks for, with everything it leaves to us. */
export function runtimeOptions(options: TopGunClientOptions): ClientRuntimeOptions {
  const { storage, environment } = options;
  const cache = { ...DEFAULT_CACHE_LIMITS, ...options.cache };
  return {
    environment: upgrading(
      createEnvironment(storage === undefined ? environment : { ...environment, storage }),
      options.schema,
    ),
    serverUrl: options.serverUrl ?? null,
    schema: options.schema ?? null,
    backoff: { ...DEFAULT_BACKOFF, ...options.backoff },
    heartbeat: { ...DEFAULT_HEARTBEAT, ...options.heartbeat },
    backpressure: { ...DEFAULT_BACKPRESSURE, ...options.backpressure },
    tokenProvider: options.auth?.getToken ?? null,
    principal: options.auth?.principal ?? null,
    isDevelopment: isDevelopment(),
    resolvers: options.resolvers,
    createTabSync: (sync) => openTabSync({ ...sync, cache }),
    createViewStore,
  };
}

/** SC-11: what a database holds is of the schema's version, whichever it was written under. */
function upgrading(environment: Environment, schema: TopGunClientOptions['schema']): Environment {
  const upgrade = schema === undefined ? null : schemaUpgrade(schema);
  return upgrade === null ? environment : { ...environment, storage: upgradingAdapter(environment.storage, upgrade) };
}
