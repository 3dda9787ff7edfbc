import { Worker } from 'node:worker_threads';
import { addFaults, createFaultCounter, FAULT_NAMES, FAULTS, FAULTS_TO_COME, type FaultCounts } from '../faults.js';
import { profileOf } from '../world-options.js';
import { replayCommand } from './replay-command.js';
import type { SeedReport, SeedTask } from './seed-worker.js';

export interface RunSeedsOptions {
  /** This program: workers run it too. */
  readonly file: URL;
  readonly count: number;
  readonly from: number;
  readonly jobs: number;
  /** PI-25: of which each server is made. */
  readonly hosts: number;
  /** Only those in which the server has rules. */
  readonly hasRules: boolean;
}

/** From so many seeds on, a fault that never fired is a fault of the simulator. */
const ENOUGH_SEEDS = 50;

/** Most of what a run makes is garbage by its next step: in a small nursery much of that is copied before. */
const NURSERY_MB = 192;

/** Runs many seeds, tells what they found and how often each fault fired. Resolves to the exit code. */
export async function runSeeds(options: RunSeedsOptions): Promise<number> {
  const { count, from } = options;
  const startedAt = performance.now();
  let faults: FaultCounts = createFaultCounter().counts;
  let steps = 0;
  const failed: number[] = [];
  console.log(`${count} seeds from ${from} on, in ${options.jobs} threads`);
  await runInWorkers(options, (report) => {
    faults = addFaults(faults, report.faults);
    steps += report.steps;
    if (report.violations.length === 0) return;
    failed.push(report.seed);
    console.log(`seed ${report.seed} (${report.hash}):`);
    for (const violation of report.violations) console.log(`  ${violation.slice(0, 600)}`);
  });
  tellFaults(faults);
  const seconds = (performance.now() - startedAt) / 1_000;
  console.log(`${steps} steps in ${seconds.toFixed(1)} s, ${Math.round(steps / seconds)} a second`);
  const canFire = FAULT_NAMES.filter((name) => name !== 'hosts-changed' || options.hosts > 1);
  const silent = canFire.filter((name) => faults[name] === 0);
  const isTooQuiet = silent.length > 0 && count >= ENOUGH_SEEDS && !options.hasRules;
  if (isTooQuiet) console.log(`never fired: ${silent.join(', ')}`);
  if (failed.length > 0) {
    failed.sort((a, b) => a - b);
    const again = replayCommand(failed[0]!, options);
    console.log(`${failed.length} seeds failed: ${failed.join(', ')}. One of them again: ${again}`);
  }
  return failed.length > 0 || isTooQuiet ? 1 : 0;
}

function tellFaults(faults: FaultCounts): void {
  console.log('how often each fault fired:');
  for (const name of FAULT_NAMES) console.log(`${String(faults[name]).padStart(9)}  ${name}: ${FAULTS[name]}`);
  for (const [name, what] of Object.entries(FAULTS_TO_COME)) console.log(`  not yet  ${name}: ${what}`);
}

async function runInWorkers(options: RunSeedsOptions, take: (report: SeedReport) => void) {
  const { file, count, from, jobs, hasRules, hosts } = options;
  const seeds = Array.from({ length: count }, (_, i) => from + i).filter(
    (seed) => !hasRules || profileOf(seed).hasRules,
  );
  const workers = Array.from({ length: Math.max(1, Math.min(jobs, count)) }, () => {
    return new Worker(file, { resourceLimits: { maxYoungGenerationSizeMb: NURSERY_MB } });
  });
  const runAll = (worker: Worker): Promise<void> =>
    new Promise((resolve, reject) => {
      const give = (): void => {
        const seed = seeds.shift();
        if (seed === undefined) resolve();
        else worker.postMessage({ seed, hosts } satisfies SeedTask);
      };
      worker.on('message', (report: SeedReport) => {
        take(report);
        give();
      });
      worker.on('error', reject);
      give();
    });
  try {
    await Promise.all(workers.map(runAll));
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}
