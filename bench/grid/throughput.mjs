// `throughput`: what two threads merge beside one, each with load of its own; and what one partition carries, which no number of threads divides.

import { interleave } from '../method/interleave.mjs';
import { startProcess } from '../method/processes.mjs';

const SUBJECTS = [
  ['1 worker', '1', 'spread'],
  ['2 workers', '2', 'spread'],
  ['hot-partition', '1', 'hot'],
];

/** @param {any} report @param {boolean} isQuick */
export async function measureThroughput(report, isQuick) {
  const [rounds, ops] = isQuick ? [1, 10_000] : [5, 200_000];
  const subjects = [];
  for (const [subject, threads, load] of SUBJECTS) {
    const peer = await startProcess(new URL('./throughput-hosts.mjs', import.meta.url), [threads, load]);
    subjects.push({ subject, peer, rates: [], cpu: [] });
  }
  // The records are there before it counts.
  for (const { peer } of subjects) await peer.ask('merge', isQuick ? 5_000 : 40_000);
  await interleave(subjects, rounds, async ({ peer, rates, cpu }) => {
    const before = await peer.ask('processorMs');
    rates.push(await peer.ask('merge', ops));
    cpu.push((await peer.ask('processorMs')) - before);
  });
  const [one, two] = subjects;
  for (const { cpu, peer, rates, subject } of subjects) {
    const what = { case: 'grid/throughput', n: ops, subject };
    report.add({ ...what, metric: 'opsPerS', unit: 'ops/s' }, rates);
    report.add({ ...what, metric: 'processor', unit: 'ms' }, cpu);
    await peer.stop();
  }
  const ratios = two.rates.map((rate, round) => rate / one.rates[round]);
  report.add({ case: 'grid/throughput', n: ops, subject: '2 workers', metric: 'ratio', unit: '× 1 worker' }, ratios);
}
