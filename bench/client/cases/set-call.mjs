// The call of `set` by itself, while 10,000 writes wait for a server that is not there.

import { interleave } from '../../method/interleave.mjs';
import { closeAll, openEntrants, turn } from '../entrants.mjs';

const SUBJECTS = {
  floor: 'plain map',
  topgun: 'topgun',
  'topgun encrypted': 'topgun encrypted',
  tinybase: 'tinybase',
  yjs: 'yjs',
};

/** @param {import('./index.mjs').CaseOptions} options */
export async function measureSetCall({ profiles, report, subjects, isQuick }) {
  const pending = isQuick ? 1_000 : 10_000;
  const count = isQuick ? 200 : 2_000;
  const entrants = await openEntrants(profiles, SUBJECTS, subjects);
  const samples = new Map(entrants.map(({ name }) => [name, []]));
  await interleave(entrants, isQuick ? 2 : 5, (entrant) =>
    turn(entrant, async (ask) => {
      await ask('clear');
      await ask('open');
      await ask('calls', pending, 0);
      samples.get(entrant.name).push(...(await ask('calls', count, pending)));
      await ask('assertCalled', 0, pending + count);
      const left = await ask('pendingOps');
      if (left !== null && left !== pending + count) throw new Error(`wrong answer: ${left} writes are pending`);
      await ask('close');
    }),
  );
  for (const { name, hasFailed } of entrants) {
    if (hasFailed) continue;
    const what = { case: 'client/set-call', n: pending, subject: name, metric: 'latency', unit: 'ms' };
    report.add(what, samples.get(name));
  }
  await closeAll(entrants);
}
