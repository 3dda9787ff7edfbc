import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { migrationsFolder } from '../../server/src/prisma/migration-runner.js';

/** Where whoever generates the clients has installed the command line; it is no part of the workspace, which has no use for its 220 MB. */
const installed = fileURLToPath(new URL('../../server/prisma/node_modules', import.meta.url));
const command = join(installed, 'prisma/build/index.js');

/** The engine as a program, which the command line loads from elsewhere when it is installed. */
function engine(): string | undefined {
  const folder = join(installed, '@prisma/engines');
  const found = existsSync(folder)
    ? readdirSync(folder).find((name) => /^schema-engine-[^.]*(\.exe)?$/.test(name))
    : undefined;
  return process.env['PRISMA_SCHEMA_ENGINE_BINARY'] ?? (found === undefined ? undefined : join(folder, found));
}

/** Why `prisma migrate` itself cannot be run here, as a sentence; `null`: it can. */
export function whyNoCommand(): string | null {
  if (!existsSync(command)) return 'the command line of Prisma is not installed in server/prisma';
  return engine() === undefined ? 'its schema engine is not there, and PRISMA_SCHEMA_ENGINE_BINARY names none' : null;
}

/** Runs `prisma migrate deploy`, or another of these, in a project that has nothing but our migrations. Returns what it prints. */
export async function prismaMigrate(
  action: 'deploy' | 'status',
  provider: 'sqlite' | 'postgresql',
  url: string,
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'topgun-migrate-'));
  try {
    await cp(migrationsFolder(provider), join(folder, 'migrations'), { recursive: true });
    await writeFile(join(folder, 'schema.prisma'), `datasource db {\n  provider = "${provider}"\n}\n`);
    const config = { schema: 'schema.prisma', migrations: { path: 'migrations' }, datasource: { url } };
    await writeFile(join(folder, 'prisma.config.mjs'), `export default ${JSON.stringify(config)};\n`);
    const env = {
      ...process.env,
      PRISMA_SCHEMA_ENGINE_BINARY: engine(),
      PRISMA_HIDE_UPDATE_MESSAGE: '1',
      CHECKPOINT_DISABLE: '1',
    };
    const args = [command, 'migrate', action, '--config', join(folder, 'prisma.config.mjs')];
    return (await promisify(execFile)(process.execPath, args, { cwd: folder, env })).stdout;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
