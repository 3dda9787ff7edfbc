import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';

import { afterEach, expect, it } from 'vitest';

import { Doorbell } from './doorbell.js';

const file = fileURLToPath(new URL('./testing/answering-thread.mjs', import.meta.url));

let worker: Worker | null = null;
afterEach(async () => {
  await worker?.terminate();
  worker = null;
});

/** A thread that sleeps until it has answered so many rings, and then ends. */
function answering(bell: Doorbell, rings: number): Promise<unknown> {
  const started = new Worker(file, { workerData: { memory: bell.memory, rings }, execArgv: [] });
  worker = started;
  return new Promise((resolve, reject) => {
    started.once('exit', resolve);
    started.once('error', reject);
  });
}

const nextTurn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

it('no ring is lost, however close one is to the next and whatever the thread is at', async () => {
  const bell = new Doorbell();
  const rings = 2_000;
  const ended = answering(bell, rings);
  for (let rung = 1; rung <= rings; rung += 1) {
    bell.ring();
    if (rung % 3 === 0) await nextTurn();
  }
  expect(await ended).toBe(0);
});

it('who rings hears whether somebody was asleep', async () => {
  const bell = new Doorbell();
  expect(bell.ring()).toBe(false);
  const ended = answering(bell, Number.POSITIVE_INFINITY);
  // Once it has answered, it sleeps.
  while (!bell.ring()) await nextTurn();
  await worker?.terminate();
  expect(await ended).toBe(1);
  expect(bell.ring()).toBe(false);
});

it('nobody sleeps as long as less was answered than was rung for, or more: then a ring is on its way', () => {
  const bell = new Doorbell();
  bell.ring();
  bell.ring();
  bell.sleep();
  bell.answer();
  bell.sleep();
  bell.answer();
  bell.answer();
  bell.sleep();
  expect(new Int32Array(bell.memory)[0]).toBe(2);
});
