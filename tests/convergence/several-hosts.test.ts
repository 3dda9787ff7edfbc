import { expect, test } from 'vitest';
import { runSeed } from './run-seed.js';

// Seeds that differ in kind: with and without rules, forgetting, and slow storage.
test.each([3, 45])('PI-25, PI-50, PI-52: clients of a server of three hosts come to agree, seed %d', async (seed) => {
  const { violations } = await runSeed(seed, { profile: { hosts: 3, steps: 2_500 } });
  expect(violations.map(String)).toEqual([]);
});
