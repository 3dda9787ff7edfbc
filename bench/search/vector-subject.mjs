// One process: records with vectors, and which of them are nearest. Arguments: `topgun`, `approximate` or `floor`, and `anywhere` for vectors without structure.

import { answerParent } from '../method/processes.mjs';
import { keyOf } from './workload.mjs';
import { DIMENSIONS, vectorsOf } from './vector-workload.mjs';

const [name, kind] = process.argv.slice(2);
const { vectorOf, wantedOf } = vectorsOf(kind);
const { create } = await import(name === 'floor' ? './vector-floor.mjs' : './vector-topgun.mjs');
const approximate = name === 'approximate' ? await createApproximate() : undefined;
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
    index = create(DIMENSIONS, approximate);
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
  /** The keys of the nearest so many: to compare. */
  found: (seed, count) => index.nearest(wantedOf(seed), count),
  isApproximate: () => index.isApproximate(wantedOf(0)),
  /** Makes the approximate index, or brings it up to date: resolves to milliseconds of all steps, those of the longest, and the megabytes that the process has more. */
  approximate() {
    const before = process.memoryUsage().rss;
    const each = index.approximateSteps(took);
    const sum = each.reduce((total, ms) => total + ms, 0);
    const sorted = each.toSorted((a, b) => b - a);
    return {
      sum,
      longest: sorted[0],
      p999: sorted[Math.floor(each.length / 1_000)],
      mb: (process.memoryUsage().rss - before) / 1e6,
    };
  },
  memoryMb: () => process.memoryUsage().arrayBuffers / 1e6,
});

async function createApproximate() {
  const { createUsearch } = await import('../../server/dist/adapters/usearch-index.js');
  const line = (message, detail) => console.error(message, detail);
  return createUsearch({ debug: line, info: line, warn: line, error: line });
}
