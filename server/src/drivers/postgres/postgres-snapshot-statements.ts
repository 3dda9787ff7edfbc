import type pg from 'pg';

import type { SnapshotsProgress, StoredSnapshot } from '../../ports/snapshot-store.js';
import type { Tables } from './postgres-tables.js';

/** About how many bytes of snapshots one read brings. */
const READ_BYTES = 4_000_000;
const TRIM_SEGMENTS = 1_000;

/** Some connection of a pool, or one in a transaction. */
type Queries = Pick<pg.Client, 'query'>;

export async function readSnapshotProgress(pool: Queries, tables: Tables): Promise<SnapshotsProgress | null> {
  const { rows } = await pool.query<{ through: string; lineage: string }>(
    `SELECT through, lineage FROM ${tables.snapshotProgress} WHERE id = 1`,
  );
  return rows[0] === undefined ? null : { through: Number(rows[0].through), lineage: rows[0].lineage };
}

/** Some snapshots of the partitions after this one, at least one when there is one. */
export async function readSnapshots(
  pool: Queries,
  { snapshot }: Tables,
  partition: number,
): Promise<readonly StoredSnapshot[]> {
  const sizes = await pool.query<{ partition: number; size: number }>(
    `SELECT partition, octet_length(bytes) AS size FROM ${snapshot} WHERE partition > $1 ORDER BY partition`,
    [partition],
  );
  let last = partition;
  let bytes = 0;
  for (const row of sizes.rows) {
    bytes += row.size;
    if (last > partition && bytes > READ_BYTES) break;
    last = row.partition;
  }
  if (last === partition) return [];
  const { rows } = await pool.query<{ partition: number; position: string; bytes: Buffer }>(
    `SELECT partition, position, bytes FROM ${snapshot} WHERE partition > $1 AND partition <= $2 ORDER BY partition`,
    [partition, last],
  );
  return rows.map((row) => ({
    partition: row.partition,
    position: Number(row.position),
    bytes: new Uint8Array(row.bytes),
  }));
}

/** One statement, and so all or nothing; it locks the owner's row as an append does, so that no claim comes in between. */
const writeStatement = ({ owner, snapshot, snapshotProgress }: Tables): string => `
  WITH mine AS MATERIALIZED (SELECT epoch FROM ${owner} WHERE id = 1 AND epoch = $1 FOR SHARE),
  written AS (
    INSERT INTO ${snapshot} (partition, position, bytes, created_at)
    SELECT row.partition, row.position, row.bytes, (extract(epoch FROM clock_timestamp()) * 1000)::bigint
    FROM mine, unnest($2::integer[], $3::bigint[], $4::bytea[]) AS row (partition, position, bytes)
    ON CONFLICT (partition) DO UPDATE SET
      position = excluded.position, bytes = excluded.bytes, created_at = excluded.created_at
  )
  INSERT INTO ${snapshotProgress} (id, through, lineage) SELECT 1, $5, $6 FROM mine
  ON CONFLICT (id) DO UPDATE SET through = excluded.through, lineage = excluded.lineage`;

export async function writeSnapshots(
  pool: pg.Pool,
  tables: Tables,
  epoch: number,
  snapshots: readonly StoredSnapshot[],
  { through, lineage }: SnapshotsProgress,
): Promise<boolean> {
  const { rowCount } = await pool.query(writeStatement(tables), [
    epoch,
    snapshots.map(({ partition }) => partition),
    snapshots.map(({ position }) => position),
    snapshots.map(({ bytes }) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)),
    through,
    lineage,
  ]);
  return (rowCount ?? 0) > 0;
}

/**
 * How many were trimmed; 0 when none is left to trim, or the epoch is another. The last segment stays, since the next position is
 * counted from it.
 */
export async function trimSegments(
  pool: pg.Pool,
  { owner, segment }: Tables,
  epoch: number,
  through: number,
): Promise<number> {
  const { rowCount } = await pool.query(
    `DELETE FROM ${segment} WHERE position IN (
       SELECT position FROM ${segment}
       WHERE position <= $2 AND position < (SELECT max(position) FROM ${segment})
       ORDER BY position LIMIT ${TRIM_SEGMENTS})
     AND EXISTS (SELECT 1 FROM ${owner} WHERE id = 1 AND epoch = $1 FOR SHARE)`,
    [epoch, through],
  );
  return rowCount ?? 0;
}
