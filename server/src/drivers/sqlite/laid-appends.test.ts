import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { LaidAppends } from './laid-appends.js';
import { SegmentArea } from './segment-area.js';

const TIMEOUT_MS = 100;
const PENDING = 'pending';

let area: SegmentArea;
let rings: number;
let appends: LaidAppends;
beforeEach(() => {
  vi.useFakeTimers();
  area = new SegmentArea();
  rings = 0;
  appends = new LaidAppends(area, TIMEOUT_MS, () => (rings += 1));
});
afterEach(() => void vi.useRealTimers());

/** Its outcome where there is one by now. */
const settled = async (outcome: Promise<unknown> | null): Promise<unknown> => {
  let found: unknown = PENDING;
  void outcome?.then((value) => (found = value));
  await Promise.resolve();
  await Promise.resolve();
  return found;
};

it('PI-1: each append has the answer that came to it, and the next one is laid only then', async () => {
  const first = appends.append(7, Uint8Array.of(1));
  expect(rings).toBe(1);
  expect(new SegmentArea(area.memory).take()).toEqual({ epoch: 7, segment: Uint8Array.of(1) });
  expect(appends.append(7, Uint8Array.of(2))).toBeNull();
  expect(await settled(first)).toBe(PENDING);
  appends.answer({ type: 'committed', position: 4 });
  expect(await first).toEqual({ type: 'committed', position: 4 });
  const second = appends.append(7, Uint8Array.of(2));
  expect(rings).toBe(2);
  appends.answer({ type: 'fenced' });
  expect(await second).toEqual({ type: 'fenced' });
});

it('PI-2: what is not answered in its own time is unknown, and stays where it lies until the answer comes', async () => {
  const first = appends.append(1, Uint8Array.of(1));
  vi.advanceTimersByTime(TIMEOUT_MS * 0.6);
  appends.answer({ type: 'committed', position: 1 });
  expect(await first).toEqual({ type: 'committed', position: 1 });
  const second = appends.append(1, Uint8Array.of(2));
  vi.advanceTimersByTime(TIMEOUT_MS * 0.6);
  expect(await settled(second)).toBe(PENDING);
  vi.advanceTimersByTime(TIMEOUT_MS * 0.4);
  expect(await second).toMatchObject({ type: 'unknown' });
  expect(appends.append(1, Uint8Array.of(3))).toBeNull();
  appends.answer({ type: 'committed', position: 2 });
  // Once it has gone off the time of the next one is its own as well.
  const third = appends.append(1, Uint8Array.of(3));
  expect(await settled(third)).toBe(PENDING);
  vi.advanceTimersByTime(TIMEOUT_MS);
  expect(await third).toMatchObject({ type: 'unknown' });
});

it('PI-2: with the thread gone, what it has not answered is unknown, and whatever comes later', async () => {
  const first = appends.append(1, Uint8Array.of(1));
  appends.end('it is gone');
  expect(await first).toEqual({ type: 'unknown', reason: 'it is gone' });
  expect(await appends.append(1, Uint8Array.of(2))).toEqual({ type: 'unknown', reason: 'it is gone' });
  expect(vi.getTimerCount()).toBe(0);
});
