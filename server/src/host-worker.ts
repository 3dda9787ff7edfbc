// A worker thread that holds data: it opens the database itself, imports the app's definitions itself, and serves a partition host.
import { parentPort, workerData } from 'node:worker_threads';

import { createMetrics } from './adapters/prometheus-metrics.js';
import { toServerConfig } from './config.js';
import { importDefinitions } from './definitions.js';
import type { HostStartFault } from './drivers/worker/host-messages.js';
import { serveHost } from './drivers/worker/serve-host.js';
import { hostMetrics } from './server-metrics.js';
import { openHost, type HostSettings } from './open-host.js';
import { StartError } from './start-error.js';

const { definitions, ...settings }: HostSettings = workerData;
if (parentPort === null) throw new Error('this file is started as a worker thread');

await serveHost(
  parentPort,
  async (watch) => {
    const defined = definitions === null ? {} : await importDefinitions(definitions);
    const opened = await openHost(toServerConfig({ ...settings, ...defined }), watch);
    const metrics = settings.metrics === true ? await createMetrics('data', hostMetrics(opened.gauges)) : null;
    return { ...opened, measure: () => metrics?.figures() ?? Promise.resolve([]) };
  },
  faultOf,
);

function faultOf(error: unknown): HostStartFault {
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof StartError)) return { code: 'failed', message };
  const { code } = error;
  return { code: code === 'database' || code === 'ledger-damaged' ? code : 'definitions', message };
}
