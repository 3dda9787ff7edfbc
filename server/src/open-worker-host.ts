import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { getHeapStatistics } from 'node:v8';
import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads';

import type { Rules } from '@topgun/core/rules';
import { systemClock, systemRandom, systemTimers } from './adapters/system-environment.js';
import { loadXxhash } from './adapters/xxhash.js';
import type { HostLife, LifeNews } from './drivers/worker/host-life.js';
import { HostTeam } from './drivers/worker/host-team.js';
import { HostThread } from './drivers/worker/host-thread.js';
import type { HostWatch } from './drivers/worker/serve-host.js';
import { serveStores } from './drivers/worker/store-channel.js';
import {
  createWorkerPartitionHost,
  HostStartError,
  type WorkerPartitionHost,
} from './drivers/worker/worker-partition-host.js';
import type { HostWorkerData } from './host-worker.js';
import { openStore, startFault, type HostSettings, type ServedHost } from './open-host.js';
import { StartError } from './start-error.js';
import type { SearchDefinitions } from './services/search/read-search.js';
import { watchColdStore } from './drivers/watched-cold-store.js';
import type { StorageTrouble } from './drivers/storage-trouble.js';

/** What the thread of the gateway has for what is told. */
type GatewayWatch = Pick<HostWatch, 'log' | 'audit'>;

/** PI-35: as `openHost` does, in a worker thread. Nothing of the database is held here. Throws a `StartError`. */
export async function openWorkerHost(settings: HostSettings, watch: GatewayWatch): Promise<ServedHost> {
  const begin = (receive: (news: LifeNews) => void): HostLife => new HostThread(startThread(settings, null), receive);
  const host = createHost(watch, begin);
  return {
    ...(await started(host)),
    get underWay() {
      return host.queued;
    },
    get trouble() {
      return host.trouble;
    },
    get areRowsBehind() {
      return host.areRowsBehind;
    },
    // By the thread, when it stops.
    close: () => Promise.resolve(),
  };
}

export interface WorkerHostsOptions {
  readonly threads: number;
  readonly database: string;
  readonly limits: { readonly wholeMapRows: number; readonly windowOps: number };
  readonly rules: Rules | undefined;
  readonly search: SearchDefinitions;
  readonly quotas: ReadonlyMap<string, number>;
  /** JO-5. `undefined`: no journal is kept. */
  readonly journal: { readonly keepMs: number } | undefined;
}

/** PI-51: so many threads, each with a share of the partitions. The database is opened here, once for all. Throws a `StartError`. */
export async function openWorkerHosts(
  settings: HostSettings,
  { database, journal, limits, quotas, rules, search, threads }: WorkerHostsOptions,
  watch: GatewayWatch,
): Promise<ServedHost> {
  const { log } = watch;
  let areRowsBehind = false;
  const nobody = (_trouble: StorageTrouble | null): void => undefined;
  const [store, hash] = await Promise.all([openStore(database, log, nobody), loadXxhash()]);
  const coldStore = watchColdStore(store.coldStore, (areBehind) => (areRowsBehind = areBehind));
  const begin = (receive: (news: LifeNews) => void): HostLife =>
    new HostTeam(
      {
        threads,
        startThread(index, stores) {
          const { port1, port2 } = new MessageChannel();
          serveStores(port1, stores);
          const thread = startThread({ ...settings, member: { index, of: threads } }, port2);
          thread.on('exit', () => port1.close());
          return thread;
        },
        store: { ledger: store.ledger, coldStore, snapshots: store.snapshots },
        hash,
        journal,
        quotas,
        clock: systemClock,
        random: systemRandom,
        timers: systemTimers,
        log,
        limits,
        faultOf: startFault,
        search,
        ...(rules === undefined ? {} : { rules }),
      },
      receive,
    );
  const host = createHost(watch, begin);
  try {
    return {
      ...(await started(host)),
      get underWay() {
        return host.queued;
      },
      get trouble() {
        return store.trouble;
      },
      get areRowsBehind() {
        return areRowsBehind;
      },
      close: () => store.close(),
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}

const createHost = (watch: GatewayWatch, begin: (receive: (news: LifeNews) => void) => HostLife) =>
  createWorkerPartitionHost({ ...watch, begin, clock: systemClock, timers: systemTimers });

async function started(
  host: WorkerPartitionHost,
): Promise<Pick<ServedHost, 'host' | 'started' | 'gauges' | 'measure'>> {
  try {
    return { host, started: await host.start(), gauges: () => null, measure: () => host.measure() };
  } catch (error) {
    if (!(error instanceof HostStartError)) throw error;
    throw new StartError(error.code === 'failed' ? 'workers' : error.code, error.message, { cause: error });
  }
}

function startThread(settings: HostSettings, stores: MessagePort | null): Worker {
  const file = workerFile();
  if (!existsSync(fileURLToPath(file))) {
    throw new StartError('workers', `The thread is not built: ${fileURLToPath(file)} is missing; run npm run build.`);
  }
  const workerData: HostWorkerData = { settings, stores };
  // Without this process's own flags: under a test runner they would lead the thread to sources it cannot load.
  return new Worker(file, {
    workerData,
    transferList: stores === null ? [] : [stores],
    name: settings.member === undefined ? 'topgun-host' : `topgun-host-${settings.member.index + 1}`,
    execArgv: [],
    // As much as this thread may have, by whatever flag: a thread's own default knows none.
    resourceLimits: { maxOldGenerationSizeMb: Math.floor(getHeapStatistics().heap_size_limit / 2 ** 20) },
  });
}

/** Threads run what is built, also when this file itself runs from its source in a test. */
function workerFile(): URL {
  return import.meta.url.endsWith('.ts')
    ? new URL('../dist/host-worker.js', import.meta.url)
    : new URL('./host-worker.js', import.meta.url);
}
