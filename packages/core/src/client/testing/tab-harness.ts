import { createViewStore } from '../adapters/zustand-view-store.js';
import { DEFAULT_BACKOFF } from '../connection/backoff.js';
import { DEFAULT_HEARTBEAT } from '../connection/heartbeat.js';
import { MapHandle } from '../map-handle.js';
import type { Environment, Hash64 } from '../ports/environment.js';
import type { StorageAdapter } from '../ports/storage.js';
import type { TabPort } from '../ports/tabs.js';
import type { ViewTurns } from '../ports/view-turns.js';
import { parseQuery, type Query, type QueryInput } from '../../query/index.js';
import { QueryHandle } from '../query-handle.js';
import { DEFAULT_BACKPRESSURE } from '../session/backpressure.js';
import { ClientRuntime } from '../session/client-runtime.js';
import type { ClientRuntimeOptions } from '../session/client-runtime-options.js';
import type { AnyRow } from '../state/row.js';
import { MemoryAdapter } from '../adapters/memory-storage.js';
import { fakeHash } from './fake-hash.js';
import { createFakeTabSync, type FakeTabSync } from './fake-tab-sync.js';
import { createMemoryNetwork } from './memory-network.js';
import { createMemoryTabs } from './memory-tabs.js';
import { createMemoryTransport } from './memory-transport.js';
import { createSeededRandom } from './seeded-random.js';
import { createVirtualTime, type VirtualTime } from './virtual-time.js';

/** One tab with doubles all around: the client without its public shell, so that its `TabSync` is the test's. */
export interface TabHarness {
  readonly runtime: ClientRuntime;
  readonly time: VirtualTime;
  readonly storage: StorageAdapter;
  readonly logged: readonly string[];
  /** Every `TabSync` made, the latest last. */
  readonly syncs: readonly FakeTabSync[];
  sync(): FakeTabSync;
  map<T = Record<string, unknown>>(name: string): MapHandle<T>;
  query(map: string, input?: QueryInput): QueryHandle<AnyRow>;
}

export interface TabHarnessOptions {
  readonly seed?: number;
  readonly time?: VirtualTime;
  readonly storage?: StorageAdapter;
  readonly tabs?: TabPort;
  readonly loadHash?: () => Promise<Hash64>;
  readonly turns?: ViewTurns;
  readonly runtime?: Partial<ClientRuntimeOptions>;
}

export function createTabHarness(options: TabHarnessOptions = {}): TabHarness {
  const random = createSeededRandom(options.seed ?? 1);
  const time = options.time ?? createVirtualTime();
  const storage = options.storage ?? new MemoryAdapter({ random });
  const logged: string[] = [];
  const syncs: FakeTabSync[] = [];
  const environment: Environment = {
    clock: time.clock,
    timers: time.timers,
    random,
    network: createMemoryNetwork(),
    storage,
    tabs: options.tabs ?? createMemoryTabs().openTab().port,
    transport: createMemoryTransport(),
    loadHash: options.loadHash ?? (() => Promise.resolve(fakeHash)),
    ...(options.turns === undefined ? {} : { viewTurns: options.turns }),
    log: (level, message) => void logged.push(`${level}: ${message}`),
  };
  const runtime = new ClientRuntime({
    environment,
    serverUrl: 'http://server.test',
    schema: null,
    backoff: DEFAULT_BACKOFF,
    heartbeat: DEFAULT_HEARTBEAT,
    backpressure: DEFAULT_BACKPRESSURE,
    tokenProvider: null,
    principal: null,
    isDevelopment: true,
    createTabSync(syncOptions) {
      const sync = createFakeTabSync(syncOptions);
      syncs.push(sync);
      return sync;
    },
    createViewStore,
    ...options.runtime,
  });
  return {
    runtime,
    time,
    storage,
    logged,
    syncs,
    sync() {
      const sync = syncs.at(-1);
      if (sync === undefined) throw new Error('no session is open');
      return sync;
    },
    map: (name) => new MapHandle(name, runtime),
    query: (map, input = {}) => new QueryHandle(map, parsedQuery(input), runtime),
  };
}

export function parsedQuery(input: QueryInput): Query {
  const query = parseQuery(input);
  if (!query.ok) throw new Error(`bad query in a test: ${query.error.code}`);
  return query.value;
}
