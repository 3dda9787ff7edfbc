import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PrismaLibSql } from '@prisma/adapter-libsql';
import { PrismaPg } from '@prisma/adapter-pg';
import { afterAll, beforeAll, inject } from 'vitest';
import pg from 'pg';
import { PrismaClient as PostgresClient } from './postgresql/generated/client.js';
import { PrismaClient as SqliteClient } from './sqlite/generated/client.js';

/** The model of an app that knows nothing of TopGun, behind its own Prisma client. */
export type TodoModel = SqliteClient['todo'];

export interface AppTodos {
  /** Of the client, which is there from the first test on. */
  readonly todo: TodoModel;
  /** A statement of another program. */
  sql(text: string): Promise<unknown>;
}

function sqliteTodos(): AppTodos {
  const folder = mkdtempSync(join(tmpdir(), 'topgun-app-'));
  // What an app would do that keeps whole numbers beyond those of JavaScript.
  const adapter = new PrismaLibSql({ url: `file:${join(folder, 'app.db')}`, intMode: 'bigint' });
  const client = new SqliteClient({ adapter });
  beforeAll(async () => void (await client.$executeRawUnsafe(table('DATETIME', 'JSONB', 'BLOB', 'REAL'))));
  afterAll(async () => {
    await client.$disconnect();
    rmSync(folder, { recursive: true, force: true });
  });
  return { todo: client.todo, sql: (text) => client.$executeRawUnsafe(text) };
}

function postgresTodos(): AppTodos | null {
  const url = inject('postgresUrl');
  if (url === null) return null;
  const schema = `app_${process.pid}_${Math.random().toString(36).slice(2, 10)}`;
  const client = new PostgresClient({ adapter: new PrismaPg({ connectionString: url }, { schema }) });
  const admin = new pg.Pool({ connectionString: url, max: 1, options: `-c search_path=${schema}` });
  beforeAll(async () => {
    await admin.query(`CREATE SCHEMA ${schema}`);
    await admin.query(table('TIMESTAMPTZ', 'JSONB', 'BYTEA', 'DOUBLE PRECISION'));
  });
  afterAll(async () => {
    await client.$disconnect();
    await admin.query(`DROP SCHEMA ${schema} CASCADE`);
    await admin.end();
  });
  // The two clients differ in what they call their types, and in nothing that is used here.
  return { todo: client.todo as unknown as TodoModel, sql: (text) => admin.query(text) };
}

const table = (time: string, json: string, bytes: string, float: string): string => `CREATE TABLE todo (
  id TEXT PRIMARY KEY NOT NULL,
  text VARCHAR(40) NOT NULL UNIQUE CHECK (length(text) <= 40),
  is_done BOOLEAN NOT NULL DEFAULT false,
  rank INTEGER, size ${float}, serial BIGINT, price DECIMAL(12, 2), due_at ${time}, meta ${json}, photo ${bytes},
  owner TEXT NOT NULL DEFAULT 'nobody',
  updated_at ${time} NOT NULL, deleted_at ${time})`;

/** An app's database with an empty table, of the test file's own, on each kind of database that is there. */
export function appsThere(): readonly { readonly provider: 'sqlite' | 'postgresql'; readonly app: AppTodos }[] {
  const postgres = postgresTodos();
  const sqlite = { provider: 'sqlite', app: sqliteTodos() } as const;
  return postgres === null ? [sqlite] : [sqlite, { provider: 'postgresql', app: postgres }];
}
