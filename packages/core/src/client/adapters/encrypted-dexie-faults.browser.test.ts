import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { Result } from '../../primitives/index.js';
import type { Storage, StorageError } from '../ports/storage.js';
import { A, compactAll, createOp, entry, merge, record, rejection, unwrap } from '../storage/samples.contract.js';
import { FORMAT_1 } from '../testing/golden-format-1.js';
import { readRawDatabase, writeRawDatabase } from '../testing/raw-database.js';
import { DexieAdapter } from './dexie-storage.js';
import { EncryptedDexieAdapter, type EncryptionOptions } from './encrypted-dexie-storage.js';
import { encryptedName } from './sealed/app-key.js';

const keyOf = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);
const KEY = keyOf(1);

let created = 0;
let name: string;
const unhandled: unknown[] = [];
const note = (event: PromiseRejectionEvent): void => void unhandled.push(event.reason);

beforeEach(() => {
  name = `topgun:local:user:encrypted-${Date.now()}-${created++}`;
  window.addEventListener('unhandledrejection', note);
});
afterEach(async () => {
  vi.restoreAllMocks();
  for (const each of [name, await encryptedName(name)]) indexedDB.deleteDatabase(each);
  window.removeEventListener('unhandledrejection', note);
  expect(unhandled.splice(0)).toEqual([]);
});

const openWith = (options: EncryptionOptions): Promise<Result<Storage, StorageError>> =>
  new EncryptedDexieAdapter(options).open(name);
const open = async (key: EncryptionOptions['key'] = KEY): Promise<Storage> => unwrap(await openWith({ key }));
const codeOf = (result: Result<unknown, StorageError>): string => (result.ok ? 'ok' : result.error.code);
const stored = async () => (await readRawDatabase(await encryptedName(name))).stores as Record<string, Row[]>;
const isThere = async (which: string): Promise<boolean> =>
  (await indexedDB.databases()).some((database) => database.name === which);

type Row = Record<string, unknown> & { sealed: Uint8Array };

async function change(store: string, work: (objects: IDBObjectStore, rows: Row[]) => void): Promise<void> {
  const rows = (await stored())[store] ?? [];
  const stored_ = await encryptedName(name);
  await new Promise<void>((resolve, reject) => {
    const opening = indexedDB.open(stored_);
    opening.onerror = () => reject(opening.error ?? new Error('not opened'));
    opening.onsuccess = () => {
      const transaction = opening.result.transaction(store, 'readwrite');
      work(transaction.objectStore(store), rows);
      transaction.onabort = () => reject(transaction.error ?? new Error('not changed'));
      transaction.oncomplete = () => {
        opening.result.close();
        resolve();
      };
    };
  });
}

/** The same bytes but for one bit. */
const bent = (row: Row): Row => {
  const sealed = Uint8Array.from(row.sealed);
  sealed[20] = (sealed[20] ?? 0) ^ 4;
  return { ...row, sealed };
};

const listen = (storage: Storage): string[] => {
  const told: string[] = [];
  storage.onCorrupt(({ message }) => told.push(message));
  return told;
};

async function write(storage: Storage): Promise<void> {
  unwrap(
    await storage.commit({
      putOps: [entry(createOp(1))],
      base: [{ map: 'm', changes: [merge('a', record(1, 'one'))] }],
    }),
  );
}

async function expectWritten(storage: Storage): Promise<void> {
  expect(unwrap(await storage.loadOutbox())).toEqual([entry(createOp(1))]);
  expect(unwrap(await storage.loadMap('m')).get('a')).toEqual(record(1, 'one'));
}

describe('encrypted dexie storage: keys', () => {
  it('EN-5: opens nothing with another key or none, says which, leaves the database as it is, and opens with the right one', async () => {
    const first = await open();
    await write(first);
    await first.close();
    const before = await stored();
    const signing = await crypto.subtle.generateKey({ name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
    const cases: readonly (readonly [EncryptionOptions['key'], string])[] = [
      [keyOf(2), 'wrong-key'],
      [() => Promise.resolve(keyOf(2)), 'wrong-key'],
      [() => null, 'no-key'],
      [() => Promise.reject(new Error('nobody has said the password')), 'no-key'],
      [
        () => {
          throw new Error('no');
        },
        'no-key',
      ],
      [new Uint8Array(31), 'no-key'],
      [signing, 'no-key'],
    ];
    for (const [key, code] of cases) expect(codeOf(await openWith({ key }))).toBe(code);
    expect(codeOf(await openWith({ key: keyOf(2), previousKeys: [keyOf(3), () => null] }))).toBe('wrong-key');
    expect(await stored()).toEqual(before);
    const bytes = await crypto.subtle.importKey('raw', KEY.slice(), 'AES-GCM', false, ['encrypt', 'decrypt']);
    await expectWritten(await open(() => bytes));
  });

  it('EN-5: a database that an earlier key opens is opened by the new one from then on, and by the earlier no more', async () => {
    const first = await open();
    await write(first);
    await first.close();
    const rows = await stored();
    const rotated = unwrap(await openWith({ key: keyOf(2), previousKeys: [keyOf(9), KEY] }));
    await expectWritten(rotated);
    await rotated.close();
    expect(codeOf(await openWith({ key: KEY }))).toBe('wrong-key');
    await expectWritten(await open(keyOf(2)));
    // No row is written for it: they are sealed by the secret, which is the same.
    expect((await stored())['outbox']).toEqual(rows['outbox']);
  });

  it('EN-5: the key is asked for by subject, and not again when the browser has closed the database', async () => {
    const asked: unknown[] = [];
    const storage = await open((database) => {
      asked.push(database);
      return KEY;
    });
    expect(asked).toEqual([{ subject: name.slice('topgun:local:user:'.length) }]);
    // As another version's tab would do it, for which this one makes way.
    const upgrading = indexedDB.open(await encryptedName(name), 11);
    await new Promise((resolve) => (upgrading.onsuccess = resolve));
    upgrading.result.close();
    await write(storage);
    await expectWritten(storage);
    expect(asked).toHaveLength(1);
  });

  it('EN-5: an app that gives no key any more begins no database beside the encrypted one', async () => {
    const first = await open();
    await write(first);
    expect(codeOf(await new DexieAdapter().open(name))).toBe('no-key');
    expect(await isThere(name)).toBe(false);
    await expectWritten(first);
  });
});

describe('encrypted dexie storage: an unencrypted database', () => {
  it('EN-6: is taken over with all that is unsent, refused, kept, confirmed and set aside, and is gone', async () => {
    await writeRawDatabase(name, FORMAT_1);
    const plain = unwrap(await new DexieAdapter().open(name));
    const ops = [createOp(7)];
    unwrap(
      await plain.commit({
        keepOps: [{ lineage: 'l', position: 1, at: 1, ops }],
        addRejections: [rejection(createOp(8), 5)],
      }),
    );
    unwrap(await plain.commit({ base: [{ map: 'm', changes: [merge('a', record(1, 'one'))] }] }));
    unwrap(await plain.noteUse('m', 77));
    const loadAll = async (storage: Storage) => ({
      outbox: unwrap(await storage.loadOutbox()),
      rejections: unwrap(await storage.loadRejections()),
      kept: unwrap(await storage.loadKept()),
      maps: await Promise.all(
        unwrap(await storage.storedMaps())
          .toSorted((a, b) => (a.map < b.map ? -1 : 1))
          .map(async ({ map, usedAt }) => [map, usedAt, unwrap(await storage.loadMap(map))] as const),
      ),
    });
    const before = await loadAll(plain);
    expect(before.outbox.length * before.maps.length).toBeGreaterThan(0);
    await plain.close();
    const outboxRow = { id: 99, v: 1, replica: A, first: 50, last: 51, count: 2, entries: 'not JSON' };
    const opening = indexedDB.open(name);
    await new Promise((resolve) => (opening.onsuccess = resolve));
    const writing = opening.result.transaction('outbox', 'readwrite');
    writing.objectStore('outbox').put(outboxRow);
    await new Promise((resolve) => (writing.oncomplete = resolve));
    opening.result.close();

    // Two tabs at once, one of which waits for the other.
    const [storage, sibling] = await Promise.all([open(), open()]);
    expect(listen(storage).concat(listen(sibling)).join()).toContain('unsent changes 50 to 51');
    expect(await isThere(name)).toBe(false);
    for (const each of [storage, sibling, await open()]) expect(await loadAll(each)).toEqual(before);
  });

  it('EN-6: stays when it cannot be taken over whole, and is taken over the next time', async () => {
    const plain = unwrap(await new DexieAdapter().open(name));
    await write(plain);
    await plain.close();
    const add = IDBObjectStore.prototype.add;
    vi.spyOn(IDBObjectStore.prototype, 'add').mockImplementation(function (this: IDBObjectStore, ...args) {
      if (this.name === 'outbox') throw new DOMException('full', 'QuotaExceededError');
      return add.apply(this, args);
    });
    expect(codeOf(await openWith({ key: KEY }))).toBe('quota');
    expect(await isThere(name)).toBe(true);
    vi.restoreAllMocks();
    await expectWritten(await open());
    expect(await isThere(name)).toBe(false);
  });

  it('EN-6: of a newer format is left as it is, and told', async () => {
    const meta = FORMAT_1.stores.meta.map((row) => (row.id === 'identity' ? { ...row, v: 2 } : row));
    const newer = { ...FORMAT_1, stores: { ...FORMAT_1.stores, meta } };
    await writeRawDatabase(name, newer);
    expect(codeOf(await openWith({ key: KEY }))).toBe('newer-format');
    expect(await readRawDatabase(name)).toEqual(newer);
  });
});

describe('encrypted dexie storage: rows that somebody has changed', () => {
  it('EN-7: an unsent op and a refusal that do not open stay where they are, are told, and hold up no other', async () => {
    const storage = await open();
    for (const seq of [1, 5, 9]) unwrap(await storage.commit({ putOps: [entry(createOp(seq))] }));
    unwrap(await storage.commit({ addRejections: [rejection(createOp(2), 1), rejection(createOp(3), 2)] }));
    await change('outbox', (objects, rows) => objects.put(bent(rows[1] as Row)));
    await change('rejections', (objects, rows) => objects.put(bent(rows[0] as Row)));
    const told = listen(storage);
    expect(unwrap(await storage.loadOutbox()).map(({ op }) => op.seq)).toEqual([1, 9]);
    expect(unwrap(await storage.loadRejections()).map(({ op }) => op.seq)).toEqual([3]);
    expect(told).toEqual([expect.stringContaining('unsent changes 5 to 5'), expect.stringContaining(`${A}:2`)]);
    const before = (await stored())['outbox']?.find(({ last }) => last === 5);
    unwrap(await storage.commit({ putOps: [entry(createOp(10))], removeOps: [createOp(1), createOp(5)] }));
    expect(unwrap(await storage.loadOutbox()).map(({ op }) => op.seq)).toEqual([9, 10]);
    expect((await stored())['outbox']?.find(({ last }) => last === 5)).toEqual(before);
  });

  it('EN-7: two rows that have changed places open as neither', async () => {
    const storage = await open();
    for (const seq of [1, 5]) unwrap(await storage.commit({ putOps: [entry(createOp(seq))] }));
    for (const map of ['m', 'n']) {
      unwrap(await storage.commit({ base: [{ map, changes: [merge('a', record(1, map))] }] }));
    }
    for (const store of ['outbox', 'journal']) {
      await change(store, (objects, [one, two]) => {
        if (one === undefined || two === undefined) throw new Error('there are too few');
        objects.put({ ...one, sealed: two.sealed });
        objects.put({ ...two, sealed: one.sealed });
      });
    }
    const told = listen(storage);
    expect(unwrap(await storage.loadOutbox())).toEqual([]);
    expect(unwrap(await storage.loadMap('m')).size).toBe(0);
    expect(told).toHaveLength(3);
  });

  it('EN-7: confirmed rows that do not open are told once, set aside sealed, and taken out, journal and pages alike', async () => {
    const storage = await open();
    for (const map of ['m', 'n']) {
      unwrap(await storage.commit({ base: [{ map, changes: [merge('a', record(1, map))] }] }));
    }
    await compactAll(storage);
    unwrap(await storage.commit({ base: [{ map: 'm', changes: [merge('b', record(2, 'b'))] }] }));
    await change('journal', (objects, [row]) => objects.put(bent(row as Row)));
    // The page of one map in the place of the other's.
    await change('pages', (objects, [one, two]) => objects.put({ ...(one as Row), sealed: (two as Row).sealed }));
    const told = listen(storage);
    const sizes = async () => [unwrap(await storage.loadMap('m')).size, unwrap(await storage.loadMap('n')).size];
    expect((await sizes()).reduce((sum, size) => sum + size)).toBe(1);
    expect(told).toHaveLength(2);
    expect((await sizes()).reduce((sum, size) => sum + size)).toBe(1);
    expect(told).toHaveLength(2);
    await compactAll(storage);
    const rows = await stored();
    expect([rows['journal'], rows['pages']].map((each) => each?.length)).toEqual([0, 1]);
    expect(rows['meta']?.filter(({ id }) => String(id).startsWith('aside:'))).toHaveLength(2);
  });

  it('EN-7: views and indexes that do not open are none; a counter that does not opens no database', async () => {
    const storage = await open();
    await write(storage);
    unwrap(await storage.keepView({ key: 'm\0q', records: new Map([['a', record(1, 1)]]), hasMore: false }));
    unwrap(
      (await storage.savedIndexes?.keep('m', 'of titles', ['part'])) ?? {
        ok: false,
        error: { code: 'failed', message: '' },
      },
    );
    const bend = (kind: string) =>
      change('meta', (objects, rows) => {
        for (const row of rows) if (String(row['id']).startsWith(kind)) objects.put(bent(row));
      });
    for (const kind of ['view:', 'search:']) await bend(kind);
    expect(unwrap(await storage.loadView('m\0q'))).toBe(null);
    expect(await storage.savedIndexes?.load('m', 'of titles')).toEqual({ ok: true, value: null });
    await storage.close();
    await bend('issued:');
    const before = await stored();
    expect(codeOf(await openWith({ key: KEY }))).toBe('corrupt');
    expect(await stored()).toEqual(before);
  });
});

describe('encrypted dexie storage: transactions', () => {
  it('CL-1: a commit whose sealing fails leaves nothing, and the next one works', async () => {
    const storage = await open();
    await write(storage);
    const encrypt = vi.spyOn(crypto.subtle, 'encrypt').mockRejectedValue(new DOMException('broken', 'OperationError'));
    const failed = await storage.commit({
      putOps: [entry(createOp(2))],
      base: [{ map: 'm', changes: [merge('b', record(1, 1))] }],
    });
    expect(codeOf(failed)).toBe('failed');
    encrypt.mockRestore();
    await expectWritten(storage);
    unwrap(await storage.commit({ putOps: [entry(createOp(2))] }));
    expect(unwrap(await storage.loadOutbox()).map(({ op }) => op.seq)).toEqual([1, 2]);
  });

  it('EN-1: a transaction stays open while a row is sealed or opened, however long that takes', async () => {
    // As in browsers that do it in a thread of its own.
    const { encrypt, decrypt, sign } = crypto.subtle;
    const late = <A extends unknown[], T>(work: (...args: A) => Promise<T>) =>
      async function (this: unknown, ...args: A): Promise<T> {
        await new Promise((resolve) => setTimeout(resolve, 3));
        return work.apply(crypto.subtle, args);
      };
    vi.spyOn(crypto.subtle, 'encrypt').mockImplementation(late(encrypt));
    vi.spyOn(crypto.subtle, 'decrypt').mockImplementation(late(decrypt));
    vi.spyOn(crypto.subtle, 'sign').mockImplementation(late(sign));
    const storage = await open();
    await write(storage);
    await expectWritten(storage);
    expect(unwrap(await storage.storedMaps()).map(({ map }) => map)).toEqual(['m']);
    await compactAll(storage);
    await expectWritten(await open());
  });

  it('EN-1: rows that two tabs add in turns are each sealed for the number that they got', async () => {
    const tabs = [await open(), await open(), await open()];
    for (let at = 0; at < 30; at++) {
      const changes = [merge(`k${at}`, record(1, at)), merge('all', record(at + 1, at))];
      const commits = tabs.map((tab, index) => tab.commit({ base: [{ map: `m${(at + index) % 3}`, changes }] }));
      for (const done of await Promise.all(commits)) unwrap(done);
    }
    const told = tabs.flatMap(listen);
    for (const map of ['m0', 'm1', 'm2']) expect(unwrap(await (await open()).loadMap(map)).size).toBe(31);
    await compactAll(tabs[0] as Storage);
    for (const map of ['m0', 'm1', 'm2']) expect(unwrap(await tabs[1]!.loadMap(map)).size).toBe(31);
    expect(told).toEqual([]);
  });
});
