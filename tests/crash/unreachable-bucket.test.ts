import type { Hash64 } from '@topgun/core/primitives';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';

import { loadXxhash } from '../../server/src/adapters/xxhash.js';
import { startS3Server } from '../../server/src/testing/s3-server.js';
import { CuttingProxy } from './cutting-proxy.js';
import { eventually } from './eventually.js';
import { readState } from './kills/read-state.js';
import { readinessOf } from './readiness.js';
import { Sender } from './sender.js';
import { runServerProcess, startServerProcess, type ServerProcess } from './server-process.js';

let hash: Hash64;
let s3: Awaited<ReturnType<typeof startS3Server>>;
let proxy: CuttingProxy;
let server: ServerProcess | null = null;
beforeAll(async () => {
  hash = await loadXxhash();
});
beforeEach(async () => {
  s3 = await startS3Server(['topgun']);
  proxy = await CuttingProxy.before(new URL(s3.endpoint));
});
afterEach(async () => {
  await server?.end('SIGKILL');
  server = null;
  await proxy.close();
  await s3.close();
});

const options = () => ({
  database: `s3://topgun/app?endpoint=${proxy.url}`,
  env: { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' },
  args: ['--log-level', 'silent'],
});

test('PI-60: a bucket out of reach at the start is a sentence, and exit code 1', async () => {
  proxy.out(true);
  const end = await runServerProcess(options());
  expect(end).toMatchObject({ code: 1, stdout: '' });
  expect(end.stderr.trim().split('\n')).toEqual([expect.stringContaining('topgun')]);
});

test('PI-1, PI-2, PI-60: a bucket out of reach under load: what is in memory is served, writes wait, nothing acked is lost, and with it back all goes on', async () => {
  const running = await startServerProcess(options());
  server = running;
  const senders = ['r.0', 's.0'].map((replica, i) => new Sender(() => running, replica, `m${i}`, hash));
  const ends = senders.map((sender) => sender.run());
  for (const end of ends) end.catch(() => undefined);
  const isAckedMore = async (): Promise<void> => {
    const before = senders.map(({ acked }) => acked.size);
    await Promise.race([eventually(() => senders.every(({ acked }, i) => acked.size > before[i]! + 50)), ...ends]);
  };
  for (let round = 1; round <= 2; round += 1) {
    await isAckedMore();
    proxy.out(true);
    await eventually(async () => (await readinessOf(running))[0] === 503);
    expect((await readinessOf(running))[1]).toBe(
      'not ready: the database is out of reach; what is in memory is served, and writes wait',
    );
    expect((await readState(running.url, ['m0'])).get('m0')?.size).toBeGreaterThanOrEqual(50);
    // What is sent now waits, and is not answered.
    const issued = senders.map(({ author }) => author.issued);
    await eventually(() =>
      senders.every(({ author, undecided }, i) => author.issued > issued[i]! || undecided.length >= 300),
    );
    for (const [i, { sent, acked }] of senders.entries()) {
      expect(sent.filter(({ seq }) => seq > issued[i]! && acked.has(seq))).toEqual([]);
    }
    proxy.out(false);
    await eventually(async () => (await readinessOf(running))[0] === 200);
  }
  await isAckedMore();
  for (const sender of senders) sender.enough();
  await Promise.all(ends);
  // And so it is for the next one, which has nothing but the bucket.
  expect(await running.end('SIGTERM')).toMatchObject({ code: 0 });
  server = await startServerProcess(options());
  const found = await readState(
    server.url,
    senders.map(({ map }) => map),
  );
  for (const { map, sent } of senders) {
    expect(found.get(map)).toEqual(new Map(sent.map(({ key }) => [key, { n: Number(key.slice(1)) }])));
  }
});
