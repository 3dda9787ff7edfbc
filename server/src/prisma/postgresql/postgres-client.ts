import { readFileSync } from 'node:fs';

import pg from 'pg';

import type { PostgresPlace } from './postgres-url.js';

/** How long a server may take to answer who wants to connect. */
export const CONNECT_TIMEOUT_MS = 10_000;
/** What a statement may take before the server gives it up, and says so: nothing of it is written then. */
export const STATEMENT_TIMEOUT_MS = 15_000;

/** What the driver is told. Throws when the certificate's file cannot be read. */
export function toClientConfig(place: PostgresPlace): pg.ClientConfig {
  const { host, port, user, password, database } = place;
  return {
    host,
    port,
    database,
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { password }),
    ssl: encryptionOf(place),
    application_name: 'topgun',
    keepAlive: true,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
  };
}

/**
 * A connection whose commits are on the server's disk when they return (PI-1): a role or a database may be set to answer
 * earlier. What a standby must have by then stays as the server has it. A server that takes no writes, such as a standby that has
 * yet to be promoted, is as good as none.
 */
export async function connectDurably(config: pg.ClientConfig): Promise<pg.Client> {
  const client = new pg.Client(config);
  // Who waits for an answer hears of the loss by it; an error that nobody listens to would end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ commits: string; readonly: string }>(
      `SELECT current_setting('synchronous_commit') AS commits, current_setting('transaction_read_only') AS readonly`,
    );
    if (rows[0]?.readonly === 'on') throw new ReadOnlyError();
    if (rows[0]?.commits === 'off') await client.query('SET synchronous_commit = on');
    return client;
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
}

/** As PostgreSQL itself says it, to who writes all the same. */
class ReadOnlyError extends Error {
  readonly code = '25006';
  readonly severity = 'ERROR';

  constructor() {
    super('the server takes no writes');
  }
}

function encryptionOf({ encryption, rootCertificate }: PostgresPlace): NonNullable<pg.ClientConfig['ssl']> {
  switch (encryption) {
    case 'disable':
      return false;
    case 'require':
      return { rejectUnauthorized: false };
    case 'verify-full':
      return rootCertificate === undefined ? {} : { ca: readFileSync(rootCertificate, 'utf8') };
    default:
      return encryption satisfies never;
  }
}
