// 500 clients after a restart of their server: how they come back, and what that costs it, beside the same clients without jitter

import { readArguments } from '../method/arguments.mjs';
import { loadAverage, printConditions } from '../method/conditions.mjs';
import { createDataFolder } from '../method/data-folder.mjs';
import { interleave } from '../method/interleave.mjs';
import { createReport } from '../method/report.mjs';
import { quantile } from '../method/statistics.mjs';
import { startCrowd } from '../storm/crowd.mjs';

const { isQuick, json } = readArguments();
const n = isQuick ? 40 : 500;
const rounds = isQuick ? 1 : 2;
const folder = createDataFolder();
const report = createReport('storm');
printConditions();

const subjects = [
  { subject: 'floor', isJittered: false },
  { subject: 'topgun', isJittered: true },
];
const runs = new Map(subjects.map(({ subject }) => [subject, []]));
// One crowd at a time: the other one's heartbeats would be work for the same processors.
await interleave(subjects, rounds, async ({ subject, isJittered }) => {
  const crowd = await startCrowd({ folder, clients: n, isJittered });
  const run = await crowd.restart();
  await crowd.stop();
  runs.get(subject)?.push(run);
  const [p50, p90, last] = [0.5, 0.9, 1].map((share) => quantile(run.arrivals, share));
  console.log(
    `  ${subject}: back after ${p50} ms (p50), ${p90} ms (p90), ${last} ms (last); at most ${run.most} asked within 100 ms`,
  );
});

for (const { subject } of subjects) {
  const of = runs.get(subject) ?? [];
  const add = (metric, unit, value) => report.add({ case: 'storm/restart', n, subject, metric, unit }, of.map(value));
  add('backP50', 'ms', ({ arrivals }) => quantile(arrivals, 0.5));
  add('backP90', 'ms', ({ arrivals }) => quantile(arrivals, 0.9));
  add('askedWithin100Ms', 'clients', ({ most }) => most);
  add('serverProcessor', 'ms', ({ serverMs }) => serverMs);
}
report.print();
console.log(`\n  load at the end ${loadAverage()}`);
report.write(json);
