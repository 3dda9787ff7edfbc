import type { Client } from '@libsql/client/sqlite3';

import type { LedgerClaim, LedgerSegment } from '../../ports/ledger.js';

/** How many segments, and about how many bytes, one read brings. */
const READ_SEGMENTS = 256;
const READ_BYTES = 4_000_000;

const CLAIM = `
  INSERT INTO ledger_owner (id, epoch, lineage) VALUES (1, 1, lower(hex(randomblob(12))))
  ON CONFLICT (id) DO UPDATE SET epoch = epoch + 1
  RETURNING epoch, lineage, (SELECT coalesce(max(position), 0) FROM ledger_segment) AS position`;

const RENEW = `UPDATE ledger_owner SET epoch = epoch + 1 WHERE id = 1 AND epoch = ?1 RETURNING epoch`;

const SIZES = `SELECT position, length(bytes) AS size FROM ledger_segment WHERE position > ?1 ORDER BY position LIMIT ?2`;

const READ = `SELECT position, epoch, bytes FROM ledger_segment WHERE position > ?1 AND position <= ?2 ORDER BY position`;

/** Adds one to the epoch; creates the owner's row, and with it the lineage, when there is none. */
export async function claimLedger(client: Client): Promise<LedgerClaim> {
  const { rows } = await client.execute(CLAIM);
  const row = rows[0];
  if (row === undefined) throw new Error('the claim returned no row');
  return { epoch: Number(row['epoch']), lineage: row['lineage'] as string, position: Number(row['position']) };
}

/** Adds one to the epoch if it is `epoch`. */
export async function renewClaim(client: Client, epoch: number): Promise<number | null> {
  const { rows } = await client.execute({ sql: RENEW, args: [epoch] });
  return rows[0] === undefined ? null : Number(rows[0]['epoch']);
}

/** The next segments after `position`, few enough that neither memory nor an append that waits suffers. */
export async function readSegments(client: Client, position: number): Promise<readonly LedgerSegment[]> {
  const sizes = await client.execute({ sql: SIZES, args: [position, READ_SEGMENTS] });
  let last = position;
  let bytes = 0;
  for (const row of sizes.rows) {
    bytes += Number(row['size']);
    if (last > position && bytes > READ_BYTES) break;
    last = Number(row['position']);
  }
  if (last === position) return [];
  const { rows } = await client.execute({ sql: READ, args: [position, last] });
  return rows.map((row) => ({
    position: Number(row['position']),
    epoch: Number(row['epoch']),
    bytes: new Uint8Array(row['bytes'] as ArrayBuffer),
  }));
}
