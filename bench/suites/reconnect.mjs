// Bytes and time from a reconnect until both sides are equal again, beside a bare cursor over Socket.IO and other libraries

import { setTimeout as pause } from 'node:timers/promises';

import { readArguments } from '../method/arguments.mjs';
import { loadAverage, printConditions } from '../method/conditions.mjs';
import { createDataFolder } from '../method/data-folder.mjs';
import { interleave } from '../method/interleave.mjs';
import { createReport } from '../method/report.mjs';
import { createTurns } from '../reconnect/measure.mjs';
import { subjects } from '../reconnect/subjects.mjs';

const { isQuick, json, only = [] } = readArguments();
const small = isQuick ? 500 : 10_000;
const large = isQuick ? 2_000 : 100_000;
const often = isQuick ? { warmUps: 1, rounds: 2 } : { warmUps: 3, rounds: 20 };
const seldom = isQuick ? { warmUps: 0, rounds: 1 } : { warmUps: 1, rounds: 5 };
const CASES = [
  { name: 'd0', n: small, d: 0, isCursorLost: false, quietMs: 500, ...often },
  { name: 'd10', n: small, d: 10, isCursorLost: false, quietMs: 500, ...often },
  // RxDB's turn takes a minute and more: one of them, and none to warm up.
  { name: 'd10-no-cursor', n: large, d: 10, isCursorLost: true, quietMs: 2_000, ...seldom, once: ['rxdb'] },
];
const cases = chosen(CASES, ({ name }) => name);
const names = chosen(Object.keys(subjects), (name) => name);
const unknown = only.filter((each) => !names.includes(each) && !cases.some(({ name }) => name === each));
if (unknown.length > 0) throw new Error(`there is no subject or case ${unknown.join(', ')}`);

const folder = createDataFolder();
const report = createReport('reconnect');
printConditions();
for (const n of new Set(cases.map((each) => each.n))) await measure(n);
report.print();
console.log(`\n  load at the end ${loadAverage()}`);
report.write(json);

/** Those that `--only` names, or all when it names none of this kind. */
function chosen(all, nameOf) {
  const named = all.filter((each) => only.includes(nameOf(each)));
  return named.length > 0 ? named : all;
}

async function measure(n) {
  const running = [];
  for (const name of names) running.push(await open(name, n));
  for (const { name, d, isCursorLost, quietMs, warmUps, rounds, once = [] } of cases.filter((each) => each.n === n)) {
    const samples = new Map(names.map((each) => [each, { bytes: [], latency: [] }]));
    await interleave(running, warmUps + rounds, async ({ subject, turns }, round) => {
      if (once.includes(subject.name) && round !== warmUps) return;
      const { bytes, latency } = await turns.turn({ d, isCursorLost, quietMs });
      await turns.check(`a turn of ${name}`);
      if (round < warmUps) return;
      samples.get(subject.name).bytes.push(bytes);
      samples.get(subject.name).latency.push(latency);
    });
    for (const [subject, { bytes, latency }] of samples) {
      report.add({ case: `reconnect/${name}`, n, subject, metric: 'bytes', unit: 'B' }, bytes);
      report.add({ case: `reconnect/${name}`, n, subject, metric: 'latency', unit: 'ms' }, latency);
    }
  }
  for (const { subject } of running) await subject.stop();
}

/** Starts a subject and waits until both sides hold everything. */
async function open(name, n) {
  const startedAt = performance.now();
  const subject = await subjects[name](n, folder);
  const turns = createTurns(subject, n);
  let isInSync = false;
  while (!isInSync) {
    await subject.proxy.quiet(1_000);
    isInSync = await turns.check('the first sync').then(
      () => true,
      (error) => {
        if (performance.now() - startedAt > 300_000) throw error;
        return false;
      },
    );
    if (!isInSync) await pause(1_000);
  }
  console.log(`  ${name}: ${n} records in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
  return { subject, turns };
}
