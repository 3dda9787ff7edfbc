// honest clients' writes beside one who floods the server, once that one is limited, and without them

import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { SECRET } from '../abuse/tokens.mjs';
import { readArguments } from '../method/arguments.mjs';
import { loadAverage, printConditions } from '../method/conditions.mjs';
import { createDataFolder } from '../method/data-folder.mjs';
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
const server = await startProcess(new URL('../abuse/server.mjs', import.meta.url), [
  path.join(folder, `abuse-${process.hrtime.bigint()}.db`),
  SECRET,
]);
const url = await server.ask('url');
const honest = await startProcess(new URL('../abuse/honest.mjs', import.meta.url), [url, String(honestClients)]);
const flooder = await startProcess(new URL('../abuse/flooder.mjs', import.meta.url), [url, String(floodConnections)]);
await honest.ask('work', turnMs / 2);

const samples = { idle: [], flooded: [] };
const ratios = [];
for (let round = 0; round < rounds; round += 1) {
  const idle = await honest.ask('work', turnMs);
  await flooder.ask('begin');
  await pause(LIMITED_AFTER_MS);
  const flooded = await honest.ask('work', turnMs);
  const said = await flooder.ask('end');
  if (said.sent === 0 || said.overloaded === 0) throw new Error(`the flooder was not limited: ${JSON.stringify(said)}`);
  samples.idle.push(...idle);
  samples.flooded.push(...flooded);
  ratios.push(quantile(flooded, 0.99) / quantile(idle, 0.99));
  console.log(
    `  round ${round + 1}: p99 ${quantile(idle, 0.99).toFixed(1)} ms idle, ${quantile(flooded, 0.99).toFixed(1)} ms flooded; the flooder sent ${said.sent} ops, was told ${said.overloaded} times to come back, connected ${said.connected} times`,
  );
  await pause(1_000);
}
if ((await honest.ask('lost')).length > 0) throw new Error('an honest client has lost its connection');
for (const [subject, waits] of Object.entries(samples)) {
  report.add({ case: 'abuse/write', n: honestClients, subject, metric: 'latency', unit: 'ms' }, waits);
}
report.add({ case: 'abuse/p99', n: honestClients, subject: 'flooded to idle', metric: 'ratio', unit: '×' }, ratios);
report.print();
console.log(`\n  load at the end ${loadAverage()}`);
report.write(json);
await Promise.all([honest.stop(), flooder.stop()]);
await server.stop();
