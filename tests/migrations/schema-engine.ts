import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  bindMigrationAwareSqlAdapterFactory,
  isDriverAdapterError,
  type SqlDriverAdapter,
  type SqlMigrationAwareDriverAdapterFactory,
} from '@prisma/driver-adapter-utils';
import { __wbg_set_wasm, SchemaEngine, version } from '@prisma/schema-engine-wasm/schema_engine_bg';

import { migrationsFolder } from '../../server/src/prisma/migration-runner.js';

/** What `prisma migrate` finds of a database: `history` is null where all is applied and nothing else is. */
export interface Diagnosis {
  readonly hasMigrationsTable: boolean;
  readonly editedMigrationNames: readonly string[];
  readonly failedMigrationNames: readonly string[];
  readonly history: { readonly diagnostic: string; readonly unappliedMigrationNames?: readonly string[] } | null;
}

/** The schema engine that the commands of `prisma migrate` are carried out by, in the one form that npm has of it; the commands themselves load it as a program from elsewhere. */
export interface MigrateEngine {
  /** What `prisma migrate deploy` does. Returns the names of what was applied. */
  deploy(migrations: MigrationList): Promise<readonly string[]>;
  /** What `prisma migrate status` asks. */
  diagnose(migrations: MigrationList): Promise<Diagnosis>;
}

export type MigrationList = Awaited<ReturnType<typeof listMigrations>>;

/** Migrations as the command reads them from their folder; `edit` may leave some out, or write another text into them. */
export async function listMigrations(
  provider: 'sqlite' | 'postgresql',
  edit: (name: string, sql: string) => string | null = (_name, sql) => sql,
) {
  const baseDir = migrationsFolder(provider);
  const names = (await readdir(baseDir)).filter((name) => !name.includes('.')).sort();
  const directories = await Promise.all(
    names.map(async (path) => {
      const value = edit(path, await readFile(join(baseDir, path, 'migration.sql'), 'utf8'));
      return value === null
        ? []
        : [{ path, migrationFile: { path: 'migration.sql', content: { tag: 'ok' as const, value } } }];
    }),
  );
  const lockfile = await readFile(join(baseDir, 'migration_lock.toml'), 'utf8');
  return {
    baseDir,
    lockfile: { path: './migration_lock.toml', content: lockfile },
    shadowDbInitScript: '',
    migrationDirectories: directories.flat(),
  };
}

/** Of which commit of Prisma's engines it is. */
export const engineVersion = async (): Promise<string> => (await loaded, version());

const FILTERS = { externalTables: [], externalEnums: [] };

export async function openEngine(
  provider: 'sqlite' | 'postgresql',
  adapters: SqlMigrationAwareDriverAdapterFactory,
): Promise<MigrateEngine & { close(): void }> {
  await loaded;
  const schema = `datasource db {\n  provider = "${provider}"\n}\n`;
  const engine = await SchemaEngine.new(
    { datamodels: [['schema.prisma', schema]] },
    () => undefined,
    bindMigrationAwareSqlAdapterFactory(namingMissingTables(adapters)),
  );
  return {
    deploy: async (migrationsList) =>
      (await engine.applyMigrations({ migrationsList, filters: FILTERS })).appliedMigrationNames,
    diagnose: (migrationsList) =>
      engine.diagnoseMigrationHistory({ migrationsList, optInToShadowDatabase: false, filters: FILTERS }),
    close: () => engine.free(),
  };
}

/** Instantiated by hand: to import WebAssembly as a module takes a flag of Node's. */
const loaded = (async () => {
  const file = new URL('schema_engine_bg.wasm', import.meta.resolve('@prisma/schema-engine-wasm'));
  const { instance } = await WebAssembly.instantiate(await readFile(fileURLToPath(file)), {
    './schema_engine_bg.js': await import('@prisma/schema-engine-wasm/schema_engine_bg'),
  });
  __wbg_set_wasm(instance.exports);
  (instance.exports['__wbindgen_start'] as () => void)();
})();

/** The engine looks for its table before it makes it; the adapter of libsql does not tell it that there is none, since the driver begins its sentence with the code. */
function namingMissingTables(adapters: SqlMigrationAwareDriverAdapterFactory): SqlMigrationAwareDriverAdapterFactory {
  const named = (adapter: SqlDriverAdapter): SqlDriverAdapter => {
    const query = adapter.queryRaw.bind(adapter);
    adapter.queryRaw = (asked) =>
      query(asked).catch((error: unknown) => {
        const table = /no such table: (\S+)/.exec(
          isDriverAdapterError(error) ? (error.cause.originalMessage ?? '') : '',
        )?.[1];
        if (isDriverAdapterError(error) && table !== undefined) error.cause = { kind: 'TableDoesNotExist', table };
        throw error;
      });
    return adapter;
  };
  return {
    adapterName: adapters.adapterName,
    provider: adapters.provider,
    connect: async () => named(await adapters.connect()),
    connectToShadowDb: async () => named(await adapters.connectToShadowDb()),
  };
}
