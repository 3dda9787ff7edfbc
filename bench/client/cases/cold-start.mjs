// From the moment the bundle has run to the first correct rows of a live query, over records that the subject itself has stored before.

import { interleave } from '../../method/interleave.mjs';
import { createRecords, naiveView } from '../../local/workload.mjs';
import { closeAll, openEntrants, turn } from '../entrants.mjs';
import { heapMiB } from '../heap.mjs';

export const SUBJECTS = {
  floor: 'indexed rows',
  dexie: 'dexie',
  topgun: 'topgun local-only',
  'topgun encrypted': 'topgun local-only encrypted',
  tinybase: 'tinybase',
  rxdb: 'rxdb',
  yjs: 'yjs',
};
/** Whoever has not shown the right rows by then never will. */
export const PATIENCE_MS = 60_000;
const LOOKS_AT_MEMORY = 2;

/** @param {import('./index.mjs').CaseOptions} options */
export async function measureColdStart({ profiles, report, subjects, sizes, isQuick }) {
  for (const n of sizes) {
    const expected = naiveView(createRecords(n)).map(({ id, score, title }) => `${id} ${score} ${title}`);
    const entrants = await openEntrants(profiles, SUBJECTS, subjects);
    for (const entrant of entrants) await turn(entrant, (ask) => fill(ask, entrant.name, n, expected));
    const samples = new Map(entrants.map(({ name }) => [name, { times: [], heap: [] }]));
    const rounds = isQuick ? 2 : n > 10_000 ? 5 : 12;
    const warmUps = isQuick ? 0 : 1;
    // The last rounds look at memory instead, which disturbs what is timed.
    await interleave(entrants, warmUps + rounds + LOOKS_AT_MEMORY, (entrant, round) =>
      turn(entrant, async (ask, page) => {
        const looksAtMemory = round >= warmUps + rounds;
        const before = looksAtMemory ? await heapMiB(page) : 0;
        const took = await ask('show', expected, PATIENCE_MS);
        const { times, heap } = samples.get(entrant.name);
        if (looksAtMemory) {
          await ask('settle');
          heap.push((await heapMiB(page)) - before);
        } else if (round >= warmUps) times.push(took);
        if (round === 0) await ask('assertHolds', n);
        await ask('close');
      }),
    );
    for (const { name, hasFailed } of entrants) {
      const { times, heap } = samples.get(name);
      if (hasFailed) continue;
      report.add({ case: 'client/cold-start', n, subject: name, metric: 'latency', unit: 'ms' }, times);
      report.add({ case: 'client/memory', n, subject: name, metric: 'heap', unit: 'MiB' }, heap);
    }
    await closeAll(entrants);
  }
}

/** As long as somebody looks at a page at least. */
const LOOK_MS = 2_000;

/** Stores the records; then a page shows the query, as it will again. */
export async function fill(ask, name, n, expected) {
  const startedAt = performance.now();
  await ask('open');
  await ask('write', n);
  await ask('settle');
  await ask('show', expected, PATIENCE_MS);
  await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  await ask('close');
  console.log(`  ${name}: ${n} records stored in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
}
