import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

import { createClient } from '@libsql/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { openSqliteStoreInWorker } from '../drivers/sqlite/sqlite-store-in-worker.js';
import { openDatabase, type Database } from './open-database.js';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'topgun-open-'));
  file = join(folder, 'test.db');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function open(path = file): Promise<Database> {
  const opened = await openDatabase(`file:${path}`);
  if (!opened.ok) throw new Error(opened.error.message);
  return opened.value;
}

/** Everything in the folder, so that a test sees every byte that was touched and every file that was left behind. */
async function contents(): Promise<Record<string, string>> {
  const names = (await readdir(folder)).sort();
  const sums = await Promise.all(
    names.map(async (name) => [
      name,
      createHash('sha256')
        .update(await readFile(join(folder, name)))
        .digest('hex'),
    ]),
  );
  return Object.fromEntries(sums) as Record<string, string>;
}

/** Opens in a thread of its own, as the server does: what it leaves behind is seen when the thread has ended. */
async function expectRefusal(code: string, sentence: RegExp): Promise<void> {
  const before = await contents();
  const opened = await openSqliteStoreInWorker(`file:${file}`);
  expect(opened).toEqual({ ok: false, error: { code, message: expect.stringMatching(sentence) } });
  expect(opened.ok ? '' : opened.error.message).toMatch(/^[^\n]+\.$/);
  expect(await contents()).toEqual(before);
}

let ours: Uint8Array | null = null;

/** One of ours with some content, all of it in the file itself, which nobody has open any more. */
async function createOurs(): Promise<void> {
  // Made once, for a thread takes its time to start; each test gets a file of its own.
  if (ours === null) ours = await makeOurs();
  else await writeFile(file, ours);
}

async function makeOurs(): Promise<Uint8Array> {
  const opened = await openSqliteStoreInWorker(`file:${file}`);
  if (!opened.ok) throw new Error(opened.error.message);
  const rows = Array.from({ length: 40 }, (_, i) => ({
    map: 'm',
    key: `key ${i}`,
    value: JSON.stringify('x'.repeat(900)),
    state: '[]',
    deleted: false,
    position: i + 1,
  }));
  await opened.value.coldStore.write(rows, 40);
  await opened.value.close();
  expect(await readdir(folder)).toEqual(['test.db']);
  return readFile(file);
}

describe('opening a database', () => {
  it('PI-1: creates it in WAL mode with full syncs on its one connection, and opens it again', async () => {
    for (const round of [1, 2]) {
      const { client, prisma: connect, close } = await open();
      const prisma = await connect();
      const pragma = async (name: string): Promise<unknown> => (await client.execute(`PRAGMA ${name}`)).rows[0]?.[0];
      expect([await pragma('journal_mode'), await pragma('synchronous')]).toEqual(['wal', 2n]);
      expect(await pragma('busy_timeout')).toBe(5000n);
      // Transactions keep the connection, and with it the settings.
      await prisma.$transaction([prisma.$executeRawUnsafe('INSERT INTO cold_progress VALUES (?, 1)', round)]);
      expect([await pragma('synchronous'), await pragma('busy_timeout')]).toEqual([2n, 5000n]);
      await close();
    }
  });

  it('keeps a transaction that fails from being half done, and the connection usable', async () => {
    const { prisma: connect, close } = await open();
    const prisma = await connect();
    const insert = (id: number) => prisma.$executeRawUnsafe('INSERT INTO cold_progress VALUES (?, 1)', id);
    await expect(prisma.$transaction([insert(1), insert(1)])).rejects.toThrow(/unique/i);
    expect(await prisma.coldProgress.count()).toBe(0);
    await prisma.$transaction([insert(1), insert(2)]);
    expect(await prisma.coldProgress.count()).toBe(2);
    await close();
  });

  it('leaves the whole database in its file when it closes', async () => {
    await createOurs();
    const copy = join(folder, 'a ?copy #1%20.db');
    await copyFile(file, copy);
    const opened = await openDatabase(pathToFileURL(copy).href);
    if (!opened.ok) throw new Error(opened.error.message);
    expect(await (await opened.value.prisma()).coldRecord.count()).toBe(40);
    await opened.value.close();
  });

  it('refuses what is no database', async () => {
    await writeFile(file, 'These are the minutes of the garden club. '.repeat(30));
    await expectRefusal('corrupt', /not a SQLite database/);
  });

  it('refuses a file whose end is missing', async () => {
    await createOurs();
    await truncate(file, 3 * 4096 + 100);
    await expectRefusal('corrupt', /its end is missing/);
  });

  it('refuses a file with a damaged page', async () => {
    await createOurs();
    const bytes = await readFile(file);
    bytes.fill(0xa5, 4096 * 2, 4096 * 9);
    await writeFile(file, bytes);
    await expectRefusal('corrupt', /is damaged/);
  });

  it('refuses the database of another application', async () => {
    const other = createClient({ url: `file:${file}` });
    await other.execute('CREATE TABLE invoices (id INTEGER PRIMARY KEY)');
    other.close();
    await expectRefusal('foreign', /another application/);
  });

  it('refuses a database that a newer version has migrated', async () => {
    await createOurs();
    const newer = createClient({ url: `file:${file}` });
    await newer.execute('PRAGMA journal_mode = DELETE');
    await newer.execute(
      `INSERT INTO _prisma_migrations (id, checksum, finished_at, migration_name) VALUES ('x', 'y', 1, '9999_future')`,
    );
    newer.close();
    await expectRefusal('newer-schema', /newer version of TopGun \(9999_future\)/);
  });

  it('refuses a folder, and a file in a folder that does not exist', async () => {
    await mkdir(file);
    expect(await openDatabase(`file:${file}`)).toMatchObject({ ok: false, error: { code: 'not-a-file' } });
    const missing = await openDatabase(`file:${join(folder, 'no/such/folder.db')}`);
    expect(missing).toMatchObject({ ok: false, error: { code: 'no-directory' } });
    expect(await readdir(folder)).toEqual(['test.db']);
  });

  it.each(['the file', 'its folder'])('refuses when %s is not writable to this user', async (what) => {
    await createOurs();
    // Readable and, but for one of the two, writable to everybody: the test may run as root, and opens as nobody.
    await chmod(folder, what === 'its folder' ? 0o555 : 0o777);
    await chmod(file, what === 'the file' ? 0o444 : 0o666);
    const before = await contents();
    const script = fileURLToPath(new URL('./testing/open-as-nobody.mjs', import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, [script, `file:${file}`]);
    expect(JSON.parse(stdout)).toEqual({
      ok: false,
      error: { code: 'not-writable', message: expect.stringContaining('may not read and write') },
    });
    expect(await contents()).toEqual(before);
    await chmod(folder, 0o777);
  });

  it('says so when another process keeps it locked', async () => {
    await createOurs();
    const other = createClient({ url: `file:${file}` });
    await other.execute('BEGIN IMMEDIATE');
    const opened = await openDatabase(`file:${file}`);
    expect(opened).toMatchObject({ ok: false, error: { code: 'busy', message: expect.stringContaining('locked') } });
    await other.execute('ROLLBACK');
    other.close();
  });
});
