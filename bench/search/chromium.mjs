// What a page feels of a search: frames while somebody types, and writes while searches are open.

import { startBrowser } from '../method/browser.mjs';
import { createDataFolder } from '../method/data-folder.mjs';
import { interleave } from '../method/interleave.mjs';
import { quantile } from '../method/statistics.mjs';

const PAUSE_MS = 100;
const LIVE = 10;

/** @param {{ sizes: readonly number[], isQuick: boolean, report: ReturnType<typeof import('../method/report.mjs').createReport>, isAsked: (part: string) => boolean }} options */
export async function measureChromium({ sizes, isQuick, report, isAsked }) {
  const browser = await startBrowser(new URL('./page.html', import.meta.url), createDataFolder());
  console.log(`  browser    ${browser.version}`);
  for (const n of sizes) {
    const subjects = [];
    for (const name of ['idle', 'floor', 'topgun', 'topgun page']) {
      const { page, close } = await browser.openPage();
      const { readyMs, longTasks } = await page.evaluate(
        ([subject, size]) => window.bench.open(subject, size),
        [name, n],
      );
      const longest = Math.max(0, ...longTasks);
      console.log(
        `  ${name}, ${n}: the first answer after ${(readyMs / 1000).toFixed(1)} s, ${longTasks.length} tasks over 50 ms until then, the longest ${longest.toFixed(0)} ms`,
      );
      subjects.push({ name, page, close });
    }
    if (isAsked('type-ahead')) await measureTyping(subjects, { n, isQuick, report });
    if (isAsked('write')) await measureWrites(subjects, { n, isQuick, report });
    for (const { page, close } of subjects) {
      await page.evaluate(() => window.bench.close());
      await close();
    }
  }
  await browser.close();
}

async function measureTyping(subjects, { n, isQuick, report }) {
  const rounds = isQuick ? 1 : 10;
  const warmUps = 1;
  const samples = new Map(subjects.map(({ name }) => [name, { longest: [], gaps: [], answers: [], tasks: [] }]));
  await interleave(subjects, warmUps + rounds, async ({ name, page }, round) => {
    await page.bringToFront();
    const { gaps, tasks, answeredMs } = await page.evaluate((pause) => window.bench.type(pause), PAUSE_MS);
    if (round < warmUps) return;
    const of = samples.get(name);
    of.longest.push(Math.max(...gaps));
    of.gaps.push(...gaps);
    of.answers.push(answeredMs);
    of.tasks.push(Math.max(0, ...tasks));
  });
  for (const [subject, { longest, gaps, answers, tasks }] of samples) {
    report.add({ case: 'search/type-ahead', n, subject, metric: 'longest frame of a round', unit: 'ms' }, longest);
    report.add({ case: 'search/type-ahead', n, subject, metric: 'last letter to answer', unit: 'ms' }, answers);
    const over = gaps.filter((gap) => gap >= 50).length;
    console.log(
      `  ${subject}, ${n}: p99 of ${gaps.length} frames ${quantile(gaps, 0.99).toFixed(1)} ms, ${over} of 50 ms or more, longest task over 50 ms: ${Math.max(...tasks).toFixed(0)} ms`,
    );
  }
}

async function measureWrites(subjects, { n, isQuick, report }) {
  const rounds = isQuick ? 1 : 10;
  const count = 50;
  for (const open of [0, LIVE]) {
    const measured = subjects.filter(({ name }) => name !== 'idle' && (open === 0 || name !== 'floor'));
    const samples = new Map(measured.map(({ name }) => [name, { calls: [], shown: [] }]));
    await interleave(measured, 1 + rounds, async ({ name, page }, round) => {
      await page.bringToFront();
      const { calls, shownMs } = await page.evaluate(
        ([live, writes, seed]) => window.bench.write(live, writes, seed),
        [open, count, round + 100 * open],
      );
      if (round === 0) return;
      samples.get(name).calls.push(...calls);
      samples.get(name).shown.push(shownMs / count);
    });
    for (const [subject, { calls, shown }] of samples) {
      report.add({ case: `search/write-${open}-live`, n, subject, metric: 'call', unit: 'ms' }, calls);
      if (open > 0)
        report.add({ case: `search/write-${open}-live`, n, subject, metric: 'shown, per write', unit: 'ms' }, shown);
    }
  }
}
