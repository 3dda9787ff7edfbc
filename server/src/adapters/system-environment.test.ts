import { stat } from 'node:fs';
import { expect, test } from 'vitest';

import { systemTimers } from './system-environment.js';

/** Runs it when the disk has answered, so that the turn is known to be at the same place of the loop. */
const afterTheDisk = (run: () => void): void => stat('.', run);

test('what is to run in the next turn does not wait for a timer', async () => {
  const told: string[] = [];
  await new Promise<void>((resolve) => {
    afterTheDisk(() => {
      systemTimers.after(0, () => told.push('next turn'));
      setImmediate(() => told.push('a turn'));
      setTimeout(resolve, 5);
      told.push('this turn');
    });
  });
  expect(told).toEqual(['this turn', 'next turn', 'a turn']);
});

test('work of many turns lets in what comes from outside', async () => {
  let turns = 0;
  let isHeard = false;
  await new Promise<void>((resolve) => {
    const step = (): void => {
      turns += 1;
      if (isHeard || turns === 1_000_000) resolve();
      else systemTimers.after(0, step);
    };
    step();
    afterTheDisk(() => (isHeard = true));
  });
  expect(isHeard).toBe(true);
});

test('what is cancelled does not run', async () => {
  const ran: number[] = [];
  for (const delayMs of [0, 1]) systemTimers.after(delayMs, () => ran.push(delayMs))();
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(ran).toEqual([]);
});
