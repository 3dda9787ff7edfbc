// One process: records with vectors, and which of them are nearest. Arguments: `topgun` or `floor`.

import { answerParent } from '../method/processes.mjs';
import { keyOf } from './workload.mjs';
import { DIMENSIONS, vectorOf, wantedOf } from './vector-workload.mjs';

const [name] = process.argv.slice(2);
const { create } = await import(name === 'topgun' ? './vector-topgun.mjs' : './vector-floor.mjs');
let index = null;
let size = 0;

/** What this process used, however many others wanted the processor. */
const cpuMs = () => process.cpuUsage().user / 1_000;
const took = (work) => {
  const before = cpuMs();
  work();
  return cpuMs() - before;
};

answerParent({
  /** Resolves to milliseconds per record. */
  build(n) {
    size = n;
    index = create(DIMENSIONS);
    let sum = 0;
    for (let i = 0; i < n; i += 1) {
      const vector = vectorOf(i);
      sum += took(() => index.put(keyOf(i), vector));
    }
    return sum / n;
  },
  /** Resolves to milliseconds of each of so many searches. */
  query(count, seed) {
    return Array.from({ length: count }, (_, i) => {
      const wanted = wantedOf(seed * count + i);
      return took(() => index.nearest(wanted, 10));
    });
  },
  /** Resolves to the longest step of each. */
  longestStep(count, seed) {
    return Array.from({ length: count }, (_, i) => Math.max(...index.steps(wantedOf(seed * count + i), took)));
  },
  /** Resolves to milliseconds per record whose vector changes. */
  write(count, seed) {
    let sum = 0;
    for (let i = 0; i < count; i += 1) {
      const vector = vectorOf(size + seed * count + i);
      sum += took(() => index.put(keyOf((seed * 7_919 + i * 31) % size), vector));
    }
    return sum / count;
  },
  /** The keys of the nearest ten: to compare. */
  found: (seed) => index.nearest(wantedOf(seed), 10).join(),
  memoryMb: () => process.memoryUsage().arrayBuffers / 1e6,
});
