import { afterEach, describe, expect, it, vi } from 'vitest';

import type { Storage, StorageError } from '../ports/storage.js';
import { A, canonicalMap, createOp, entry, merge, record, unwrap } from '../storage/samples.contract.js';
import { DexieAdapter } from './dexie-storage.js';

let created = 0;
const newName = (): string => `faults-${Date.now()}-${created++}`;
const open = async (name: string): Promise<Storage> => unwrap(await new DexieAdapter().open(name));

/** The native connections that are opened from now on. */
function captureConnections(): IDBDatabase[] {
  const connections: IDBDatabase[] = [];
  const openNative = IDBFactory.prototype.open;
  vi.spyOn(IDBFactory.prototype, 'open').mockImplementation(function (this: IDBFactory, ...args) {
    const request = openNative.apply(this, args);
    // Whoever lays it out asks for a version, and is gone when it is.
    if (args[1] === undefined) request.addEventListener('success', () => connections.push(request.result));
    return request;
  });
  return connections;
}

/** Lets the next write to a store fail, when `when` says so. */
function failWrite(method: 'put' | 'add', store: string, error: DOMException, times = 1): void {
  const write = IDBObjectStore.prototype[method];
  let left = times;
  vi.spyOn(IDBObjectStore.prototype, method).mockImplementation(function (this: IDBObjectStore, ...args) {
    if (this.name === store && left-- > 0) throw error;
    return write.apply(this, args);
  });
}

async function rows(name: string, store: string): Promise<Record<string, unknown>[]> {
  return native(name, store, 'readonly', (objects) => objects.getAll());
}

function native<T>(
  name: string,
  store: string,
  mode: IDBTransactionMode,
  work: (objects: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(name);
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const transaction = opening.result.transaction(store, mode);
      const request = work(transaction.objectStore(store));
      transaction.oncomplete = () => {
        opening.result.close();
        resolve(request.result);
      };
      transaction.onabort = () => reject(transaction.error);
    };
  });
}

const codeOf = (result: { readonly ok: true } | { readonly ok: false; readonly error: StorageError }): string =>
  result.ok ? 'ok' : result.error.code;

afterEach(() => {
  vi.restoreAllMocks();
});

describe('dexie storage: layout', () => {
  it('CL-2: packs a commit into few rows', async () => {
    const name = newName();
    const storage = await open(name);
    unwrap(await storage.commit({ putOps: Array.from({ length: 1000 }, (_, i) => entry(createOp(i + 1))) }));
    expect((await rows(name, 'outbox')).map(({ first, last }) => [first, last])).toEqual([
      [1, 512],
      [513, 1000],
    ]);
    const changes = Array.from({ length: 500 }, (_, i) => merge(`k${i}`, record(i + 1, i)));
    unwrap(
      await storage.commit({
        base: [
          { map: 'a', changes },
          { map: 'b', changes },
        ],
      }),
    );
    expect((await rows(name, 'journal')).map(({ map }) => map)).toEqual(['a', 'b']);
    while (unwrap(await storage.compact()));
    expect(await rows(name, 'journal')).toEqual([]);
    expect((await rows(name, 'pages')).map(({ map, first }) => [map, first])).toEqual([
      ['a', ''],
      ['b', ''],
    ]);
    unwrap(await storage.destroy());
  });

  it('CL-2, SY-2: a database from before ops were kept gets the store it lacks, and loses nothing', async () => {
    const name = newName();
    await new Promise<void>((resolve, reject) => {
      // As Dexie numbers its first version.
      const opening = indexedDB.open(name, 10);
      opening.onupgradeneeded = () => {
        const { result } = opening;
        result.createObjectStore('meta', { keyPath: 'id' });
        const outbox = result.createObjectStore('outbox', { keyPath: 'id', autoIncrement: true });
        outbox.createIndex('[replica+last]', ['replica', 'last']);
        result.createObjectStore('journal', { keyPath: 'id', autoIncrement: true }).createIndex('map', 'map');
        result.createObjectStore('pages', { keyPath: ['map', 'first'] });
        result.createObjectStore('rejections', { keyPath: 'id' });
        const identity = { id: 'identity', v: 1, databaseId: 'dbdbdbdbdbdb' };
        opening.transaction?.objectStore('meta').add(identity);
      };
      opening.onerror = () => reject(opening.error);
      opening.onsuccess = () => {
        opening.result.close();
        resolve();
      };
    });
    vi.spyOn(console, 'warn').mockImplementation(() => {});
    const storage = await open(name);
    expect(storage.identity.databaseId).toBe('dbdbdbdbdbdb');
    const ops = [createOp(1)];
    unwrap(await storage.commit({ keepOps: [{ lineage: 'one', position: 1, at: 1, ops }] }));
    expect(unwrap(await (await open(name)).loadKept())).toEqual(ops);
    unwrap(await storage.destroy());
  });

  it('CL-1: is strict for commits that add ops and relaxed for all others', async () => {
    const storage = await open(newName());
    const modes: unknown[] = [];
    const transact = IDBDatabase.prototype.transaction;
    vi.spyOn(IDBDatabase.prototype, 'transaction').mockImplementation(function (this: IDBDatabase, ...args) {
      modes.push([args[1], args[2]?.durability]);
      return transact.apply(this, args);
    });
    unwrap(
      await storage.commit({ putOps: [entry(createOp(1))], base: [{ map: 'm', changes: [merge('a', record(1, 1))] }] }),
    );
    unwrap(
      await storage.commit({
        removeOps: [{ replica: A, seq: 1 }],
        base: [{ map: 'm', changes: [merge('a', record(2, 2))] }],
      }),
    );
    expect(modes).toEqual([
      ['readwrite', 'strict'],
      ['readwrite', 'relaxed'],
    ]);
    unwrap(await storage.destroy());
  });
});

describe('dexie storage: all or nothing', () => {
  it('CL-1: a commit that fails half-way leaves nothing, and the next one works', async () => {
    const storage = await open(newName());
    unwrap(await storage.commit({ putOps: [entry(createOp(1))] }));
    failWrite('add', 'outbox', new DOMException('broken', 'UnknownError'));
    const failed = await storage.commit({
      putOps: [entry(createOp(2))],
      base: [{ map: 'm', changes: [merge('a', record(1, 1))] }],
    });
    expect(codeOf(failed)).toBe('failed');
    expect(unwrap(await storage.loadMap('m')).size).toBe(0);
    expect(unwrap(await storage.loadOutbox()).map(({ op }) => op.seq)).toEqual([1]);
    unwrap(await storage.commit({ putOps: [entry(createOp(2))] }));
    expect(unwrap(await storage.loadOutbox()).map(({ op }) => op.seq)).toEqual([1, 2]);
    unwrap(await storage.destroy());
  });

  it('CL-8: says quota when there is no room', async () => {
    const storage = await open(newName());
    failWrite('add', 'outbox', new DOMException('full', 'QuotaExceededError'));
    expect(codeOf(await storage.commit({ putOps: [entry(createOp(1))] }))).toBe('quota');
    unwrap(await storage.destroy());
  });

  it('CL-2: a compaction that dies half-way changes nothing, and two at once do it once', async () => {
    const name = newName();
    const [one, two] = [await open(name), await open(name)];
    for (let i = 1; i <= 5; i++) {
      unwrap(
        await one.commit({ base: [{ map: 'm', changes: [merge('a', record(i, i)), merge(`k${i}`, record(1, i))] }] }),
      );
    }
    const before = canonicalMap(unwrap(await one.loadMap('m')));
    failWrite('put', 'pages', new DOMException('broken', 'UnknownError'));
    expect(codeOf(await one.compact())).toBe('failed');
    expect((await rows(name, 'journal')).length).toBe(5);
    expect(canonicalMap(unwrap(await one.loadMap('m')))).toEqual(before);
    for (const done of await Promise.all([one.compact(), two.compact()])) expect(unwrap(done)).toBe(false);
    expect(await rows(name, 'journal')).toEqual([]);
    expect(canonicalMap(unwrap(await two.loadMap('m')))).toEqual(before);
    unwrap(await one.destroy());
  });
});

describe('dexie storage: compaction in several transactions', () => {
  const KEYS = 1_500;

  it('CL-2: that ends between any two of them loses nothing, and brings nothing back', async () => {
    const name = newName();
    const storage = await open(name);
    const all = Array.from({ length: KEYS }, (_, i) => `k${i}`);
    const commit = async (changes: Parameters<typeof storage.commit>[0]['base']): Promise<void> => {
      unwrap(await storage.commit({ base: changes ?? [] }));
    };
    await commit([{ map: 'm', changes: all.map((key) => merge(key, record(1, 'paged'))) }]);
    while (unwrap(await storage.compact()));
    // What is dropped and made again, and what is only dropped, in other rows than what came before.
    await commit([{ map: 'm', changes: all.map((key) => merge(key, record(2, 'journaled'))) }]);
    await commit([{ map: 'm', changes: all.map((key) => ({ type: 'drop', key })) }]);
    await commit([{ map: 'other', changes: all.map((key) => merge(key, record(3, 'other'))) }]);
    const again = all.filter((_, i) => i % 2 === 0);
    await commit([{ map: 'm', changes: again.map((key) => merge(key, record(1, 'again'))) }]);
    const expected = [
      canonicalMap(unwrap(await storage.loadMap('m'))),
      canonicalMap(unwrap(await storage.loadMap('other'))),
    ];
    expect(expected.map((held) => held.length)).toEqual([again.length, KEYS]);

    const transact = IDBDatabase.prototype.transaction;
    const breaking = vi.spyOn(IDBDatabase.prototype, 'transaction');
    let ended = 0;
    for (let isDone = false; !isDone; ended++) {
      let begun = 0;
      breaking.mockImplementation(function (this: IDBDatabase, ...args) {
        const isFold = args[1] === 'readwrite' && Array.from(args[0]).includes('pages');
        if (isFold && begun++ === ended) throw new DOMException('The page is gone.', 'UnknownError');
        return transact.apply(this, args);
      });
      isDone = (await storage.compact()).ok;
      breaking.mockImplementation(transact);
      expect(canonicalMap(unwrap(await storage.loadMap('m')))).toEqual(expected[0]);
      expect(canonicalMap(unwrap(await storage.loadMap('other')))).toEqual(expected[1]);
    }
    expect(ended).toBeGreaterThan(3);
    while (unwrap(await storage.compact()));
    expect(await rows(name, 'journal')).toEqual([]);
    expect(canonicalMap(unwrap(await storage.loadMap('m')))).toEqual(expected[0]);
    unwrap(await storage.destroy());
  });

  it('CL-2, CL-8: is given up when what it folds has been evicted meanwhile', async () => {
    const name = newName();
    const storage = await open(name);
    const keys = Array.from({ length: KEYS }, (_, i) => `k${i}`);
    unwrap(await storage.commit({ base: [{ map: 'm', changes: keys.map((key) => merge(key, record(1, 'x'))) }] }));
    unwrap(await storage.commit({ base: [{ map: 'stays', changes: [merge('a', record(1, 'x'))] }] }));
    const transact = IDBDatabase.prototype.transaction;
    const evicting: ReturnType<Storage['evict']>[] = [];
    vi.spyOn(IDBDatabase.prototype, 'transaction').mockImplementation(function (this: IDBDatabase, ...args) {
      const transaction = transact.apply(this, args);
      // After the first of those that fold, and before the next.
      if (evicting.length === 0 && args[1] === 'readwrite' && Array.from(args[0]).includes('pages')) {
        evicting.push(Promise.resolve().then(() => storage.evict(['m'])));
      }
      return transaction;
    });
    unwrap(await storage.compact());
    expect(await Promise.all(evicting)).toEqual([{ ok: true, value: undefined }]);
    while (unwrap(await storage.compact()));
    expect([...unwrap(await storage.loadMap('m'))]).toEqual([]);
    expect([...unwrap(await storage.loadMap('stays')).keys()]).toEqual(['a']);
    expect((await rows(name, 'pages')).map(({ map }) => map)).toEqual(['stays']);
    unwrap(await storage.destroy());
  });
});

describe('dexie storage: lost handles', () => {
  it('CL-8: a connection that is gone is opened again, and the commit made, without anyone noticing', async () => {
    const connections = captureConnections();
    const storage = await open(newName());
    const told: StorageError[] = [];
    storage.onLost((error) => told.push(error));
    unwrap(await storage.commit({ putOps: [entry(createOp(1))] }));
    connections[0]?.close();
    const [commit, load] = await Promise.all([
      storage.commit({ putOps: [entry(createOp(2))], base: [{ map: 'm', changes: [merge('a', record(1, 1))] }] }),
      storage.loadRejections(),
    ]);
    unwrap(commit);
    unwrap(load);
    expect(connections.length).toBe(2);
    expect(unwrap(await storage.loadOutbox()).map(({ op }) => op.seq)).toEqual([1, 2]);
    expect(told).toEqual([]);
    unwrap(await storage.destroy());
  });

  it('CL-8: a connection the browser closes is opened again by itself', async () => {
    const connections = captureConnections();
    const storage = await open(newName());
    connections[0]?.close();
    connections[0]?.dispatchEvent(new Event('close'));
    unwrap(await storage.commit({ putOps: [entry(createOp(1))] }));
    expect(connections.length).toBe(2);
    unwrap(await storage.destroy());
  });

  it('CL-8: a database that was deleted and made anew is another one: nothing is written into it', async () => {
    const connections = captureConnections();
    const name = newName();
    const storage = await open(name);
    const told: string[] = [];
    storage.onLost(({ code }) => told.push(code));
    // Without the versionchange event that a live connection would get.
    connections[0]?.close();
    await new Promise((resolve, reject) => {
      const request = indexedDB.deleteDatabase(name);
      request.onsuccess = resolve;
      request.onerror = reject;
    });
    const anew = await open(name);
    expect(codeOf(await storage.commit({ putOps: [entry(createOp(1))] }))).toBe('lost');
    expect(codeOf(await storage.loadOutbox())).toBe('lost');
    expect(told).toEqual(['lost']);
    expect(unwrap(await anew.loadOutbox())).toEqual([]);
    unwrap(await anew.destroy());
  });

  it('CL-8: a browser that gives no IndexedDB is a value, not an exception', async () => {
    vi.spyOn(IDBFactory.prototype, 'open').mockImplementation(() => {
      throw new DOMException('denied', 'SecurityError');
    });
    const opened = await new DexieAdapter().open(newName());
    expect(codeOf(opened)).toBe('unavailable');
  });
});

describe('dexie storage: rows that cannot be read', () => {
  it('CL-8: are told and set aside, and everything else loads', async () => {
    const name = newName();
    const storage = await open(name);
    const told: string[] = [];
    storage.onCorrupt(({ code, message }) => told.push(`${code}: ${message}`));
    const change = (key: string) => ({ base: [{ map: 'm', changes: [merge(key, record(1, key))] }] });
    unwrap(await storage.commit(change('paged')));
    unwrap(await storage.commit(change('broken')));
    unwrap(await storage.compact());
    unwrap(await storage.commit({ ...change('journalled'), putOps: [entry(createOp(1))] }));
    await native(name, 'journal', 'readwrite', (store) => store.add({ v: 1, map: 'm', changes: '[["half' }));
    await native(name, 'journal', 'readwrite', (store) =>
      store.add({ v: 1, map: 'm', changes: '[["odd",["no record"]]]' }),
    );
    await native(name, 'outbox', 'readwrite', (store) =>
      store.add({ v: 1, replica: A, first: 5, last: 5, count: 1, entries: '][' }),
    );
    await native(name, 'rejections', 'readwrite', (store) => store.add({ id: 'x:1', v: 1, rejection: '{}' }));
    const page = (await rows(name, 'pages'))[0] as unknown;
    await native(name, 'pages', 'readwrite', (store) =>
      store.put({ ...(page as object), records: ['{ broken', (page as { records: string[] }).records[1]] }),
    );

    expect([...unwrap(await storage.loadMap('m')).keys()].sort()).toEqual(['journalled', 'paged']);
    expect(told.length).toBe(3);
    expect(unwrap(await storage.loadOutbox()).map(({ op }) => op.seq)).toEqual([1]);
    expect(unwrap(await storage.loadRejections())).toEqual([]);
    expect(told.length).toBe(5);
    expect(told.every((line) => line.startsWith('corrupt: '))).toBe(true);

    // Compaction goes past them and keeps what they were.
    while (unwrap(await storage.compact()));
    expect(await rows(name, 'journal')).toEqual([]);
    expect([...unwrap(await storage.loadMap('m')).keys()].sort()).toEqual(['journalled', 'paged']);
    const aside = (await rows(name, 'meta')).filter(({ id }) => String(id).startsWith('aside:'));
    expect(aside.map(({ row }) => (row as { changes?: string } | undefined)?.changes)).toContain('[["half');
    // The op nobody can read is not thrown away.
    expect((await rows(name, 'outbox')).length).toBe(2);
    unwrap(await storage.destroy());
  });

  it('CL-8: confirmed rows that cannot be read are told once, and are then held no more', async () => {
    const name = newName();
    const storage = await open(name);
    for (const key of ['a', 'b']) {
      unwrap(await storage.commit({ base: [{ map: 'm', changes: [merge(key, record(1, key))] }] }));
    }
    while (unwrap(await storage.compact()));
    const changes = [merge('c', record(1, 'c')), merge('d', record(1, 'd'))];
    unwrap(await storage.commit({ base: [{ map: 'm', changes }] }));
    const [page] = (await rows(name, 'pages')) as { records: string[] }[];
    await native(name, 'pages', 'readwrite', (store) =>
      store.put({ ...page, records: ['{ broken', page?.records[1]] }),
    );
    const [journal] = (await rows(name, 'journal')) as { id: number; changes: string }[];
    const [c] = JSON.parse(journal?.changes ?? '[]') as unknown[];
    const damaged = JSON.stringify([c, ['d', ['no record']]]);
    await native(name, 'journal', 'readwrite', (store) => store.put({ ...journal, changes: damaged }));

    for (const [expected, told] of [
      [['b', 'c'], 2],
      [['b', 'c'], 0],
    ] as const) {
      const again = await open(name);
      const heard: StorageError[] = [];
      again.onCorrupt((error) => heard.push(error));
      expect([...unwrap(await again.loadMap('m')).keys()].sort()).toEqual(expected);
      expect(heard).toHaveLength(told);
      await again.close();
    }
    const aside = (await rows(name, 'meta')).filter(({ id }) => String(id).startsWith('aside:'));
    expect(aside.map(({ store }) => store).sort()).toEqual(['journal', 'pages']);
    unwrap(await storage.destroy());
  });

  it('CL-2: a kept view that cannot be read is forgotten, and nothing is told: the map has what was in it', async () => {
    const name = newName();
    const storage = await open(name);
    const told: StorageError[] = [];
    storage.onCorrupt((error) => told.push(error));
    const view = { key: 'm\0', records: new Map([['k', record(1, 'one')]]), hasMore: false };
    unwrap(await storage.keepView(view));
    const views = async (): Promise<Record<string, unknown>[]> =>
      (await rows(name, 'meta')).filter(({ id }) => String(id).startsWith('view'));
    const row = (await views()).find(({ records }) => records !== undefined);
    const put = (changed: object): Promise<unknown> =>
      native(name, 'meta', 'readwrite', (store) => store.put({ ...row, ...changed }));

    await put({ records: '[["k",["no record"]]]' });
    expect(unwrap(await storage.loadView('m\0'))).toBeNull();
    await storage.close();
    expect(await views()).toEqual([{ id: 'views', v: 1, ids: [] }]);

    // A newer version's is left as it is, until the view is kept again.
    await put({ v: 2, records: 'of another kind' });
    const again = await open(name);
    expect(unwrap(await again.loadView('m\0'))).toBeNull();
    expect((await views()).map(({ records }) => records)).toContain('of another kind');
    unwrap(await again.keepView(view));
    expect(unwrap(await again.loadView('m\0'))?.records.size).toBe(1);
    expect(told).toEqual([]);
    unwrap(await again.destroy());
  });

  it('CL-8: what a newer version has written is passed over, and left as it is', async () => {
    const name = newName();
    const storage = await open(name);
    await native(name, 'journal', 'readwrite', (store) => store.add({ v: 2, map: 'm', changes: 'of another kind' }));
    expect(unwrap(await storage.loadMap('m')).size).toBe(0);
    await storage.close();
    expect((await rows(name, 'journal')).map(({ changes }) => changes)).toEqual(['of another kind']);
    unwrap(await (await open(name)).destroy());
  });
});

describe('dexie storage: what an ack costs', () => {
  it('SY-2: to keep what was accepted takes one request more, in the same transaction', async () => {
    const name = newName();
    const storage = await open(name);
    let requests = 0;
    let transactions = 0;
    const restore: (() => void)[] = [];
    for (const method of ['add', 'put', 'get', 'getAll', 'delete'] as const) {
      for (const prototype of [IDBObjectStore.prototype, IDBIndex.prototype] as unknown as Record<string, unknown>[]) {
        const native = prototype[method];
        if (typeof native !== 'function') continue;
        prototype[method] = function (this: unknown, ...args: unknown[]): unknown {
          requests += 1;
          return (native as (...given: unknown[]) => unknown).apply(this, args);
        };
        restore.push(() => void (prototype[method] = native));
      }
    }
    const transact = IDBDatabase.prototype.transaction;
    vi.spyOn(IDBDatabase.prototype, 'transaction').mockImplementation(function (this: IDBDatabase, ...args) {
      transactions += 1;
      return transact.apply(this, args);
    });
    const counts: [number, number][] = [];
    for (const keeps of [false, true]) {
      const ops = Array.from({ length: 50 }, (_, i) => createOp(i + 1 + (keeps ? 50 : 0)));
      unwrap(await storage.commit({ putOps: ops.map((op) => entry(op, true)) }));
      requests = 0;
      transactions = 0;
      const base = [{ map: 'm', changes: ops.map((op) => merge(op.key, record(1, op.key))) }];
      const keepOps = keeps ? { keepOps: [{ lineage: 'one', position: 1, at: 1, ops }] } : {};
      unwrap(await storage.commit({ removeOps: ops, base, ...keepOps }));
      counts.push([requests, transactions]);
    }
    for (const undo of restore) undo();
    const [without, withKept] = counts.map(([made]) => made) as [number, number];
    expect(withKept).toBe(without + 1);
    expect(counts.map(([, count]) => count)).toEqual([1, 1]);
    unwrap(await storage.destroy());
  });
});
