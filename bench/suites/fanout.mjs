// One write and many who listen: 10,000 different queries, and 200 clients of one, beside a bare Socket.IO broadcast and commit

import { setTimeout as pause } from 'node:timers/promises';

import { readArguments } from '../method/arguments.mjs';
import { loadAverage, printConditions } from '../method/conditions.mjs';
import { createDataFolder } from '../method/data-folder.mjs';
import { interleave } from '../method/interleave.mjs';
import { seededRandom } from '../method/random.mjs';
import { createReport } from '../method/report.mjs';
import { startGroup } from '../fanout/group.mjs';

/** How each subject's clients listen, by case. */
const LISTENERS = {
  'distinct-queries': { topgun: 'topgun', floor: 'floor' },
  'same-query': { topgun: 'topgun-wire', floor: 'floor' },
  'same-query-clients': { topgun: 'topgun', floor: 'floor' },
};
const CASES = {
  'distinct-queries': measureDistinct,
  'same-query': () => measureSame('same-query'),
  'same-query-clients': () => measureSame('same-query-clients'),
};
const { isQuick, json, only = [] } = readArguments();
const unknown = only.filter((each) => !(each in CASES));
if (unknown.length > 0) throw new Error(`there is no case ${unknown.join(', ')}`);

const folder = createDataFolder();
const report = createReport('fanout');
printConditions();
for (const [name, measure] of Object.entries(CASES)) if (only.length === 0 || only.includes(name)) await measure();
report.print();
console.log(`\n  load at the end ${loadAverage()}`);
report.write(json);

/** As many records, and one query that shows one of them, or a query for each. */
async function measureDistinct() {
  const queries = isQuick ? 1_000 : 10_000;
  const perClient = isQuick ? 100 : 500;
  const clients = Array.from({ length: queries / perClient }, (_, c) =>
    Array.from({ length: perClient }, (_each, q) => c * perClient + q),
  );
  const half = clients.length / 2;
  const sizes = [
    { n: 1, owners: [[[0]]] },
    { n: queries, owners: [clients.slice(0, half), clients.slice(half)] },
  ];
  const groups = [];
  for (const [subject, kind] of Object.entries(LISTENERS['distinct-queries'])) {
    for (const { n, owners } of sizes) {
      const startedAt = performance.now();
      groups.push({ subject, n, group: await startGroup(kind, { folder, records: queries, owners }) });
      console.log(`  ${subject}: ${n} queries in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
    }
  }
  const random = seededRandom(1);
  await measureWrites('fanout/distinct-queries', groups, (n) => random(n));
}

/** All clients ask the same; the last one to hear counts. */
async function measureSame(name) {
  const n = isQuick ? 40 : 200;
  const processes = 4;
  const owners = Array.from({ length: processes }, () => Array.from({ length: n / processes }, () => [0]));
  const groups = [];
  for (const [subject, kind] of Object.entries(LISTENERS[name])) {
    groups.push({ subject, n, group: await startGroup(kind, { folder, records: 100, owners }) });
  }
  await measureWrites(`fanout/${name}`, groups, () => 0);
}

/** One write at a time, each by the clock from its call to the last client that hears of it. */
async function measureWrites(name, groups, ownerOf) {
  const rounds = isQuick ? 5 : 25;
  const warmUps = isQuick ? 2 : 5;
  const length = isQuick ? 10 : 20;
  const samples = new Map(groups.map(({ group }) => [group, []]));
  let next = 1;
  await interleave(groups, warmUps + rounds, async ({ n, group }, round) => {
    for (let i = 0; i < length; i += 1) {
      const latency = await group.write(ownerOf(n), next++);
      if (round >= warmUps) samples.get(group).push(latency);
      await pause(2);
    }
  });
  for (const { subject, n, group } of groups) {
    await group.check();
    const what = { case: name, n, subject, metric: 'latency', unit: 'ms', runs: rounds };
    report.add(what, samples.get(group));
  }
  for (const { group } of groups) await group.stop();
}
