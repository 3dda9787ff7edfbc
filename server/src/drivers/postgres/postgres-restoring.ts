import { err, ok, type Result } from '@topgun/core/primitives';
import type { DatabaseRestoring } from '../../ports/database-restoring.js';
import type { DatabaseError } from '../../prisma/database-error.js';
import { openPostgres } from '../../prisma/postgresql/open-postgres.js';
import { toPostgresError } from '../../prisma/postgresql/postgres-error.js';
import { splitSnapshot } from '../../services/layout/snapshot-layout.js';
import { inUse } from '../in-use.js';
import { excludeUse } from './postgres-use.js';
import { tablesIn } from './postgres-tables.js';

const NOW = '(extract(epoch FROM clock_timestamp()) * 1000)::bigint';

/** Opens the database of `url`, with tables or without, in a transaction that nobody else can write beside. */
export async function openPostgresRestoring(url: string): Promise<Result<DatabaseRestoring, DatabaseError>> {
  const opened = await openPostgres(url);
  if (!opened.ok) return opened;
  const database = opened.value;
  const { place } = database;
  const tables = tablesIn(place.schema);
  const all = Object.values(tables);
  try {
    const client = await database.connect();
    // A large table takes as long as it takes.
    await client.query('SET statement_timeout = 0');
    await client.query('BEGIN');
    if (!(await excludeUse(client, place.schema))) {
      await client.end();
      await database.close();
      return err(inUse(place.name));
    }
    await client.query(`LOCK TABLE ${all.join(', ')} IN EXCLUSIVE MODE`);
    const owner = await client.query<{ epoch: string; lineage: string }>(
      `SELECT epoch, lineage FROM ${tables.owner} WHERE id = 1`,
    );
    const used = await client.query<{ used: boolean }>(
      `SELECT ${all.map((table) => `EXISTS (SELECT 1 FROM ${table})`).join(' OR ')} AS used`,
    );
    return ok({
      name: place.name,
      target: {
        epoch: Number(owner.rows[0]?.epoch ?? 0),
        lineage: owner.rows[0]?.lineage ?? '',
        isEmpty: used.rows[0]?.used !== true,
      },
      async clear() {
        for (const table of all) await client.query(`DELETE FROM ${table}`);
      },
      async writeOwner({ epoch, lineage }) {
        await client.query(`INSERT INTO ${tables.owner} (id, epoch, lineage) VALUES (1, $1, $2)`, [epoch, lineage]);
      },
      async writeSnapshotProgress({ through, lineage }) {
        const write = `INSERT INTO ${tables.snapshotProgress} (id, through, lineage) VALUES (1, $1, $2)`;
        await client.query(write, [through, lineage]);
      },
      async writeSnapshots(snapshots) {
        const parts = snapshots.map(({ bytes }) => splitSnapshot(bytes));
        await client.query(
          `INSERT INTO ${tables.snapshot} (partition, position, bytes, created_at)
           SELECT partition, position, bytes, ${NOW}
           FROM unnest($1::integer[], $2::bigint[], $3::bytea[]) AS row (partition, position, bytes)`,
          [
            snapshots.map(({ partition }) => partition),
            snapshots.map(({ position }) => position),
            parts.map(({ records }) => Buffer.from(records)),
          ],
        );
        const heads = snapshots.flatMap(({ partition, position }, i) => {
          const head = parts[i]?.head ?? null;
          return head === null ? [] : [{ partition, position, head: Buffer.from(head) }];
        });
        await client.query(
          `INSERT INTO ${tables.snapshotHead} (partition, position, bytes)
           SELECT partition, position, bytes
           FROM unnest($1::integer[], $2::bigint[], $3::bytea[]) AS row (partition, position, bytes)`,
          [
            heads.map(({ partition }) => partition),
            heads.map(({ position }) => position),
            heads.map(({ head }) => head),
          ],
        );
      },
      async writeSegments(segments) {
        await client.query(
          `INSERT INTO ${tables.segment} (position, epoch, bytes, created_at)
           SELECT position, epoch, bytes, ${NOW}
           FROM unnest($1::bigint[], $2::bigint[], $3::bytea[]) AS row (position, epoch, bytes)`,
          [
            segments.map(({ position }) => position),
            segments.map(({ epoch }) => epoch),
            segments.map(({ bytes }) => Buffer.from(bytes)),
          ],
        );
      },
      async commit() {
        await client.query('COMMIT');
      },
      async close() {
        // Whatever is not committed goes with the connection.
        await client.end();
        await database.close();
      },
    });
  } catch (error) {
    await database.close();
    return err(toPostgresError(error, place));
  }
}
