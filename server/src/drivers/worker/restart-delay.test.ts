import fc from 'fast-check';
import { expect, test } from 'vitest';

import { DEATHS_COUNT_MS, RESTART_DELAYS_MS, restartDelay } from './restart-delay.js';

test('PI-36: one death is followed by a start at once; each that follows soon waits longer, and the fifth within a minute is the last', () => {
  const deaths = [1_000, 2_000, 4_000, 10_000, 26_000];
  expect(deaths.map((_, i) => restartDelay(deaths.slice(0, i + 1)))).toEqual([...RESTART_DELAYS_MS, null]);
  expect(restartDelay([...deaths.slice(0, 4), 26_000 + DEATHS_COUNT_MS])).toBe(0);
});

test('PI-36: what lies long back has no bearing, nor has when all of it was', () => {
  const times = fc.array(fc.nat(10 * DEATHS_COUNT_MS), { maxLength: 8 }).map((all) => all.toSorted((a, b) => a - b));
  fc.assert(
    fc.property(times, fc.nat(1e12), (deaths, later) => {
      const last = deaths.at(-1) ?? 0;
      const delay = restartDelay(deaths);
      expect(restartDelay(deaths.filter((at) => at > last - DEATHS_COUNT_MS))).toBe(delay);
      expect(restartDelay(deaths.map((at) => at + later))).toBe(delay);
    }),
    { numRuns: 100 },
  );
});
