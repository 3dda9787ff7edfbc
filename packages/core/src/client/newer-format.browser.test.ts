import { afterEach, expect, it } from 'vitest';

import { DexieAdapter } from './adapters/dexie-storage.js';
import type { StorageError } from './ports/storage.js';
import { ROW_VERSION } from './storage/stored-rows.js';
import { FORMAT_1 } from './testing/golden-format-1.js';
import { readRawDatabase, writeRawDatabase, type RawDatabase } from './testing/raw-database.js';
import { TopGunClient } from './topgun-client.js';

const { meta, outbox, pages } = FORMAT_1.stores;

/** Databases that a version of the library has left which is yet to be written. */
const NEWER: Readonly<Record<string, RawDatabase>> = {
  'a newer format in the known layout': {
    ...FORMAT_1,
    stores: {
      ...FORMAT_1.stores,
      meta: meta.map((row) => (row.id === 'identity' ? { ...row, v: ROW_VERSION + 1 } : row)),
    },
  },
  'a newer layout': { ...FORMAT_1, databaseVersion: 20 },
  'a newer layout without some of the stores': { databaseVersion: 20, stores: { meta, outbox, pages } },
};

const names: string[] = [];
afterEach(() => {
  for (const name of names.splice(0)) indexedDB.deleteDatabase(name);
});

for (const [what, database] of Object.entries(NEWER)) {
  it(`CL-8: ${what} is left as it is, which is told, and the client goes on in memory`, async () => {
    const principal = `newer-${Date.now()}-${what.length}`;
    const name = `topgun:local:user:${principal}`;
    names.push(name);
    await writeRawDatabase(name, database);
    const client = new TopGunClient({ auth: { principal }, environment: { log: () => {} } });
    const issues: StorageError[] = [];
    client.onStorageIssue((issue) => issues.push(issue));
    await expect(client.start()).rejects.toMatchObject({ code: 'storage-newer-format' });
    expect(issues.map(({ code }) => code)).toEqual(['newer-format']);
    expect(client.isInMemory).toBe(true);
    const todos = client.getMap('todos');
    await todos.loaded();
    expect([...todos.keys()]).toEqual([]);
    await todos.set('a', { title: 'in memory' }).persisted;
    await client.close();
    expect(await readRawDatabase(name)).toEqual(database);
  });
}

it('CL-8: one that a newer tab has laid out anew is not touched by an older one that had it open', async () => {
  const name = `newer-${Date.now()}-open`;
  names.push(name);
  const opened = await new DexieAdapter().open(name);
  if (!opened.ok) throw new Error(opened.error.message);
  const lost: StorageError[] = [];
  opened.value.onLost((error) => lost.push(error));
  // The older tab makes way for it.
  await new Promise<void>((resolve, reject) => {
    const upgrading = indexedDB.open(name, 20);
    upgrading.onupgradeneeded = () => upgrading.result.deleteObjectStore('kept');
    upgrading.onerror = () => reject(upgrading.error ?? new Error('not opened'));
    upgrading.onsuccess = () => {
      upgrading.result.close();
      resolve();
    };
  });
  const before = await readRawDatabase(name);
  const loaded = await opened.value.loadMap('todos');
  expect(loaded.ok ? 'ok' : loaded.error.code).toBe('lost');
  expect(lost.map(({ code }) => code)).toEqual(['lost']);
  expect(await readRawDatabase(name)).toEqual(before);
  const again = await new DexieAdapter().open(name);
  expect(again.ok ? 'ok' : again.error.code).toBe('newer-format');
});
