import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@libsql/client';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { openSqliteStoreInWorker } from '../../drivers/sqlite/sqlite-store-in-worker.js';
import { encodeSegment } from '../../services/persistence/segment-codec.js';
import { runOperation } from './run-operation.js';

let folder: string;
let said: { out: string; err: string };
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'topgun-operation-'));
  said = { out: '', err: '' };
  vi.spyOn(console, 'log').mockImplementation((line: string) => void (said.out += `${line}\n`));
  vi.spyOn(console, 'error').mockImplementation((line: string) => void (said.err += `${line}\n`));
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((said.err += String(text)), true));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

const at = (name: string): string => join(folder, name);
const run = async (...argv: string[]): Promise<number> => {
  said = { out: '', err: '' };
  return runOperation(argv);
};
const on = (name: string): string[] => ['--database', `file:${at(name)}`];

/** A database with one segment. In a thread of its own, which lets go of the file when it ends. */
async function used(name: string): Promise<void> {
  const opened = await openSqliteStoreInWorker(`file:${at(name)}`);
  if (!opened.ok) throw new Error(opened.error.message);
  const { ledger } = opened.value;
  const { lineage } = await ledger.claim();
  await ledger.append(encodeSegment({ lineage, entries: [] }));
  await opened.value.close();
}

async function sql(name: string, statement: string): Promise<void> {
  const client = createClient({ url: `file:${at(name)}` });
  await client.execute(statement);
  client.close();
}

describe('an operation that cannot be done says why, exits with 2 and changes nothing', () => {
  test.each([
    [['backup', 'b.gz'], 'There is no database at'],
    [['export'], 'There is no database at'],
    [['verify'], 'There is no database at'],
    [['compact'], 'There is no database at'],
  ])('PI-40: of a database that is not there: %j', async ([command, file], why) => {
    expect(await run(command!, ...(file === undefined ? [] : [at(file)]), ...on('none.db'))).toBe(2);
    expect(said.err).toContain(why);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('PI-40: of a database of another application, or of one that nobody has used', async () => {
    await sql('shop.db', 'CREATE TABLE shop (id INTEGER)');
    writeFileSync(at('lines.jsonl'), '{"map":"a","key":"b","value":1}\n');
    const before = readFileSync(at('shop.db'));
    for (const command of [
      ['backup', at('b.gz')],
      ['verify'],
      ['compact'],
      ['export'],
      ['import', at('lines.jsonl')],
    ]) {
      expect(await run(...command, ...on('shop.db'))).toBe(2);
      expect(said.err).toContain('another application');
    }
    expect(readFileSync(at('shop.db'))).toEqual(before);
    writeFileSync(at('empty.db'), '');
    expect(await run('backup', at('b.gz'), ...on('empty.db'))).toBe(2);
    expect(said.err).toContain('There is no database');
  });

  test('PI-40: with a file in the way, a folder that is not there, and files that are no backup, not whole, or not there', async () => {
    await used('a.db');
    expect(await run('backup', at('b.gz'), ...on('a.db'))).toBe(0);
    expect(said.err).toMatch(/Backing up .*100 %.*1 of 1 parts/);
    expect(await run('backup', at('b.gz'), ...on('a.db'))).toBe(2);
    expect(said.err).toContain('is there already');
    expect(await run('backup', at('b.gz'), '--overwrite', ...on('a.db'))).toBe(0);
    expect(await run('backup', at('no/b.gz'), ...on('a.db'))).toBe(2);
    expect(said.err).toContain('does not exist');
    expect(await run('backup', folder, ...on('a.db'))).toBe(2);
    expect(said.err).toContain('is not a file');

    const whole = readFileSync(at('b.gz'));
    writeFileSync(at('cut.gz'), whole.subarray(0, whole.length - 20));
    writeFileSync(at('text.gz'), 'some other text');
    writeFileSync(at('empty.gz'), '');
    for (const [file, why] of [
      ['cut.gz', 'Its end is missing'],
      ['text.gz', 'not a backup'],
      ['empty.gz', 'Its end is missing'],
      ['absent.gz', 'There is no file'],
      ['.', 'is not a file'],
    ] as const) {
      expect(await run('restore', at(file), ...on(`${file.length}.db`))).toBe(2);
      expect(said.err).toContain(why);
    }
    expect(readdirSync(folder).filter((name) => name.includes('partial'))).toEqual([]);
  });

  test('PI-40: with a target that is not empty, or that is another database', async () => {
    await used('a.db');
    await used('b.db');
    expect(await run('backup', at('a.gz'), ...on('a.db'))).toBe(0);
    expect(await run('restore', at('a.gz'), ...on('b.db'))).toBe(2);
    expect(said.err).toContain('is not empty');
    await used('c.db');
    expect(await run('restore', at('a.gz'), '--replace', ...on('c.db'))).toBe(2);
    expect(said.err).toContain('of another database');
  });

  test('PI-42: with lines that are no records, and a database of a later version', async () => {
    writeFileSync(at('lines.jsonl'), '{"map":"a","key":"b","value":1}\nnonsense\n');
    expect(await run('import', at('lines.jsonl'), ...on('new.db'))).toBe(2);
    expect(said.err).toMatch(/Line 2 cannot be imported: it is not JSON. The one record before it was/);
    expect(await run('import', at('none.jsonl'), ...on('newer.db'))).toBe(2);
    expect(said.err).toContain('There is no file');
    await used('later.db');
    await sql(
      'later.db',
      `INSERT INTO _prisma_migrations (id, checksum, finished_at, migration_name) VALUES ('x', 'y', 1, '9999_later')`,
    );
    expect(await run('verify', ...on('later.db'))).toBe(2);
    expect(said.err).toContain('newer version of TopGun');
  });

  test('PI-40: with options that there are not, or a place that is none', async () => {
    expect(await run('verify', '--nonsense')).toBe(2);
    expect(await run('backup')).toBe(2);
    expect(await run('verify', '--limit', 'many')).toBe(2);
    expect(await run('verify', '--database', 'mysql://me:s3cret@host/db')).toBe(2);
    expect(said.err).toContain('neither a SQLite file');
    for (const command of [['verify'], ['compact'], ['import', at('x.jsonl')]]) {
      expect(await run(...command, '--database', 's3://bucket/folder')).toBe(2);
      expect(said.err).toContain('for SQLite and PostgreSQL');
    }
    expect(await run('verify', '--database', 'postgresql://me:s3cret@127.0.0.1:1/db')).toBe(2);
    expect(said.err).toContain('No PostgreSQL answers');
    expect(said.err).not.toContain('s3cret');
    vi.spyOn(process.stdout, 'write').mockImplementation(() => true);
    expect(await run('verify', '--help')).toBe(0);
  });
});

test('PI-41: verify exits with 1 when something differs, names it, and so many of it as is asked for', async () => {
  await used('a.db');
  expect(await run('verify', ...on('a.db'))).toBe(0);
  expect(said.out).toContain('Nothing differs.');
  await sql(
    'a.db',
    `INSERT INTO record (map, key, value, state, deleted, position, updated_at) VALUES ('m', 'a', '1', '[]', 0, 1, 0), ('m', 'b', '1', '[]', 0, 9, 0)`,
  );
  await sql('a.db', `INSERT INTO cold_progress (id, through) VALUES (1, 1)`);
  expect(await run('verify', '--limit', '1', ...on('a.db'))).toBe(1);
  expect(said.out).toMatch(/✗ row-differs: The row of "a" of m/);
  expect(said.out).toMatch(/5 differences, of which 1 are shown/);
});

test('PI-40: on a terminal a line shows how far it is, over and over in its place; elsewhere it is said once, at the end', async () => {
  await used('a.db');
  const [rewritten, last] = ['\r\x1b[2K', /^Backing up {2}█{24} 100 % {2}1 of 1 parts$/];
  expect(await run('backup', at('a.gz'), ...on('a.db'))).toBe(0);
  expect(said.err.trimEnd().split('\n')).toEqual([expect.stringMatching(last)]);
  expect(said.err).not.toContain(rewritten);
  const { isTTY } = process.stderr;
  process.stderr.isTTY = true;
  try {
    expect(await run('backup', at('b.gz'), ...on('a.db'))).toBe(0);
  } finally {
    process.stderr.isTTY = isTTY;
  }
  const [before, ...shown] = said.err.split(rewritten);
  expect(before).toBe('');
  expect(shown.length).toBeGreaterThan(1);
  expect(shown.slice(0, -1).join('')).not.toContain('\n');
  expect(shown.at(-1)!.trimEnd()).toMatch(last);
});
