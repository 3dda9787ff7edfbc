import type { Client } from '@libsql/client/sqlite3';
import { ok, type Result } from '@topgun/core/primitives';
import type { ColdRow } from '../../ports/cold-store.js';
import type { DatabaseReading } from '../../ports/database-reading.js';
import type { DatabaseError } from '../../prisma/database-error.js';
import { closeReading, openForReading } from '../../prisma/open-for-reading.js';
import { inChunks } from '../in-chunks.js';
import { readSegments } from './sqlite-ledger-statements.js';
import { readSnapshotProgress, readWholeSnapshots } from './sqlite-snapshot-statements.js';

const READ_ROWS = 500;

/** Keys travel as bytes: the driver ends a text at its first NUL, which a key may hold. */
const ROWS = `
  SELECT map, CAST(key AS BLOB) AS key, value, state, deleted, position FROM record
  WHERE (map, key) > (?1, CAST(?2 AS TEXT)) AND (?3 IS NULL OR map = ?3) ORDER BY record.map, record.key LIMIT ${READ_ROWS}`;

const EXTENT = `
  SELECT (SELECT count(*) FROM ledger_segment) AS segments, (SELECT count(*) FROM partition_snapshot) AS snapshots,
         (SELECT count(*) FROM record) AS rows, (SELECT coalesce(max(position), 0) FROM ledger_segment) AS position`;

/** All that is in a SQLite file, in one transaction that reads the log from one moment on. */
export async function openSqliteReading(url: string): Promise<Result<DatabaseReading, DatabaseError>> {
  const opened = await openForReading(url);
  if (!opened.ok) return opened;
  const { client, path } = opened.value;
  return ok({
    name: path,
    async owner() {
      const { rows } = await client.execute('SELECT epoch, lineage FROM ledger_owner WHERE id = 1');
      const [row] = rows;
      return row === undefined ? null : { epoch: Number(row['epoch']), lineage: row['lineage'] as string };
    },
    async extent() {
      const { rows } = await client.execute(EXTENT);
      const [row] = rows;
      return {
        segments: Number(row?.['segments']),
        snapshots: Number(row?.['snapshots']),
        rows: Number(row?.['rows']),
        position: Number(row?.['position']),
      };
    },
    segments: () =>
      inChunks(
        0,
        (after) => readSegments(client, after),
        ({ position }) => position,
      ),
    snapshotProgress: () => readSnapshotProgress(client),
    snapshots: () =>
      inChunks(
        -1,
        (after) => readWholeSnapshots(client, after),
        ({ partition }) => partition,
      ),
    async through() {
      const { rows } = await client.execute('SELECT through FROM cold_progress WHERE id = 1');
      return Number(rows[0]?.['through'] ?? 0);
    },
    rows: (map) =>
      inChunks<ColdRow, Pick<ColdRow, 'map' | 'key'>>(
        { map: '', key: '' },
        (after) => readRowsAfter(client, after, map ?? null),
        (row) => row,
      ),
    close: () => closeReading(client),
  });
}

async function readRowsAfter(
  client: Client,
  after: Pick<ColdRow, 'map' | 'key'>,
  only: string | null,
): Promise<readonly ColdRow[]> {
  const { rows } = await client.execute({ sql: ROWS, args: [after.map, encoder.encode(after.key), only] });
  return rows.map((row) => ({
    map: row['map'] as string,
    key: decoder.decode(row['key'] as ArrayBuffer),
    value: row['value'] as string | null,
    state: row['state'] as string,
    deleted: Number(row['deleted']) === 1,
    position: Number(row['position']),
  }));
}

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
