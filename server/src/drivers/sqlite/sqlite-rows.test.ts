import Database from 'libsql';
import { afterEach, beforeEach, expect, it } from 'vitest';

import type { ColdRow } from '../../ports/cold-store.js';
import { connectionOn } from './sqlite-connection.js';
import { sqliteRowsOn } from './sqlite-rows.js';
import type { DurableStore } from '../durable-store.js';
import { openSqliteStoreInThread } from './sqlite-store-in-thread.js';
import { createSqlitePlace, type SqlitePlace } from './testing/sqlite-place.js';

const rowAt = (key: string, position: number, value = '1'): ColdRow => ({
  map: 'm',
  key,
  value,
  state: '[]',
  deleted: false,
  position,
});

let place: SqlitePlace;
let store: DurableStore;
beforeEach(async () => {
  place = await createSqlitePlace(openSqliteStoreInThread);
  store = await place.open();
});
afterEach(() => place.destroy());

it('PI-4: a write that fails leaves neither rows nor progress, and the next one is as if it had never been', async () => {
  const database = new Database(place.file);
  const records = sqliteRowsOn(connectionOn(database));
  records.write([rowAt('a', 1)], 1);
  const [pages] = database.prepare('PRAGMA page_count').raw(true).get() as [number];
  database.exec(`PRAGMA max_page_count = ${pages + 2}`);
  expect(() => records.write([rowAt('a', 2), rowAt('b', 2, JSON.stringify('x'.repeat(100_000)))], 2)).toThrow(/full/);
  expect([await store.coldStore.rows('m'), await store.coldStore.through()]).toEqual([[rowAt('a', 1)], 1]);
  database.exec('PRAGMA max_page_count = 1000000');
  const broken = { ...rowAt('c', 2), deleted: null } as unknown as ColdRow;
  expect(() => records.write([rowAt('a', 2), broken], 2)).toThrow(/NOT NULL/);
  records.write([rowAt('a', 3)], 3);
  database.close();
  expect([await store.coldStore.rows('m'), await store.coldStore.through()]).toEqual([[rowAt('a', 3)], 3]);
});

it('PI-4: a file that another process holds fails the write, which can be tried again', async () => {
  const database = new Database(place.file, { timeout: 10 });
  const records = sqliteRowsOn(connectionOn(database));
  const other = new Database(place.file);
  other.exec('BEGIN IMMEDIATE');
  expect(() => records.write([rowAt('a', 1)], 1)).toThrow(/locked/);
  other.exec('ROLLBACK');
  other.close();
  records.write([rowAt('a', 1)], 1);
  database.close();
  expect(await store.coldStore.rows('m')).toEqual([rowAt('a', 1)]);
});
