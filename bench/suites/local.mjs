// Chromium, 10,000 and 100,000 records, one live query: from `set` to the view's callback, beside a Map and other libraries

import { readArguments } from '../method/arguments.mjs';
import { startBrowser } from '../method/browser.mjs';
import { loadAverage, printConditions } from '../method/conditions.mjs';
import { createDataFolder } from '../method/data-folder.mjs';
import { interleave } from '../method/interleave.mjs';
import { createReport } from '../method/report.mjs';

const SUBJECTS = ['floor', 'topgun', '@tanstack/db', 'tinybase', 'rxdb'];
const { isQuick, json, only = SUBJECTS } = readArguments();
const sizes = isQuick ? [1_000] : [10_000, 100_000];
/** Three kinds of update, five times each. */
const burstLength = 15;
const warmUps = isQuick ? 2 : 20;
const bursts = isQuick ? 5 : 200;
const checkEvery = isQuick ? 1 : 20;

const browser = await startBrowser(new URL('../local/page.html', import.meta.url), createDataFolder());
const report = createReport('local');
printConditions({ browser: browser.version });
try {
  for (const n of sizes) await measure(n);
} finally {
  await browser.close();
}
report.print();
console.log(`\n  load at the end ${loadAverage()}`);
report.write(json);

/** @param {number} n */
async function measure(n) {
  const subjects = [];
  for (const name of SUBJECTS.filter((each) => only.includes(each))) {
    const { page, close } = await browser.openPage();
    const startedAt = performance.now();
    await page.evaluate(([name, n]) => window.bench.open(name, n), [name, n]);
    console.log(`  ${name}: ${n} records in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
    subjects.push({ name, page, close, means: [] });
  }
  await interleave(subjects, warmUps + bursts, async (subject, round) => {
    const isChecked = round % checkEvery === 0 || round === warmUps + bursts - 1;
    const mean = await subject.page.evaluate(([l, c]) => window.bench.burst(l, c), [burstLength, isChecked]);
    if (round >= warmUps) subject.means.push(mean);
  });
  for (const { name, means, close } of subjects) {
    report.add({ case: 'local/update', n, subject: name, metric: 'latency', unit: 'ms' }, means);
    await close();
  }
}
