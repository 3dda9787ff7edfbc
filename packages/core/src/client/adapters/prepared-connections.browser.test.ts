import { afterEach, expect, it, vi } from 'vitest';

import type { Storage } from '../ports/storage.js';
import { createOp, entry, unwrap } from '../storage/samples.contract.js';
import { DexieAdapter } from './dexie-storage.js';
import { EncryptedDexieAdapter } from './encrypted-dexie-storage.js';

let created = 0;
const newName = (): string => `prepared-${Date.now()}-${created++}`;

async function layOut(name: string): Promise<void> {
  const storage = unwrap(await new DexieAdapter().open(name));
  unwrap(await storage.commit({ putOps: [entry(createOp(1))] }));
  await storage.close();
}

/** Never resolves while anybody is in the way. One that has just been closed may be for a moment: what it has read is over a little later than its answers. */
const remove = (name: string): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const request = indexedDB.deleteDatabase(name);
    request.onsuccess = resolve;
    request.onerror = () => reject(request.error ?? new Error('not deleted'));
  });

const seqs = async (storage: Storage): Promise<number[]> => unwrap(await storage.loadOutbox()).map(({ op }) => op.seq);

function countOpens(): () => number {
  const opening = vi.spyOn(IDBFactory.prototype, 'open');
  return () => opening.mock.calls.length;
}

afterEach(() => {
  vi.restoreAllMocks();
});

it('CL-2: a connection that was prepared is the one that is opened: there is one request, and none that asks for a layout', async () => {
  const name = newName();
  await layOut(name);
  const opens = countOpens();
  const adapter = new DexieAdapter();
  adapter.prepare(name);
  adapter.prepare(name);
  const storage = unwrap(await adapter.open(name));
  expect(opens()).toBe(1);
  expect(vi.mocked(IDBFactory.prototype.open).mock.calls).toEqual([[name]]);
  expect(await seqs(storage)).toEqual([1]);
  unwrap(await storage.destroy());
});

it('CL-2: preparing makes nothing; what is not there is laid out when it is opened', async () => {
  const name = newName();
  const adapter = new DexieAdapter();
  const end = adapter.prepare(name);
  end();
  adapter.prepare(name);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect((await indexedDB.databases()).map((each) => each.name)).not.toContain(name);
  const storage = unwrap(await adapter.open(name));
  expect(await seqs(storage)).toEqual([]);
  unwrap(await storage.destroy());
});

it('CL-8: a prepared connection is in nobody’s way; whoever opens then finds what is there then', async () => {
  const name = newName();
  await layOut(name);
  const adapter = new DexieAdapter();
  adapter.prepare(name);
  await remove(name);
  await layOut(name);
  const storage = unwrap(await adapter.open(name));
  expect(await seqs(storage)).toEqual([1]);
  const given = new DexieAdapter();
  given.prepare(name)();
  await storage.close();
  await remove(name);
});

function countTransactions(): () => number {
  const beginning = vi.spyOn(IDBDatabase.prototype, 'transaction');
  return () => beginning.mock.calls.length;
}

const AHEAD = { views: ['todos\0'] };

it('CL-2: what is read first is read in one transaction, as soon as it may be and not before', async () => {
  const name = newName();
  await layOut(name);
  const transactions = countTransactions();
  const adapter = new DexieAdapter();
  let allow = (): void => {};
  adapter.prepare(name, { after: new Promise<void>((resolve) => (allow = resolve)), ahead: () => AHEAD });
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(transactions()).toBe(0);
  allow();
  await expect.poll(transactions).toBe(1);
  const storage = unwrap(await adapter.open(name, AHEAD));
  expect(await seqs(storage)).toEqual([1]);
  expect(unwrap(await storage.loadRejections())).toEqual([]);
  expect(unwrap(await storage.loadView('todos\0'))).toBeNull();
  expect(transactions()).toBe(1);
  expect(await seqs(storage)).toEqual([1]);
  expect(transactions()).toBe(2);
  unwrap(await storage.destroy());
});

it('CL-2: who asks for nothing ahead gets nothing that was read before', async () => {
  const name = newName();
  await layOut(name);
  const adapter = new DexieAdapter();
  const transactions = countTransactions();
  adapter.prepare(name, { after: Promise.resolve(), ahead: () => AHEAD });
  await expect.poll(transactions).toBe(1);
  const other = unwrap(await new DexieAdapter().open(name));
  unwrap(await other.commit({ putOps: [entry(createOp(2))] }));
  const storage = unwrap(await adapter.open(name));
  expect(await seqs(storage)).toEqual([1, 2]);
  expect([...storage.identity.issued.values()].map(({ seq }) => seq)).toEqual([2]);
  await other.close();
  unwrap(await storage.destroy());
});

it('CR-2: where what is waited for does not come, it is read when it is opened', async () => {
  const name = newName();
  await layOut(name);
  const adapter = new DexieAdapter();
  adapter.prepare(name, { after: Promise.reject(new Error('no place')), ahead: () => AHEAD });
  const storage = unwrap(await adapter.open(name, AHEAD));
  expect(await seqs(storage)).toEqual([1]);
  unwrap(await storage.destroy());
});

const KEY = new Uint8Array(32).fill(7);

it('CL-2, EN-4: of an encrypted database too the connection that was prepared is the one that is opened', async () => {
  const name = newName();
  const before = unwrap(await new EncryptedDexieAdapter({ key: KEY }).open(name));
  unwrap(await before.commit({ putOps: [entry(createOp(1))] }));
  await before.close();
  const opens = countOpens();
  const adapter = new EncryptedDexieAdapter({ key: KEY });
  adapter.prepare(name);
  adapter.prepare(name);
  const storage = unwrap(await adapter.open(name));
  expect(opens()).toBe(1);
  expect(await seqs(storage)).toEqual([1]);
  unwrap(await storage.destroy());
});

it('EN-5: what was prepared and cannot be opened for want of a key is ended', async () => {
  const name = newName();
  const before = unwrap(await new EncryptedDexieAdapter({ key: KEY }).open(name));
  await before.close();
  const closes = vi.spyOn(IDBDatabase.prototype, 'close');
  const adapter = new EncryptedDexieAdapter({ key: () => null });
  adapter.prepare(name);
  expect(await adapter.open(name)).toMatchObject({ ok: false, error: { code: 'no-key' } });
  await expect.poll(() => closes.mock.calls.length).toBe(1);
  adapter.prepare(name)();
  await expect.poll(() => closes.mock.calls.length).toBe(2);
  const storage = unwrap(await new EncryptedDexieAdapter({ key: KEY }).open(name));
  unwrap(await storage.destroy());
});
