import { beforeEach, expect, test } from 'vitest';
import { createManualTimers, type ManualTimers } from '../../testing/manual-timers.js';
import { Rounds } from './rounds.js';

let timers: ManualTimers;
let failures: string[];
let rounds: Rounds;
beforeEach(() => {
  timers = createManualTimers();
  failures = [];
  rounds = new Rounds({ timers, onFailure: (reason) => failures.push(reason) });
});

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
};

/** Work that a test lets end. */
function held(log: string[], name: string): { readonly work: () => Promise<void>; readonly end: () => void } {
  let end = (): void => undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  return {
    end,
    work: async () => {
      log.push(`${name} begins`);
      await ended;
      log.push(`${name} ends`);
    },
  };
}

test('MO-5: one look at a time, in the order in which they were asked for', async () => {
  const log: string[] = [];
  const [first, second] = [held(log, 'first'), held(log, 'second')];
  const done = [rounds.run(first.work), rounds.run(second.work)];
  second.end();
  await settle();
  expect(log).toEqual(['first begins']);
  first.end();
  await Promise.all(done);
  expect(log).toEqual(['first begins', 'first ends', 'second begins', 'second ends']);
});

test('MO-5: what fails is told to who asked for it, and the next is done all the same', async () => {
  const failed = rounds.run(() => Promise.reject(new Error('no such table')));
  const next = rounds.run(() => Promise.resolve(7));
  await expect(failed).rejects.toThrow('no such table');
  expect(await next).toBe(7);
  // It was asked for: it is nothing for the log.
  expect(failures).toEqual([]);
});

test('MO-5: a look that nobody asked for and that fails is for the log, and comes again in its time', async () => {
  let looks = 0;
  rounds.every(1_000, () => {
    looks += 1;
    return looks === 1 ? Promise.reject(new Error('out of reach')) : Promise.resolve();
  });
  expect(looks).toBe(0);
  for (const expected of [1, 2, 3]) {
    timers.runAll();
    await settle();
    expect(looks).toBe(expected);
    expect(timers.pending).toBe(1);
  }
  expect(failures).toEqual(['out of reach']);
});

test('MO-5: the time to the next look begins when the last is over', async () => {
  const log: string[] = [];
  const look = held(log, 'look');
  rounds.every(1_000, look.work);
  timers.runAll();
  await settle();
  expect(log).toEqual(['look begins']);
  expect(timers.pending).toBe(0);
  look.end();
  await settle();
  expect(timers.pending).toBe(1);
});

test('MO-5: a server that stops waits for the look under way, begins none and sets no timer', async () => {
  const log: string[] = [];
  const look = held(log, 'look');
  rounds.every(1_000, () => Promise.resolve(void log.push('every')));
  rounds.soon(look.work);
  const waiting = rounds.run(() => Promise.resolve(void log.push('later')));
  waiting.catch(() => undefined);
  await settle();
  let isStopped = false;
  const stopped = rounds.stop().then(() => (isStopped = true));
  expect(rounds.isStopped).toBe(true);
  expect(timers.pending).toBe(0);
  await settle();
  expect(isStopped).toBe(false);
  look.end();
  await stopped;
  await expect(waiting).rejects.toThrow('about to stop');
  expect(log).toEqual(['look begins', 'look ends']);
  // What was cut short by the stop is no failure.
  rounds.soon(() => Promise.resolve(void log.push('soon')));
  await settle();
  expect(log).toEqual(['look begins', 'look ends']);
  expect(failures).toEqual([]);
});
