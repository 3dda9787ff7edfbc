import { parentPort } from 'node:worker_threads';
import type { FaultCounts } from '../faults.js';
import { runSeed } from '../run-seed.js';

/** What a worker is to run. */
export interface SeedTask {
  readonly seed: number;
  readonly hosts: number;
}

/** What a worker tells of a run. */
export interface SeedReport {
  readonly seed: number;
  readonly violations: readonly string[];
  readonly faults: FaultCounts;
  readonly steps: number;
  readonly hash: string;
}

const unhandled: string[] = [];

/** In a worker: runs each seed it is sent. */
export function serveSeeds(): void {
  const port = parentPort;
  // What nobody awaits goes wrong in the run it belongs to, too.
  process.on('unhandledRejection', (error) => {
    unhandled.push(`unhandled: ${String(error instanceof Error ? error.stack : error)}`);
  });
  port?.on('message', (task: SeedTask) => {
    void reportOf(task).then((report) => port.postMessage(report));
  });
}

async function reportOf({ seed, hosts }: SeedTask): Promise<SeedReport> {
  const { violations, faults, steps, hash } = await runSeed(seed, { profile: { hosts } });
  return { seed, violations: [...violations.map(String), ...unhandled.splice(0)], faults, steps, hash };
}
