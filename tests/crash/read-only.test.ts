import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@libsql/client';
import type { Hash64 } from '@topgun/core/primitives';
import type { ServerMessage } from '@topgun/core/protocol';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';

import { loadXxhash } from '../../server/src/adapters/xxhash.js';
import { connectWire, helloOf } from '../../server/src/testing/wire-client.js';
import { eventually } from './eventually.js';
import { readinessOf } from './readiness.js';
import { Sender } from './sender.js';
import { runServerProcess, startServerProcess, type ServerProcess } from './server-process.js';

let hash: Hash64;
let folder: string;
let database: string;
let server: ServerProcess | null = null;
beforeAll(async () => {
  hash = await loadXxhash();
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'topgun-read-only-'));
  database = join(folder, 'topgun.db');
});
afterEach(async () => {
  setImmutable(false);
  await server?.end('SIGKILL');
  server = null;
  rmSync(folder, { recursive: true, force: true });
});

/**
 * Permission bits are asked when a file is opened; this attribute refuses writes to files that are open too. Not to the `-shm`: that is memory
 * shared with the kernel, and whoever writes to it where it cannot be written is ended by the system.
 */
const setImmutable = (on: boolean, files = [database, `${database}-wal`]): boolean =>
  spawnSync('chattr', [on ? '+i' : '-i', ...files]).status === 0;

const canFreeze = ((): boolean => {
  const place = mkdtempSync(join(tmpdir(), 'topgun-frozen-'));
  const probe = join(place, 'probe');
  writeFileSync(probe, '');
  const frozen = setImmutable(true, [probe]);
  if (frozen) setImmutable(false, [probe]);
  rmSync(place, { recursive: true });
  if (!frozen)
    console.log('topgun: a file that turns read-only under a server is not tested: there is no chattr that may.');
  return frozen;
})();

/** How many records a server shows of a map to who asks now. */
async function keysOf({ url }: ServerProcess, map: string): Promise<number> {
  const client = await connectWire(url, helloOf());
  client.send({ type: 'subscribe', sub: 1, map });
  const rows = await client.until(
    (message): message is Extract<ServerMessage, { type: 'rows' }> => message.type === 'rows',
  );
  client.close();
  return rows.changes.length;
}

const contents = (): Record<string, string> =>
  Object.fromEntries(
    readdirSync(folder).map((name) => [
      name,
      createHash('sha256')
        .update(readFileSync(join(folder, name)))
        .digest('hex'),
    ]),
  );

test('PI-23: a file it may not write is a sentence and exit code 1, and keeps every byte', async () => {
  server = await startServerProcess({ database });
  await server.end('SIGTERM');
  chmodSync(folder, 0o777);
  chmodSync(database, 0o444);
  const before = contents();
  // Root ignores permission bits: then the server runs as nobody.
  const uid = process.getuid?.() === 0 ? { uid: 65_534 } : {};
  const end = await runServerProcess({ database, ...uid });
  expect(end).toMatchObject({ code: 1, stdout: '' });
  expect(end.stderr.trim().split('\n')).toEqual([
    `The database ${database} cannot be used: this user may not read and write ${database}.`,
  ]);
  expect(contents()).toEqual(before);
});

test.skipIf(!canFreeze)(
  'PI-2, PI-23: turned read-only under load, it serves what it has, and goes on when it may write again: each op once, none lost',
  async () => {
    server = await startServerProcess({ database, args: ['--log-level', 'silent'] });
    const running = server;
    const senders = ['r.0', 's.0'].map((replica, i) => new Sender(() => running, replica, `m${i}`, hash));
    const ends = senders.map((sender) => sender.run());
    for (const end of ends) end.catch(() => undefined);
    const ackedMore = async (): Promise<void> => {
      const before = senders.map(({ acked }) => acked.size);
      await eventually(() => senders.every(({ acked }, i) => acked.size > before[i]! + 50));
    };
    for (let round = 1; round <= 2; round += 1) {
      await ackedMore();
      expect(setImmutable(true)).toBe(true);
      await eventually(async () => (await readinessOf(running))[0] === 503);
      expect(await readinessOf(running)).toEqual([
        503,
        'not ready: the database takes no writes; what is in memory is served, and writes wait',
      ]);
      expect(await keysOf(running, 'm0')).toBeGreaterThanOrEqual(50);
      expect(setImmutable(false)).toBe(true);
      await eventually(async () => (await readinessOf(running))[0] === 200);
    }
    await ackedMore();
    for (const sender of senders) sender.enough();
    await Promise.all(ends);
    expect(await running.end('SIGTERM')).toMatchObject({ code: 0, stderr: '' });
    const file = createClient({ url: `file:${database}` });
    for (const { map, sent } of senders) {
      const { rows } = await file.execute({
        sql: 'SELECT key, value FROM record WHERE map = ? ORDER BY length(key), key',
        args: [map],
      });
      expect(rows.map(({ key }) => key)).toEqual(sent.map(({ key }) => key));
      for (const { key, value } of rows) expect(value).toBe(`{"n":${String(key).slice(1)}}`);
    }
    file.close();
  },
);
