// One process: an index that is made, kept, loaded, changed and cleared, step by step. Says the processor time of each step.

import { answerParent } from '../method/processes.mjs';
import { keyOf, longTexts, textOf } from './workload.mjs';

const { parseSearch, parseSearchDefinition, rankingSteps, SearchIndex, searchSteps } =
  await import('@topgun/core/search');
const { value: definition } = parseSearchDefinition({ fields: ['text'] });

const NOTHING = { length: 0, keyAt: () => undefined, scoreAt: () => 0 };

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
  const times = { build: [], search: [], save: [], load: [], compare: [], change: [], long: [], vacuum: [] };
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
  // As many more records as there are scripts, each as long as is indexed; then they are found, with highlights.
  const texts = longTexts();
  for (const [script, text] of Object.entries(texts)) records.set(script, { text });
  taken(loaded.fill(Object.keys(texts), valueOf), times.long);
  for (const text of Object.values(texts)) {
    const [word] = loaded.words.indexed(text.slice(0, 200));
    const query = parseSearch(definition, word, { highlight: true, limit: 5, prefix: false, fuzzy: false }).value;
    const ranking = loaded.ranked(query);
    const { hits } = taken(searchSteps(loaded, { text: ranking, near: NOTHING }, query, valueOf), times.long);
    if (!hits.some(({ key }) => key in texts)) throw new Error('a long text is not found');
  }
  if (!loaded.isLittered) throw new Error('nothing is left over');
  taken(loaded.vacuumSteps(), times.vacuum);
  if (loaded.isLittered) throw new Error('something is left over');
  return times;
}

// What is compiled is compiled by then.
run(2_000);
answerParent({ run });
