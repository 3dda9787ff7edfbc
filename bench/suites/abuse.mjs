// honest clients' writes beside one who floods the server, once that one is limited, and without them

import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { SECRET } from '../abuse/tokens.mjs';
import { readArguments } from '../method/arguments.mjs';
import { loadAverage, printConditions } from '../method/conditions.mjs';
import { createDataFolder } from '../method/data-folder.mjs';
import { interleave } from '../method/interleave.mjs';
import { startProcess } from '../method/processes.mjs';
import { createReport } from '../method/report.mjs';
import { quantile } from '../method/statistics.mjs';

const { isQuick, json } = readArguments();
const rounds = isQuick ? 1 : 5;
const turnMs = isQuick ? 1_500 : 6_000;
const honestClients = 10;
const floodConnections = 4;
/** The flooder has its burst until it is limited. */
const LIMITED_AFTER_MS = 1_000;
const report = createReport('abuse');
printConditions();

const folder = createDataFolder();
const startServer = async (name) => {
  const file = path.join(folder, `abuse-${name}-${process.hrtime.bigint()}.db`);
  const server = await startProcess(new URL('../abuse/server.mjs', import.meta.url), [file, SECRET]);
  return { server, url: await server.ask('url') };
};
const startFlooder = (url) =>
  startProcess(new URL('../abuse/flooder.mjs', import.meta.url), [url, String(floodConnections)]);

const { server, url } = await startServer('honest');
/** The control: another server of the same kind. A flooder of it takes as much of the processors, and nothing of the server that honest clients are on. */
const twin = await startServer('twin');
const honest = await startProcess(new URL('../abuse/honest.mjs', import.meta.url), [url, String(honestClients)]);
const flooders = { flooded: await startFlooder(url), control: await startFlooder(twin.url) };
await honest.ask('work', turnMs / 2);

/** The honest clients' waits, and what the thread that hears them took of a processor meanwhile, in ms a second. */
async function work() {
  const [usedBefore, startedAt] = [await server.ask('threadMs'), performance.now()];
  const waits = await honest.ask('work', turnMs);
  const [used, took] = [(await server.ask('threadMs')) - usedBefore, performance.now() - startedAt];
  return { waits, threadMs: (used * 1_000) / took };
}

const turns = {
  idle: work,
  flooded: () => beside('flooded'),
  control: () => beside('control'),
};

async function beside(subject) {
  const flooder = flooders[subject];
  await flooder.ask('begin');
  await pause(LIMITED_AFTER_MS);
  const measured = await work();
  const said = await flooder.ask('end');
  if (said.sent === 0 || said.overloaded === 0) throw new Error(`the flooder was not limited: ${JSON.stringify(said)}`);
  console.log(
    `  ${subject}: the flooder sent ${said.sent} ops so far, was told ${said.overloaded} times to come back, connected ${said.connected} times, was refused ${said.refused} times`,
  );
  await pause(1_000);
  return measured;
}

const samples = { idle: [], flooded: [], control: [] };
const threads = { idle: [], flooded: [], control: [] };
const p99s = { idle: [], flooded: [], control: [] };
await interleave(Object.keys(turns), rounds, async (subject, round) => {
  const { waits, threadMs } = await turns[subject]();
  samples[subject].push(...waits);
  threads[subject].push(threadMs);
  p99s[subject].push(quantile(waits, 0.99));
  console.log(
    `  round ${round + 1}, ${subject}: p99 ${quantile(waits, 0.99).toFixed(1)} ms, ${waits.length} writes, the server's thread ${threadMs.toFixed(0)} ms a second`,
  );
});
if ((await honest.ask('lost')).length > 0) throw new Error('an honest client has lost its connection');
for (const [subject, waits] of Object.entries(samples)) {
  report.add({ case: 'abuse/write', n: honestClients, subject, metric: 'latency', unit: 'ms' }, waits);
  report.add({ case: 'abuse/thread', n: honestClients, subject, metric: 'processor', unit: 'ms/s' }, threads[subject]);
}
for (const [subject, to] of [
  ['flooded', 'idle'],
  ['control', 'idle'],
  ['flooded', 'control'],
]) {
  const ratios = p99s[subject].map((p99, round) => p99 / p99s[to][round]);
  const what = { case: 'abuse/p99', n: honestClients, subject: `${subject} to ${to}`, metric: 'ratio', unit: '×' };
  report.add(what, ratios);
}
report.print();
console.log(`\n  load at the end ${loadAverage()}`);
report.write(json);
await Promise.all([honest.stop(), ...Object.values(flooders).map((flooder) => flooder.stop())]);
await Promise.all([server.stop(), twin.server.stop()]);
