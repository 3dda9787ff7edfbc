import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { given, indexStoreContract } from '../ports/index-store.contract.js';
import { createFileIndexStore } from './file-index-store.js';
import { createMemoryIndexStore } from './memory-index-store.js';

indexStoreContract('memory', () => {
  const kept = new Map();
  return Promise.resolve({ open: () => createMemoryIndexStore(kept), destroy: () => Promise.resolve() });
});

indexStoreContract('files', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'topgun-index-'));
  return {
    open: () => createFileIndexStore(join(folder, 'kept', 'here')),
    destroy: () => rm(folder, { recursive: true }),
  };
});

test('SE-46: a folder that cannot be made, and a file that is none, are errors for whoever reads and writes', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'topgun-index-'));
  await writeFile(join(folder, 'taken'), '');
  await expect(
    createFileIndexStore(join(folder, 'taken')).write({ subject: 'a', kind: '1' }, given('x')),
  ).rejects.toThrow('EEXIST');
  await writeFile(join(folder, 'a-1.index'), 'no part\n');
  await expect(async () => {
    for await (const _part of createFileIndexStore(folder).read({ subject: 'a', kind: '1' }));
  }).rejects.toThrow('JSON');
  await rm(folder, { recursive: true });
});
