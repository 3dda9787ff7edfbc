// What rules cost a whole server: acked durable writes per second over sockets, and processor time of the server for each.

import path from 'node:path';

import { SECRET } from '../abuse/tokens.mjs';
import { interleave } from '../method/interleave.mjs';
import { startProcess } from '../method/processes.mjs';

const at = (file) => new URL(file, import.meta.url);
const CLIENTS = 32;

/** @param {{ folder: string, isQuick: boolean, report: any }} options */
export async function measureWholeServer({ folder, isQuick, report }) {
  const [rounds, warm, ms] = isQuick ? [1, 0, 500] : [16, 2, 1_500];
  const subjects = [];
  for (const [subject, count] of [
    ['no rules', 0],
    ['10 rules', 10],
  ]) {
    const file = path.join(folder, `rules-${count}-${process.hrtime.bigint()}.db`);
    const server = await startProcess(at('./server.mjs'), [file, SECRET, String(count)]);
    const clients = await startProcess(at('./clients.mjs'), [await server.ask('url'), String(CLIENTS)]);
    subjects.push({ subject, server, clients, rates: [], costs: [] });
  }
  await interleave(subjects, rounds + warm, async ({ server, clients, rates, costs }, round) => {
    const before = await server.ask('processorMs');
    const { opsPerS, ops } = await clients.ask('run', ms);
    const used = (await server.ask('processorMs')) - before;
    if (round < warm) return;
    rates.push(opsPerS);
    costs.push((used * 1_000) / ops);
  });
  for (const { subject, server, clients, rates, costs } of subjects) {
    const what = { case: 'rules/server', n: CLIENTS, subject };
    report.add({ ...what, metric: 'opsPerS', unit: 'ops/s' }, rates);
    report.add({ ...what, metric: 'processor', unit: 'µs/op' }, costs);
    await clients.stop();
    await server.stop();
  }
}
