// One process that holds many records: as the server does, or as objects in plain maps. Arguments: `topgun` or `plain maps`.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { PerformanceObserver } from 'node:perf_hooks';
import { partitionOf } from '../../packages/core/dist/primitives/index.js';
import { applyDecided, canonicalRecord } from '../../packages/core/dist/crdt/index.js';
import { loadXxhash } from '../../server/dist/adapters/xxhash.js';
import { answerParent } from '../method/processes.mjs';
import { seededRandom } from '../method/random.mjs';
import { createOf, editOf, keyOf, MAP } from './memory-workload.mjs';

const [name] = process.argv.slice(2);
const { createStore } = await import(name === 'topgun' ? './grid-store.mjs' : './map-store.mjs');

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');
const hash = await loadXxhash();
const store = createStore();
let size = 0;
/** How often each record was edited: what it holds follows from that. */
let edits = new Uint16Array(0);
let pauses = [];
new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) pauses.push(duration);
}).observe({ entryTypes: ['gc'] });

/** A server has other things to do, and the observer its turn. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

function edit(i) {
  const key = keyOf(i);
  const partition = partitionOf(hash, MAP, key);
  edits[i] += 1;
  store.set(partition, key, applyDecided(store.get(partition, key), editOf(i, edits[i])));
}

answerParent({
  async fill(n) {
    size = n;
    edits = new Uint16Array(n);
    for (let i = 0; i < n; i += 1) {
      const key = keyOf(i);
      store.set(partitionOf(hash, MAP, key), key, applyDecided(undefined, createOf(i)));
      if (i % 1_000 === 0) await turn();
    }
    for (let i = 0; i < n; i += 10) edit(i);
    await turn();
  },
  /** MB of the process, and of what JavaScript holds in it; bytes of the store itself, where it knows. */
  async memory() {
    for (let i = 0; i < 3; i += 1) {
      collect();
      await turn();
    }
    const { rss, heapUsed } = process.memoryUsage();
    return { rss: rss / 1e6, heap: heapUsed / 1e6, stored: store.bytes() };
  },
  /** Edits so many random records. Resolves to the pauses for collecting garbage meanwhile, and the time of an edit in µs. */
  async churn(count, seed) {
    const random = seededRandom(seed);
    await turn();
    pauses = [];
    let micros = 0;
    for (let done = 0; done < count; done += 1_000) {
      const startedAt = process.hrtime.bigint();
      for (let i = done; i < Math.min(count, done + 1_000); i += 1) edit(random(size));
      micros += Number(process.hrtime.bigint() - startedAt) / 1_000;
      await turn();
    }
    await turn();
    return { pauses, edit: micros / count };
  },
  /** How long it takes to collect all garbage at once, in ms. */
  fullCollection() {
    collect();
    const startedAt = process.hrtime.bigint();
    collect();
    return Number(process.hrtime.bigint() - startedAt) / 1e6;
  },
  /** Throws unless the records, of which each `step`th is looked at, are what was written to them. */
  check(step) {
    for (let i = 0; i < size; i += step) {
      const key = keyOf(i);
      let expected = applyDecided(undefined, createOf(i));
      for (let done = 1; done <= edits[i]; done += 1) expected = applyDecided(expected, editOf(i, done));
      const found = store.get(partitionOf(hash, MAP, key), key);
      if (canonicalRecord(found) !== canonicalRecord(expected)) throw new Error(`${key} is not what was written`);
    }
  },
});
