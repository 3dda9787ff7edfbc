import { expect, it } from 'vitest';

import { MemoryAdapter } from '../adapters/memory-storage.js';
import { createFaultyStorage } from '../testing/faulty-storage.js';
import { createEvictingStorage } from './evicting-storage.js';
import { createOp, entry, merge, record, unwrap } from './samples.contract.js';

it('CL-8: what goes wrong in making room is told, and the write fails as one that found none', async () => {
  const faulty = createFaultyStorage(new MemoryAdapter());
  const inner = unwrap(await faulty.open('full'));
  unwrap(await inner.commit({ base: [{ map: 'old', changes: [merge('a', record(1, 'x'))] }] }));
  const defect = new Error('a defect');
  const failures: unknown[] = [];
  const storage = createEvictingStorage({
    storage: inner,
    name: 'full',
    group: { isExclusive: true, tryLock: () => Promise.reject(defect) },
    told: () => {},
    failed: (error) => failures.push(error),
  });
  faulty.failCommits({ code: 'quota', message: 'Full.' });
  const written = await storage.commit({ putOps: [entry(createOp(1))] });
  expect(failures).toEqual([defect]);
  expect(written).toMatchObject({ ok: false, error: { code: 'quota', eviction: { maps: [], isWritten: false } } });
  expect(unwrap(await storage.commit({ putOps: [entry(createOp(1))] }))).toBeUndefined();
});
