// Generates the Prisma client of every provider into server/src/prisma/<provider>/generated, and writes down which schema
// it was made from, so that a test can tell when somebody changed one and not the other. Run: `npm ci && npm run generate`.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const providers = ['sqlite', 'postgresql'];
const cli = join(here, 'node_modules/prisma/build/index.js');

if (!existsSync(cli)) {
  console.error('The Prisma CLI is not installed: run `npm ci` in server/prisma first.');
  process.exit(1);
}

// `generate` never calls the schema engine but downloads it when it is not there; a stub keeps it from trying.
const scratch = await mkdtemp(join(tmpdir(), 'topgun-prisma-'));
const stub = join(scratch, 'schema-engine');
await writeFile(stub, '#!/bin/sh\nexit 1\n');
await chmod(stub, 0o755);

try {
  for (const provider of providers) {
    const schema = (
      await Promise.all(
        [join(here, provider, 'schema.prisma'), join(here, 'models.prisma')].map((path) => readFile(path, 'utf8')),
      )
    ).join('\n');
    // As deep as the provider's own folder, so that the generator's relative output path means the same.
    const work = join(here, `.generate-${provider}`);
    const generated = join(here, '../src/prisma', provider, 'generated');
    await mkdir(work, { recursive: true });
    await rm(generated, { recursive: true, force: true });
    try {
      await writeFile(join(work, 'schema.prisma'), schema);
      const { status } = spawnSync(process.execPath, [cli, 'generate', '--schema', join(work, 'schema.prisma')], {
        cwd: here,
        stdio: 'inherit',
        env: {
          PRISMA_SCHEMA_ENGINE_BINARY: stub,
          ...process.env,
          PRISMA_HIDE_UPDATE_MESSAGE: '1',
          CHECKPOINT_DISABLE: '1',
        },
      });
      if (status !== 0) process.exitCode = 1;
      else {
        const hash = createHash('sha256').update(schema).digest('hex');
        await writeFile(join(generated, 'schema.sha256'), `${hash}\n`);
      }
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  }
} finally {
  await rm(scratch, { recursive: true, force: true });
}
