import { expect, test } from 'vitest';
import { runSeed } from './run-seed.js';

const STEPS = 1_000;

test('one seed gives one run, to the last message, time and transaction', async () => {
  const first = await runSeed(12, { profile: { steps: STEPS }, keepsDetails: true });
  // Whatever was run in between, nothing of it is left.
  const other = await runSeed(13, { profile: { steps: STEPS } });
  const again = await runSeed(12, { profile: { steps: STEPS } });
  expect(again.hash).toBe(first.hash);
  expect(other.hash).not.toBe(first.hash);
  expect(first.steps).toBeGreaterThanOrEqual(STEPS);
  expect(first.trace.some((line) => line.includes('delivery: the server gets'))).toBe(true);
});

test('a schedule that is replayed gives the run it was recorded of', async () => {
  const recorded = await runSeed(14, { profile: { steps: STEPS } });
  const replayed = await runSeed(14, { profile: { steps: STEPS }, schedule: recorded.schedule });
  expect(replayed.hash).toBe(recorded.hash);
});
