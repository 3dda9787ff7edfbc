// `tenfold`: a data set ten times what records may take in memory, read and written at random.

import path from 'node:path';

import { createDataFolder } from '../method/data-folder.mjs';
import { startProcess } from '../method/processes.mjs';

const at = (file) => new URL(file, import.meta.url);
/** What a record of this case takes in the server, about. */
const RECORD_BYTES = 1_100;
const SAMPLE_MS = 250;
const PARTS = 10;

/** So many writes of the fill wait for their acks at a time: all that a client may have undecided, or a few. */
const LANES = [8, 512];

/** Looks at the server's figures now and then, until it is told to end. */
function sample(server) {
  const samples = [];
  let isOver = false;
  const sampling = (async () => {
    while (!isOver) {
      samples.push(await server.ask('figures'));
      await new Promise((resolve) => setTimeout(resolve, SAMPLE_MS));
    }
  })();
  return async () => {
    isOver = true;
    await sampling;
    return samples;
  };
}

/** Every `step`th record is what was acked. In parts, each over all of the map: nobody is waited for as long as all of it takes. */
async function check(client, records, step) {
  for (let part = 0; part < PARTS; part += 1) await client.ask('check', records, step * PARTS, step * part);
}

const start = (file, memory) => startProcess(at('./tenfold-server.mjs'), [file, String(memory)]);
const recordsFor = (budget) => Math.ceil((10 * budget) / RECORD_BYTES);
const shares = (samples, budget) => samples.map(({ bytes }) => (100 * bytes) / budget);

/** @param {any} report @param {boolean} isQuick */
export async function measureTenfold(report, isQuick) {
  for (const lanes of LANES) await measureFill(report, isQuick, lanes);
  await measureUse(report, isQuick);
}

/** Written under the budget, from nothing on. */
async function measureFill(report, isQuick, lanes) {
  // The least there may be.
  const budget = 1024 * 1024;
  const records = Math.ceil(recordsFor(budget) / (isQuick ? 4 : 1));
  const server = await start(path.join(createDataFolder(), 'fill.db'), budget);
  const client = await startProcess(at('./tenfold-client.mjs'));
  await client.ask('connect', await server.ask('url'));
  const end = sample(server);
  const startedAt = performance.now();
  await client.ask('fill', records, lanes);
  const seconds = (performance.now() - startedAt) / 1_000;
  const samples = await end();
  await check(client, records, isQuick ? 97 : 11);
  const what = { case: 'grid/tenfoldFill', n: records, subject: `topgun, ${lanes} writes at a time` };
  report.add({ ...what, metric: 'recordBytes', unit: '% of the budget' }, shares(samples, budget));
  report.add({ ...what, metric: 'written', unit: 'ops/s' }, [records / seconds]);
  await client.stop();
  await server.stop();
}

/** Read and written at random, once it is there. */
async function measureUse(report, isQuick) {
  const [budget, ms] = isQuick ? [1024 * 1024, 5_000] : [32 * 1024 * 1024, 600_000];
  const records = recordsFor(budget);
  const file = path.join(createDataFolder(), 'tenfold.db');
  const client = await startProcess(at('./tenfold-client.mjs'));
  // Room for all of it: what a fill without costs is another case.
  const filling = await start(file, 100 * budget);
  await client.ask('connect', await filling.ask('url'));
  await client.ask('fill', records, 512);
  await client.ask('disconnect');
  await filling.stop();
  const server = await start(file, budget);
  await client.ask('connect', await server.ask('url'));
  const end = sample(server);
  const reads = [];
  // In parts, as the check.
  for (let part = 0; part < PARTS; part += 1) reads.push(...(await client.ask('use', records, ms / PARTS, 20)));
  const samples = await end();
  await check(client, records, isQuick ? 97 : 11);
  const what = { case: 'grid/tenfold', n: records, subject: 'topgun' };
  report.add({ ...what, metric: 'read', unit: 'ms', runs: reads.length }, reads);
  report.add({ ...what, metric: 'recordBytes', unit: '% of the budget' }, shares(samples, budget));
  report.add(
    { ...what, metric: 'coldPartitions', unit: '' },
    samples.map(({ cold }) => cold),
  );
  await client.stop();
  await server.stop();
}
