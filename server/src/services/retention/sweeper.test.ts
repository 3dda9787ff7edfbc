import { expect, test } from 'vitest';

import { createManualTimers } from '../../testing/manual-timers.js';
import { settle } from '../../testing/test-host.js';
import { createSweeper, type Sweep } from './sweeper.js';

function setUp() {
  const clock = { at: 1_000, now: () => clock.at };
  const waits: number[] = [];
  const manual = createManualTimers();
  const timers = {
    after(delayMs: number, run: () => void) {
      waits.push(delayMs);
      return manual.after(delayMs, run);
    },
  };
  const due: number[] = [];
  const log: string[] = [];
  let outcome: () => Promise<boolean> = () => Promise.resolve(true);
  const sweep: Sweep = {
    next: () => due[0] ?? null,
    async run(now) {
      log.push(`at ${now}: ${due[0]}`);
      const done = await outcome();
      if (done) due.shift();
      return done;
    },
  };
  const sweeper = createSweeper({
    sweeps: [{ next: () => null, run: () => Promise.resolve(true) }, sweep],
    clock,
    timers,
  });
  return {
    clock,
    waits,
    manual,
    due,
    log,
    sweeper,
    answer: (next: () => Promise<boolean>) => (outcome = next),
  };
}

test('PI-12: nothing is done, and no timer set, while nothing is to come', () => {
  const { sweeper, manual } = setUp();
  sweeper.wake();
  expect(manual.pending).toBe(0);
});

test('PI-12: it waits for what is due first, and looks at the clock once a minute', async () => {
  const { sweeper, manual, due, waits, clock, log } = setUp();
  due.push(500_000);
  sweeper.wake();
  sweeper.wake();
  due.unshift(1_700);
  sweeper.wake();
  expect([waits, manual.pending]).toEqual([[60_000, 700], 1]);
  manual.runAll();
  await settle();
  expect(log).toEqual([]);
  clock.at = 1_700;
  manual.runAll();
  await settle();
  expect([log, waits.at(-1), manual.pending]).toEqual([['at 1700: 1700'], 60_000, 1]);
});

test('PI-12: what is due is done part by part, one at a time; more that comes meanwhile is done after it', async () => {
  const { sweeper, manual, due, log, answer } = setUp();
  let release = (): void => {};
  answer(() => new Promise((resolve) => (release = () => resolve(true))));
  due.push(1, 2, 3);
  sweeper.wake();
  manual.runAll();
  await settle();
  sweeper.wake();
  expect([log.length, manual.pending]).toEqual([1, 0]);
  for (let i = 0; i < 3; i += 1) {
    release();
    await settle();
  }
  expect(log).toEqual(['at 1000: 1', 'at 1000: 2', 'at 1000: 3']);
});

test('PI-12: what becomes due in the moment in which the last part is done is not forgotten', async () => {
  for (let turns = 0; turns < 12; turns += 1) {
    const { sweeper, manual, due, log, answer } = setUp();
    answer(async () => {
      answer(() => Promise.resolve(true));
      void (async () => {
        for (let i = 0; i < turns; i += 1) await Promise.resolve();
        due.push(2);
        sweeper.wake();
      })();
      return true;
    });
    due.push(1);
    sweeper.wake();
    manual.runAll();
    await settle();
    manual.runAll();
    await settle();
    expect([turns, log.length, due]).toEqual([turns, 2, []]);
  }
});

test('PI-12: what could not be written is tried again, after a while', async () => {
  const { sweeper, manual, due, log, answer, waits } = setUp();
  answer(() => Promise.resolve(false));
  due.push(1);
  sweeper.wake();
  manual.runAll();
  await settle();
  expect([log.length, waits.at(-1)]).toEqual([1, 1_000]);
  answer(() => Promise.resolve(true));
  manual.runAll();
  await settle();
  expect([log.length, due.length, manual.pending]).toEqual([2, 0, 0]);
});

test('PI-10: stopped, it begins nothing more, and waits for what it has begun', async () => {
  const { sweeper, manual, due, log, answer } = setUp();
  let release = (): void => {};
  answer(() => new Promise((resolve) => (release = () => resolve(true))));
  due.push(1, 2);
  sweeper.wake();
  manual.runAll();
  let isStopped = false;
  void sweeper.stop().then(() => (isStopped = true));
  await settle();
  expect(isStopped).toBe(false);
  release();
  await settle();
  sweeper.wake();
  expect([isStopped, log.length, due, manual.pending]).toEqual([true, 1, [2], 0]);
});
