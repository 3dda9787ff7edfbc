// Many who write at once, each waiting for what is under way: acked writes per second, and how long an ack takes.

import { interleave } from '../method/interleave.mjs';
import { startProcess } from '../method/processes.mjs';

const at = (file) => new URL(file, import.meta.url);
const PROCESSES = 2;

/** @param {{ driver: string, places: { place(): Promise<string> }, clients: number, isQuick: boolean, report: any }} options */
export async function measureAcks({ driver, places, clients, isQuick, report }) {
  const [rounds, ms] = isQuick ? [1, 500] : [6, 2_500];
  const subjects = [];
  const servers = {
    floor: { module: at('./floor-server.mjs'), args: [driver, await places.place()] },
    topgun: { module: at('../sync/topgun-server.mjs'), args: [await places.place()] },
  };
  for (const [subject, { module, args }] of Object.entries(servers)) {
    const process = await startProcess(module, args);
    const url = await process.ask('url');
    const count = Math.min(PROCESSES, clients);
    const writers = await Promise.all(
      Array.from({ length: count }, (_, i) =>
        startProcess(at(`./${subject}-clients.mjs`), [url, String(Math.floor((clients + i) / count))]),
      ),
    );
    const listener = subject === 'topgun' ? await startProcess(at('./listener.mjs'), [url]) : null;
    subjects.push({ subject, process, writers, listener, rates: [], waits: [] });
  }
  await interleave(subjects, rounds + 1, async ({ writers, rates, waits }, round) => {
    const runs = await Promise.all(writers.map((writer) => writer.ask('run', ms)));
    if (round === 0) return;
    rates.push(runs.reduce((sum, { opsPerS }) => sum + opsPerS, 0));
    for (const run of runs) waits.push(...run.waits);
  });
  for (const { subject, process, writers, listener, rates, waits } of subjects) {
    const what = { case: `durable/acked-${driver}`, n: clients, subject };
    report.add({ ...what, metric: 'opsPerS', unit: 'ops/s' }, rates);
    report.add({ ...what, metric: 'latency', unit: 'ms', runs: rates.length }, waits);
    for (const each of [...writers, listener, process]) await each?.stop();
  }
}
