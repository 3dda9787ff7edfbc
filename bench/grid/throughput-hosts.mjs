// A process with so many threads that hold data, over one ledger in memory: what is measured is merging, and not the disk. Arguments: how many threads, and `hot` where
// each writes to one partition only.

import { once } from 'node:events';
import { MessageChannel, Worker } from 'node:worker_threads';

import { systemTimers } from '../../server/dist/adapters/system-environment.js';
import { createSharedLedger } from '../../server/dist/drivers/composite/shared-ledger.js';
import { createSharedStores } from '../../server/dist/drivers/composite/shared-stores.js';
import { createMemoryDisk } from '../../server/dist/drivers/memory-disk.js';
import { createMemoryLedger } from '../../server/dist/drivers/memory-ledger.js';
import { serveStores } from '../../server/dist/drivers/worker/store-channel.js';
import { answerParent } from '../method/processes.mjs';

const [count, load] = process.argv.slice(2);
const of = Number(count);
const nothing = () => undefined;
const log = { debug: nothing, info: nothing, warn: console.warn, error: console.error };
const ledger = createMemoryLedger(createMemoryDisk());
const shared = createSharedLedger({ ledger, timers: systemTimers, log });
/** Rows are thrown away: writing them is the disk's part. */
const coldStore = {
  through: async () => 0,
  write: async () => undefined,
  rows: async () => [],
  close: async () => undefined,
};
const stores = createSharedStores({ ledger, shared, coldStore, members: of, askForSnapshots: nothing });
const workers = stores.map((own, index) => {
  const { port1, port2 } = new MessageChannel();
  serveStores(port1, own);
  const workerData = { index, of, port: port2, isHot: load === 'hot' };
  return new Worker(new URL('./throughput-host.mjs', import.meta.url), { workerData, transferList: [port2] });
});
await Promise.all(workers.map((worker) => once(worker, 'message')));
const { lineage } = await shared.claim();
shared.begin(lineage);

answerParent({
  /** So many ops by each thread; how many all have merged in a second. */
  async merge(opsEach) {
    const startedAt = performance.now();
    const done = workers.map((worker) => once(worker, 'message'));
    for (const worker of workers) worker.postMessage(opsEach);
    const merged = (await Promise.all(done)).reduce((sum, [{ accepted }]) => sum + accepted, 0);
    const seconds = (performance.now() - startedAt) / 1_000;
    if (merged !== opsEach * of) throw new Error(`of ${opsEach * of} ops ${merged} were accepted`);
    return merged / seconds;
  },
});
