// Made durable and acked, on SQLite and PostgreSQL: appends, acked writes per second of 1, 32 and 200 clients, and how soon a server is there again

import { readArguments } from '../method/arguments.mjs';
import { loadAverage, printConditions } from '../method/conditions.mjs';
import { createDataFolder } from '../method/data-folder.mjs';
import { createReport } from '../method/report.mjs';
import { measureAcks } from '../durable/acks.mjs';
import { measureAppends } from '../durable/appends.mjs';
import { postgresPlaces, sqlitePlaces } from '../durable/databases.mjs';
import { measureMillion, measureRecovery } from '../durable/recovery.mjs';

const CASES = ['append', 'acked', 'recovery', 'start'];
const DRIVERS = ['sqlite', 'postgres'];
const { isQuick, json, only = [] } = readArguments();
const unknown = only.filter((each) => !CASES.includes(each) && !DRIVERS.includes(each));
if (unknown.length > 0) throw new Error(`there is no case or driver ${unknown.join(', ')}`);
/** Cases and drivers can be combined. */
const isAsked = (name, all) => !all.some((each) => only.includes(each)) || only.includes(name);

printConditions();
const report = createReport('durable');
const drivers = { sqlite: sqlitePlaces(createDataFolder()), postgres: await postgresPlaces() };
if (drivers.postgres === null) console.log('  there is no PostgreSQL: its cases are left out');
try {
  for (const [driver, places] of Object.entries(drivers)) {
    if (places === null || !isAsked(driver, DRIVERS)) continue;
    const options = { driver, places, isQuick, report };
    if (isAsked('append', CASES)) await measureAppends(options);
    if (isAsked('acked', CASES)) {
      for (const clients of [1, 32, 200]) await measureAcks({ ...options, clients });
    }
    if (isAsked('recovery', CASES)) await measureRecovery(options);
    // The same snapshots on either: what differs is how long it takes to write a million records.
    if (driver === 'sqlite' && isAsked('start', CASES)) await measureMillion(options);
  }
} finally {
  for (const places of Object.values(drivers)) await places?.close();
}
report.print();
console.log(`\n  load at the end ${loadAverage()}`);
report.write(json);
