import type { Hash64 } from '@topgun/core/primitives';
import { afterEach, beforeAll, expect, test } from 'vitest';

import { loadXxhash } from '../../server/src/adapters/xxhash.js';
import { testDatabase } from '../../server/src/testing/test-database.js';
import { eventually } from './eventually.js';
import { readinessOf } from './readiness.js';
import { Sender } from './sender.js';
import { startServerProcess, type ServerProcess } from './server-process.js';
import { CuttingProxy, type Cut } from './cutting-proxy.js';

const database = testDatabase();
let hash: Hash64;
let proxy: CuttingProxy | null = null;
let server: ServerProcess | null = null;
beforeAll(async () => {
  hash = await loadXxhash();
});
afterEach(async () => {
  await server?.end('SIGKILL');
  await proxy?.close();
  server = null;
  proxy = null;
});

const CUTS: readonly Cut[] = ['before the answer', 'before the request', 'before the answer', 'before the answer'];

test.skipIf(database === null)(
  'PI-1, PI-2, PI-11: with connections to PostgreSQL cut in the middle of commits, the server goes on by itself, and each op is there once',
  async () => {
    const target = new URL(database!.place());
    const schema = target.searchParams.get('schema')!;
    proxy = await CuttingProxy.before(target);
    const started = await startServerProcess({ database: proxy.url, args: ['--log-level', 'silent'] });
    server = started;
    const senders = ['r.0', 's.0'].map((replica, i) => new Sender(() => started, replica, `m${i}`, hash));
    const ends = senders.map((sender) => sender.run());
    for (const end of ends) end.catch(() => undefined);
    const isAckedMore = async (): Promise<void> => {
      const before = senders.map(({ acked }) => acked.size);
      await Promise.race([eventually(() => senders.every(({ acked }, i) => acked.size > before[i]! + 50)), ...ends]);
    };
    const segments = async (): Promise<number> => {
      const [row] = await database!.sql(`SELECT coalesce(max(position), 0)::int AS last FROM ${schema}.ledger_segment`);
      return Number(row?.['last']);
    };
    for (const cut of CUTS) {
      await isAckedMore();
      const before = await segments();
      // By the name of the prepared statement, and the map whose ops it commits.
      await proxy.cut(cut, 'append', 'm0');
      if (cut === 'before the answer') await eventually(async () => (await segments()) > before);
      await isAckedMore();
      // A connection of those that write behind may have been cut too, and comes back by itself.
      await eventually(async () => (await readinessOf(started))[0] === 200);
      expect(await readinessOf(started)).toEqual([200, 'ready']);
    }
    for (const sender of senders) sender.enough();
    await Promise.all(ends);
    expect(await started.end('SIGTERM')).toMatchObject({ code: 0, stderr: '' });
    for (const { map, sent } of senders) {
      const rows = await database!.sql(
        `SELECT key, value FROM ${schema}.record WHERE map = '${map}' ORDER BY length(key), key`,
      );
      expect(rows.map(({ key }) => key)).toEqual(sent.map(({ key }) => key));
      for (const { key, value } of rows) expect(value).toBe(`{"n":${String(key).slice(1)}}`);
    }
  },
);
