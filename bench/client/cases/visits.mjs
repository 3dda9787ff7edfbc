// From the navigation, and from the moment the code has run, to the first correct rows, in an app that shows its view at once: at a visit
// for which the browser has its data and not its code, and at one for which it has both.

import { interleave } from '../../method/interleave.mjs';
import { createRecords, naiveView } from '../../local/workload.mjs';
import { buildColdPage } from '../cold-pages.mjs';
import { closeAll, openEntrants, turn } from '../entrants.mjs';
import { fill, PATIENCE_MS, SUBJECTS } from './cold-start.mjs';

/** At the first a browser notes which functions are called, at the second it compiles those and keeps them, from the third on it uses that. */
const UNTIL_KEPT = 2;
/** As long as somebody looks then: Chromium notes them when the page has been quiet for five seconds. */
const STAY_MS = 9_000;
/** Until it is asked whether the rows are there. */
const LOOK_MS = 700;

/** @param {import('./index.mjs').CaseOptions} options */
export async function measureVisits({ profiles, report, subjects, sizes, isQuick }) {
  for (const n of sizes) {
    const expected = naiveView(createRecords(n)).map(({ id, score, title }) => `${id} ${score} ${title}`);
    const entrants = await openEntrants(profiles, SUBJECTS, subjects);
    const pages = new Map();
    for (const { name, subject } of entrants) pages.set(name, await buildColdPage(subject, profiles.siteFolder));
    for (const entrant of entrants) await turn(entrant, (ask) => fill(ask, entrant.name, n, expected));
    const samples = new Map(entrants.map(({ name }) => [name, { first: [], third: [] }]));
    const rounds = isQuick ? 2 : n > 10_000 ? 8 : 16;
    await interleave(entrants, UNTIL_KEPT + rounds, async (entrant, round) => {
      const address = pages.get(entrant.name);
      const { first, third } = samples.get(entrant.name);
      const visit = async (kept, url) => {
        const take = async (ask, page) => {
          const took = await tookUntil(ask, page, expected);
          if (round >= UNTIL_KEPT) kept.push(took);
          else if (url === address) await page.waitForTimeout(STAY_MS);
          await ask('close');
        };
        await turn(entrant, take, url);
      };
      // Files of this name the browser has never seen.
      const anew = `${address}?visit=${round}`;
      // Who comes first in a turn has a browser that has just been idle.
      if (round % 2 === 0) await visit(third, address);
      await visit(first, anew);
      if (round % 2 === 1) await visit(third, address);
    });
    for (const { name, hasFailed } of entrants) {
      if (hasFailed) continue;
      for (const [visit, took] of Object.entries(samples.get(name))) {
        const what = { case: `client/${visit}-visit`, n, subject: name, unit: 'ms' };
        report.add(
          { ...what, metric: 'navigated' },
          took.map(({ navigated }) => navigated),
        );
        report.add(
          { ...what, metric: 'ran' },
          took.map(({ ran }) => ran),
        );
      }
    }
    await closeAll(entrants);
  }
}

/** Asks when it is over, and not before: questions take the page's time. */
async function tookUntil(ask, page, expected) {
  for (let waited = 0; waited < PATIENCE_MS; waited += LOOK_MS) {
    await page.waitForTimeout(LOOK_MS);
    const took = await ask('tookUntil', expected);
    if (took !== null) return took;
  }
  throw new Error('wrong answer: the rows have not come');
}
