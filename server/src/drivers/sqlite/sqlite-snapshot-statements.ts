import type { Client } from '@libsql/client/sqlite3';

import type {
  SnapshotsProgress,
  StoredHead,
  StoredRecords,
  StoredSnapshot,
  WholeSnapshot,
} from '../../ports/snapshot-store.js';
import { wholeSnapshot } from '../../services/layout/snapshot-layout.js';
import type { SqliteConnection } from './sqlite-connection.js';

/** Heads that one read brings: a millisecond's worth, as long as partitions have heard of some hundred replicas. */
const READ_HEADS = 64;
/** Segments of one trim: an append waits for it. */
const TRIM_SEGMENTS = 256;

// The records of a snapshot lie behind its position in the row, and are not read for it.
const HEADS = `
  SELECT s.partition, s.position, h.bytes FROM partition_snapshot s
  LEFT JOIN snapshot_head h ON h.partition = s.partition AND h.position = s.position
  WHERE s.partition > ?1 ORDER BY s.partition LIMIT ${READ_HEADS}`;

const WHOLE = `
  SELECT s.partition, s.position, h.bytes AS head, s.bytes FROM partition_snapshot s
  LEFT JOIN snapshot_head h ON h.partition = s.partition AND h.position = s.position
  WHERE s.partition > ?1 ORDER BY s.partition LIMIT 1`;

const RECORDS = `SELECT position, bytes FROM partition_snapshot WHERE partition = ?1`;

const MINE = `SELECT 1 FROM ledger_owner WHERE id = 1 AND epoch = ?`;

const WRITE = `
  INSERT INTO partition_snapshot (partition, position, bytes, created_at)
  VALUES (?, ?, ?, CAST(unixepoch('subsec') * 1000 AS INTEGER))
  ON CONFLICT (partition) DO UPDATE SET
    position = excluded.position, bytes = excluded.bytes, created_at = excluded.created_at`;

const WRITE_HEAD = `
  INSERT INTO snapshot_head (partition, position, bytes) VALUES (?, ?, ?)
  ON CONFLICT (partition) DO UPDATE SET position = excluded.position, bytes = excluded.bytes`;

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

/** Some heads of the partitions after this one, at least one when there is one. */
export async function readHeads(client: Client, partition: number): Promise<readonly StoredHead[]> {
  const { rows } = await client.execute({ sql: HEADS, args: [partition] });
  return rows.map((row) => ({
    partition: Number(row['partition']),
    position: Number(row['position']),
    head: row['bytes'] === null ? null : new Uint8Array(row['bytes'] as ArrayBuffer),
  }));
}

/** Some whole snapshots of the partitions after this one, at least one when there is one. */
export async function readWholeSnapshots(client: Client, partition: number): Promise<readonly WholeSnapshot[]> {
  const { rows } = await client.execute({ sql: WHOLE, args: [partition] });
  return rows.map((row) => ({
    partition: Number(row['partition']),
    position: Number(row['position']),
    bytes: wholeSnapshot(
      row['head'] === null ? null : new Uint8Array(row['head'] as ArrayBuffer),
      new Uint8Array(row['bytes'] as ArrayBuffer),
    ),
  }));
}

export async function readRecords(client: Client, partition: number): Promise<StoredRecords | null> {
  const { rows } = await client.execute({ sql: RECORDS, args: [partition] });
  const row = rows[0];
  if (row === undefined) return null;
  return { position: Number(row['position']), bytes: new Uint8Array(row['bytes'] as ArrayBuffer) };
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
export function sqliteSnapshotsOn({ database, sync }: SqliteConnection): SqliteSnapshots {
  const mine = database.prepare<[number]>(MINE);
  const write = database.prepare<[number, number, Buffer]>(WRITE);
  const writeHead = database.prepare<[number, number, Buffer]>(WRITE_HEAD);
  const note = database.prepare<[number, string]>(PROGRESS);
  return {
    write(epoch, snapshots, { through, lineage }) {
      sync.full();
      database.exec('BEGIN IMMEDIATE');
      try {
        const isMine = mine.get(epoch) !== undefined;
        if (isMine) {
          for (const { partition, position, head, records } of snapshots) {
            write.run(partition, position, bufferOf(records));
            writeHead.run(partition, position, bufferOf(head));
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

const bufferOf = ({ buffer, byteOffset, byteLength }: Uint8Array): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength);
