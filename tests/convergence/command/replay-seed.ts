import { runSeed, type SeedOptions, type SeedOutcome } from '../run-seed.js';
import { shrink } from '../shrink.js';
import { isSameFault } from '../violation.js';

/** Runs one seed and prints what happened; of a failing one, what is left of it when it is shrunk. Resolves to the exit code. */
export async function replaySeed(
  seed: number,
  options: Pick<SeedOptions, 'keepsDetails' | 'profile'>,
): Promise<number> {
  const outcome = await runSeed(seed, options);
  print(seed, outcome);
  const [violation] = outcome.violations;
  if (violation === undefined) return 0;
  console.log(`\nshrinking ${outcome.schedule.length} decisions …`);
  const schedule = await shrink({
    schedule: outcome.schedule,
    maxRuns: 400,
    fails: async (shorter) => {
      const { violations } = await runSeed(seed, { ...options, keepsDetails: false, schedule: shorter });
      return violations.some((found) => isSameFault(found, violation));
    },
  });
  console.log(`${schedule.length} decisions are enough:\n`);
  print(seed, await runSeed(seed, { ...options, schedule }));
  console.log(`as a regression test: runSeed(${seed}, { schedule: ${JSON.stringify(schedule)} })`);
  return 1;
}

function print(seed: number, { profile, trace, violations, hash, steps }: SeedOutcome): void {
  console.log(JSON.stringify(profile));
  for (const line of trace) console.log(line);
  console.log(`seed ${seed}: ${steps} steps, trace ${hash}, ${violations.length === 0 ? 'nothing wrong' : 'WRONG:'}`);
  for (const violation of violations) console.log(String(violation));
}
