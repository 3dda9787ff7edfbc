// The longest task of the main thread while TopGun loads, sends, receives and compacts: by its own processor time.

import { createRecords, naiveView } from '../../local/workload.mjs';
import { startProcess } from '../../method/processes.mjs';
import { openEntrants, turn } from '../entrants.mjs';
import { traceTasks } from '../trace.mjs';

/** As a server takes a whole map at once, with its shipped limits. */
const SYNCED = 10_000;

/** @param {import('./index.mjs').CaseOptions} options */
export async function measureLongestTask({ profiles, report, subjects, sizes, isQuick, dataFolder }) {
  const rounds = isQuick ? 1 : 3;
  const add = (what, n, name, tasks) => {
    const row = { case: `client/longest-task-${what}`, n, subject: name, unit: 'ms' };
    report.add(
      { ...row, metric: 'own-cpu' },
      tasks.map(({ longestMs }) => longestMs),
    );
    const over = Math.max(...tasks.map(({ over50 }) => over50));
    if (over > 0) console.log(`  ${name}, ${what}, ${n}: up to ${over} tasks of more than 50 ms in one run`);
  };
  for (const n of sizes) await loadAndCompact(n);
  if (subjects === undefined || subjects.includes('topgun')) await sendAndReceive();

  async function loadAndCompact(n) {
    const expected = naiveView(createRecords(n)).map(({ id, score, title }) => `${id} ${score} ${title}`);
    const all = { topgun: 'topgun local-only', tinybase: 'tinybase', rxdb: 'rxdb' };
    for (const entrant of await openEntrants(profiles, all, subjects)) {
      const loads = [];
      await turn(entrant, async (ask, page) => {
        await ask('open');
        await ask('write', n);
        const compaction = await traceTasks(page, () => ask('settle'));
        if (entrant.name === 'topgun') add('compaction', n, entrant.name, [compaction]);
        await ask('close');
      });
      for (let round = 0; round < rounds; round += 1) {
        await turn(entrant, async (ask, page) => {
          loads.push(
            await traceTasks(page, async () => {
              await ask('show', expected, 60_000);
              // Until all of it is here, which is after its first rows.
              await ask('settle');
            }),
          );
          await ask('close');
        });
      }
      if (!entrant.hasFailed) add('load', n, entrant.name, loads);
      await entrant.close();
    }
  }

  async function sendAndReceive() {
    const n = isQuick ? 1_000 : SYNCED;
    const sends = [];
    const queued = [];
    const receives = [];
    for (let round = 0; round < rounds; round += 1) {
      const file = `${dataFolder}/longest-task-${round}.db`;
      const server = await startProcess(new URL('../../sync/topgun-server.mjs', import.meta.url), [file]);
      const url = await server.ask('url');
      const [sender, returner, receiver] = await openEntrants(
        profiles,
        { topgun: 'topgun', 'topgun returner': 'topgun', 'topgun receiver': 'topgun' },
        undefined,
      );
      await turn(sender, async (ask, page) => {
        await ask('open', url);
        sends.push(
          await traceTasks(page, async () => {
            await ask('write', n);
            await ask('drained');
          }),
        );
        await ask('close');
      });
      await turn(returner, async (ask) => {
        await ask('openOffline', url);
        await ask('write', n);
        await ask('close');
      });
      await turn(returner, async (ask, page) => {
        queued.push(
          await traceTasks(page, async () => {
            await ask('open', url);
            if ((await ask('pendingOps')) === 0) throw new Error('wrong answer: nothing was queued');
            await ask('drained');
          }),
        );
        await ask('close');
      });
      await turn(receiver, async (ask, page) => {
        await ask('open', url);
        receives.push(
          await traceTasks(page, async () => {
            const rows = await ask('follow', n);
            if (rows !== n) throw new Error(`wrong answer: ${rows} rows of ${n}`);
          }),
        );
        await ask('assertHolds', n);
        await ask('close');
      });
      for (const { close } of [sender, returner, receiver]) await close();
      await server.stop();
    }
    add('send', n, 'topgun', sends);
    add('send-call', n, 'topgun', sends.map(ofApp));
    add('queued', n, 'topgun', queued);
    add('receive', n, 'topgun', receives);
  }
}

/** The app's own task, as if it were one like the others. */
const ofApp = ({ appMs }) => ({ longestMs: appMs, over50: 0 });
