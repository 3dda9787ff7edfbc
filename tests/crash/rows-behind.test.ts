import type { Hash64 } from '@topgun/core/primitives';
import { afterEach, beforeAll, expect, test } from 'vitest';

import { loadXxhash } from '../../server/src/adapters/xxhash.js';
import { testDatabase } from '../../server/src/testing/test-database.js';
import { eventually } from './eventually.js';
import { readinessOf } from './readiness.js';
import { Sender } from './sender.js';
import { startServerProcess, type ServerProcess } from './server-process.js';

const database = testDatabase();
let hash: Hash64;
let server: ServerProcess | null = null;
beforeAll(async () => {
  hash = await loadXxhash();
});
afterEach(async () => {
  await server?.end('SIGKILL');
  server = null;
});

test.skipIf(database === null).each(['0', '1', '2'])(
  'PI-4, PI-23: with %s threads, while only the rows cannot be written all is acked, the server stays ready and says what is behind',
  async (workers) => {
    const url = database!.place();
    const schema = new URL(url).searchParams.get('schema')!;
    const rename = (from: string, to: string): Promise<unknown> =>
      database!.sql(`ALTER TABLE ${schema}.${from} RENAME TO ${to}`);
    const started = await startServerProcess({
      database: url,
      args: ['--log-level', 'silent', '--workers', workers, '--metrics'],
    });
    server = started;
    const sender = new Sender(() => started, 'r.0', 'm0', hash);
    const end = sender.run();
    end.catch(() => undefined);
    const isAckedMore = async (): Promise<void> => {
      const before = sender.acked.size;
      await Promise.race([eventually(() => sender.acked.size > before + 50), end]);
    };
    await isAckedMore();
    expect(await readinessOf(started)).toEqual([200, 'ready']);

    const figure = async (): Promise<string | undefined> =>
      /^topgun_rows_up\b.* (\d)$/m.exec(await (await fetch(`${started.url}/metrics`)).text())?.[1];
    expect(await figure()).toBe('1');

    await rename('record', 'away');
    await eventually(async () => (await readinessOf(started))[1] !== 'ready');
    expect(await readinessOf(started)).toEqual([
      200,
      'ready, but the rows for other programs cannot be written; everything is served, and what is missing there waits',
    ]);
    expect(await figure()).toBe('0');
    await isAckedMore();

    await rename('away', 'record');
    await eventually(async () => (await readinessOf(started))[1] === 'ready');
    sender.enough();
    await end;
    expect(await started.end('SIGTERM')).toMatchObject({ code: 0, stderr: '' });
    const rows = await database!.sql(`SELECT key FROM ${schema}.record WHERE map = 'm0' ORDER BY length(key), key`);
    expect(rows.map(({ key }) => key)).toEqual(sender.sent.map(({ key }) => key));
  },
);
