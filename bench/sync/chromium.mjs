// Clients in Chromium, with IndexedDB: two pages in contexts of their own, so in processes and with storage of their own.

import { startBrowser } from '../method/browser.mjs';
import { interleave } from '../method/interleave.mjs';
import { startServers } from './servers.mjs';

/** @param {{ folder: string, isQuick: boolean, report: ReturnType<typeof import('../method/report.mjs').createReport> }} options */
export async function measureChromium({ folder, isQuick, report }) {
  const browser = await startBrowser(new URL('./page.html', import.meta.url), folder);
  console.log(`  browser    ${browser.version}`);
  const servers = await startServers(folder);
  const subjects = await Promise.all(['topgun', 'floor'].map((name) => openPair(browser, name, servers[name].url)));
  const rounds = isQuick ? 2 : 40;
  const warmUps = isQuick ? 1 : 5;
  const length = isQuick ? 5 : 20;
  let next = 1;
  await interleave(subjects, warmUps + rounds, async ({ page, samples }, round) => {
    const halves = await page.evaluate(([from, count]) => window.bench.pingPong(from, count), [next, length]);
    next += length;
    if (round >= warmUps) samples.push(...halves);
  });
  for (const { name, samples } of subjects) {
    const what = { case: 'sync/write-to-peer-chromium', n: 2, metric: 'latency', unit: 'ms', runs: rounds };
    report.add({ ...what, subject: name }, samples);
  }
  await browser.close();
  await servers.stop();
}

async function openPair(browser, name, url) {
  const [asking, answering] = await Promise.all([browser.openPage(), browser.openPage()]);
  await asking.page.evaluate(([n, u]) => window.bench.open(n, u, false), [name, url]);
  await answering.page.evaluate(([n, u]) => window.bench.open(n, u, true), [name, url]);
  return { name, page: asking.page, samples: [] };
}
