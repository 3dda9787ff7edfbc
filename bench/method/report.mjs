// What a suite found: a table with ratios for people, an array of rows for programs.

import { writeFileSync } from 'node:fs';

import { quantile } from './statistics.mjs';

/**
 * @typedef {object} Figure
 * @property {string} suite
 * @property {string} case
 * @property {number} n size of the case: records held, or ops per run
 * @property {string} subject `topgun`, `floor` or a peer's package
 * @property {string} metric
 * @property {string} unit
 * @property {number} p50
 * @property {number} p99 what 99 % of the samples are not worse than: of a rate it is the low end
 * @property {number} runs samples, or what the README says of the case
 */

/** Of these metrics more is better. */
const rates = new Set(['opsPerS']);

/** @param {string} suite */
export function createReport(suite) {
  /** @type {Figure[]} */
  const figures = [];

  return {
    /**
     * @param {{ case: string, n: number, subject: string, metric: string, unit: string, runs?: number }} what
     * @param {readonly number[]} samples
     */
    add({ runs = 0, ...what }, samples) {
      const worst = rates.has(what.metric) ? 0.01 : 0.99;
      const figure = { suite, ...what, p50: quantile(samples, 0.5), p99: quantile(samples, worst) };
      figures.push({ ...figure, runs: runs === 0 ? samples.length : runs });
    },
    print() {
      for (const rows of groups(figures)) printGroup(rows);
    },
    /** @param {string | undefined} file */
    write(file) {
      if (file === undefined) return;
      writeFileSync(file, `${JSON.stringify(figures, null, 2)}\n`);
      console.log(`\nwritten to ${file}`);
    },
  };
}

/** @param {Figure[]} figures */
function groups(figures) {
  /** @type {Map<string, Figure[]>} */
  const byCase = new Map();
  for (const figure of figures) {
    const key = `${figure.case} ${figure.n} ${figure.metric}`;
    byCase.set(key, [...(byCase.get(key) ?? []), figure]);
  }
  return byCase.values();
}

/** @param {Figure[]} rows */
function printGroup(rows) {
  const [{ case: name, n, metric, unit }] = rows;
  const floor = rows.find(({ subject }) => subject === 'floor');
  console.log(`\n${name}, n = ${n.toLocaleString('en')}: ${metric} in ${unit}`);
  console.log(
    `  ${''.padEnd(16)} ${'p50'.padStart(10)} ${'p99'.padStart(10)} ${'× floor'.padStart(9)} ${'runs'.padStart(7)}`,
  );
  for (const { subject, p50, p99, runs } of rows) {
    // What takes less than a step of the clock is nothing to compare with.
    const ratio = floor === undefined || floor.p50 === 0 ? '' : (p50 / floor.p50).toFixed(2);
    const cells = [digits(p50).padStart(10), digits(p99).padStart(10), ratio.padStart(9), String(runs).padStart(7)];
    console.log(`  ${subject.padEnd(16)} ${cells.join(' ')}`);
  }
}

/** @param {number} value */
function digits(value) {
  if (value >= 1000) return Math.round(value).toLocaleString('en');
  return value.toPrecision(3);
}
