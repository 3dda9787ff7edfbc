import { err, ok, type Result } from '@topgun/core/primitives';
import type { DatabaseError } from './database-error.js';

/** A migration as it lies in the package. */
export interface Migration {
  readonly name: string;
  readonly sql: string;
  /** sha256 of `migration.sql`, in hex. */
  readonly checksum: string;
}

/** A row of `_prisma_migrations`. */
export interface AppliedMigration {
  readonly name: string;
  readonly checksum: string;
  readonly finished: boolean;
  readonly rolledBack: boolean;
}

/**
 * Which migrations a database lacks, in order. `applied` is `null` when it has no `_prisma_migrations`; `otherTables` says
 * whether it has tables all the same. What is returned is a suffix of `available`: nothing is ever applied in between.
 */
export function planMigrations(
  available: readonly Migration[],
  applied: readonly AppliedMigration[] | null,
  otherTables: boolean,
  path: string,
): Result<readonly Migration[], DatabaseError> {
  if (applied === null) {
    return otherTables
      ? refuse('foreign', `${path} holds tables of another application; it was left as it is.`)
      : ok(available);
  }
  const standing = applied.filter((row) => !row.rolledBack);
  const byName = new Map(available.map((migration) => [migration.name, migration]));
  const unfinished = standing.find((row) => !row.finished);
  if (unfinished !== undefined) {
    return refuse(
      'migration-mismatch',
      `Migration ${unfinished.name} of ${path} was begun by another tool and did not finish; see \`prisma migrate resolve\`.`,
    );
  }
  const unknown = standing.filter((row) => !byName.has(row.name));
  if (unknown.length > 0 && unknown.length === standing.length) {
    return refuse('foreign', `${path} is a Prisma database of another application; it was left as it is.`);
  }
  if (unknown.length > 0) {
    const names = unknown.map((row) => row.name).join(', ');
    return refuse('newer-schema', `${path} was migrated by a newer version of TopGun (${names}); start that version.`);
  }
  for (const row of standing) {
    if (byName.get(row.name)?.checksum !== row.checksum) {
      return refuse(
        'migration-mismatch',
        `Migration ${row.name} reads differently from the one that was applied to ${path}.`,
      );
    }
  }
  const names = new Set(standing.map((row) => row.name));
  const pending = available.filter((migration) => !names.has(migration.name));
  if (pending.some((migration) => available.indexOf(migration) < names.size)) {
    return refuse('migration-mismatch', `${path} lacks a migration that comes before one it has.`);
  }
  return ok(pending);
}

const refuse = (code: DatabaseError['code'], message: string): { readonly ok: false; readonly error: DatabaseError } =>
  err({ code, message });
