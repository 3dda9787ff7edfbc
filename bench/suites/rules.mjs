// what rules cost an op and a diff, at 0, 10 and 1,000 of them

import { partitionOf } from '../../packages/core/dist/primitives/index.js';
import { encodeStamp } from '../../packages/core/dist/clock/index.js';
import { auth, defineRules, hasRole } from '../../packages/core/dist/rules/index.js';
import { DEFAULT_LIMITS } from '../../packages/core/dist/protocol/index.js';
import { systemClock, systemRandom, systemTimers } from '../../server/dist/adapters/system-environment.js';
import { loadXxhash } from '../../server/dist/adapters/xxhash.js';
import { createInProcessPartitionHost } from '../../server/dist/drivers/in-process-partition-host.js';
import { createMemoryColdStore } from '../../server/dist/drivers/memory-cold-store.js';
import { createMemoryDisk } from '../../server/dist/drivers/memory-disk.js';
import { createMemoryLedger } from '../../server/dist/drivers/memory-ledger.js';
import { createWriteBehind } from '../../server/dist/services/persistence/write-behind.js';
import { readArguments } from '../method/arguments.mjs';
import { loadAverage, printConditions } from '../method/conditions.mjs';
import { interleave } from '../method/interleave.mjs';
import { createReport } from '../method/report.mjs';

const { isQuick, json } = readArguments();
const rounds = isQuick ? 3 : 60;
const warm = isQuick ? 1 : 10;
const opsPerTurn = isQuick ? 500 : 2_000;
const opsPerMessage = 50;
const keys = 1_000;
const users = isQuick ? 100 : 1_000;
const report = createReport('rules');
printConditions();
const hash = await loadXxhash();
const silent = () => undefined;

const own = { where: { owner: auth.sub } };
const map = {
  read: [own, hasRole('admin')],
  create: own,
  update: own,
  remove: own,
  fields: { pay: { write: hasRole('hr') } },
};

/** So many rules: five to a map, every third map by a pattern. `team/todos` is the one that is written, found by the last pattern. */
function rulesOf(count) {
  const maps = Array.from({ length: count / 5 - 1 }, (_, i) => [i % 3 === 0 ? `other-${i}/*` : `other-${i}`, map]);
  return defineRules(Object.fromEntries([...maps, ['team/*', map]]));
}

async function startHost(subject, rules) {
  const disk = createMemoryDisk();
  const coldStore = createMemoryColdStore(disk);
  const host = createInProcessPartitionHost({
    ledger: createMemoryLedger(disk),
    writeBehind: createWriteBehind({ coldStore, timers: systemTimers, onFailure: silent }),
    hash,
    clock: systemClock,
    random: systemRandom,
    timers: systemTimers,
    log: { debug: silent, info: silent, warn: silent, error: silent },
    limits: { ...DEFAULT_LIMITS, wholeMapRows: 100_000 },
    ...(rules === undefined ? {} : { rules }),
  });
  const decided = { count: 0, refused: 0, told: 0, await: null };
  host.onEvent((event) => {
    if (event.type !== 'committed') return;
    for (const { accepted, rejected } of event.verdicts) {
      decided.count += accepted.length + rejected.length;
      decided.refused += rejected.length;
    }
    for (const { subscribers } of event.diffs) decided.told += subscribers.length;
    if (decided.count >= decided.await?.at) decided.await.resolve();
  });
  await host.start();
  const each = { subject, host, decided, seq: 0, sent: 0 };
  introduce(each, 'writer', 'u0', [['w.0', 0]]);
  await write(each, keys, (i) => [
    'c',
    [
      ['owner', 'u0'],
      ['text', `todo ${i}`],
      ['rank', i],
      ['done', false],
    ],
  ]);
  return each;
}

const introduce = ({ host }, session, sub, replicas = []) =>
  host.send({
    type: 'announce',
    session,
    replicas,
    lineage: null,
    identity: { principal: sub, claims: { sub }, expiresAtMs: null },
  });

/** Sends so many ops, fifty to a message, and waits until they are decided. */
async function write(each, count, opOf) {
  const done = new Promise((resolve) => (each.decided.await = { at: each.sent + count, resolve }));
  for (let from = 0; from < count; from += opsPerMessage) {
    const batches = [];
    for (let i = from; i < from + opsPerMessage; i += 1) {
      const key = `k${i % keys}`;
      const stamp = encodeStamp({ millis: 1_700_000_000_000 + each.seq, counter: 0, replica: 'w.0' });
      const [kind, fields] = opOf(i);
      const op = [(each.seq += 1), stamp, 'team/todos', key, kind, fields];
      batches.push({ replica: 'w.0', partition: partitionOf(hash, 'team/todos', key), ops: [op] });
    }
    each.host.send({ type: 'submit', session: 'writer', batches, bytes: 4_000 });
    each.sent += opsPerMessage;
    // As many undecided as a client may have.
    while (each.sent - each.decided.count > 900) await new Promise((resolve) => setImmediate(resolve));
  }
  await done;
}

const patch = (round) => (i) => [
  'p',
  [
    ['rank', round * opsPerTurn + i],
    ['done', i % 2 === 0],
  ],
];

async function throughput(subjects) {
  const rates = new Map(subjects.map(({ subject }) => [subject, []]));
  await interleave(subjects, rounds + warm, async (each, round) => {
    const start = performance.now();
    await write(each, opsPerTurn, patch(round));
    if (round >= warm) rates.get(each.subject).push((opsPerTurn * 1_000) / (performance.now() - start));
  });
  for (const { subject, decided } of subjects) {
    if (decided.refused > 0) throw new Error(`${subject} refused ${decided.refused}`);
    report.add({ case: 'rules/op', n: keys, subject, metric: 'opsPerS', unit: 'ops/s' }, rates.get(subject));
  }
}

/** Everybody watches the whole map, or, without rules, what would be theirs: one is told, and the others cost nothing. */
async function diffs(subjects) {
  for (const each of subjects) {
    for (let user = 0; user < users; user += 1) {
      introduce(each, `s${user}`, `u${user}`);
      const where =
        each.subject === 'no rules' ? { type: 'eq', path: ['owner'], value: `u${user}` } : { type: 'and', of: [] };
      each.host.send({
        type: 'open-view',
        session: `s${user}`,
        sub: 1,
        map: 'team/todos',
        query: { where, sort: [], limit: null },
      });
    }
    each.decided.told = 0;
  }
  const rates = new Map(subjects.map(({ subject }) => [subject, []]));
  await interleave(subjects, rounds + warm, async (each, round) => {
    const start = performance.now();
    await write(each, opsPerTurn, patch(round));
    if (round >= warm) rates.get(each.subject).push((opsPerTurn * 1_000) / (performance.now() - start));
  });
  const told = new Set(subjects.map(({ decided }) => decided.told > 0));
  if (told.has(false)) throw new Error('somebody was told nothing');
  for (const { subject } of subjects) {
    report.add({ case: 'rules/diff', n: users, subject, metric: 'opsPerS', unit: 'ops/s' }, rates.get(subject));
  }
}

const subjects = [
  await startHost('no rules'),
  await startHost('10 rules', rulesOf(10)),
  await startHost('1,000 rules', rulesOf(1_000)),
];
await throughput(subjects);
await diffs(subjects);
report.print();
console.log(`\n  load at the end ${loadAverage()}`);
report.write(json);
process.exit();
