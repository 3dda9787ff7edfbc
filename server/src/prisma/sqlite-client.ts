import { pathToFileURL } from 'node:url';

// Not the whole package, which brings along what speaks to databases elsewhere: a third of what a start reads for this file.
import { createClient, type Client, type Transaction, type TransactionMode } from '@libsql/client/sqlite3';
import { splitStatements } from './split-statements.js';

/** How long a statement waits for another process to let go of the file. */
export const BUSY_TIMEOUT_MS = 5_000;

/**
 * Connects to a SQLite file, with one connection for its whole life. The stock client gives each transaction the connection
 * away and opens another: the old ones wait for the garbage collector, and PRAGMAs are lost with them.
 *
 * One client per file per thread: the driver blocks its thread, so two of them would wait for each other's transactions.
 */
export function openSqliteClient(path: string): Client {
  const client = createClient({ url: pathToFileURL(path).href, intMode: 'bigint', timeout: BUSY_TIMEOUT_MS });
  client.transaction = (mode: TransactionMode = 'write') => beginOn(client, mode);
  return client;
}

/** A transaction on the client's own connection. Prisma's adapter lets nothing else in until it has ended. */
async function beginOn(client: Client, mode: TransactionMode): Promise<Transaction> {
  // Prisma always asks for `deferred`, which would fail half-way with SQLITE_BUSY when another process writes.
  await client.execute(mode === 'read' ? 'BEGIN DEFERRED' : 'BEGIN IMMEDIATE');
  let closed = false;
  const end = async (sql: 'COMMIT' | 'ROLLBACK'): Promise<void> => {
    await client.execute(sql);
    closed = true;
  };
  return {
    get closed() {
      return closed;
    },
    execute: (statement) => client.execute(statement),
    batch: async (statements) => {
      const results = [];
      for (const statement of statements) {
        results.push(
          Array.isArray(statement)
            ? await client.execute({ sql: statement[0], args: statement[1] ?? [] })
            : await client.execute(statement),
        );
      }
      return results;
    },
    // The client's own `executeMultiple` ends by rolling back whatever transaction is open.
    executeMultiple: async (sql) => {
      for (const statement of splitStatements(sql)) await client.execute(statement);
    },
    commit: () => end('COMMIT'),
    rollback: async () => {
      if (!closed) await end('ROLLBACK');
    },
    close: () => {
      if (!closed) void end('ROLLBACK');
    },
  };
}
