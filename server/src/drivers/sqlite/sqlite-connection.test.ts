import { afterEach, beforeEach, expect, it } from 'vitest';

import type { ColdRow } from '../../ports/cold-store.js';
import type { DurableStore } from '../durable-store.js';
import { sqliteAppendOn } from './sqlite-append.js';
import { openSqliteConnection, type SqliteConnection } from './sqlite-connection.js';
import { sqliteRowsOn } from './sqlite-rows.js';
import { sqliteSnapshotsOn } from './sqlite-snapshot-statements.js';
import { openSqliteStoreInThread } from './sqlite-store-in-thread.js';
import { createSqlitePlace, type SqlitePlace } from './testing/sqlite-place.js';

const [NORMAL, FULL] = [1, 2];
const row: ColdRow = { map: 'm', key: 'a', value: '1', state: '[]', deleted: false, position: 1 };

let place: SqlitePlace;
let store: DurableStore;
let connection: SqliteConnection;
beforeEach(async () => {
  place = await createSqlitePlace(openSqliteStoreInThread);
  store = await place.open();
  connection = openSqliteConnection(place.file, 100);
});
afterEach(async () => {
  connection.database.close();
  await place.destroy();
});

/** How far a commit goes now, before it returns. */
function synced(): number {
  const [mode] = connection.database.prepare('PRAGMA synchronous').raw(true).get() as [number];
  return mode;
}

it('PI-1, PI-4: an append and snapshots are synced whatever was before them, and rows are synced with the next of those', async () => {
  const { epoch } = await store.ledger.claim();
  const [append, rows, snapshots] = [
    sqliteAppendOn(connection),
    sqliteRowsOn(connection),
    sqliteSnapshotsOn(connection),
  ];
  expect(synced()).toBe(FULL);
  rows.write([row], 1);
  expect(synced()).toBe(NORMAL);
  expect(append.append(epoch, Uint8Array.of(1))).toEqual({ type: 'committed', position: 1 });
  expect(synced()).toBe(FULL);
  rows.write([{ ...row, position: 2 }], 2);
  expect(snapshots.write(epoch, [], { through: 1, lineage: 'l' })).toBe(true);
  expect(synced()).toBe(FULL);
});

it('PI-1: after a write of rows that failed an append is synced as ever', async () => {
  const { epoch } = await store.ledger.claim();
  const [append, rows] = [sqliteAppendOn(connection), sqliteRowsOn(connection)];
  expect(() => rows.write([{ ...row, deleted: null } as unknown as ColdRow], 1)).toThrow(/NOT NULL/);
  expect(append.append(epoch, Uint8Array.of(1))).toEqual({ type: 'committed', position: 1 });
  expect(synced()).toBe(FULL);
});

it('PI-1: where it is not sure that a commit would be synced, nothing is appended', async () => {
  const { epoch } = await store.ledger.claim();
  const append = sqliteAppendOn(connection);
  sqliteRowsOn(connection).write([row], 1);
  // Within a transaction it cannot be changed.
  connection.database.exec('BEGIN');
  expect(append.append(epoch, Uint8Array.of(1))).toMatchObject({ type: 'unknown' });
  connection.database.exec('ROLLBACK');
  expect(await store.ledger.read(0)[Symbol.asyncIterator]().next()).toMatchObject({ done: true });
  expect(append.append(epoch, Uint8Array.of(1))).toEqual({ type: 'committed', position: 1 });
  expect(synced()).toBe(FULL);
});
