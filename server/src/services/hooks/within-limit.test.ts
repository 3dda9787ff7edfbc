import { expect, test } from 'vitest';
import { createManualTimers } from '../../testing/manual-timers.js';
import { failureText, withinLimit } from './within-limit.js';

const FAULT = new RangeError('of no use');

test('HK-4: what returns no promise has its outcome at once, and no timer is set', () => {
  const timers = createManualTimers();
  expect(withinLimit(timers, 10, () => 7)).toEqual({ type: 'returned', value: 7 });
  expect(
    withinLimit(timers, 10, () => {
      throw FAULT;
    }),
  ).toEqual({ type: 'threw', error: FAULT });
  expect(timers.pending).toBe(0);
});

test('HK-4: a promise is waited for, and its timer goes with it', async () => {
  const timers = createManualTimers();
  const kept = withinLimit(timers, 10, () => Promise.resolve(7));
  const broken = withinLimit(timers, 10, () => Promise.reject(FAULT));
  expect(timers.pending).toBe(2);
  expect(await kept).toEqual({ type: 'returned', value: 7 });
  expect(await broken).toEqual({ type: 'threw', error: FAULT });
  expect(timers.pending).toBe(0);
});

test('HK-4: one that does not settle is over with its time: the signal says so, and what comes later changes nothing', async () => {
  const timers = createManualTimers();
  let settle: (value: number) => void = () => undefined;
  let signal: AbortSignal | null = null;
  const call = withinLimit(timers, 10, (given) => {
    signal = given;
    return new Promise<number>((resolve) => (settle = resolve));
  });
  expect(signal!.aborted).toBe(false);
  timers.runAll();
  expect(signal!.aborted).toBe(true);
  settle(7);
  expect(await call).toEqual({ type: 'timed-out' });
});

test('HK-4: what pretends to be a promise is contained too', async () => {
  const timers = createManualTimers();
  /** An object of the app's own making, with one method. */
  const pretending = (method: (resolve: (value: number) => void) => void, name = 'then') =>
    ({ [name]: method }) as unknown as Promise<number>;
  const throwing = pretending(() => {
    throw FAULT;
  });
  expect(await withinLimit(timers, 10, () => throwing)).toEqual({ type: 'threw', error: FAULT });
  const twice = pretending((resolve) => {
    resolve(1);
    resolve(2);
    throw FAULT;
  });
  expect(await withinLimit(timers, 10, () => twice)).toEqual({ type: 'returned', value: 1 });
  expect(timers.pending).toBe(0);
});

test('a log is told how it failed, and nothing of what the app had in it', () => {
  expect(failureText({ type: 'timed-out' })).toBe('took too long');
  expect(failureText({ type: 'threw', error: FAULT })).toBe('threw RangeError');
  expect(failureText({ type: 'threw', error: 'a secret' })).toBe('threw a value');
});
