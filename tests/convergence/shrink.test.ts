import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NO_DEFECTS } from './defects.js';
import { runSeed } from './run-seed.js';
import { shrink } from './shrink.js';

describe('the shrinker', () => {
  test('keeps what is needed, in its order, and drops all else', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.nat({ max: 199 }), { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 200, max: 400 }),
        async (picks, length) => {
          const needed = picks.toSorted((a, b) => a - b);
          const schedule = Array.from({ length }, (_, i) => i);
          const fails = (shorter: readonly number[]): Promise<boolean> =>
            Promise.resolve(needed.every((item) => shorter.includes(item)));
          expect(await shrink({ schedule, fails, maxRuns: 2_000 })).toEqual(needed);
        },
      ),
    );
  });

  test('stops after so many attempts, with something that still fails', async () => {
    let runs = 0;
    const schedule = Array.from({ length: 1_000 }, (_, i) => i);
    const fails = (shorter: readonly number[]): Promise<boolean> => {
      runs += 1;
      return Promise.resolve(shorter.includes(3) && shorter.includes(700));
    };
    const shrunk = await shrink({ schedule, fails, maxRuns: 10 });
    expect(runs).toBe(10);
    expect(shrunk).toEqual(expect.arrayContaining([3, 700]));
    expect(shrunk.length).toBeLessThan(schedule.length);
  });

  test('makes a story of one step out of a run of many', async () => {
    const seed = 3;
    const options = { defects: { ...NO_DEFECTS, writesAreIgnored: true }, profile: { steps: 500, devices: 2 } };
    const { violations, schedule } = await runSeed(seed, options);
    const [first] = violations;
    if (first === undefined) throw new Error('another seed is needed: this one misses the defect');
    const shrunk = await shrink({
      schedule,
      maxRuns: 100,
      fails: async (shorter) => {
        const outcome = await runSeed(seed, { ...options, schedule: shorter });
        return outcome.violations.some(({ oracle }) => oracle === first.oracle);
      },
    });
    expect(schedule.length).toBeGreaterThan(10);
    expect(shrunk.length).toBe(1);
  });
});
