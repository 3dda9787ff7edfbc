// what rules cost an op and a diff, at 0, 10 and 1,000 of them

import { partitionOf } from '../../packages/core/dist/primitives/index.js';
import { encodeStamp } from '../../packages/core/dist/clock/index.js';
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
import { createDataFolder } from '../method/data-folder.mjs';
import { interleave } from '../method/interleave.mjs';
import { createReport } from '../method/report.mjs';
import { rulesOf } from '../rules/rules-of.mjs';
import { measureWholeServer } from '../rules/whole-server.mjs';

const { isQuick, json, only } = readArguments();
const isAsked = (part) => only === undefined || only.includes(part);
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

/** Rounds of all of them by turns: how fast each was, and what an op took of the processors. */
async function measure(subjects) {
  const measured = new Map(subjects.map(({ subject }) => [subject, { rates: [], costs: [] }]));
  await interleave(subjects, rounds + warm, async (each, round) => {
    const [start, used] = [performance.now(), process.cpuUsage()];
    await write(each, opsPerTurn, patch(round));
    const { user, system } = process.cpuUsage(used);
    if (round < warm) return;
    const { rates, costs } = measured.get(each.subject);
    rates.push((opsPerTurn * 1_000) / (performance.now() - start));
    costs.push((user + system) / opsPerTurn);
  });
  return measured;
}

function addMeasured(name, n, subject, measured) {
  const { rates, costs } = measured.get(subject);
  report.add({ case: name, n, subject, metric: 'opsPerS', unit: 'ops/s' }, rates);
  report.add({ case: name, n, subject, metric: 'processor', unit: 'µs/op' }, costs);
}

async function throughput(subjects) {
  const measured = await measure(subjects);
  for (const { subject, decided } of subjects) {
    if (decided.refused > 0) throw new Error(`${subject} refused ${decided.refused}`);
    addMeasured('rules/op', keys, subject, measured);
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
  const measured = await measure(subjects);
  const told = new Set(subjects.map(({ decided }) => decided.told > 0));
  if (told.has(false)) throw new Error('somebody was told nothing');
  for (const { subject } of subjects) {
    addMeasured('rules/diff', users, subject, measured);
  }
}

if (isAsked('host')) {
  const subjects = [
    await startHost('no rules'),
    await startHost('10 rules', rulesOf(10)),
    await startHost('1,000 rules', rulesOf(1_000)),
  ];
  await throughput(subjects);
  await diffs(subjects);
}
if (isAsked('server')) await measureWholeServer({ folder: createDataFolder(), isQuick, report });
report.print();
console.log(`\n  load at the end ${loadAverage()}`);
report.write(json);
process.exit();
