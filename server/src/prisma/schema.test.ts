import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { testDatabase } from '../testing/test-database.js';
import { openDatabase } from './open-database.js';
import { openPostgres } from './postgresql/open-postgres.js';

const read = (path: string): Promise<string> => readFile(new URL(`../../prisma/${path}`, import.meta.url), 'utf8');

interface Column {
  readonly name: string;
  readonly type: string;
  readonly notnull: boolean;
  readonly pk: number;
}

/** Prisma's column types. */
const sqliteTypes: Record<string, string> = {
  String: 'TEXT',
  Int: 'INTEGER',
  BigInt: 'BIGINT',
  Boolean: 'BOOLEAN',
  Bytes: 'BLOB',
};
const postgresTypes = { ...sqliteTypes, Bytes: 'BYTEA' };

/** The tables that the models describe. Knows as much of the schema language as the models use, and throws at the rest. */
function tablesOf(models: string, columnTypes: Record<string, string>): Record<string, Column[]> {
  const tables: Record<string, Column[]> = {};
  for (const [, model, body] of models.matchAll(/^model (\w+) \{\n([\s\S]*?)^\}/gm)) {
    let table = model as string;
    let columns: Column[] = [];
    for (const line of (body as string).split('\n').map((each) => each.trim())) {
      if (line === '' || line.startsWith('//')) continue;
      const mapped = /^@@map\("(\w+)"\)$/.exec(line);
      const key = /^@@id\(\[([\w, ]+)\]\)$/.exec(line);
      const field = /^(\w+)\s+(\w+)(\?)?(\s+@id)?(?:\s+@map\("(\w+)"\))?$/.exec(line);
      if (mapped !== null) table = mapped[1] as string;
      else if (key !== null) {
        const names = (key[1] as string).split(',').map((name) => name.trim());
        columns = columns.map((column) => ({ ...column, pk: names.indexOf(column.name) + 1 }));
      } else if (field !== null) {
        const [, name, type, optional, id, column] = field;
        const sqlType = columnTypes[type as string];
        if (sqlType === undefined) throw new Error(`unknown type in ${line}`);
        columns.push({
          name: column ?? (name as string),
          type: sqlType,
          notnull: optional === undefined,
          pk: id ? 1 : 0,
        });
      } else throw new Error(`this test cannot read ${line}`);
    }
    tables[table] = columns;
  }
  return tables;
}

const database = testDatabase();

describe('the schema', () => {
  it.each(['sqlite', 'postgresql'])(
    'is the one that the committed client of %s was generated from',
    async (provider) => {
      const schema = [await read(`${provider}/schema.prisma`), await read('models.prisma')].join('\n');
      const generatedFrom = await readFile(new URL(`./${provider}/generated/schema.sha256`, import.meta.url), 'utf8');
      const hint = 'run `npm ci && npm run generate` in server/prisma and commit what it changes';
      expect(generatedFrom.trim(), hint).toBe(createHash('sha256').update(schema).digest('hex'));
    },
  );

  it('describes the tables that the migrations make', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'topgun-schema-'));
    try {
      const opened = await openDatabase(`file:${join(folder, 'test.db')}`);
      if (!opened.ok) throw new Error(opened.error.message);
      const { client } = opened.value;
      const { rows } = await client.execute(
        `SELECT name FROM sqlite_master WHERE type = 'table' AND name <> '_prisma_migrations'`,
      );
      const migrated: Record<string, Column[]> = {};
      for (const row of rows) {
        const info = await client.execute(`PRAGMA table_info("${String(row['name'])}")`);
        migrated[String(row['name'])] = info.rows.map((column) => ({
          name: String(column['name']),
          type: String(column['type']),
          notnull: Number(column['notnull']) === 1,
          pk: Number(column['pk']),
        }));
      }
      await opened.value.close();
      const described = tablesOf(await read('models.prisma'), sqliteTypes);
      // Which Prisma has no word for: as BIGINT it is no name of the row's own number (decision 102).
      const position = described['ledger_segment']?.find(({ pk }) => pk === 1);
      Object.assign(position!, { type: 'INTEGER' });
      expect(Object.keys(described)).toHaveLength(7);
      expect(migrated).toEqual(described);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it.skipIf(database === null)('describes the tables that the migrations make in PostgreSQL', async () => {
    const opened = await openPostgres(database!.place());
    if (!opened.ok) throw new Error(opened.error.message);
    await opened.value.close();
    const rows = await database!.sql(
      `SELECT class.relname AS table, at.attname AS name, upper(format_type(at.atttypid, at.atttypmod)) AS type,
              at.attnotnull AS notnull, coalesce(array_position(key.conkey, at.attnum), 0) AS pk
       FROM pg_class AS class JOIN pg_attribute AS at ON at.attrelid = class.oid AND at.attnum > 0
       LEFT JOIN pg_constraint AS key ON key.conrelid = class.oid AND key.contype = 'p'
       WHERE class.relnamespace = $1::regnamespace AND class.relkind = 'r' AND class.relname <> '_prisma_migrations'
       ORDER BY class.relname, at.attnum`,
      [opened.value.place.schema],
    );
    const migrated: Record<string, Column[]> = {};
    for (const { table, ...column } of rows) (migrated[table as string] ??= []).push(column as unknown as Column);
    expect(migrated).toEqual(tablesOf(await read('models.prisma'), postgresTypes));
  });
});
