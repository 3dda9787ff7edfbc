// `connections`: two hundred who write in batches, while somebody looks on with a hundred live queries, and with a live search or without one.

import path from 'node:path';

import { createDataFolder } from '../method/data-folder.mjs';
import { interleave } from '../method/interleave.mjs';
import { startProcess } from '../method/processes.mjs';

const at = (file) => new URL(file, import.meta.url);
const PROCESSES = 2;
/** Ops of a batch: few, as of somebody at a screen; many, as of a device that was away. */
const BATCHES = [4, 16];
/** Ops a second that all clients together write when they write at a pace, in batches of four. */
const PACE = 9_000;
const PACED = 4;
/** Words of the text that a search looks at, and whether there is one. */
const SUBJECTS = { 'no search': [10, false], '10 words': [10, true], '50 words': [50, true] };

/** @param {any} report @param {boolean} isQuick */
export async function measureConnections(report, isQuick) {
  const [rounds, ms, clients, pace] = isQuick ? [1, 1_000, 20, PACE / 10] : [6, 5_000, 200, PACE];
  const folder = createDataFolder();
  const subjects = [];
  for (const [subject, [words, isSearched]] of Object.entries(SUBJECTS)) {
    const place = path.join(folder, `connections-${words}-${isSearched}.db`);
    const server = await startProcess(at('../sync/topgun-server.mjs'), [place]);
    const url = await server.ask('url');
    const writers = await Promise.all(
      Array.from({ length: PROCESSES }, (_, i) =>
        startProcess(
          at('./connections-clients.mjs'),
          [url, clients, (i * clients) / PROCESSES, ((i + 1) * clients) / PROCESSES, words].map(String),
        ),
      ),
    );
    await Promise.all(writers.map((writer) => writer.ask('fill')));
    const watcher = await startProcess(at('./connections-watcher.mjs'), [url, String(isSearched)]);
    subjects.push({
      subject,
      isSearched,
      server,
      writers,
      watcher,
      loads: [
        ...BATCHES.map((size) => ({ name: 'batch', size, question: ['run', size, ms], ...emptyRun() })),
        { name: 'paced', size: PACED, question: ['pace', PACED, ms, (1_000 * clients * PACED) / pace], ...emptyRun() },
      ],
    });
  }
  await interleave(subjects, rounds + 1, async ({ isSearched, writers, watcher, loads }, round) => {
    for (const { question, rates, waits } of loads) {
      const heardBefore = await watcher.ask('heard');
      const runs = await Promise.all(writers.map((writer) => writer.ask(...question)));
      const heard = await watcher.ask('heard');
      if (heard.queries === heardBefore.queries) throw new Error('nobody has heard of anything');
      if (isSearched && heard.searches === heardBefore.searches) throw new Error('the search has heard of nothing');
      if (round === 0) continue;
      rates.push(runs.reduce((sum, { opsPerS }) => sum + opsPerS, 0));
      for (const run of runs) waits.push(...run.waits);
    }
  });
  for (const { subject, server, writers, watcher, loads } of subjects) {
    for (const { name, size, rates, waits } of loads) {
      const what = { case: `grid/connections-${clients}-${name}`, n: size, subject };
      report.add({ ...what, metric: 'opsPerS', unit: 'ops/s' }, rates);
      report.add({ ...what, metric: 'latency', unit: 'ms', runs: waits.length }, waits);
    }
    for (const writer of writers) await watcher.ask('check', await writer.ask('acked'));
    for (const each of [...writers, watcher, server]) await each.stop();
  }
}

const emptyRun = () => ({ rates: [], waits: [] });
