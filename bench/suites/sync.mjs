// Client → server (durable) → other client: latency and ops/s, beside a bare Socket.IO relay with a bare commit

import { readArguments } from '../method/arguments.mjs';
import { loadAverage, printConditions } from '../method/conditions.mjs';
import { createDataFolder } from '../method/data-folder.mjs';
import { createReport } from '../method/report.mjs';
import { measureChromium } from '../sync/chromium.mjs';
import { measureNode } from '../sync/node.mjs';

const { isQuick, json, only } = readArguments();
const folder = createDataFolder();
const report = createReport('sync');
printConditions();
if (only === undefined || only.includes('node')) await measureNode({ folder, isQuick, report });
if (only === undefined || only.includes('chromium')) await measureChromium({ folder, isQuick, report });
report.print();
console.log(`\n  load at the end ${loadAverage()}`);
report.write(json);
