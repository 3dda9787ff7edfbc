import type pg from 'pg';

import type {
  SnapshotsProgress,
  StoredHead,
  StoredRecords,
  StoredSnapshot,
  WholeSnapshot,
} from '../../ports/snapshot-store.js';
import { wholeSnapshot } from '../../services/layout/snapshot-layout.js';
import type { Tables } from './postgres-tables.js';

/** Heads that one read brings. */
const READ_HEADS = 64;
const TRIM_SEGMENTS = 1_000;

/** Some connection of a pool, or one in a transaction. */
type Queries = Pick<pg.Client, 'query'>;

export async function readSnapshotProgress(pool: Queries, tables: Tables): Promise<SnapshotsProgress | null> {
  const { rows } = await pool.query<{ through: string; lineage: string }>(
    `SELECT through, lineage FROM ${tables.snapshotProgress} WHERE id = 1`,
  );
  return rows[0] === undefined ? null : { through: Number(rows[0].through), lineage: rows[0].lineage };
}

/** Some heads of the partitions after this one, at least one when there is one. */
export async function readHeads(
  pool: Queries,
  { snapshot, snapshotHead }: Tables,
  partition: number,
): Promise<readonly StoredHead[]> {
  const { rows } = await pool.query<{ partition: number; position: string; bytes: Buffer | null }>(
    `SELECT s.partition, s.position, h.bytes FROM ${snapshot} s
     LEFT JOIN ${snapshotHead} h ON h.partition = s.partition AND h.position = s.position
     WHERE s.partition > $1 ORDER BY s.partition LIMIT ${READ_HEADS}`,
    [partition],
  );
  return rows.map((row) => ({
    partition: row.partition,
    position: Number(row.position),
    head: row.bytes === null ? null : new Uint8Array(row.bytes),
  }));
}

/** Some whole snapshots of the partitions after this one, at least one when there is one. */
export async function readWholeSnapshots(
  pool: Queries,
  { snapshot, snapshotHead }: Tables,
  partition: number,
): Promise<readonly WholeSnapshot[]> {
  const { rows } = await pool.query<{ partition: number; position: string; head: Buffer | null; bytes: Buffer }>(
    `SELECT s.partition, s.position, h.bytes AS head, s.bytes FROM ${snapshot} s
     LEFT JOIN ${snapshotHead} h ON h.partition = s.partition AND h.position = s.position
     WHERE s.partition > $1 ORDER BY s.partition LIMIT 1`,
    [partition],
  );
  return rows.map((row) => ({
    partition: row.partition,
    position: Number(row.position),
    bytes: new Uint8Array(wholeSnapshot(row.head, row.bytes)),
  }));
}

export async function readRecords(
  pool: pg.Pool,
  { snapshot }: Tables,
  partition: number,
): Promise<StoredRecords | null> {
  const { rows } = await pool.query<{ position: string; bytes: Buffer }>(
    `SELECT position, bytes FROM ${snapshot} WHERE partition = $1`,
    [partition],
  );
  return rows[0] === undefined ? null : { position: Number(rows[0].position), bytes: rows[0].bytes };
}

/** One statement, and so all or nothing; it locks the owner's row as an append does, so that no claim comes in between. */
const writeStatement = ({ owner, snapshot, snapshotHead, snapshotProgress }: Tables): string => `
  WITH mine AS MATERIALIZED (SELECT epoch FROM ${owner} WHERE id = 1 AND epoch = $1 FOR SHARE),
  written AS (
    INSERT INTO ${snapshot} (partition, position, bytes, created_at)
    SELECT row.partition, row.position, row.bytes, (extract(epoch FROM clock_timestamp()) * 1000)::bigint
    FROM mine, unnest($2::integer[], $3::bigint[], $4::bytea[]) AS row (partition, position, bytes)
    ON CONFLICT (partition) DO UPDATE SET
      position = excluded.position, bytes = excluded.bytes, created_at = excluded.created_at
  ),
  headed AS (
    INSERT INTO ${snapshotHead} (partition, position, bytes)
    SELECT row.partition, row.position, row.bytes
    FROM mine, unnest($2::integer[], $3::bigint[], $5::bytea[]) AS row (partition, position, bytes)
    ON CONFLICT (partition) DO UPDATE SET position = excluded.position, bytes = excluded.bytes
  )
  INSERT INTO ${snapshotProgress} (id, through, lineage) SELECT 1, $6, $7 FROM mine
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
    snapshots.map(({ records }) => bufferOf(records)),
    snapshots.map(({ head }) => bufferOf(head)),
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

const bufferOf = ({ buffer, byteOffset, byteLength }: Uint8Array): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength);
