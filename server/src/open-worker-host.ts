import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { getHeapStatistics } from 'node:v8';
import { Worker } from 'node:worker_threads';

import { systemClock, systemTimers } from './adapters/system-environment.js';
import { HostStartError, createWorkerPartitionHost } from './drivers/worker/worker-partition-host.js';
import type { HostWatch } from './drivers/worker/serve-host.js';
import type { HostSettings, ServedHost } from './open-host.js';
import { StartError } from './start-error.js';

/** PI-35: as `openHost` does, in a worker thread. Nothing of the database is held here. Throws a `StartError`. */
export async function openWorkerHost(settings: HostSettings, watch: Omit<HostWatch, 'onTrouble'>): Promise<ServedHost> {
  const file = workerFile();
  if (!existsSync(fileURLToPath(file))) {
    throw new StartError('workers', `The thread is not built: ${fileURLToPath(file)} is missing; run npm run build.`);
  }
  const host = createWorkerPartitionHost({
    ...watch,
    // Without this process's own flags: under a test runner they would lead the thread to sources it cannot load.
    startThread: () =>
      new Worker(file, {
        workerData: settings,
        name: 'topgun-host',
        execArgv: [],
        // As much as this thread may have, by whatever flag: a thread's own default knows none.
        resourceLimits: { maxOldGenerationSizeMb: Math.floor(getHeapStatistics().heap_size_limit / 2 ** 20) },
      }),
    clock: systemClock,
    timers: systemTimers,
  });
  try {
    const started = await host.start();
    return {
      host,
      started,
      gauges: () => null,
      measure: () => host.measure(),
      get underWay() {
        return host.queued;
      },
      get trouble() {
        return host.trouble;
      },
      // By the thread, when it stops.
      close: () => Promise.resolve(),
    };
  } catch (error) {
    if (!(error instanceof HostStartError)) throw error;
    throw new StartError(error.code === 'failed' ? 'workers' : error.code, error.message, { cause: error });
  }
}

/** Threads run what is built, also when this file itself runs from its source in a test. */
function workerFile(): URL {
  return import.meta.url.endsWith('.ts')
    ? new URL('../dist/host-worker.js', import.meta.url)
    : new URL('./host-worker.js', import.meta.url);
}
