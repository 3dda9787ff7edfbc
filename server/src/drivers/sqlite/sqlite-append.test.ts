import { closeSync, openSync, statSync, writeSync } from 'node:fs';

import Database from 'libsql';
import { afterEach, beforeEach, expect, it } from 'vitest';

import type { DurableStore } from '../durable-store.js';
import { openSqliteStoreInThread } from './sqlite-store-in-thread.js';
import { sqliteAppendOn } from './sqlite-append.js';
import { connectionOn, openSqliteConnection } from './sqlite-connection.js';
import { createSqlitePlace, type SqlitePlace } from './testing/sqlite-place.js';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

let place: SqlitePlace;
let store: DurableStore;
beforeEach(async () => {
  place = await createSqlitePlace(openSqliteStoreInThread);
  store = await place.open();
});
afterEach(() => place.destroy());

it('PI-3: nothing is appended under an epoch that is not the latest', async () => {
  const { epoch } = await store.ledger.claim();
  const connection = openSqliteConnection(place.file, 100);
  const append = sqliteAppendOn(connection);
  expect(append.append(epoch - 1, bytesOf('stale'))).toEqual({ type: 'fenced' });
  expect(append.append(epoch, bytesOf('a'))).toEqual({ type: 'committed', position: 1 });
  await store.ledger.claim();
  expect(append.append(epoch, bytesOf('late'))).toEqual({ type: 'fenced' });
  connection.database.close();
});

it('PI-3: positions go on after those that are there, and the bytes are part of a larger buffer or not', async () => {
  const { epoch } = await store.ledger.claim();
  await store.ledger.append(bytesOf('first'));
  const connection = openSqliteConnection(place.file, 100);
  const append = sqliteAppendOn(connection);
  expect(append.append(epoch, bytesOf('..second..').subarray(2, 8))).toEqual({ type: 'committed', position: 2 });
  connection.database.close();
  const texts: string[] = [];
  for await (const chunk of store.ledger.read(0)) {
    texts.push(...chunk.map(({ bytes }) => new TextDecoder().decode(bytes)));
  }
  expect(texts).toEqual(['first', 'second']);
});

it('PI-3: one behind the other under one epoch, and behind what others appended under theirs', async () => {
  const one = openSqliteConnection(place.file, 100);
  const other = openSqliteConnection(place.file, 100);
  const appends = [sqliteAppendOn(one), sqliteAppendOn(other)] as const;
  const taken: unknown[] = [];
  for (const turn of [0, 1, 0, 0, 1]) {
    const { epoch } = await store.ledger.claim();
    for (const text of ['a', 'b', 'c']) taken.push(appends[turn as 0 | 1].append(epoch, bytesOf(text)));
  }
  expect(taken).toEqual(Array.from({ length: 15 }, (_, at) => ({ type: 'committed', position: at + 1 })));
  one.database.close();
  other.database.close();
});

it('PI-3: a position that is taken already is not written over, and nothing is said to be committed', async () => {
  const { epoch } = await store.ledger.claim();
  const connection = openSqliteConnection(place.file, 100);
  const append = sqliteAppendOn(connection);
  expect(append.append(epoch, bytesOf('a'))).toEqual({ type: 'committed', position: 1 });
  // No server does that: another one under the same epoch.
  const other = openSqliteConnection(place.file, 100);
  expect(sqliteAppendOn(other).append(epoch, bytesOf('b'))).toEqual({ type: 'committed', position: 2 });
  expect(append.append(epoch, bytesOf('c'))).toEqual({ type: 'fenced' });
  connection.database.close();
  other.database.close();
});

it('PI-1, PI-23: a full disk holds the append up, writes nothing and is over when there is room again', async () => {
  const { epoch } = await store.ledger.claim();
  const database = new Database(place.file);
  const append = sqliteAppendOn(connectionOn(database));
  const pages = database.prepare('PRAGMA page_count').raw(true).get() as [number];
  database.exec(`PRAGMA max_page_count = ${pages[0] + 2}`);
  const outcome = append.append(epoch, new Uint8Array(100_000));
  expect(outcome).toEqual({ type: 'held-up', trouble: 'full', reason: expect.stringContaining('full') });
  database.exec('PRAGMA max_page_count = 1000000');
  expect(append.append(epoch, bytesOf('a'))).toEqual({ type: 'committed', position: 1 });
  // As well when it is not the first.
  const more = database.prepare('PRAGMA page_count').raw(true).get() as [number];
  database.exec(`PRAGMA max_page_count = ${more[0] + 2}`);
  expect(append.append(epoch, new Uint8Array(100_000))).toMatchObject({ type: 'held-up', trouble: 'full' });
  database.exec('PRAGMA max_page_count = 1000000');
  expect(append.append(epoch, bytesOf('b'))).toEqual({ type: 'committed', position: 2 });
  database.close();
});

it('PI-1, PI-23: a file that another process holds holds the append up, and nothing is written', async () => {
  const { epoch } = await store.ledger.claim();
  const connection = openSqliteConnection(place.file, 10);
  const append = sqliteAppendOn(connection);
  const other = new Database(place.file);
  other.exec('BEGIN IMMEDIATE');
  expect(append.append(epoch, bytesOf('a'))).toMatchObject({ type: 'held-up', trouble: 'locked' });
  other.exec('ROLLBACK');
  other.close();
  expect(append.append(epoch, bytesOf('a'))).toEqual({ type: 'committed', position: 1 });
  connection.database.close();
});

it('PI-23: a file that was damaged meanwhile is no ledger any more: nothing is written, and it is said', async () => {
  const { epoch } = await store.ledger.claim();
  const connection = openSqliteConnection(place.file, 100);
  const append = sqliteAppendOn(connection);
  expect(append.append(epoch, bytesOf('a'))).toEqual({ type: 'committed', position: 1 });
  const other = new Database(place.file);
  other.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  const file = openSync(place.file, 'r+');
  for (let page = 1; page < statSync(place.file).size / 4096; page += 1) {
    writeSync(file, Buffer.alloc(4096, 0xa5), 0, 4096, page * 4096);
  }
  closeSync(file);
  // What was read before is believed until another connection has written.
  other.exec('PRAGMA user_version = 7');
  other.close();
  expect(append.append(epoch, bytesOf('b'))).toEqual({ type: 'damaged', reason: expect.any(String) });
  connection.database.close();
});
