import { randomBytes } from 'node:crypto';

import pg from 'pg';
import { afterAll, beforeAll, inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    /** Of a PostgreSQL in which tests may make databases; `null` when there is none, and its suites are skipped. */
    postgresUrl: string | null;
  }
}

/** A PostgreSQL database of a test file's own. */
export interface TestDatabase {
  /** With a PostgreSQL schema that no other call has named: a place without tables. */
  place(): string;
  readonly url: string;
  /** Runs SQL in it, as another program would. */
  sql(text: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>;
}

/**
 * For a test file as a whole: made before its first test, dropped after its last. `null` when there is no PostgreSQL to test
 * with. It can be used from the first test on.
 */
export function testDatabase(): TestDatabase | null {
  const server = inject('postgresUrl');
  if (server === null) return null;
  const name = `topgun_test_${randomBytes(6).toString('hex')}`;
  const address = new URL(server);
  address.pathname = name;
  const url = address.href;
  const admin = new pg.Pool({ connectionString: server, max: 1 });
  const pool = new pg.Pool({ connectionString: url, max: 4 });
  for (const each of [admin, pool]) each.on('error', () => undefined);
  beforeAll(async () => void (await admin.query(`CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'UTF8'`)));
  afterAll(async () => {
    await pool.end();
    await admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    await admin.end();
  });
  let places = 0;
  return {
    url,
    place() {
      places += 1;
      address.searchParams.set('schema', `place_${places}`);
      return address.href;
    },
    sql: async (text, values = []) => (await pool.query(text, [...values])).rows as Record<string, unknown>[],
  };
}
