// One process: puts records into a SQLite database by way of the server's own pipeline, and drains, so that all of it is in snapshots.
// Arguments: the file, and how many.
import { encodeStamp } from '../../packages/core/dist/clock/index.js';
import { opToWire } from '../../packages/core/dist/crdt/index.js';
import { partitionOf } from '../../packages/core/dist/primitives/index.js';
import { DEFAULT_LIMITS } from '../../packages/core/dist/protocol/index.js';
import { systemClock, systemRandom, systemTimers } from '../../server/dist/adapters/system-environment.js';
import { loadXxhash } from '../../server/dist/adapters/xxhash.js';
import { createInProcessPartitionHost } from '../../server/dist/drivers/in-process-partition-host.js';
import { openSqliteStoreInWorker } from '../../server/dist/drivers/sqlite/sqlite-store-in-worker.js';
import { createWriteBehind } from '../../server/dist/services/persistence/write-behind.js';
import { keyOf, MAP, recordOf } from './workload.mjs';

const [path, count] = [process.argv[2], Number(process.argv[3])];
const REPLICA = 'filler.1';
const SESSION = 'fill';
const OPS = 1_000;

const hash = await loadXxhash();
const opened = await openSqliteStoreInWorker(`file:${path}`);
if (!opened.ok) throw new Error(opened.error.message);
const store = opened.value;
const silent = { debug() {}, info() {}, warn: console.error, error: console.error };
const host = createInProcessPartitionHost({
  ledger: store.ledger,
  snapshots: store.snapshots,
  // All at the end: what is measured is a start, not this.
  snapshotPolicy: { ops: Infinity, bytes: Infinity },
  writeBehind: createWriteBehind({
    coldStore: store.coldStore,
    timers: systemTimers,
    onFailure: console.error,
    delayMs: 1,
    chunkRows: 5_000,
  }),
  hash,
  clock: systemClock,
  random: systemRandom,
  timers: systemTimers,
  log: silent,
  limits: DEFAULT_LIMITS,
});
await host.start();
host.send({ type: 'announce', session: SESSION, replicas: [[REPLICA, 0]] });

let decided = 0;
let wake = () => {};
host.onEvent((event) => {
  if (event.type === 'session-error') throw new Error(event.reason);
  if (event.type !== 'committed') return;
  for (const { accepted } of event.verdicts) decided += accepted.length;
  wake();
});
for (let from = 0; from < count; from += OPS) {
  host.send({
    type: 'submit',
    session: SESSION,
    bytes: OPS * 150,
    batches: batchesOf(from, Math.min(from + OPS, count)),
  });
  while (decided < Math.min(from + OPS, count)) await new Promise((resolve) => (wake = resolve));
}
await host.drain();
// A drain waits ten seconds for snapshots; until the host is stopped they go on, and the log behind them is trimmed.
while ((await segments()) > 1) await new Promise((resolve) => setTimeout(resolve, 200));
await host.stop();
await store.close();
process.exit(0);

async function segments() {
  let count = 0;
  for await (const chunk of store.ledger.read(0)) count += chunk.length;
  return count;
}

function batchesOf(from, to) {
  const batches = new Map();
  for (let i = from; i < to; i += 1) {
    const key = keyOf(i);
    const partition = partitionOf(hash, MAP, key);
    const stamp = encodeStamp({ millis: Date.now(), counter: i % 1_000, replica: REPLICA });
    const fields = Object.entries(recordOf(i)).map(([name, value]) => ({ name, value }));
    const op = opToWire({ kind: 'create', replica: REPLICA, seq: i + 1, stamp, map: MAP, key, fields, restart: false });
    if (!batches.has(partition)) batches.set(partition, { replica: REPLICA, partition, ops: [] });
    batches.get(partition).ops.push(op);
  }
  return [...batches.values()];
}
