import { writeFile } from 'node:fs/promises';
import type { Worker } from 'node:worker_threads';

import { createClient } from '@libsql/client';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { coldStoreContract, type ColdStorePlace } from '../../ports/cold-store.contract.js';
import type { ColdRow } from '../../ports/cold-store.js';
import { snapshotStoreContract } from '../../ports/snapshot-store.contract.js';
import { ledgerContract, type LedgerPlace } from '../../ports/ledger.contract.js';
import type { LedgerSegment } from '../../ports/ledger.js';
import { damagedLedgerContract } from '../damaged-ledger.contract.js';
import { durableStoreContract, type DurableStorePlace } from '../durable-store.contract.js';
import { Doorbell } from './doorbell.js';
import { openSqliteStoreInThread } from './sqlite-store-in-thread.js';
import { openSqliteStoreInWorker } from './sqlite-store-in-worker.js';
import { startLedgerWorker } from './store-thread.js';
import type { DurableStore } from '../durable-store.js';
import { createSqlitePlace, type SqlitePlace } from './testing/sqlite-place.js';

const withWorker = new Set<string>();

// The thread itself is `server/dist`: without a build, opening fails with a sentence that says so.
const drivers = [
  { driver: 'SQLite in the same thread', openStore: openSqliteStoreInThread, runs: 8 },
  { driver: 'SQLite in a worker thread', openStore: firstInWorker, runs: 1 },
];

/** A thread takes its time to start: the first process of each test has one, those it meets there do without. */
function firstInWorker(url: string): ReturnType<typeof openSqliteStoreInWorker> {
  if (withWorker.has(url)) return openSqliteStoreInThread(url);
  withWorker.add(url);
  return openSqliteStoreInWorker(url);
}

for (const { driver, openStore, runs } of drivers) {
  const ledgerPlace = async (): Promise<LedgerPlace> => {
    const place = await createSqlitePlace(openStore);
    return { open: async () => (await place.open()).ledger, destroy: place.destroy };
  };
  const coldStorePlace = async (): Promise<ColdStorePlace> => {
    const place = await createSqlitePlace(openStore);
    return { open: async () => (await place.open()).coldStore, destroy: place.destroy };
  };
  const durableStorePlace = async (): Promise<DurableStorePlace> => {
    const place = await createSqlitePlace(openStore);
    return {
      ...place,
      async sql(statement) {
        const other = createClient({ url: `file:${place.file}` });
        const { rows } = await other.execute(statement);
        other.close();
        return rows;
      },
      textOf: (column, field) => `${column} ->> '$.${field}'`,
    };
  };
  ledgerContract(driver, ledgerPlace, runs);
  coldStoreContract(driver, coldStorePlace, runs);
  snapshotStoreContract(driver, async () => {
    const place = await createSqlitePlace(openStore);
    return { open: () => place.open(), destroy: place.destroy };
  });
  durableStoreContract(driver, durableStorePlace);
}

damagedLedgerContract('SQLite', async () => {
  const place = await createSqlitePlace(openSqliteStoreInThread);
  return {
    open: async () => (await place.open()).ledger,
    async rewrite(position, bytes) {
      const other = createClient({ url: `file:${place.file}` });
      await other.execute({ sql: 'UPDATE ledger_segment SET bytes = ? WHERE position = ?', args: [bytes, position] });
      other.close();
    },
    destroy: place.destroy,
  };
});

const rowAt = (key: string, position: number): ColdRow => ({
  map: 'm',
  key,
  value: '{"text":"hi"}',
  state: '[]',
  deleted: false,
  position,
});

async function textsIn(store: DurableStore): Promise<string[]> {
  const segments: LedgerSegment[] = [];
  for await (const chunk of store.ledger.read(0)) segments.push(...chunk);
  return segments.map(({ bytes }) => new TextDecoder().decode(bytes));
}

interface StartedThread {
  readonly worker: Worker;
  readonly bell: Doorbell;
}

/**
 * Makes the thread throw where nobody catches it, and waits for its end. Not by `terminate`, which may strike inside the
 * database driver, and then takes the process along. `whenFailed`: it still looks alive, and never answers.
 */
async function failThread(thread: StartedThread | undefined, whenFailed = (): void => {}): Promise<void> {
  if (thread === undefined) throw new Error('no thread was started');
  thread.worker.once('error', whenFailed);
  const ended = new Promise((resolve) => thread.worker.once('exit', resolve));
  thread.worker.postMessage(null);
  thread.bell.ring();
  await ended;
}

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('a SQLite store', () => {
  let place: SqlitePlace;
  let threads: StartedThread[];
  beforeEach(async () => {
    threads = [];
    place = await createSqlitePlace((url) =>
      openSqliteStoreInWorker(url, {
        appendTimeoutMs: 200,
        startWorker: (file, data) => {
          const worker = startLedgerWorker(file, data);
          threads.push({ worker, bell: new Doorbell(data.bell) });
          return worker;
        },
      }),
    );
  });
  afterEach(() => place.destroy());

  it('PI-2: a thread that dies leaves the append unknown, and the next call starts another', async () => {
    const store = await place.open();
    await store.ledger.claim();
    expect(await store.ledger.append(bytesOf('a'))).toEqual({ type: 'committed', position: 1 });
    let write: Promise<unknown> | undefined;
    let append: Promise<unknown> | undefined;
    await failThread(threads[0], () => {
      write = store.coldStore.write([rowAt('a', 1)], 1).catch((error: unknown) => error);
      append = store.ledger.append(bytesOf('b'));
    });
    expect(await append).toEqual({ type: 'unknown', reason: expect.stringContaining('the ledger thread has failed') });
    expect(await write).toMatchObject({ message: expect.stringContaining('the ledger thread has failed') });
    expect(await textsIn(store)).toEqual(['a']);
    expect(threads).toHaveLength(2);
    // Same claim, same epoch, another thread.
    expect(await store.ledger.append(bytesOf('c'))).toEqual({ type: 'committed', position: 2 });
  });

  it('PI-2: calls after the thread was lost share one new thread', async () => {
    const store = await place.open();
    await store.ledger.claim();
    await failThread(threads[0]);
    const [through, outcome, texts] = await Promise.all([
      store.coldStore.through(),
      store.ledger.append(bytesOf('a')),
      textsIn(store),
    ]);
    expect([through, outcome]).toEqual([0, { type: 'committed', position: 1 }]);
    expect(texts.length).toBeLessThanOrEqual(1);
    expect(threads).toHaveLength(2);
  });

  it('PI-2: an append that is not answered in time is unknown, and a read tells what became of it', async () => {
    const store = await place.open();
    await store.ledger.claim();
    const other = createClient({ url: `file:${place.file}` });
    await other.execute('BEGIN IMMEDIATE');
    const outcome = await store.ledger.append(bytesOf('slow'));
    expect(outcome).toEqual({ type: 'unknown', reason: expect.stringContaining('200 ms') });
    await other.execute('ROLLBACK');
    other.close();
    expect(await textsIn(store)).toEqual(['slow']);
    expect(await store.ledger.append(bytesOf('next'))).toEqual({ type: 'committed', position: 2 });
  });

  it('PI-1: short and long segments are there as they were appended, whatever their bytes become', async () => {
    const store = await place.open();
    await store.ledger.claim();
    const lengths = [0, 1, 300_000, 262_144, 262_145, 5];
    for (const [at, length] of lengths.entries()) {
      const bytes = new Uint8Array(length + 3).fill(at + 1).subarray(3);
      const append = store.ledger.append(bytes);
      bytes.fill(0);
      expect(await append).toEqual({ type: 'committed', position: at + 1 });
    }
    const segments: LedgerSegment[] = [];
    for await (const chunk of store.ledger.read(0)) segments.push(...chunk);
    expect(segments.map(({ bytes }) => bytes.length)).toEqual(lengths);
    for (const [at, { bytes }] of segments.entries()) expect(bytes.every((byte) => byte === at + 1)).toBe(true);
  });

  it('PI-2: what was not answered in time is appended as it was, though another one is asked for meanwhile', async () => {
    const store = await place.open();
    await store.ledger.claim();
    const other = createClient({ url: `file:${place.file}` });
    await other.execute('BEGIN IMMEDIATE');
    expect(await store.ledger.append(bytesOf('slow'))).toMatchObject({ type: 'unknown' });
    const next = store.ledger.append(bytesOf('next'));
    await other.execute('ROLLBACK');
    other.close();
    await next;
    expect(await textsIn(store)).toEqual(['slow', 'next']);
  });

  it('PI-1, PI-2: whatever is asked together, and whether the thread sleeps or is at work then, each is answered and appends keep their order', async () => {
    const store = await place.open();
    await store.ledger.claim();
    let appended = 0;
    const asks = {
      append: async () => {
        appended += 1;
        expect(await store.ledger.append(bytesOf(`${appended}`))).toEqual({ type: 'committed', position: appended });
      },
      renew: async () => expect(await store.ledger.renew()).toBeGreaterThan(0),
      rows: () => store.coldStore.write([rowAt(`${appended}`, appended)], appended),
      through: async () => expect(await store.coldStore.through()).toBeLessThanOrEqual(appended),
    };
    const others = fc.array(fc.constantFrom('rows', 'through'), { maxLength: 2 });
    const last = fc.constantFrom(['renew'] as const, []);
    const round = fc.record({ before: others, after: others, last, turnsOfTheLoop: fc.nat(3) });
    await fc.assert(
      fc.asyncProperty(fc.array(round, { maxLength: 20 }), async (rounds) => {
        for (const { before, after, last, turnsOfTheLoop } of rounds) {
          await Promise.all([...before, 'append' as const, ...after, ...last].map((ask) => asks[ask]()));
          for (let turn = 0; turn < turnsOfTheLoop; turn += 1) await new Promise((resolve) => setImmediate(resolve));
        }
      }),
      { numRuns: 10 },
    );
    expect(await textsIn(store)).toEqual(Array.from({ length: appended }, (_, at) => `${at + 1}`));
  });

  it('a thread that has answered everything sleeps', async () => {
    const store = await place.open();
    await store.ledger.claim();
    const outcomes = Array.from({ length: 10 }, async (_, at) => {
      await store.coldStore.write([rowAt(`${at}`, at)], at);
      if (at === 5) await store.ledger.append(bytesOf('a'));
    });
    await Promise.all([...outcomes, store.ledger.append(bytesOf('b'))]);
    const bell = new Int32Array(threads[0]?.bell.memory ?? new SharedArrayBuffer(4));
    // Woken without a reason it sleeps on.
    while (Atomics.notify(bell, 0) === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(Atomics.load(bell, 0)).toBeGreaterThan(10);
  });

  it('a file that cannot be opened is an error with a sentence, from the thread too', async () => {
    await writeFile(place.file, 'not a database at all, but long enough to look at'.repeat(20));
    const opened = await openSqliteStoreInWorker(`file:${place.file}`);
    expect(opened).toEqual({
      ok: false,
      error: { code: 'corrupt', message: expect.stringContaining('not a SQLite database') },
    });
  });

  it('the thread ends when ledger and cold store are closed', async () => {
    const store = await place.open();
    await store.ledger.claim();
    await store.coldStore.close();
    expect((await store.ledger.append(bytesOf('a'))).type).toBe('committed');
    await store.ledger.close();
    await store.close();
    expect(threads[0]?.worker.threadId).toBe(-1);
  });
});
