import type pg from 'pg';

import type { ColdRow } from '../../ports/cold-store.js';
import type { PrismaClient } from '../../prisma/postgresql/generated/client.js';
import type { Tables } from './postgres-tables.js';
import { fromPostgresText, toPostgresText } from './postgres-text.js';

const READ_ROWS = 500;

/**
 * PI-4: one statement, and so all or nothing: rows where they are newer (merge-only), and where there is none if they are later than where the store stands: else it was
 * forgotten (CR-10), and a server that was replaced comes with it late. Rows of records that were forgotten go, and how far that brings the store. In order of their keys, so that two servers never wait for each other.
 */
const writeStatement = ({ record, progress }: Tables): string => `
  WITH kept AS (
    INSERT INTO ${record} AS old (map, key, value, state, deleted, position, updated_at)
    SELECT map, key, value, state, deleted, position, (extract(epoch FROM clock_timestamp()) * 1000)::bigint
    FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::boolean[], $6::bigint[])
      AS row (map, key, value, state, deleted, position)
    WHERE row.position > (SELECT coalesce(max(through), 0) FROM ${progress})
      OR EXISTS (SELECT 1 FROM ${record} AS there WHERE there.map = row.map AND there.key = row.key)
    ORDER BY map COLLATE "C", key COLLATE "C"
    ON CONFLICT (map, key) DO UPDATE SET
      value = excluded.value, state = excluded.state, deleted = excluded.deleted,
      position = excluded.position, updated_at = excluded.updated_at
    WHERE excluded.position > old.position
  ), gone AS (
    DELETE FROM ${record} AS old USING unnest($7::text[], $8::text[], $9::bigint[]) AS row (map, key, position)
    WHERE old.map = row.map AND old.key = row.key AND old.position < row.position
  )
  INSERT INTO ${progress} AS old (id, through) VALUES (1, $10)
  ON CONFLICT (id) DO UPDATE SET through = excluded.through WHERE excluded.through > old.through`;

export async function writeRows(
  pool: pg.Pool,
  tables: Tables,
  rows: readonly ColdRow[],
  through: number,
): Promise<void> {
  const kept = rows.filter(({ state }) => state !== null);
  const forgotten = rows.filter(({ state }) => state === null);
  await pool.query({
    name: 'write-rows',
    text: writeStatement(tables),
    values: [
      kept.map(({ map }) => toPostgresText(map)),
      kept.map(({ key }) => toPostgresText(key)),
      kept.map(({ value }) => value),
      kept.map(({ state }) => state),
      kept.map(({ deleted }) => deleted),
      kept.map(({ position }) => position),
      forgotten.map(({ map }) => toPostgresText(map)),
      forgotten.map(({ key }) => toPostgresText(key)),
      forgotten.map(({ position }) => position),
      through,
    ],
  });
}

export async function readThrough(prisma: PrismaClient): Promise<number> {
  const progress = await prisma.coldProgress.findUnique({ where: { id: 1 } });
  return Number(progress?.through ?? 0);
}

export async function readRows(prisma: PrismaClient, map: string, key: string | null): Promise<readonly ColdRow[]> {
  const rows = await prisma.coldRecord.findMany({
    where: { map: toPostgresText(map), ...(key === null ? {} : { key: { gt: toPostgresText(key) } }) },
    orderBy: { key: 'asc' },
    take: READ_ROWS,
  });
  return rows.map((row) => ({
    map,
    key: fromPostgresText(row.key),
    value: row.value,
    state: row.state,
    deleted: row.deleted,
    position: Number(row.position),
  }));
}
