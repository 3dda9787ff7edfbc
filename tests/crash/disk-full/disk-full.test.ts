import { join } from 'node:path';
import { MemoryAdapter, TopGunClient } from '@topgun/core';
import type { Hash64 } from '@topgun/core/primitives';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { loadXxhash } from '../../../server/src/adapters/xxhash.js';
import { OpAuthor } from '../../../server/src/testing/op-author.js';
import { connectWire, helloOf } from '../../../server/src/testing/wire-client.js';
import { eventually } from '../eventually.js';
import { differences, expectedState } from '../kills/expected-state.js';
import { LoadClient } from '../kills/load-client.js';
import { readState } from '../kills/read-state.js';
import { readinessOf } from '../readiness.js';
import { runServerProcess, startServerProcess, type ServerEnd, type ServerProcess } from '../server-process.js';
import { limitPages, mountSmallDisk, type SmallDisk } from './small-disk.js';

const FULL = [503, 'not ready: the disk of the database is full; what is in memory is served, and writes wait'];

// Where the user may mount nothing, or is told not to, it is SQLite alone that finds no room.
const mounted = process.env['TOPGUN_TEST_NO_MOUNT'] === '1' ? null : mountSmallDisk(65_536);
mounted?.destroy();
const SMALL = 16 * 1024 * 1024;
const [what, createDisk]: readonly [string, () => SmallDisk] =
  mounted === null
    ? ['SQLite may take no more pages', limitPages]
    : ['the file system has no room', () => mountSmallDisk(SMALL)!];

let hash: Hash64;
const running: ServerProcess[] = [];
const clients: TopGunClient<{ todos: { readonly text: string } }>[] = [];
beforeAll(async () => {
  hash = await loadXxhash();
});
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
  await Promise.all(running.splice(0).map((server) => server.end('SIGKILL')));
});

async function open(serverUrl: string): Promise<(typeof clients)[number]> {
  const client = new TopGunClient<{ todos: { readonly text: string } }>({
    serverUrl,
    storage: new MemoryAdapter(),
    environment: { log: () => {} },
  });
  clients.push(client);
  await client.start();
  return client;
}

describe(`when ${what}`, () => {
  let disk: SmallDisk;
  beforeEach(() => {
    disk = createDisk();
  });
  afterEach(() => disk.destroy());

  const options = () => ({
    database: join(disk.folder, 'topgun.db'),
    env: disk.env,
    args: ['--log-level', 'silent'],
  });
  const start = async (): Promise<ServerProcess> => {
    const server = await startServerProcess(options());
    running.push(server);
    return server;
  };

  test('PI-1, PI-23: reads and live queries go on, writes wait within bounds, nothing acked is lost, and with room it goes on by itself', async () => {
    const server = await start();
    const load = ['a', 'b', 'c'].map((name) => new LoadClient(name, hash));
    const acks = (): number => load.reduce((sum, { newAcks }) => sum + newAcks, 0);
    await Promise.all(load.map((client) => client.connect(server.url)));
    let enough = false;
    const runs = Promise.all(load.map((client) => client.run(() => enough)));
    runs.catch(() => undefined);
    const ackedSince = async (count: number): Promise<void> => {
      const before = acks();
      await Promise.race([eventually(() => acks() > before + count), runs]);
    };
    const here = await open(server.url);
    const todos = here.query('todos');
    todos.subscribe(() => {});
    const textsOf = ({ getSnapshot }: typeof todos): string[] => getSnapshot().data.map(({ text }) => text);
    expect(await here.getMap('todos').set('before', { text: 'milk' }).acked).toMatchObject({ ok: true });

    for (let round = 1; round <= 2; round += 1) {
      await ackedSince(200);
      disk.fill();
      await eventually(async () => (await readinessOf(server))[0] === 503);
      expect(await readinessOf(server)).toEqual(FULL);
      const stuckAt = acks();
      // Who comes now is shown what there is, and hears of what it has asked for; who writes sees it, and waits.
      const late = await open(server.url);
      const seen = late.query('todos');
      seen.subscribe(() => {});
      await eventually(() => seen.getSnapshot().settled);
      expect(textsOf(seen)).toContain('milk');
      const write = here.getMap('todos').set(`round ${round}`, { text: `tea ${round}` });
      expect(textsOf(todos)).toContain(`tea ${round}`);
      expect(textsOf(seen)).not.toContain(`tea ${round}`);
      expect((await readState(server.url)).get('rows')?.size).toBeGreaterThan(0);
      expect(load.reduce((sum, { undecided }) => sum + undecided, 0)).toBeGreaterThan(0);
      expect(acks()).toBe(stuckAt);
      disk.free();
      expect(await write.acked).toMatchObject({ ok: true });
      await eventually(() => textsOf(seen).includes(`tea ${round}`));
      // Rows for other programs are written again a little later than acks are given.
      await eventually(async () => (await readinessOf(server))[1] === 'ready');
    }
    await ackedSince(200);
    enough = true;
    await runs;
    const whole = expectedState(load.map(({ ops }) => ({ ops, decided: ops.length })));
    expect(differences(whole, await readState(server.url))).toEqual([]);
    expect(await server.end('SIGTERM')).toMatchObject({ code: 0, stderr: '' });
  });

  test('PI-2, PI-23: who has more waiting than the bounds allow is told overloaded', async () => {
    const server = await start();
    disk.fill();
    const author = new OpAuthor('r.0', hash);
    const client = await connectWire(server.url, helloOf(author.replica));
    const text = 'x'.repeat(900_000);
    // Two of them are being written, nine may wait.
    for (let i = 0; i < 12; i += 1) {
      client.send({ type: 'submit', batches: author.batches(author.create('notes', `k${i}`, { text })) });
    }
    expect(await client.untilError('overloaded')).toMatchObject({ fatal: true });
    await client.closed;
    expect(client.received.filter(({ type }) => type === 'decided')).toEqual([]);
    expect(await readinessOf(server)).toEqual(FULL);
  });

  test('PI-10, PI-20, PI-23: killed while it is full, it starts or says why not in a sentence, and has what it acked when there is room', async () => {
    const server = await start();
    const load = ['a', 'b', 'c'].map((name) => new LoadClient(name, hash));
    await Promise.all(load.map((client) => client.connect(server.url)));
    const runs = Promise.all(load.map((client) => client.run(() => false)));
    runs.catch(() => undefined);
    await Promise.race([eventually(() => load.every(({ newAcks }) => newAcks > 100)), runs]);
    disk.fill();
    await eventually(async () => (await readinessOf(server))[0] === 503);
    await server.end('SIGKILL');
    await runs;
    disk.fill();
    const again = await startOrEnd();
    if (again !== 'started') {
      expect(again).toMatchObject({ code: 1, stdout: '' });
      expect(again.stderr.trim().split('\n')).toEqual([expect.stringMatching(/disk.* is full.*\.$/)]);
    }
    disk.free();
    const healed = await start();
    await Promise.all(load.map((client) => client.connect(healed.url)));
    expect(differences(expectedState(load), await readState(healed.url))).toEqual([]);
    await Promise.all(load.map((client) => client.run(() => true)));
    const whole = expectedState(load.map(({ ops }) => ({ ops, decided: ops.length })));
    expect(differences(whole, await readState(healed.url))).toEqual([]);
  });

  async function startOrEnd(): Promise<ServerEnd | 'started'> {
    let started: ServerProcess | null = null;
    const end = await startServerProcess(options()).then(
      async (server) => ((started = server), server.end('SIGKILL')),
      () => runServerProcess(options()),
    );
    return started === null ? end : 'started';
  }
});
