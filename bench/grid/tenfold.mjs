// `tenfold`: a data set ten times what records may take in memory, read and written at random.

import path from 'node:path';

import { createDataFolder } from '../method/data-folder.mjs';
import { startProcess } from '../method/processes.mjs';

const at = (file) => new URL(file, import.meta.url);
/** What a record of this case takes in the server, about. */
const RECORD_BYTES = 1_100;
const SAMPLE_MS = 250;
const PARTS = 10;

/** @param {any} report @param {boolean} isQuick */
export async function measureTenfold(report, isQuick) {
  const [budget, ms] = isQuick ? [1024 * 1024, 5_000] : [32 * 1024 * 1024, 600_000];
  const records = Math.ceil((10 * budget) / RECORD_BYTES);
  const file = path.join(createDataFolder(), 'tenfold.db');
  const start = (memory) => startProcess(at('./tenfold-server.mjs'), [file, String(memory)]);
  const client = await startProcess(at('./tenfold-client.mjs'));
  // Room for all of it: with the budget each write would load the partition that it is about.
  const filling = await start(100 * budget);
  await client.ask('connect', await filling.ask('url'));
  await client.ask('fill', records);
  await client.ask('disconnect');
  await filling.stop();
  const server = await start(budget);
  await client.ask('connect', await server.ask('url'));
  const samples = [];
  let isOver = false;
  const sampling = (async () => {
    while (!isOver) {
      samples.push(await server.ask('figures'));
      await new Promise((resolve) => setTimeout(resolve, SAMPLE_MS));
    }
  })();
  const reads = [];
  // In parts: nobody is waited for as long as all of it takes.
  for (let part = 0; part < PARTS; part += 1) reads.push(...(await client.ask('use', records, ms / PARTS, 20)));
  isOver = true;
  await sampling;
  await client.ask('check', records, isQuick ? 97 : 11);
  const what = { case: 'grid/tenfold', n: records, subject: 'topgun' };
  report.add({ ...what, metric: 'read', unit: 'ms', runs: reads.length }, reads);
  report.add(
    { ...what, metric: 'recordBytes', unit: '% of the budget' },
    samples.map(({ bytes }) => (100 * bytes) / budget),
  );
  report.add(
    { ...what, metric: 'coldPartitions', unit: '' },
    samples.map(({ cold }) => cold),
  );
  await client.stop();
  await server.stop();
}
