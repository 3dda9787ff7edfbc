import type { ColdRow } from '../ports/cold-store.js';
import type { PrismaClient } from '../prisma/sqlite/generated/client.js';

const READ_ROWS = 500;

/**
 * PI-4: merge-only. The rows come as one JSON parameter, so that the statement is the same however many there are; no slower
 * than seven parameters a row.
 */
const UPSERT = `
  INSERT INTO record (map, key, value, state, deleted, position, updated_at)
  SELECT row.value ->> 0, row.value ->> 1, row.value ->> 2, row.value ->> 3, row.value ->> 4, row.value ->> 5,
         CAST(unixepoch('subsec') * 1000 AS INTEGER)
  FROM json_each(?) AS row WHERE true
  ON CONFLICT (map, key) DO UPDATE SET
    value = excluded.value, state = excluded.state, deleted = excluded.deleted,
    position = excluded.position, updated_at = excluded.updated_at
  WHERE excluded.position > record.position`;

/** CR-10: the rows of records that were forgotten. */
const FORGET = `
  DELETE FROM record WHERE rowid IN (
    SELECT old.rowid FROM json_each(?) AS row CROSS JOIN record AS old
    ON old.map = row.value ->> 0 AND old.key = row.value ->> 1 AND old.position < row.value ->> 2)`;

const PROGRESS = `
  INSERT INTO cold_progress (id, through) VALUES (1, ?)
  ON CONFLICT (id) DO UPDATE SET through = excluded.through WHERE excluded.through > cold_progress.through`;

const READ = `
  SELECT CAST(key AS BLOB) AS key, value, state, deleted, position FROM record
  WHERE map = ?1 AND (?2 OR key > CAST(?3 AS TEXT)) ORDER BY record.key LIMIT ${READ_ROWS}`;

export async function readThrough(prisma: PrismaClient): Promise<number> {
  const progress = await prisma.coldProgress.findUnique({ where: { id: 1 } });
  return Number(progress?.through ?? 0);
}

/** One transaction: the rows where they are newer, and how far that brings the store. */
export async function writeRows(prisma: PrismaClient, rows: readonly ColdRow[], through: number): Promise<void> {
  const kept = rows.filter(({ state }) => state !== null);
  const forgotten = rows.filter(({ state }) => state === null);
  const tuples = kept.map((row) => [row.map, row.key, row.value, row.state, row.deleted, row.position]);
  const places = forgotten.map((row) => [row.map, row.key, row.position]);
  await prisma.$transaction([
    ...(kept.length === 0 ? [] : [prisma.$executeRawUnsafe(UPSERT, JSON.stringify(tuples))]),
    ...(forgotten.length === 0 ? [] : [prisma.$executeRawUnsafe(FORGET, JSON.stringify(places))]),
    prisma.$executeRawUnsafe(PROGRESS, through),
  ]);
}

/** Keys travel as bytes: the driver ends a text at its first NUL, which a key may hold. */
export async function readRows(prisma: PrismaClient, map: string, key: string | null): Promise<readonly ColdRow[]> {
  const rows = await prisma.$queryRawUnsafe<StoredRow[]>(
    READ,
    map,
    key === null ? 1 : 0,
    new TextEncoder().encode(key ?? ''),
  );
  return rows.map((row) => ({
    map,
    key: new TextDecoder('utf-8', { ignoreBOM: true }).decode(row.key),
    value: row.value,
    state: row.state,
    deleted: row.deleted,
    position: Number(row.position),
  }));
}

interface StoredRow {
  readonly key: Uint8Array;
  readonly value: string | null;
  readonly state: string;
  readonly deleted: boolean;
  readonly position: bigint;
}
