// Chromium with databases on the disk: cold start, durable bulk writes, the call of `set`, longest tasks and memory, beside other libraries

import { cases } from '../client/cases/index.mjs';
import { readArguments } from '../method/arguments.mjs';
import { startProfiles } from '../method/browser.mjs';
import { loadAverage, printConditions } from '../method/conditions.mjs';
import { createDataFolder } from '../method/data-folder.mjs';
import { createReport } from '../method/report.mjs';

const SUBJECTS = ['floor', 'topgun', 'topgun local-only', 'topgun encrypted', 'dexie', 'tinybase', 'rxdb', 'yjs'];
const { isQuick, json, only = [] } = readArguments();
const allSizes = isQuick ? [1_000] : [10_000, 100_000];
const sizes = chosen(allSizes.map(String), allSizes.map(String)).map(Number);
const subjects = chosen(SUBJECTS, undefined);

const dataFolder = createDataFolder();
const profiles = await startProfiles(new URL('../client/page.html', import.meta.url), dataFolder);
const report = createReport('client');
printConditions({ browser: await browserVersion() });
try {
  for (const name of chosen(Object.keys(cases), Object.keys(cases))) {
    await cases[name]({ profiles, report, subjects, sizes, isQuick, dataFolder });
  }
} finally {
  await profiles.close();
}
report.print();
console.log(`\n  load at the end ${loadAverage()}`);
report.write(json);

/** What `--only` names of these; `otherwise` when it names none of them. */
function chosen(all, otherwise) {
  const some = all.filter((each) => only.includes(each));
  return some.length === 0 ? otherwise : some;
}

async function browserVersion() {
  const { version, close } = await profiles.openProfile();
  await close();
  return version;
}
