import type { Client } from '@libsql/client';
import type Database from 'libsql';

import type { SnapshotsProgress, StoredSnapshot } from '../../ports/snapshot-store.js';

/** About how many bytes of snapshots one read brings. */
const READ_BYTES = 4_000_000;
/** Segments of one trim: an append waits for it. */
const TRIM_SEGMENTS = 256;

const SIZES = `SELECT partition, length(bytes) AS size FROM partition_snapshot WHERE partition > ?1 ORDER BY partition`;

const READ = `
  SELECT partition, position, bytes FROM partition_snapshot WHERE partition > ?1 AND partition <= ?2 ORDER BY partition`;

const MINE = `SELECT 1 FROM ledger_owner WHERE id = 1 AND epoch = ?`;

const WRITE = `
  INSERT INTO partition_snapshot (partition, position, bytes, created_at)
  VALUES (?, ?, ?, CAST(unixepoch('subsec') * 1000 AS INTEGER))
  ON CONFLICT (partition) DO UPDATE SET
    position = excluded.position, bytes = excluded.bytes, created_at = excluded.created_at`;

const PROGRESS = `
  INSERT INTO snapshot_progress (id, through, lineage) VALUES (1, ?, ?)
  ON CONFLICT (id) DO UPDATE SET through = excluded.through, lineage = excluded.lineage`;

/** PI-3: the last segment stays, since the next position is counted from it. */
const TRIM = `
  DELETE FROM ledger_segment WHERE EXISTS (SELECT 1 FROM ledger_owner WHERE id = 1 AND epoch = ?1) AND position IN (
    SELECT position FROM ledger_segment
    WHERE position <= ?2 AND position < (SELECT max(position) FROM ledger_segment) ORDER BY position LIMIT ${TRIM_SEGMENTS})`;

export async function readSnapshotProgress(client: Client): Promise<SnapshotsProgress | null> {
  const { rows } = await client.execute('SELECT through, lineage FROM snapshot_progress WHERE id = 1');
  const row = rows[0];
  return row === undefined ? null : { through: Number(row['through']), lineage: row['lineage'] as string };
}

/** Some snapshots of the partitions after this one, at least one when there is one. */
export async function readSnapshots(client: Client, partition: number): Promise<readonly StoredSnapshot[]> {
  const sizes = await client.execute({ sql: SIZES, args: [partition] });
  let last = partition;
  let bytes = 0;
  for (const row of sizes.rows) {
    bytes += Number(row['size']);
    if (last > partition && bytes > READ_BYTES) break;
    last = Number(row['partition']);
  }
  if (last === partition) return [];
  const { rows } = await client.execute({ sql: READ, args: [partition, last] });
  return rows.map((row) => ({
    partition: Number(row['partition']),
    position: Number(row['position']),
    bytes: new Uint8Array(row['bytes'] as ArrayBuffer),
  }));
}

/** How many were trimmed; 0 when none is left to trim, or the epoch is another. */
export async function trimSegments(client: Client, epoch: number, through: number): Promise<number> {
  const { rowsAffected } = await client.execute({ sql: TRIM, args: [epoch, through] });
  return rowsAffected;
}

/** The writes of snapshots. */
export interface SqliteSnapshots {
  /** One transaction. False, and nothing written, when the epoch is another's. Throws when nothing was written. */
  write(epoch: number, snapshots: readonly StoredSnapshot[], progress: SnapshotsProgress): boolean;
}

/** Statements on the connection of the append, since its transactions are the ones that sync. */
export function sqliteSnapshotsOn(database: Database.Database): SqliteSnapshots {
  const mine = database.prepare<[number]>(MINE);
  const write = database.prepare<[number, number, Buffer]>(WRITE);
  const note = database.prepare<[number, string]>(PROGRESS);
  return {
    write(epoch, snapshots, { through, lineage }) {
      database.exec('BEGIN IMMEDIATE');
      try {
        const isMine = mine.get(epoch) !== undefined;
        if (isMine) {
          for (const { partition, position, bytes } of snapshots) {
            write.run(partition, position, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
          }
          note.run(through, lineage);
        }
        database.exec(isMine ? 'COMMIT' : 'ROLLBACK');
        return isMine;
      } catch (error) {
        if (database.inTransaction) database.exec('ROLLBACK');
        throw error;
      }
    },
  };
}
