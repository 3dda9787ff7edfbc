import type pg from 'pg';

import type { LedgerClaim, LedgerSegment } from '../../ports/ledger.js';
import type { Tables } from './postgres-tables.js';

/** How many segments, and about how many bytes, one read brings. */
const READ_SEGMENTS = 256;
const READ_BYTES = 4_000_000;

/**
 * Adds one to the epoch; creates the owner's row, and with it the lineage, when there is none. Waits for an append in flight,
 * which holds the row. So the last position is asked for afterwards: the claim's own statement would not see that append.
 */
export async function claimLedger(client: pg.Client, { owner, segment }: Tables): Promise<LedgerClaim> {
  const claimed = await client.query<{ epoch: string; lineage: string }>(
    `INSERT INTO ${owner} AS owner (id, epoch, lineage) VALUES (1, 1, replace(gen_random_uuid()::text, '-', ''))
     ON CONFLICT (id) DO UPDATE SET epoch = owner.epoch + 1
     RETURNING epoch, lineage`,
  );
  const last = await client.query<{ position: string }>(
    `SELECT coalesce(max(position), 0) AS position FROM ${segment}`,
  );
  const [row, end] = [claimed.rows[0], last.rows[0]];
  if (row === undefined || end === undefined) throw new Error('the claim returned no row');
  return { epoch: Number(row.epoch), lineage: row.lineage, position: Number(end.position) };
}

/**
 * Adds one to the epoch if it is `epoch`. Waits for an append that the server is still at work on; one that it has yet to
 * begin finds another epoch.
 */
export async function renewClaim(client: pg.Client, { owner }: Tables, epoch: number): Promise<number | null> {
  const { rows } = await client.query<{ epoch: string }>(
    `UPDATE ${owner} SET epoch = epoch + 1 WHERE id = 1 AND epoch = $1 RETURNING epoch`,
    [epoch],
  );
  return rows[0] === undefined ? null : Number(rows[0].epoch);
}

/** The next segments after `position`, few enough that neither memory nor an append that waits suffers. */
export async function readSegments(
  client: pg.Client,
  { segment }: Tables,
  position: number,
): Promise<readonly LedgerSegment[]> {
  const sizes = await client.query<{ position: string; size: number }>(
    `SELECT position, octet_length(bytes) AS size FROM ${segment} WHERE position > $1 ORDER BY position LIMIT ${READ_SEGMENTS}`,
    [position],
  );
  let last = position;
  let bytes = 0;
  for (const row of sizes.rows) {
    bytes += row.size;
    if (last > position && bytes > READ_BYTES) break;
    last = Number(row.position);
  }
  if (last === position) return [];
  const { rows } = await client.query<{ position: string; epoch: string; bytes: Buffer }>(
    `SELECT position, epoch, bytes FROM ${segment} WHERE position > $1 AND position <= $2 ORDER BY position`,
    [position, last],
  );
  return rows.map((row) => ({
    position: Number(row.position),
    epoch: Number(row.epoch),
    bytes: new Uint8Array(row.bytes),
  }));
}
