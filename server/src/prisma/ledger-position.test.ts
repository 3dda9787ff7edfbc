import { statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Client } from '@libsql/client/sqlite3';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, it } from 'vitest';

import { openSqliteStoreInThread } from '../drivers/sqlite/sqlite-store-in-thread.js';
import type { LedgerSegment } from '../ports/ledger.js';
import { applyMigrations, migrationsFolder, readMigrations } from './migration-runner.js';
import { openSqliteClient } from './sqlite-client.js';

const MIGRATION = '0004_position_is_the_row';

let folder: string;
let files = 0;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'topgun-position-'))));
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A file as the version before this migration leaves it. */
async function olderFile(segments: readonly LedgerSegment[]): Promise<{ path: string; client: Client }> {
  const path = join(folder, `${(files += 1)}.db`);
  const client = openSqliteClient(path);
  const all = await readMigrations(migrationsFolder('sqlite'));
  const older = all.filter(({ name }) => name < MIGRATION);
  expect(all.map(({ name }) => name)).toEqual([...older.map(({ name }) => name), MIGRATION]);
  await applyMigrations(client, older, path);
  await client.execute('PRAGMA journal_mode = WAL');
  await client.execute(`INSERT INTO ledger_owner VALUES (1, 7, 'lineage')`);
  for (const { position, epoch, bytes } of segments) {
    const sql = 'INSERT INTO ledger_segment VALUES (?, ?, ?, 1234)';
    await client.execute({ sql, args: [position, epoch, bytes] });
  }
  return { path, client };
}

const rowsIn = async (client: Client, sql: string): Promise<unknown[]> =>
  (await client.execute(sql)).rows.map((row) => Object.values(row));

const SEGMENTS = `SELECT position, epoch, hex(bytes), created_at FROM ledger_segment ORDER BY position`;
const INDEXES = `SELECT name FROM pragma_index_list('ledger_segment')`;

/** From where the log was trimmed. */
const ledgers = fc
  .tuple(
    fc.integer({ min: 1, max: 2 ** 40 }),
    fc.array(fc.uint8Array({ maxLength: 9_000, size: 'max' }), { maxLength: 30 }),
  )
  .map(([first, all]) => all.map((bytes, at) => ({ position: first + at, epoch: 1 + (at >> 3), bytes })));

it('PI-3: a ledger of the version before has the same segments afterwards, goes on behind them and has no index beside its table', async () => {
  await fc.assert(
    fc.asyncProperty(ledgers, async (segments) => {
      const { path, client } = await olderFile(segments);
      expect(await rowsIn(client, INDEXES)).toHaveLength(1);
      const before = await rowsIn(client, SEGMENTS);
      client.close();

      const opened = await openSqliteStoreInThread(`file:${path}`);
      if (!opened.ok) throw new Error(opened.error.message);
      // What was copied is in the file: the first append has not to bring it there.
      expect(statSync(`${path}-wal`).size).toBe(0);
      const { ledger } = opened.value;
      const last = segments.at(-1)?.position ?? 0;
      expect(await ledger.claim()).toEqual({ epoch: 8, lineage: 'lineage', position: last });
      const found: LedgerSegment[] = [];
      for await (const chunk of ledger.read(0)) found.push(...chunk);
      expect(found).toEqual(segments);
      expect(await ledger.append(Uint8Array.of(1))).toEqual({ type: 'committed', position: last + 1 });
      await opened.value.close();

      const after = openSqliteClient(path);
      expect((await rowsIn(after, SEGMENTS)).slice(0, -1)).toEqual(before);
      expect(await rowsIn(after, INDEXES)).toEqual([]);
      after.close();
    }),
    { numRuns: 8 },
  );
});

it('where there is no room for the copy the file stays as it was, and the next start makes it', async () => {
  const segments = Array.from({ length: 40 }, (_, at) => ({
    position: at + 1,
    epoch: 1,
    bytes: new Uint8Array(20_000).fill(at),
  }));
  const { path, client } = await olderFile(segments);
  const tables = `SELECT name, sql FROM sqlite_master ORDER BY name`;
  const before = [await rowsIn(client, tables), await rowsIn(client, SEGMENTS)];
  const [[pages]] = (await rowsIn(client, 'PRAGMA page_count')) as [[bigint]];
  const all = await readMigrations(migrationsFolder('sqlite'));
  // About half of the copy.
  await client.execute(`PRAGMA max_page_count = ${Number(pages) + 100}`);
  await expect(applyMigrations(client, all, path)).rejects.toThrow(/full/);
  expect([await rowsIn(client, tables), await rowsIn(client, SEGMENTS)]).toEqual(before);
  await client.execute('PRAGMA max_page_count = 1000000');
  expect(await applyMigrations(client, all, path)).toEqual({ ok: true, value: [MIGRATION] });
  expect(await rowsIn(client, SEGMENTS)).toEqual(before[1]);
  client.close();
});
