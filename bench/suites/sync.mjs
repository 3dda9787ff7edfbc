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
const unknown = (only ?? []).filter((part) => !['node', 'throughput', 'latency', 'chromium'].includes(part));
if (unknown.length > 0) throw new Error(`there is no part ${unknown.join(', ')}`);
const isAsked = (...parts) => only === undefined || parts.some((part) => only.includes(part));
const parts = { throughput: isAsked('node', 'throughput'), latency: isAsked('node', 'latency') };
if (parts.throughput || parts.latency) await measureNode({ folder, isQuick, report, parts });
if (isAsked('chromium')) await measureChromium({ folder, isQuick, report });
report.print();
console.log(`\n  load at the end ${loadAverage()}`);
report.write(json);
