import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { isMainThread } from 'node:worker_threads';
import { replaySeed } from './replay-seed.js';
import { runSeeds } from './run-seeds.js';
import { serveSeeds } from './seed-worker.js';

const USAGE = `npm run sim -- [--seeds 200] [--from 1]   runs so many seeds, in all cores; with --rules only those in which the server has rules;
                                          with --hosts 3 the server is made of so many hosts
npm run sim -- --seed 17 [--details]      runs one, prints what happened, and shrinks its schedule when something went wrong`;

/** What `npm run sim` runs. Resolves to the exit code. */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '200' },
      from: { type: 'string', default: '1' },
      jobs: { type: 'string', default: String(availableParallelism()) },
      seed: { type: 'string' },
      rules: { type: 'boolean', default: false },
      hosts: { type: 'string', default: '1' },
      details: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const hosts = wholeNumber(values.hosts);
  if (values.seed !== undefined)
    return replaySeed(wholeNumber(values.seed), { keepsDetails: values.details, profile: { hosts } });
  const [count, from, jobs] = [values.seeds, values.from, values.jobs].map(wholeNumber) as [number, number, number];
  return runSeeds({ file: new URL(import.meta.url), count, from, jobs, hosts, hasRules: values.rules });
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new Error(`${JSON.stringify(text)} is no whole number\n\n${USAGE}`);
  return Number(text);
}

if (isMainThread) {
  main().then(
    (code) => (process.exitCode = code),
    (error: unknown) => {
      console.error(error instanceof Error ? error.message : error);
      process.exitCode = 1;
    },
  );
} else {
  serveSeeds();
}
