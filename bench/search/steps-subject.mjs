// One process: an index that is made, kept, loaded, changed and cleared, step by step. Says the processor time of each step.

import { answerParent } from '../method/processes.mjs';
import { keyOf, textOf } from './workload.mjs';

const { parseSearch, parseSearchDefinition, rankingSteps, SearchIndex, searchSteps } =
  await import('@topgun/core/search');
const { value: definition } = parseSearchDefinition({ fields: ['text'] });

/** Of all threads: what the collector and the compiler take elsewhere is in it. */
function processorMs() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Takes steps to their end, and notes what each took. */
function taken(steps, times, put = () => {}) {
  for (;;) {
    const before = processorMs();
    const step = steps.next();
    times.push(processorMs() - before);
    if (step.done) return step.value;
    put(step.value);
  }
}

function run(n) {
  const records = new Map(Array.from({ length: n }, (_, i) => [keyOf(i), { text: textOf(i) }]));
  const valueOf = (key) => records.get(key);
  const times = { build: [], search: [], save: [], load: [], compare: [], change: [], vacuum: [] };
  const index = new SearchIndex(definition);
  taken(index.fill([...records.keys()], valueOf), times.build);
  for (const text of ['b', 'b d', textOf(1).slice(0, 20)]) {
    const query = parseSearch(definition, text, { facets: ['text'], highlight: true }).value;
    const ranking = taken(rankingSteps(index, query), times.search);
    taken(searchSteps(index, ranking, query, valueOf), times.search);
  }
  const parts = [];
  taken(index.saveParts(), times.save, (part) => parts.push(part));
  const loading = SearchIndex.loading(definition);
  taken(
    (function* () {
      for (const part of parts) {
        loading.take(part);
        yield;
      }
    })(),
    times.load,
  );
  const loaded = loading.finish();
  if (loaded?.size !== n) throw new Error('loaded, it has other documents');
  taken(loaded.fill([...records.keys()], valueOf), times.compare);
  const changed = Array.from({ length: n / 5 }, (_, i) => keyOf((i * 7_919) % n));
  changed.forEach((key, i) => records.set(key, { text: textOf(n + i) }));
  taken(loaded.fill(changed, valueOf), times.change);
  if (!loaded.isLittered) throw new Error('nothing is left over');
  taken(loaded.vacuumSteps(), times.vacuum);
  if (loaded.isLittered) throw new Error('something is left over');
  return times;
}

// What is compiled is compiled by then.
run(2_000);
answerParent({ run });
