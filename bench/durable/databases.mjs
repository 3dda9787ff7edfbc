// Places for databases: files of a folder, or databases of a PostgreSQL that are dropped at the end.

import { randomBytes } from 'node:crypto';
import path from 'node:path';

import pg from 'pg';

const name = () => `topgun_bench_${randomBytes(6).toString('hex')}`;

/** @param {string} folder */
export const sqlitePlaces = (folder) => ({
  place: async () => path.join(folder, `${name()}.db`),
  close: async () => {},
});

/** `null` where there is no PostgreSQL. Throws when it does not sync what it commits: then there is nothing to measure. */
export async function postgresPlaces() {
  const url = process.env['TOPGUN_TEST_POSTGRES'] ?? 'postgresql://postgres@127.0.0.1:5432/postgres';
  const admin = new pg.Client({ connectionString: url });
  try {
    await admin.connect();
  } catch {
    return null;
  }
  const [{ fsync }] = (await admin.query('SHOW fsync')).rows;
  if (fsync !== 'on') throw new Error('with fsync off there is nothing to measure');
  const made = [];
  return {
    async place() {
      const database = name();
      made.push(database);
      await admin.query(`CREATE DATABASE ${database} TEMPLATE template0 ENCODING 'UTF8'`);
      const address = new URL(url);
      address.pathname = database;
      return address.href;
    },
    async close() {
      for (const database of made) await admin.query(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`);
      await admin.end();
    },
  };
}
