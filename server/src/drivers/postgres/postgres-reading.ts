import { ok, type Result } from '@topgun/core/primitives';
import type pg from 'pg';
import type { ColdRow } from '../../ports/cold-store.js';
import type { DatabaseExtent, DatabaseReading } from '../../ports/database-reading.js';
import type { DatabaseError } from '../../prisma/database-error.js';
import { openPostgresForReading } from '../../prisma/postgresql/open-postgres-for-reading.js';
import { inChunks } from '../in-chunks.js';
import { readSegments } from './postgres-ledger-statements.js';
import { readSnapshotProgress, readWholeSnapshots } from './postgres-snapshot-statements.js';
import { tablesIn, type Tables } from './postgres-tables.js';
import { fromPostgresText, toPostgresText } from './postgres-text.js';

const READ_ROWS = 500;

/** All that is in a PostgreSQL database, in one transaction that sees what was committed before it. */
export async function openPostgresReading(url: string): Promise<Result<DatabaseReading, DatabaseError>> {
  const opened = await openPostgresForReading(url);
  if (!opened.ok) return opened;
  const { client, place } = opened.value;
  const tables = tablesIn(place.schema);
  const { owner, segment, snapshot, record, progress } = tables;
  return ok({
    name: place.name,
    async owner() {
      const { rows } = await client.query<{ epoch: string; lineage: string }>(
        `SELECT epoch, lineage FROM ${owner} WHERE id = 1`,
      );
      return rows[0] === undefined ? null : { epoch: Number(rows[0].epoch), lineage: rows[0].lineage };
    },
    async extent() {
      const { rows } = await client.query<Record<keyof DatabaseExtent, string>>(
        `SELECT (SELECT count(*) FROM ${segment}) AS segments, (SELECT count(*) FROM ${snapshot}) AS snapshots,
                (SELECT count(*) FROM ${record}) AS rows, (SELECT coalesce(max(position), 0) FROM ${segment}) AS position`,
      );
      const [row] = rows;
      return {
        segments: Number(row?.segments),
        snapshots: Number(row?.snapshots),
        rows: Number(row?.rows),
        position: Number(row?.position),
      };
    },
    segments: () =>
      inChunks(
        0,
        (after) => readSegments(client, tables, after),
        ({ position }) => position,
      ),
    snapshotProgress: () => readSnapshotProgress(client, tables),
    snapshots: () =>
      inChunks(
        -1,
        (after) => readWholeSnapshots(client, tables, after),
        ({ partition }) => partition,
      ),
    async through() {
      const { rows } = await client.query<{ through: string }>(`SELECT through FROM ${progress} WHERE id = 1`);
      return Number(rows[0]?.through ?? 0);
    },
    rows: (map) =>
      inChunks<ColdRow, Pick<ColdRow, 'map' | 'key'>>(
        { map: '', key: '' },
        (after) => readRowsAfter(client, tables, after, map ?? null),
        (row) => row,
      ),
    close: () => client.end(),
  });
}

async function readRowsAfter(
  client: pg.Client,
  { record }: Tables,
  after: Pick<ColdRow, 'map' | 'key'>,
  only: string | null,
): Promise<readonly ColdRow[]> {
  const { rows } = await client.query<Omit<ColdRow, 'position'> & { position: string }>(
    `SELECT map, key, value, state, deleted, position FROM ${record}
     WHERE (map, key) > ($1 COLLATE "C", $2 COLLATE "C") AND ($3::text IS NULL OR map = $3)
     ORDER BY map, key LIMIT ${READ_ROWS}`,
    [toPostgresText(after.map), toPostgresText(after.key), only === null ? null : toPostgresText(only)],
  );
  return rows.map((row) => ({
    ...row,
    map: fromPostgresText(row.map),
    key: fromPostgresText(row.key),
    position: Number(row.position),
  }));
}
