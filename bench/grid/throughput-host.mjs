// A thread that holds a share of the partitions and writes to them itself, as fast as they are merged and decided. Its ledger is in the thread that started it.

import { parentPort, workerData } from 'node:worker_threads';

import { encodeStamp } from '../../packages/core/dist/clock/index.js';
import { opToWire } from '../../packages/core/dist/crdt/index.js';
import { partitionOf } from '../../packages/core/dist/primitives/index.js';
import { DEFAULT_LIMITS } from '../../packages/core/dist/protocol/index.js';
import { systemClock, systemRandom, systemTimers } from '../../server/dist/adapters/system-environment.js';
import { loadXxhash } from '../../server/dist/adapters/xxhash.js';
import { createInProcessPartitionHost } from '../../server/dist/drivers/in-process-partition-host.js';
import { memberOf } from '../../server/dist/drivers/worker/member-of.js';
import { createAskedStores } from '../../server/dist/drivers/worker/store-channel.js';
import { createWriteBehind } from '../../server/dist/services/persistence/write-behind.js';
import { keyOf, MAP } from './memory-workload.mjs';

const { index, of, port, isHot } = workerData;
const OPS_PER_MESSAGE = 20;
/** Messages that are under way: nearly as many ops as one replica may have undecided. */
const WINDOW = 48;
const KEYS = 20_000;
const REPLICA = `bench${index}.0`;
const SESSION = 's';

const hash = await loadXxhash();
const stores = createAskedStores(port);
const nothing = () => undefined;
const host = createInProcessPartitionHost({
  ledger: stores.ledger,
  writeBehind: createWriteBehind({ coldStore: stores.coldStore, timers: systemTimers, onFailure: nothing }),
  hash,
  clock: systemClock,
  random: systemRandom,
  timers: systemTimers,
  log: { debug: nothing, info: nothing, warn: console.warn, error: console.error },
  limits: DEFAULT_LIMITS,
  owns: (partition) => memberOf(partition, of) === index,
});

const isOwn = (partition) => (isHot ? partition === index : memberOf(partition, of) === index);
const keys = [];
for (let i = 0; keys.length < (isHot ? KEYS / 20 : KEYS); i += 1) {
  const key = keyOf(i);
  const partition = partitionOf(hash, MAP, key);
  if (isOwn(partition)) keys.push([key, partition]);
}

let seq = 0;
let toSend = 0;
let decided = 0;
let accepted = 0;
let whenDone = nothing;

function nextOp() {
  seq += 1;
  const [key, partition] = keys[seq % keys.length];
  const stamp = encodeStamp({ millis: systemClock.now(), counter: seq % 60_000, replica: REPLICA });
  const isNew = seq <= keys.length;
  const fields = [
    { name: 'title', value: `Call number ${seq * 7_919} about the delivery` },
    { name: 'score', value: (seq * 31) % 10_007 },
  ];
  const op = isNew
    ? { kind: 'create', seq, stamp, map: MAP, key, replica: REPLICA, restart: false, fields }
    : { kind: 'patch', seq, stamp, map: MAP, key, replica: REPLICA, fields };
  return [partition, opToWire(op)];
}

function sendOne() {
  const byPartition = new Map();
  for (let i = 0; i < OPS_PER_MESSAGE && toSend > 0; i += 1) {
    toSend -= 1;
    const [partition, op] = nextOp();
    const batch = byPartition.get(partition) ?? { replica: REPLICA, partition, ops: [] };
    byPartition.set(partition, batch);
    batch.ops.push(op);
  }
  host.send({ type: 'submit', session: SESSION, batches: [...byPartition.values()], bytes: OPS_PER_MESSAGE * 200 });
}

host.onEvent((event) => {
  if (event.type === 'session-error') throw new Error(event.reason);
  if (event.type !== 'committed') return;
  const before = decided;
  for (const verdict of event.verdicts) {
    decided += verdict.accepted.length + verdict.rejected.length;
    accepted += verdict.accepted.length;
  }
  // As many as were decided go on.
  let room = Math.floor(decided / OPS_PER_MESSAGE) - Math.floor(before / OPS_PER_MESSAGE);
  while (room-- > 0 && toSend > 0) sendOne();
  if (toSend === 0 && decided === seq) whenDone();
});

await host.start();
host.send({ type: 'announce', session: SESSION, replicas: [[REPLICA, 0]] });
parentPort.on('message', (ops) => {
  const before = accepted;
  toSend = ops;
  whenDone = () => {
    whenDone = nothing;
    parentPort.postMessage({ accepted: accepted - before });
  };
  for (let i = 0; i < WINDOW && toSend > 0; i += 1) sendOne();
});
parentPort.postMessage('started');
