import { expect, it } from 'vitest';

import { MemoryAdapter } from '../adapters/memory-storage.js';
import { createOp, entry, unwrap } from '../storage/samples.contract.js';
import { describeStorageContract } from '../storage/storage.contract.js';
import { createFaultyStorage } from './faulty-storage.js';
import { macrotask } from './macrotask.js';

describeStorageContract('faulty, while nothing is wrong', () => createFaultyStorage(new MemoryAdapter()));

it('fails the commits it is told to fail, which change nothing, and then no more', async () => {
  const adapter = createFaultyStorage(new MemoryAdapter());
  const storage = unwrap(await adapter.open('x'));
  adapter.failCommits({ code: 'quota', message: 'full' });
  expect(await storage.commit({ putOps: [entry(createOp(1))] })).toEqual({
    ok: false,
    error: { code: 'quota', message: 'full' },
  });
  unwrap(await storage.commit({ putOps: [entry(createOp(2))] }));
  expect(unwrap(await storage.loadOutbox()).map(({ op }) => op.seq)).toEqual([2]);
  expect(adapter.commits.length).toBe(2);
  adapter.failOpen({ code: 'unavailable', message: 'no' });
  expect((await adapter.open('y')).ok).toBe(false);
  adapter.failOpen(null);
  expect((await adapter.open('y')).ok).toBe(true);
});

it('holds commits back while paused, and lets them go in order', async () => {
  const adapter = createFaultyStorage(new MemoryAdapter());
  const storage = unwrap(await adapter.open('x'));
  adapter.pause();
  const done: number[] = [];
  for (const seq of [1, 2]) void storage.commit({ putOps: [entry(createOp(seq))] }).then(() => done.push(seq));
  await macrotask();
  expect(done).toEqual([]);
  expect(unwrap(await storage.loadOutbox())).toEqual([]);
  adapter.resume();
  await macrotask();
  expect(done).toEqual([1, 2]);
});
