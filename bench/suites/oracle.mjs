// whether how long an answer takes tells a record that somebody may not read from one that is not there

import { io } from 'socket.io-client';
import { SignJWT } from 'jose';

import { encodeStamp } from '../../packages/core/dist/clock/index.js';
import { partitionOf } from '../../packages/core/dist/primitives/index.js';
import { longForm } from '../../packages/core/dist/protocol/index.js';
import { loadXxhash } from '../../server/dist/adapters/xxhash.js';
import { auth, createServer, defineRules } from '../../server/dist/index.js';
import { readArguments } from '../method/arguments.mjs';
import { loadAverage, printConditions } from '../method/conditions.mjs';
import { createDataFolder } from '../method/data-folder.mjs';
import { seededRandom } from '../method/random.mjs';
import { createReport } from '../method/report.mjs';

const { isQuick, json } = readArguments();
const samples = isQuick ? 200 : 10_000;
const records = 500;
const secret = 'a secret of the benchmark, 32 bytes or more';
const report = createReport('oracle');
const random = seededRandom(7);
const hash = await loadXxhash();
const folder = createDataFolder();
printConditions();

const own = { where: { owner: auth.sub } };
const server = await createServer({
  port: 0,
  host: '127.0.0.1',
  database: `file:${folder}/oracle.db`,
  auth: { secret },
  rules: defineRules({ todos: { read: own, create: own, update: own, remove: own } }),
});
const { url } = await server.listen();

/** Somebody who asks one thing at a time. */
async function connect(sub) {
  const jwt = new SignJWT({ sub }).setProtectedHeader({ alg: 'HS256' }).setExpirationTime('1h');
  const token = await jwt.sign(new TextEncoder().encode(secret));
  const replica = `${sub}.0`;
  const hello = { protocol: 1, replicas: [[replica, 0]], lineage: null, token };
  const socket = io(url, { transports: ['websocket'], auth: hello });
  let seq = 0;
  let hear = () => undefined;
  socket.on('m', (...messages) => {
    const answer = messages.map(longForm).find(({ type }) => ['welcome', 'decided', 'rows'].includes(type));
    if (answer !== undefined) hear(answer);
  });
  const ask = (message) =>
    new Promise((resolve) => {
      hear = resolve;
      if (message !== null) socket.emit('m', message);
    });
  await ask(null);
  return {
    op(key, kind, fields) {
      const stamp = encodeStamp({ millis: Date.now(), counter: 0, replica });
      const op = [(seq += 1), stamp, 'todos', key, kind, ...(fields === undefined ? [] : [fields])];
      return ask({ type: 'submit', batches: [{ replica, partition: partitionOf(hash, 'todos', key), ops: [op] }] });
    },
    async rows(sub, key) {
      const where = { type: 'eq', path: ['_key'], value: key };
      const answer = await ask({ type: 'subscribe', sub, map: 'todos', query: { where, sort: [], limit: null } });
      socket.emit('m', { type: 'unsubscribe', sub });
      return answer;
    },
    close: () => socket.close(),
  };
}

const ann = await connect('ann');
for (let i = 0; i < records; i += 1) {
  const { verdicts } = await ann.op(`there-${i}`, 'c', [
    ['owner', 'ann'],
    ['text', 'x'.repeat(100)],
  ]);
  if (verdicts.length !== 1) throw new Error('a record could not be made');
}
const eve = await connect('eve');

/** What is said must be the same but for the key, which was asked for, and numbers that count. */
const saidOf = (answer) =>
  JSON.stringify({ ...answer, position: 0, through: 0, sub: 0 }).replaceAll(/"seq":\d+|there|nowhr/g, '');

const probes = {
  patch: (key) => eve.op(key, 'p', [['rank', 1]]),
  remove: (key) => eve.op(key, 'd'),
  subscribe: (key, i) => eve.rows(i, key),
};
for (const [name, probe] of Object.entries(probes)) {
  const times = { there: [], nowhr: [] };
  const said = new Set();
  for (let i = 0; i < samples; i += 1) {
    const kind = random(2) === 0 ? 'there' : 'nowhr';
    const key = `${kind}-${i % records}`;
    const start = performance.now();
    const answer = await probe(key, i);
    times[kind].push(performance.now() - start);
    said.add(saidOf(answer).replaceAll(`-${i % records}`, ''));
  }
  if (said.size !== 1) throw new Error(`${name} is answered in ${said.size} ways: ${[...said].slice(0, 2).join(' ')}`);
  const what = { case: `oracle/${name}`, n: samples, metric: 'latency', unit: 'ms' };
  report.add({ ...what, subject: 'absent' }, times.nowhr);
  report.add({ ...what, subject: 'forbidden' }, times.there);
}
ann.close();
eve.close();
await server.drain();
report.print();
console.log(`\n  load at the end ${loadAverage()}`);
report.write(json);
process.exit();
