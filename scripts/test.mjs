// `npm test`: everything that must be green. A failing runner does not stop the others, so that the last line is the whole
// sum. `npm test -- <filter>` runs only the test files whose path contains the filter.

import './node-version.mjs';

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { bootstrap } from './bootstrap.mjs';
import { build } from './build.mjs';
import { checks, runVitest } from './checks.mjs';
import { endChildrenOnSignal, runNode } from './children.mjs';
import { findChromium } from './chromium.mjs';
import { endWithParent } from './parent-watch.mjs';
import { projectPath } from './paths.mjs';
import { Stop, runCommand, say, step } from './progress.mjs';
import {
  countsOfCheck,
  countsOfPlaywright,
  countsOfVitest,
  failuresOfPlaywright,
  failuresOfVitest,
  sumCounts,
  summaryLine,
} from './test-results.mjs';

/** @typedef {import('./test-results.mjs').Counts} Counts */

runCommand(async () => {
  endChildrenOnSignal();
  endWithParent();
  try {
    const sum = await testAll(process.argv.slice(2));
    console.log(summaryLine(sum));
    return sum.failed === 0 ? 0 : 1;
  } catch (error) {
    console.error(error instanceof Stop ? `topgun: ${error.message}` : error);
    console.log(summaryLine({ passed: 0, failed: 1, skipped: 0 }));
    return 1;
  }
});

/**
 * @param {readonly string[]} filters
 * @returns {Promise<Counts>}
 */
async function testAll(filters) {
  await bootstrap();
  const chromium = await step('looking for Chromium', findChromium);
  say(
    `Chromium is from ${chromium.from}${chromium.executablePath === undefined ? '' : `: ${chromium.executablePath}`}`,
  );
  const env = { ...process.env };
  if (chromium.executablePath !== undefined) env['TOPGUN_CHROMIUM'] = chromium.executablePath;
  await build();

  const results = mkdtempSync(path.join(tmpdir(), 'topgun-test-'));
  /** @type {{ name: string, counts: Counts }[]} */
  const done = [];
  /** @type {string[]} */
  const failures = [];
  /** @type {(name: string, run: () => Promise<Counts>) => Promise<void>} */
  const runner = async (name, run) => {
    done.push({ name, counts: await step(name, run, summaryLine) });
  };
  try {
    if (filters.length === 0) {
      for (const check of checks) await runner(check.name, async () => countsOfCheck(await check.run()));
    }
    await runner('vitest', async () => {
      const report = path.join(results, 'vitest.json');
      const code = await runVitest(
        [...filters, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
        env,
      );
      failures.push(...failuresOfVitest(readReport(report)));
      return countsOfVitest(readReport(report), code);
    });
    await runner('Playwright', async () => {
      const report = path.join(results, 'playwright.json');
      const cli = projectPath('node_modules/@playwright/test/cli.js');
      const args = ['test', ...filters, '--reporter=list,json', '--pass-with-no-tests'];
      const code = await runNode([cli, ...args], { env: { ...env, PLAYWRIGHT_JSON_OUTPUT_FILE: report } });
      failures.push(...failuresOfPlaywright(readReport(report)));
      return countsOfPlaywright(readReport(report), code);
    });
  } finally {
    rmSync(results, { recursive: true, force: true });
  }

  const testing = done.filter(({ name }) => name === 'vitest' || name === 'Playwright');
  const silent = testing.filter(({ counts }) => counts.passed + counts.failed === 0);
  // A whole run in which one runner found nothing to do has tested less than it says.
  if (filters.length === 0 ? silent.length > 0 : silent.length === testing.length) {
    for (const { name, counts } of silent) {
      say(`${name} ran no test`);
      counts.failed += 1;
    }
  }
  for (const failure of failures) say(`failed: ${failure}`);
  for (const { name, counts } of done) say(`${name}: ${summaryLine(counts)}`);
  return sumCounts(done.map(({ counts }) => counts));
}

/** @param {string} file */
function readReport(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}
