import { expect, test } from 'vitest';
import { Accounts } from './accounts.js';

const NOW = 1_700_000_000_000;

test('AB-1: accounts that say nothing any more are forgotten, those that do are kept', () => {
  const accounts = new Accounts();
  const indebted = accounts.of('indebted', NOW);
  indebted.chargeOne('ops', { perS: 1, burst: 10 }, 30, NOW);
  const standing = accounts.of('standing', NOW);
  standing.connections = 1;
  for (let i = 0; i < 100_000; i += 1) accounts.of(`passing-${i}`, NOW);
  expect(accounts.size).toBeLessThan(2_000);
  expect(accounts.of('indebted', NOW)).toBe(indebted);
  for (let i = 0; i < 100_000; i += 1) accounts.of(`later-${i}`, NOW + 60_000);
  expect(accounts.of('indebted', NOW + 60_000)).not.toBe(indebted);
  expect(accounts.of('standing', NOW + 60_000)).toBe(standing);
});
