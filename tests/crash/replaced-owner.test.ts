import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Hash64 } from '@topgun/core/primitives';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';

import { loadXxhash } from '../../server/src/adapters/xxhash.js';
import { startS3Server } from '../../server/src/testing/s3-server.js';
import { testDatabase } from '../../server/src/testing/test-database.js';
import { eventually } from './eventually.js';
import { differences, expectedState } from './kills/expected-state.js';
import { LoadClient } from './kills/load-client.js';
import { readState } from './kills/read-state.js';
import { startServerProcess, type ServerProcess } from './server-process.js';

const postgres = testDatabase();
let hash: Hash64;
let folder: string;
const running: ServerProcess[] = [];
beforeAll(async () => {
  hash = await loadXxhash();
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'topgun-replaced-'));
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.end('SIGKILL')));
  rmSync(folder, { recursive: true, force: true });
});

const S3_KEYS = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };

async function start(database: string): Promise<ServerProcess> {
  const server = await startServerProcess({ database, env: S3_KEYS, args: ['--log-level', 'silent'] });
  running.push(server);
  return server;
}

/**
 * Freezes `old` and starts its successor. An owner frozen in the middle of a commit keeps the lock of a SQLite file, and nobody can take it away:
 * whoever starts then is told so, and the owner is thawed and frozen again at another moment.
 */
async function replace(old: ServerProcess, database: string, moreIsAcked: () => Promise<void>): Promise<ServerProcess> {
  for (;;) {
    old.child.kill('SIGSTOP');
    try {
      return await start(database);
    } catch (error) {
      if (!String(error).includes('is locked by another process')) throw error;
      old.child.kill('SIGCONT');
      await moreIsAcked();
    }
  }
}

test.each(postgres === null ? ['SQLite', 'S3'] : ['SQLite', 'PostgreSQL', 'S3'])(
  'PI-3, PI-21: on %s, an owner frozen under load and replaced meanwhile appends nothing more; its clients are told, and nothing acked is lost',
  async (driver) => {
    const s3 = driver === 'S3' ? await startS3Server(['topgun']) : null;
    const database =
      s3 !== null
        ? `s3://topgun/replaced?endpoint=${s3.endpoint}`
        : driver === 'PostgreSQL'
          ? postgres!.place()
          : join(folder, 'topgun.db');
    const clients = ['a', 'b', 'c'].map((name) => new LoadClient(name, hash));
    const acks = (): number => clients.reduce((sum, { newAcks }) => sum + newAcks, 0);
    const old = await start(database);
    await Promise.all(clients.map((client) => client.connect(old.url)));
    const runs = Promise.all(clients.map((client) => client.run(() => false)));
    runs.catch(() => undefined);
    const moreIsAcked = async (): Promise<void> => {
      const enough = acks() + 300;
      await Promise.race([eventually(() => acks() >= enough), runs]);
    };
    await moreIsAcked();
    const successor = await replace(old, database, moreIsAcked);
    // What it finds is all there will be of the old one: nothing is added to it by whoever wakes up.
    const found = await readState(successor.url);
    old.child.kill('SIGCONT');
    const end = await old.ended;
    expect(end).toMatchObject({ code: 1 });
    expect(end.stderr).toContain('Another TopGun server has taken over this database; this one stops.');
    // Resolves: each of them was cut off.
    await runs;
    expect(clients.map(({ isToldOfEnd }) => isToldOfEnd)).toEqual([true, true, true]);
    expect(clients.reduce((sum, { undecided }) => sum + undecided, 0)).toBeGreaterThan(0);
    await Promise.all(clients.map((client) => client.connect(successor.url)));
    expect(differences(expectedState(clients), found)).toEqual([]);
    await Promise.all(clients.map((client) => client.run(() => true)));
    const whole = expectedState(clients.map(({ ops }) => ({ ops, decided: ops.length })));
    expect(differences(whole, await readState(successor.url))).toEqual([]);
    await successor.end('SIGKILL');
    await s3?.close();
  },
);
