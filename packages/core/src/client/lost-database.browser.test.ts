import { afterEach, describe, expect, it, vi } from 'vitest';

import { DexieAdapter } from './adapters/dexie-storage.js';
import type { StorageAdapter, StorageError } from './ports/storage.js';
import { fakeHash } from './testing/fake-hash.js';
import { createFakeServer } from './testing/fake-server.js';
import type { FakeServer } from './testing/fake-server-controls.js';
import { createMemoryTransport, type MemoryTransport } from './testing/memory-transport.js';
import { TopGunClient } from './topgun-client.js';

interface Todo {
  readonly text: string;
}
type Client = TopGunClient<{ todos: Todo }>;

let opened = 0;
const clients: Client[] = [];

interface Place {
  readonly url: string;
  readonly transport: MemoryTransport;
  readonly server: FakeServer;
  /** The name of the database that clients of it have. */
  readonly database: string;
}

function createPlace(): Place {
  const url = `http://lost-${Date.now()}-${(opened += 1)}.test`;
  const transport = createMemoryTransport();
  const server = createFakeServer({ transport, clock: { now: () => Date.now() } });
  return { url, transport, server, database: `topgun:${url}:anonymous` };
}

async function open({ url, transport }: Place, storage: StorageAdapter = new DexieAdapter()): Promise<Client> {
  const environment = { transport, loadHash: () => Promise.resolve(fakeHash), log: () => {} };
  const client: Client = new TopGunClient({ serverUrl: url, storage, environment });
  clients.push(client);
  await client.start();
  return client;
}

const deleteDatabase = (name: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const request = indexedDB.deleteDatabase(name);
    request.onsuccess = () => resolve();
    request.onerror = () => reject(request.error);
  });

afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
});

describe('a database that is deleted under an open client', () => {
  it('CL-8, CR-2: writes persist again and reach the server, and a reload without a network shows them', async () => {
    const place = createPlace();
    const client = await open(place);
    const issues: StorageError[] = [];
    client.onStorageIssue((issue) => issues.push(issue));
    const todos = client.getMap('todos');
    todos.subscribe(() => {});
    await todos.set('before', { text: 'before' }).acked;

    place.transport.cut();
    await todos.set('unsent', { text: 'unsent' }).persisted;
    await deleteDatabase(place.database);
    await todos.set('after', { text: 'after' }).persisted;
    expect(issues.map(({ code }) => code)).toEqual(['lost']);
    expect(client.isInMemory).toBe(false);

    await client.close();
    const again = await open(place);
    const found = again.getMap('todos');
    await found.loaded();
    expect([...found.keys()].sort()).toEqual(['after', 'before', 'unsent']);
    place.transport.restore();
    again.forceReconnect();
    await vi.waitFor(() => expect(again.getPendingOpsCount()).toBe(0), { timeout: 10_000 });
    expect([...place.server.rows('todos').keys()].sort()).toEqual(['after', 'before', 'unsent']);
    const ids = place.server.taken.map(({ replica, seq }) => `${replica}:${seq}`);
    expect(new Set(ids).size).toBe(3);
    expect(new Set(place.server.taken.map(({ replica }) => replica.split('.')[0])).size).toBe(2);
  });
});

describe('a confirmed row that cannot be read', () => {
  it('CL-8, SY-2: is fetched from the server again, and stored', async () => {
    const place = createPlace();
    const client = await open(place);
    const todos = client.getMap('todos');
    todos.subscribe(() => {});
    for (const key of ['a', 'b', 'c']) await todos.set(key, { text: key }).acked;
    await client.close();
    await damageJournal(place.database, '"b"');

    const again = await open(place);
    const issues: StorageError[] = [];
    again.onStorageIssue((issue) => issues.push(issue));
    const found = again.getMap('todos');
    found.subscribe(() => {});
    await vi.waitFor(() => expect([...found.keys()].sort()).toEqual(['a', 'b', 'c']), { timeout: 10_000 });
    await vi.waitFor(() => expect(again.getConnectionState()).toBe('live'), { timeout: 10_000 });
    expect(issues.map(({ code }) => code)).toContain('corrupt');
    await again.close();

    place.transport.cut();
    const offline = await open(place);
    const shown = offline.getMap('todos');
    await shown.loaded();
    expect([...shown.keys()].sort()).toEqual(['a', 'b', 'c']);
  });
});

/** Makes the journal rows that hold this text unreadable. */
function damageJournal(name: string, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(name);
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const transaction = opening.result.transaction('journal', 'readwrite');
      const journal = transaction.objectStore('journal');
      const reading = journal.getAll();
      reading.onsuccess = () => {
        for (const row of reading.result as { readonly changes: string }[]) {
          if (row.changes.includes(text)) journal.put({ ...row, changes: row.changes.slice(0, -3) });
        }
      };
      transaction.oncomplete = () => {
        opening.result.close();
        resolve();
      };
      transaction.onabort = () => reject(transaction.error);
    };
  });
}
