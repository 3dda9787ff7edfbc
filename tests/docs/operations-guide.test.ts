import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MemoryAdapter, TopGunClient } from '@topgun/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testDatabase } from '../../server/src/testing/test-database.js';
import { runCommand } from '../crash/run-command.js';
import { startServerProcess, type ServerProcess } from '../crash/server-process.js';
import { fencedBlocks } from './fenced-blocks.js';

// The guide (docs/guides/operations.md), run: every command, in the order in which it stands there.

const root = fileURLToPath(new URL('../..', import.meta.url));
const guide = readFileSync(join(root, 'docs/guides/operations.md'), 'utf8');
const [running, stopped] = guide.slice(guide.indexOf('## While the server runs')).split('## While no server runs');
const commandsIn = (text: string): string[] =>
  fencedBlocks(text).flatMap(({ language, code }) => (language === 'sh' ? code.trim().split('\n') : []));

const postgres = testDatabase();
let folder: string;
let server: ServerProcess | null = null;

interface Schema {
  todos: { text: string };
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'topgun-operations-'));
  // Whoever follows the guide has the package installed.
  mkdirSync(join(folder, 'bin'));
  const npx = join(folder, 'bin', 'npx');
  writeFileSync(
    npx,
    `#!/bin/sh\nshift\nexec '${process.execPath}' '${join(root, 'server/bin/topgun-server.js')}' "$@"\n`,
  );
  chmodSync(npx, 0o755);
  server = await startServerProcess({ database: join(folder, 'topgun.db') });
  await write(server.url, 'a', 'b', 'c');
});
afterAll(async () => {
  await server?.end('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

async function write(serverUrl: string, ...keys: readonly string[]): Promise<void> {
  const client = new TopGunClient<Schema>({ serverUrl, storage: new MemoryAdapter() });
  await client.start();
  const todos = client.getMap('todos');
  const acked = keys.map((key) => todos.set(key, { text: `todo ${key}` }).acked);
  for (const each of await Promise.all(acked)) expect(each).toMatchObject({ ok: true });
  await client.close();
}

/** As a shell has it. */
function shell(command: string): Promise<{ readonly code: number; readonly said: string }> {
  const PATH = `${join(folder, 'bin')}:${process.env['PATH']}`;
  return new Promise((resolve) => {
    execFile('sh', ['-c', command], { cwd: folder, env: { PATH } }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), said: `${stdout}${stderr}` });
    });
  });
}

const read = (file: string): string => readFileSync(join(folder, file), 'utf8');

describe('the guide of operations', () => {
  test('PI-40, PI-41, PI-42: what it says for a running server is done while one runs', async () => {
    const commands = commandsIn(running!);
    expect(commands).toHaveLength(6);
    for (const command of commands) expect({ command, ...(await shell(command)) }).toMatchObject({ command, code: 0 });
    expect(read('everything.jsonl')).toMatch(/"map":"todos","key":"a","value":\{"text":"todo a"\}/);
    expect((await shell('gunzip -c todos.jsonl.gz | wc -l')).said.trim()).toBe('3');
  });

  test('PI-40, PI-42, PI-43: what needs the database alone is refused while a server runs, with a sentence', async () => {
    const commands = commandsIn(stopped!).filter((command) => /restore.*--replace|compact|import$/.test(command));
    expect(commands).toHaveLength(3);
    for (const command of commands)
      expect(await shell(command)).toEqual({ code: 2, said: expect.stringContaining('stop the server') });
    await write(server!.url, 'd');
  });

  test('PI-40, PI-41, PI-42, PI-43: what it says for a stopped one is done, also into PostgreSQL', async () => {
    await server!.end('SIGTERM');
    const [moved] = commandsIn(stopped!).filter((command) => command.includes('postgresql:'));
    const place = postgres?.place();
    for (const written of commandsIn(stopped!)) {
      if (written === moved && place === undefined) continue;
      const command = written.replace(/'postgresql:[^']*'/, `'${place}'`);
      expect({ command, ...(await shell(command)) }).toMatchObject({ command, code: 0 });
    }
    if (place !== undefined) expect(await runCommand(['verify', '--database', place])).toMatchObject({ code: 0 });
    server = await startServerProcess({ database: place ?? join(folder, 'topgun.db') });
    await write(server.url, 'e');
    await server.end('SIGTERM');
    const target = place ?? 'file:./topgun.db';
    const keys = (await shell(`npx topgun-server export --database '${target}'`)).said.matchAll(
      /"map":"todos","key":"(\w)"/g,
    );
    // What was written after the backup is gone: nobody gives it back.
    expect([...keys].map(([, key]) => key)).toEqual(['a', 'b', 'c', 'e']);
  });

  test.skipIf(postgres === null)(
    'PI-41, PI-43: on PostgreSQL damage is named too, and a server at work is seen',
    async () => {
      const place = postgres!.place();
      const schema = new URL(place).searchParams.get('schema')!;
      server = await startServerProcess({ database: place });
      await write(server.url, 'x', 'y');
      const database = ['--database', place];
      expect(await runCommand(['compact', ...database])).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('stop the server'),
      });
      await server.end('SIGTERM');
      expect(await runCommand(['verify', ...database])).toMatchObject({ code: 0 });
      expect(await runCommand(['compact', ...database])).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('MiB now'),
      });
      await postgres!.sql(`UPDATE ${schema}.record SET value = '{"text":"by hand"}' WHERE key = 'x'`);
      const verified = await runCommand(['verify', ...database]);
      expect(verified).toMatchObject({
        code: 1,
        stdout: expect.stringContaining('row-value: The row of "x" of todos'),
      });
      await postgres!.sql(`DELETE FROM ${schema}.ledger_segment`);
      expect(await runCommand(['backup', join(folder, 'no.gz'), ...database])).toMatchObject({
        code: 2,
        stderr: expect.stringMatching(/is damaged, so there is no backup.*the ledger ends at 0/),
      });
    },
  );

  test('PI-40, PI-41, PI-42, PI-43: each command shows a bar, and is at 100 % when it is done', async () => {
    const full = '█'.repeat(24);
    const file = join(folder, 'in.jsonl');
    const lines = Array.from({ length: 1_200 }, (_, i) => `{"map":"m","key":"k${i}","value":{"n":${i}}}\n`);
    writeFileSync(file, lines.join(''));
    const size = lines.join('').length.toLocaleString('en-US');
    const bar = (text: string): string => text.replace('#', `${full} 100 % `);
    const of = (text: RegExp): unknown => expect.stringMatching(text);
    const bars: readonly (readonly [readonly string[], readonly unknown[]])[] = [
      [['import', file], [bar(`Importing  # ${size} of ${size} bytes`)]],
      [
        ['compact'],
        [
          bar('Reading records  # 271 of 271 partitions'),
          bar('Writing rows  # 1,200 of 1,200 rows'),
          bar('Taking snapshots  # 271 of 271 partitions'),
        ],
      ],
      [['export', join(folder, 'out.jsonl')], [bar('Exporting  # 1,200 of 1,200 rows')]],
      [['verify'], [of(/^Verifying {2}█{24} 100 % {2}[\d,]+ of [\d,]+ parts$/)]],
      [['backup', join(folder, 'bars.gz')], [of(/^Backing up {2}█{24} 100 % {2}[\d,]+ of [\d,]+ parts$/)]],
      [['restore', join(folder, 'bars.gz'), '--replace'], [of(/^Restoring {2}█{24} 100 % {2}[\d,]+ of [\d,]+ parts$/)]],
    ];
    for (const [command, shown] of bars) {
      const { code, stderr } = await runCommand([...command, '--database', `file:${join(folder, 'bars.db')}`]);
      expect({ command, code, shown: stderr.trimEnd().split('\n') }).toEqual({ command, code: 0, shown });
    }
  });
});
