import type { Client } from '@libsql/client/sqlite3';

import type { ColdRow } from '../../ports/cold-store.js';
import type { PrismaClient } from '../../prisma/sqlite/generated/client.js';

const READ_ROWS = 500;

const READ = `
  SELECT CAST(key AS BLOB) AS key, value, state, deleted, position FROM record
  WHERE map = ?1 AND (?2 OR key > CAST(?3 AS TEXT)) ORDER BY record.key LIMIT ${READ_ROWS}`;

/** Asked at every start: Prisma's engine would be loaded for it. */
export async function readThrough(client: Client): Promise<number> {
  const { rows } = await client.execute('SELECT through FROM cold_progress WHERE id = 1');
  return Number(rows[0]?.['through'] ?? 0);
}

/** Keys travel as bytes: the driver ends a text at its first NUL, which a key may hold. */
export async function readRows(prisma: PrismaClient, map: string, key: string | null): Promise<readonly ColdRow[]> {
  const rows = await prisma.$queryRawUnsafe<StoredRow[]>(
    READ,
    map,
    key === null ? 1 : 0,
    new TextEncoder().encode(key ?? ''),
  );
  return rows.map((row) => ({
    map,
    key: new TextDecoder('utf-8', { ignoreBOM: true }).decode(row.key),
    value: row.value,
    state: row.state,
    deleted: row.deleted,
    position: Number(row.position),
  }));
}

interface StoredRow {
  readonly key: Uint8Array;
  readonly value: string | null;
  readonly state: string;
  readonly deleted: boolean;
  readonly position: bigint;
}
