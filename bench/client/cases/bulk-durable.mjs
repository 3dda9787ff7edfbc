// 10,000 records written in one go, until they are durable.

import { interleave } from '../../method/interleave.mjs';
import { closeAll, openEntrants, turn } from '../entrants.mjs';

const SUBJECTS = {
  floor: 'packed pages',
  topgun: 'topgun',
  'topgun encrypted': 'topgun encrypted',
  'topgun local-only': 'topgun local-only',
  dexie: 'dexie',
  tinybase: 'tinybase',
  rxdb: 'rxdb',
  yjs: 'yjs',
};

/** So often in one page, each time into an empty database: the first time its code is new to the engine, the last time it is not. */
const TIMES = 4;

/** @param {import('./index.mjs').CaseOptions} options */
export async function measureBulkDurable({ profiles, report, subjects, isQuick }) {
  const n = isQuick ? 1_000 : 10_000;
  const entrants = await openEntrants(profiles, SUBJECTS, subjects);
  const samples = new Map(entrants.map(({ name }) => [name, { first: [], again: [] }]));
  const rounds = isQuick ? 2 : 12;
  const warmUps = 1;
  await interleave(entrants, warmUps + rounds, async (entrant, round) => {
    await turn(entrant, async (ask) => {
      const { first, again } = samples.get(entrant.name);
      for (let i = 0; i < TIMES; i += 1) {
        await ask('clear');
        await ask('open');
        const took = await ask('write', n);
        if (round >= warmUps && i === 0) first.push(took);
        if (round >= warmUps && i === TIMES - 1) again.push(took);
        await ask('close');
      }
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
    const { first, again } = samples.get(name);
    const row = { n, subject: name, metric: 'latency', unit: 'ms' };
    report.add({ ...row, case: 'client/bulk-durable' }, first);
    report.add({ ...row, case: 'client/bulk-durable-again' }, again);
  }
  await closeAll(entrants);
}
