import { expect, test } from 'vitest';
import type { Defects } from './defects.js';
import { runSeed } from './run-seed.js';
import type { Oracle } from './violation.js';

/** Each oracle with a defect it is there to find: an oracle that cannot fail proves nothing. */
const CASES: readonly (readonly [oracle: Oracle, defect: keyof Defects])[] = [
  ['visible-at-once', 'writesAreIgnored'],
  ['progress', 'verdictsAreLost'],
  ['equal-records', 'rowsAreLost'],
  ['equal-views', 'rowsAreLost'],
  ['equal-storage', 'baseLosesChanges'],
  ['equal-storage', 'stampsByArrival'],
  ['acked-once', 'stampsByArrival'],
  ['acked-once', 'ledgerLosesOps'],
  ['acked-once', 'ledgerHasNoFence'],
  ['persisted-decided', 'outboxLosesOps'],
  ['provenance', 'valuesChangeOnTheWay'],
  ['removed-long-ago', 'goneIsLost'],
  ['cold-store', 'coldStoreLosesRows'],
  ['refusals', 'serverRefuses'],
  ['no-errors', 'messagesAreUnreadable'],
];

const MAX_SEEDS = 40;

test.each(CASES)('the oracle %s finds the defect %s', async (oracle, defect) => {
  const found = new Set<Oracle>();
  for (let seed = 1; seed <= MAX_SEEDS && !found.has(oracle); seed += 1) {
    const { violations } = await runSeed(seed, { defects: { [defect]: true } });
    for (const violation of violations) found.add(violation.oracle);
  }
  expect([...found]).toContain(oracle);
});
