import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ReplicaId } from '@topgun/core/clock';
import type { Hash64 } from '@topgun/core/primitives';
import type { ServerMessage, WelcomeMessage } from '@topgun/core/protocol';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';

import { loadXxhash } from '../../server/src/adapters/xxhash.js';
import { testDatabase } from '../../server/src/testing/test-database.js';
import { connectWire, helloOf } from '../../server/src/testing/wire-client.js';
import { eventually } from './eventually.js';
import { differences, expectedState } from './kills/expected-state.js';
import { LoadClient } from './kills/load-client.js';
import { readState } from './kills/read-state.js';
import { runCommand } from './run-command.js';
import { startServerProcess, type ServerProcess } from './server-process.js';

const postgres = testDatabase();
const NAMES = ['a', 'b', 'c'];
let hash: Hash64;
let folder: string;
const running: ServerProcess[] = [];
beforeAll(async () => {
  hash = await loadXxhash();
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'topgun-online-backup-'));
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.end('SIGKILL')));
  rmSync(folder, { recursive: true, force: true });
});

const on = (database: string): string[] => ['--database', database.includes('://') ? database : `file:${database}`];

async function start(database: string): Promise<ServerProcess> {
  const server = await startServerProcess({ database, args: ['--log-level', 'silent'] });
  running.push(server);
  return server;
}

/** How far a server has decided the ops of a client. */
async function decidedOf({ url }: ServerProcess, name: string): Promise<number> {
  const client = await connectWire(url, helloOf(`${name}.0` as ReplicaId));
  const { decided } = await client.until(
    (message: ServerMessage): message is WelcomeMessage => message.type === 'welcome',
  );
  client.close();
  return decided?.[0]?.[1] ?? 0;
}

/** The highest of its ops that is acked; they are acked in their order. */
const ackedOf = ({ acked }: LoadClient): number => Math.max(0, ...acked);

test.each(postgres === null ? ['SQLite'] : ['SQLite', 'PostgreSQL'])(
  'PI-40, PI-41: on %s, a backup that is taken under load has all that was acked when it was begun, nothing in part and nothing that was not sent; verify finds nothing wrong meanwhile',
  async (driver) => {
    const place = (name: string): string => (driver === 'SQLite' ? join(folder, `${name}.db`) : postgres!.place());
    const database = place('topgun');
    const server = await start(database);
    const clients = NAMES.map((name) => new LoadClient(name, hash));
    await Promise.all(clients.map((client) => client.connect(server.url)));
    let enough = false;
    const runs = Promise.all(clients.map((client) => client.run(() => enough)));
    runs.catch(() => undefined);
    const acks = (): number => clients.reduce((sum, { newAcks }) => sum + newAcks, 0);
    await Promise.race([eventually(() => acks() >= 1_000), runs]);
    const acked = clients.map(ackedOf);
    const file = join(folder, 'a.topgun.gz');
    const before = acks();
    expect(await runCommand(['backup', file, ...on(database)])).toMatchObject({ code: 0 });
    // Nobody waited for it.
    expect(acks()).toBeGreaterThan(before);
    const issued = clients.map(({ ops }) => ops.length);
    expect(await runCommand(['verify', ...on(database)])).toMatchObject({ code: 0 });
    enough = true;
    await runs;

    const target = place('restored');
    expect(await runCommand(['restore', file, ...on(target)])).toMatchObject({ code: 0 });
    const restored = await start(target);
    const decided = await Promise.all(NAMES.map((name) => decidedOf(restored, name)));
    for (const [i, seq] of decided.entries()) {
      expect(seq).toBeGreaterThanOrEqual(acked[i]!);
      expect(seq).toBeLessThanOrEqual(issued[i]!);
    }
    const held = clients.map(({ ops }, i) => ({ ops, decided: decided[i]! }));
    expect(differences(expectedState(held), await readState(restored.url))).toEqual([]);
    expect(await restored.end('SIGTERM')).toMatchObject({ code: 0 });
  },
);
