import type { Client } from '@libsql/client/sqlite3';
import { PrismaLibSql } from '@prisma/adapter-libsql';
import { PrismaClient } from './sqlite/generated/client.js';

/** Prisma's libsql adapter on a connection that there is. */
class SqliteAdapter extends PrismaLibSql {
  readonly #client: Client;

  constructor(client: Client) {
    super({ url: 'file:' });
    this.#client = client;
  }

  override createClient(): Client {
    return this.#client;
  }
}

/** Prisma over an open connection, which is closed with it. */
export const createSqlitePrisma = (client: Client): PrismaClient =>
  new PrismaClient({ adapter: new SqliteAdapter(client) });
