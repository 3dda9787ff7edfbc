import type { ColdRow } from '../../ports/cold-store.js';
import type { SqliteConnection } from './sqlite-connection.js';

/**
 * PI-4: merge-only. What is not there and no later than where the store stands was forgotten (CR-10): a server that was replaced may still come with it. The rows come as one JSON parameter, so that the statement is the same however many there are; no slower
 * than seven parameters a row.
 */
const UPSERT = `
  INSERT INTO record (map, key, value, state, deleted, position, updated_at)
  SELECT row.value ->> 0, row.value ->> 1, row.value ->> 2, row.value ->> 3, row.value ->> 4, row.value ->> 5,
         CAST(unixepoch('subsec') * 1000 AS INTEGER)
  FROM json_each(?) AS row
  WHERE row.value ->> 5 > (SELECT coalesce(max(through), 0) FROM cold_progress)
    OR EXISTS (SELECT 1 FROM record AS old WHERE old.map = row.value ->> 0 AND old.key = row.value ->> 1)
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

/** The writes of the cold store. */
export interface SqliteRows {
  /** One transaction: the rows where they are newer, and how far that brings the store. Throws when nothing of it was written. */
  write(rows: readonly ColdRow[], through: number): void;
}

/**
 * Statements prepared once, as the append's is and on its connection (decision 4): through Prisma a row cost twice as much of the thread that
 * every ack waits for.
 */
export function sqliteRowsOn({ database, sync }: SqliteConnection): SqliteRows {
  const upsert = database.prepare<[string]>(UPSERT);
  const forget = database.prepare<[string]>(FORGET);
  const progress = database.prepare<[number]>(PROGRESS);

  const writeAll = (rows: readonly ColdRow[], through: number): void => {
    const kept = rows.filter(({ state }) => state !== null);
    const forgotten = rows.filter(({ state }) => state === null);
    const tuples = kept.map((row) => [row.map, row.key, row.value, row.state, row.deleted, row.position]);
    const places = forgotten.map((row) => [row.map, row.key, row.position]);
    if (kept.length > 0) upsert.run(JSON.stringify(tuples));
    if (forgotten.length > 0) forget.run(JSON.stringify(places));
    progress.run(through);
  };

  return {
    write(rows, through) {
      // The ledger has it all, and its next commit syncs this one with it: what a loss of power takes back is replayed.
      sync.behind();
      database.exec('BEGIN IMMEDIATE');
      try {
        writeAll(rows, through);
        database.exec('COMMIT');
      } catch (error) {
        if (database.inTransaction) database.exec('ROLLBACK');
        throw error;
      }
    },
  };
}
