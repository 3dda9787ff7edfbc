// 10,000 records written in one go, until they are durable.

import { interleave } from '../../method/interleave.mjs';
import { closeAll, openEntrants, turn } from '../entrants.mjs';

const SUBJECTS = {
  floor: 'packed pages',
  topgun: 'topgun',
  'topgun local-only': 'topgun local-only',
  dexie: 'dexie',
  tinybase: 'tinybase',
  rxdb: 'rxdb',
  yjs: 'yjs',
};

/** @param {import('./index.mjs').CaseOptions} options */
export async function measureBulkDurable({ profiles, report, subjects, isQuick }) {
  const n = isQuick ? 1_000 : 10_000;
  const entrants = await openEntrants(profiles, SUBJECTS, subjects);
  const samples = new Map(entrants.map(({ name }) => [name, []]));
  const rounds = isQuick ? 2 : 12;
  const warmUps = 1;
  await interleave(entrants, warmUps + rounds, async (entrant, round) => {
    await turn(entrant, async (ask) => {
      await ask('clear');
      await ask('open');
      const took = await ask('write', n);
      if (round >= warmUps) samples.get(entrant.name).push(took);
      await ask('close');
    });
    // What is durable is there in another page.
    if (round % 4 === 0 || isQuick) {
      await turn(entrant, async (ask) => {
        await ask('open');
        await ask('assertHolds', n);
        await ask('close');
      });
    }
  });
  for (const { name, hasFailed } of entrants) {
    if (hasFailed) continue;
    report.add({ case: 'client/bulk-durable', n, subject: name, metric: 'latency', unit: 'ms' }, samples.get(name));
  }
  await closeAll(entrants);
}
