// What a write costs the hash-trie that reconciling needs, with 1,000, 100,000 and 1,000,000 records, beside a Map

import { readArguments } from '../method/arguments.mjs';
import { loadAverage, printConditions } from '../method/conditions.mjs';
import { interleave } from '../method/interleave.mjs';
import { startProcess } from '../method/processes.mjs';
import { createReport } from '../method/report.mjs';

const { isQuick, json } = readArguments();
const SUBJECTS = ['floor', 'topgun'];
const CASES = ['update', 'replace'];
const sizes = isQuick ? [1_000, 10_000] : [1_000, 100_000, 1_000_000];
const length = isQuick ? 1_000 : 20_000;
const warmUps = isQuick ? 1 : 10;
const rounds = isQuick ? 3 : 100;

const report = createReport('trie');
printConditions();
for (const n of sizes) await measure(n);
report.print();
console.log(`\n  load at the end ${loadAverage()}`);
report.write(json);

async function measure(n) {
  const subjects = [];
  for (const name of SUBJECTS) {
    const peer = await startProcess(new URL('../trie/subject.mjs', import.meta.url), [name]);
    await peer.ask('fill', n);
    subjects.push({ name, peer });
  }
  for (const name of CASES) {
    const samples = new Map(SUBJECTS.map((subject) => [subject, []]));
    await interleave(subjects, warmUps + rounds, async ({ name: subject, peer }, round) => {
      const nanoseconds = await peer.ask(name, length, CASES.indexOf(name) * 1_000 + round + 1);
      if (round >= warmUps) samples.get(subject).push(nanoseconds);
    });
    const [floor, topgun] = await Promise.all(subjects.map(({ peer }) => peer.ask('digest')));
    if (topgun !== floor) throw new Error(`after ${name} the trie sums up to ${topgun}, not ${floor}`);
    for (const [subject, each] of samples) {
      report.add({ case: `trie/${name}`, n, subject, metric: 'latency', unit: 'ns' }, each);
    }
  }
  for (const { peer } of subjects) await peer.stop();
}
