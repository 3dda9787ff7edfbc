import { ok, type Result } from '@topgun/core/primitives';
import type { DatabaseRestoring } from '../../ports/database-restoring.js';
import type { DatabaseError } from '../../prisma/database-error.js';
import { openDatabase } from '../../prisma/open-database.js';
import { BUSY_TIMEOUT_MS } from '../../prisma/sqlite-client.js';
import { splitSnapshot } from '../../services/layout/snapshot-layout.js';
import { openSqliteConnection } from './sqlite-connection.js';

const TABLES = [
  'ledger_owner',
  'ledger_segment',
  'partition_snapshot',
  'snapshot_head',
  'snapshot_progress',
  'record',
  'cold_progress',
];
const NOW = `CAST(unixepoch('subsec') * 1000 AS INTEGER)`;

/** Opens the file of `url`, or makes it, in a transaction that nobody else can write beside. */
export async function openSqliteRestoring(url: string): Promise<Result<DatabaseRestoring, DatabaseError>> {
  const opened = await openDatabase(url);
  if (!opened.ok) return opened;
  const { path } = opened.value;
  const { database: connection } = openSqliteConnection(path, BUSY_TIMEOUT_MS);
  connection.exec('BEGIN IMMEDIATE');
  const owner = connection.prepare('SELECT epoch, lineage FROM ledger_owner WHERE id = 1').get() as
    | { readonly epoch: number; readonly lineage: string }
    | undefined;
  const used = TABLES.filter((table) => connection.prepare(`SELECT 1 FROM ${table} LIMIT 1`).get() !== undefined);
  const segment = connection.prepare<[number, number, Buffer]>(
    `INSERT INTO ledger_segment (position, epoch, bytes, created_at) VALUES (?, ?, ?, ${NOW})`,
  );
  const snapshot = connection.prepare<[number, number, Buffer]>(
    `INSERT INTO partition_snapshot (partition, position, bytes, created_at) VALUES (?, ?, ?, ${NOW})`,
  );
  const snapshotHead = connection.prepare<[number, number, Buffer]>(
    'INSERT INTO snapshot_head (partition, position, bytes) VALUES (?, ?, ?)',
  );
  return ok({
    name: path,
    target: { epoch: owner?.epoch ?? 0, lineage: owner?.lineage ?? '', isEmpty: used.length === 0 },
    async clear() {
      for (const table of TABLES) connection.exec(`DELETE FROM ${table}`);
    },
    async writeOwner({ epoch, lineage }) {
      const write = 'INSERT INTO ledger_owner (id, epoch, lineage) VALUES (1, ?, ?)';
      connection.prepare<[number, string]>(write).run(epoch, lineage);
    },
    async writeSnapshotProgress({ through, lineage }) {
      const write = 'INSERT INTO snapshot_progress (id, through, lineage) VALUES (1, ?, ?)';
      connection.prepare<[number, string]>(write).run(through, lineage);
    },
    async writeSnapshots(snapshots) {
      for (const { partition, position, bytes } of snapshots) {
        const { head, records } = splitSnapshot(bytes);
        snapshot.run(partition, position, Buffer.from(records));
        if (head !== null) snapshotHead.run(partition, position, Buffer.from(head));
      }
    },
    async writeSegments(segments) {
      for (const { position, epoch, bytes } of segments) segment.run(position, epoch, Buffer.from(bytes));
    },
    async commit() {
      connection.exec('COMMIT');
    },
    async close() {
      if (connection.inTransaction) connection.exec('ROLLBACK');
      connection.close();
      await opened.value.close();
    },
  });
}
