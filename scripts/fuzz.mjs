// `npm run fuzz`: the property tests again and again, each time from another seed. `npm test` begins with the same one every time, so that
// a counterexample in a million is found by who looks for it, and not by whoever changed something else.
//
//   npm run fuzz -- [--times 10] [--seed S] [filter …]    only the test files whose path contains a filter

import './node-version.mjs';

import { randomInt } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { bootstrap } from './bootstrap.mjs';
import { runVitest } from './checks.mjs';
import { endChildrenOnSignal, isEnding } from './children.mjs';
import { endWithParent } from './parent-watch.mjs';
import { projectPath } from './paths.mjs';
import { Stop, runCommand, say, step } from './progress.mjs';

runCommand(async () => {
  endChildrenOnSignal();
  endWithParent();
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { times: { type: 'string', default: '10' }, seed: { type: 'string' } },
  });
  const seeds =
    values.seed === undefined ? drawn(wholeNumber('times', values.times)) : [wholeNumber('seed', values.seed)];
  await bootstrap();
  const files = propertyTests(positionals);
  if (files.length === 0) throw new Stop('there is no property test of that name.');
  /** @type {number[]} */
  const failed = [];
  for (const seed of seeds) {
    const env = { ...process.env, TOPGUN_PROPERTY_SEED: String(seed) };
    const args = ['--project', 'node', '--reporter=dot', ...files];
    const code = await step(
      `${files.length} files from seed ${seed}`,
      () => runVitest(args, env),
      (code) => (code === 0 ? 'nothing found' : 'a counterexample'),
    );
    if (code !== 0 && !isEnding()) failed.push(seed);
  }
  for (const seed of failed) say(`again: npm run fuzz -- --seed ${[seed, ...positionals].join(' ')}`);
  return failed.length === 0 ? 0 : 1;
});

/** @param {number} times */
function drawn(times) {
  return Array.from({ length: times }, () => randomInt(2 ** 31));
}

/** @param {string} name @param {string} text */
function wholeNumber(name, text) {
  if (!/^\d{1,10}$/.test(text)) throw new Stop(`--${name} takes a whole number, not "${text}".`);
  return Number(text);
}

/** @param {readonly string[]} filters */
function propertyTests(filters) {
  return ['packages', 'server/src', 'tests']
    .flatMap((folder) =>
      readdirSync(projectPath(folder), { recursive: true, encoding: 'utf8' }).map((file) => path.join(folder, file)),
    )
    .filter((file) => file.endsWith('.test.ts') && !file.endsWith('.browser.test.ts') && !file.includes('node_modules'))
    .filter((file) => filters.length === 0 || filters.some((filter) => file.includes(filter)))
    .filter((file) => readFileSync(projectPath(file), 'utf8').includes("from 'fast-check'"))
    .toSorted();
}
