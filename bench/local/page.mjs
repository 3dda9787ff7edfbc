// Runs in the browser: one page holds one subject. The suite calls `bench.open` once and then `bench.burst` again and again.

import { createRecords, createWorkload } from './workload.mjs';

const subjects = {
  topgun: () => import('./subjects/topgun.mjs'),
  floor: () => import('./subjects/plain-map.mjs'),
  '@tanstack/db': () => import('./subjects/tanstack-db.mjs'),
  rxdb: () => import('./subjects/rxdb.mjs'),
  tinybase: () => import('./subjects/tinybase.mjs'),
};

let subject = null;
let workload = null;
let calls = 0;
let wake = () => {};

function onResult() {
  calls += 1;
  wake();
}

/** Resolves at the view's next call. */
const nextCall = () =>
  new Promise((resolve) => {
    wake = resolve;
  });

async function timedBurst(updates) {
  const startedAt = performance.now();
  for (const update of updates) {
    const before = calls;
    const written = subject.set(update);
    if (calls === before) {
      await nextCall();
      // An asynchronous write may still be under way when its result shows: the next must not overtake it.
      await written;
    }
  }
  return (performance.now() - startedAt) / updates.length;
}

function assertView(what) {
  const seen = subject.rows().map(({ id, _key, score, title }) => `${id ?? _key} ${score} ${title}`);
  const expected = workload.expected().map(({ id, score, title }) => `${id} ${score} ${title}`);
  const at = expected.findIndex((row, i) => row !== seen[i]);
  if (at >= 0 || seen.length !== expected.length) {
    throw new Error(`${what}: row ${at} of ${seen.length} is "${seen[at]}", not "${expected[at]}"`);
  }
}

window.bench = {
  isIsolated: () => window.crossOriginIsolated,
  async open(name, n) {
    const records = createRecords(n);
    workload = createWorkload(records);
    const { open } = await subjects[name]();
    subject = await open(records, onResult);
    assertView('at the start');
  },
  /** The mean time in ms from a write to the view's call. */
  async burst(length, isChecked) {
    const updates = workload.next(length);
    await subject.prepare?.(updates);
    calls = 0;
    const mean = await timedBurst(updates);
    await subject.settle?.();
    if (calls !== length) throw new Error(`${calls} calls for ${length} updates`);
    if (isChecked) assertView('after a burst');
    return mean;
  },
};
