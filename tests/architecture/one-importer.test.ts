import { expect, test } from 'vitest';

import { loadSources } from './project-files.js';
import { oneImporterEach } from './rules/one-importer.js';
import { sample } from './sample.js';

const adapters = 'packages/core/src/client/adapters';

test('minisearch, dexie, zustand and socket.io-client are each imported by one file', () => {
  expect(oneImporterEach(loadSources())).toEqual([]);
});

test('refuses an importer outside the adapters', () => {
  expect(
    oneImporterEach(sample({ 'packages/core/src/client/state/a.ts': `import type { Table } from 'dexie';` })),
  ).toHaveLength(1);
});

test('refuses minisearch outside its folder', () => {
  expect(
    oneImporterEach(sample({ 'packages/core/src/client/a.ts': `import MiniSearch from 'minisearch';` })),
  ).toHaveLength(1);
});

test('refuses a second importer, by whatever subpath', () => {
  const files = sample({
    [`${adapters}/a.ts`]: `import { createStore } from 'zustand/vanilla';`,
    [`${adapters}/b.ts`]: `import { create } from 'zustand';`,
  });
  expect(oneImporterEach(files)).toEqual([`zustand is imported by 2 files: ${adapters}/a.ts, ${adapters}/b.ts`]);
});

test('allows one adapter each, and tests', () => {
  const files = sample({
    [`${adapters}/dexie-storage.ts`]: `import { Dexie } from 'dexie';`,
    [`${adapters}/dexie-storage.test.ts`]: `import { Dexie } from 'dexie';`,
    [`${adapters}/socket-transport.ts`]: `import { io } from 'socket.io-client';`,
  });
  expect(oneImporterEach(files)).toEqual([]);
});

test('allows one in each of two folders, where there are two', () => {
  const parser = `import { Decoder } from 'socket.io-parser';`;
  const server = 'server/src/gateway/adapters';
  expect(oneImporterEach(sample({ [`${adapters}/a.ts`]: parser, [`${server}/b.ts`]: parser }))).toEqual([]);
  expect(oneImporterEach(sample({ [`${server}/a.ts`]: parser, [`${server}/b.ts`]: parser }))).toHaveLength(1);
});
