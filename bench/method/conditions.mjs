// Under what conditions figures were taken. Without them a figure means nothing.

import { cpus, freemem, loadavg, platform, release, totalmem } from 'node:os';

/** @param {Record<string, string>} [more] what else matters to the suite: the browser's version, the disk */
export function printConditions(more = {}) {
  const cores = cpus();
  const lines = {
    cpu: `${cores.length} × ${cores[0]?.model ?? 'unknown'}`,
    memory: `${gigabytes(freemem())} free of ${gigabytes(totalmem())} GB`,
    system: `${platform()} ${release()}`,
    node: process.version,
    ...more,
    load: loadAverage(),
  };
  for (const [name, value] of Object.entries(lines)) console.log(`  ${name.padEnd(10)} ${value}`);
}

/** Above about 1 on this machine something else was at work. */
export function loadAverage() {
  return `${loadavg()
    .map((load) => load.toFixed(2))
    .join(', ')} (1, 5, 15 minutes)`;
}

/** @param {number} bytes */
const gigabytes = (bytes) => (bytes / 2 ** 30).toFixed(1);
