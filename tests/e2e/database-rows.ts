import { createClient } from '@libsql/client';

/** A row of the table that other programs read: the cold store's, written behind the ledger (PI-4). */
export interface DatabaseRow {
  readonly key: string;
  /** Null when the record is deleted. */
  readonly value: Readonly<Record<string, unknown>> | null;
}

/** The rows of one map, deleted ones included, in the order of their keys. Reads over a connection of its own. */
export async function databaseRows(file: string, map: string): Promise<DatabaseRow[]> {
  const database = createClient({ url: `file:${file}`, timeout: 5_000 });
  try {
    const { rows } = await database.execute({
      sql: 'SELECT key, value, deleted FROM record WHERE map = ? ORDER BY key',
      args: [map],
    });
    return rows.map((row) => {
      const { key, value, deleted } = row as unknown as { key: string; value: string | null; deleted: number };
      if (Boolean(deleted) !== (value === null)) throw new Error(`row ${key} is half deleted`);
      return {
        key,
        value: value === null ? null : (JSON.parse(value) as DatabaseRow['value']),
      };
    });
  } finally {
    database.close();
  }
}
