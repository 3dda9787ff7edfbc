// The grid of one machine: what many records take in memory, beside plain maps, what one client's import is to another, what several threads merge, what a small budget for
// records costs, and how much two hundred connections have acked.

import { measureConnections } from '../grid/connections.mjs';
import { measureImport } from '../grid/import.mjs';
import { measureMemory } from '../grid/memory.mjs';
import { measureTenfold } from '../grid/tenfold.mjs';
import { measureThroughput } from '../grid/throughput.mjs';
import { readArguments } from '../method/arguments.mjs';
import { loadAverage, printConditions } from '../method/conditions.mjs';
import { createReport } from '../method/report.mjs';

const { isQuick, json, only } = readArguments();
const CASES = {
  memory: measureMemory,
  import: measureImport,
  throughput: measureThroughput,
  connections: measureConnections,
  tenfold: measureTenfold,
};

const report = createReport('grid');
printConditions();
for (const [name, measure] of Object.entries(CASES)) {
  if (only === undefined || only.includes(name)) await measure(report, isQuick);
}
report.print();
console.log(`\n  load at the end ${loadAverage()}`);
report.write(json);
