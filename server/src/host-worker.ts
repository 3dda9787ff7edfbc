// A worker thread that holds data: it opens the database itself, imports the app's definitions itself, and serves a partition host.
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';

import { createMetrics } from './adapters/prometheus-metrics.js';
import { toServerConfig } from './config.js';
import { importDefinitions } from './definitions.js';
import type { HostStartFault } from './drivers/worker/host-messages.js';
import { memberOf } from './drivers/worker/member-of.js';
import { serveHost } from './drivers/worker/serve-host.js';
import { createAskedStores } from './drivers/worker/store-channel.js';
import { hostMetrics } from './server-metrics.js';
import { openHost, type HostSettings, type HostShare } from './open-host.js';
import { StartError } from './start-error.js';

/** What the thread is started with. */
export interface HostWorkerData {
  readonly settings: HostSettings;
  /** PI-51: where the database is asked for; `null`: it opens it itself. */
  readonly stores: MessagePort | null;
}

const { settings: given, stores: port }: HostWorkerData = workerData;
const { definitions, member, ...settings } = given;
if (parentPort === null) throw new Error('this file is started as a worker thread');

await serveHost(
  parentPort,
  async (watch) => {
    const defined = definitions === null ? {} : await importDefinitions(definitions);
    const opened = await openHost(toServerConfig({ ...settings, ...defined }), watch, undefined, shareOf());
    const name = member === undefined ? 'data' : `data-${member.index + 1}`;
    const metrics = settings.metrics === true ? await createMetrics(name, hostMetrics(opened.gauges)) : null;
    return { ...opened, measure: () => metrics?.figures() ?? Promise.resolve([]) };
  },
  faultOf,
);

function shareOf(): HostShare | undefined {
  if (member === undefined || port === null) return undefined;
  const { index, of } = member;
  return { stores: createAskedStores(port), owns: (partition) => memberOf(partition, of) === index };
}

function faultOf(error: unknown): HostStartFault {
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof StartError)) return { code: 'failed', message };
  const { code } = error;
  return { code: code === 'database' || code === 'ledger-damaged' ? code : 'definitions', message };
}
