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
 * earlier. What a stand-by must have by then stays as the server has it.
 */
export async function connectDurably(config: pg.ClientConfig): Promise<pg.Client> {
  const client = new pg.Client(config);
  // Who waits for an answer hears of the loss by it; an error that nobody listens to would end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<[string]>({ text: 'SHOW synchronous_commit', rowMode: 'array' });
    if (rows[0]?.[0] === 'off') await client.query('SET synchronous_commit = on');
    return client;
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
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
