import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ReplicaId } from '@topgun/core/clock';
import { partitionOf, type Hash64 } from '@topgun/core/primitives';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';

import { loadXxhash } from '../../server/src/adapters/xxhash.js';
import { OpAuthor } from '../../server/src/testing/op-author.js';
import { connectWire, helloOf } from '../../server/src/testing/wire-client.js';
import { readState } from './kills/read-state.js';
import { PersistentCaller } from './persistent-caller.js';
import { Sender } from './sender.js';
import { startServerProcess, type ServerProcess } from './server-process.js';

let hash: Hash64;
let folder: string;
let server: ServerProcess | null = null;
beforeAll(async () => {
  hash = await loadXxhash();
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'topgun-worker-'));
});
afterEach(async () => {
  await server?.end('SIGKILL');
  server = null;
  rmSync(folder, { recursive: true, force: true });
});

const definitions = fileURLToPath(new URL('mortal-definitions.mjs', import.meta.url));
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

test('PI-36: a thread that dies under load, twice, loses no acked op, and senders go on without anybody doing anything', async () => {
  const args = ['--workers', '1', '--definitions', definitions];
  const running = await startServerProcess({ database: join(folder, 'topgun.db'), args });
  server = running;
  const senders = [0, 1].map((i) => new Sender(() => running, `s${i}.0`, `map${i}`, hash));
  const acked = (): number => senders.reduce((sum, { acked: some }) => sum + some.size, 0);
  const runs = Promise.all(senders.map((sender) => sender.run()));
  for (const name of ['exit', 'throw']) {
    const before = acked();
    while (acked() < before + 200) await pause(5);
    const caller = await connectWire(running.url, helloOf('caller.0' as ReplicaId));
    caller.send({ type: 'call', id: 1, caller: 'caller', call: name, name });
    await caller.untilError('internal');
    caller.close();
    expect(senders.some(({ undecided }) => undecided.length > 0)).toBe(true);
  }
  const before = acked();
  while (acked() < before + 200) await pause(5);
  for (const sender of senders) sender.enough();
  await runs;
  const state = await readState(running.url, ['map0', 'map1']);
  for (const { map, sent } of senders) {
    expect([...(state.get(map)?.keys() ?? [])].sort()).toEqual(sent.map(({ key }) => key).sort());
  }
  const ready = await fetch(`${running.url}/health/ready`);
  expect(ready.status).toBe(200);
  const { code, stderr } = await running.end('SIGTERM');
  expect(code).toBe(0);
  expect(stderr.match(/the thread of the data has ended; it begins again/g)).toHaveLength(2);
}, 240_000);

test('PI-51, PI-27, CR-12: of two threads each dies once under load: no acked op is lost, no transaction over both is torn, and both begin again', async () => {
  const mortal = fileURLToPath(new URL('mortal-resolvers.mjs', import.meta.url));
  const args = ['--workers', '2', '--definitions', mortal];
  const running = await startServerProcess({ database: join(folder, 'topgun.db'), args });
  server = running;
  const sendersOf = (parts: number | null) => (i: number) =>
    new Sender(() => running, `s${i}.0`, `map${i}`, hash, parts);
  const senders = [...[0, 1].map(sendersOf(null)), ...[2].map(sendersOf(4))];
  /** By each of them. */
  const acked = (): number => Math.min(...senders.map(({ acked: some }) => some.size));
  const runs = Promise.all(senders.map((sender) => sender.run()));
  for (const [i, key] of [keyOf(0), keyOf(1)].entries()) {
    const before = acked();
    while (acked() < before + 40) await pause(5);
    const killer = new OpAuthor(`killer${i}.0`, hash);
    const client = await connectWire(running.url, helloOf(killer.replica));
    const ops = [killer.create('mortal', key, { n: 1 }), killer.patch('mortal', key, { n: 2 })];
    client.send({ type: 'submit', batches: killer.batches(...ops) });
    await client.untilError('internal');
    client.close();
    expect(senders.some(({ undecided }) => undecided.length > 0)).toBe(true);
  }
  const before = acked();
  while (acked() < before + 40) await pause(5);
  for (const sender of senders) sender.enough();
  await runs;
  const state = await readState(
    running.url,
    senders.map(({ map }) => map),
  );
  for (const { map, sent } of senders) {
    expect([...(state.get(map)?.keys() ?? [])].sort()).toEqual(sent.map(({ key }) => key).sort());
  }
  const { code, stderr } = await running.end('SIGTERM');
  expect(code).toBe(0);
  expect(stderr.match(/the thread of the data has ended; it begins again/g)).toHaveLength(2);
}, 240_000);

test('PI-51, PR-4, PR-9: of two threads each dies once while calls over both are under way: every call is done once and whole, and whoever asks again is told what it came to', async () => {
  const args = ['--workers', '2', '--definitions', definitions];
  const running = await startServerProcess({ database: join(folder, 'topgun.db'), args });
  server = running;
  const callers = [callerOf(0), callerOf(1)].map((name) => new PersistentCaller(() => running, name));
  const answered = (): number => Math.min(...callers.map(({ answers }) => answers.size));
  const runs = Promise.all(callers.map((caller) => caller.run()));
  for (const host of [0, 1]) {
    const before = answered();
    while (answered() < before + 20) await pause(5);
    const client = await connectWire(running.url, helloOf('killer.0' as ReplicaId));
    client.send({ type: 'call', id: 1, caller: callerOf(host), call: 'exit', name: 'exit' });
    await client.untilError('internal');
    client.close();
  }
  const before = answered();
  while (answered() < before + 20) await pause(5);
  for (const caller of callers) caller.enough();
  await runs;
  const state = await readState(running.url, ['counts', 'calls']);
  const told = new Map(callers.flatMap(({ answers }) => Array.from(answers, ([call, { result }]) => [call, result])));
  const done = [...(state.get('calls') ?? [])].map(([call, value]) => [call, (value as { n: number }).n] as const);
  expect(new Map(done)).toEqual(told);
  expect(done.map(([, n]) => n).toSorted((a, b) => a - b)).toEqual(Array.from(done, (_, i) => i + 1));
  for (const count of state.get('counts')!.values()) expect(count).toEqual({ n: done.length });
  expect(callers.some(({ answers }) => [...answers.values()].some(({ asked }) => asked > 1))).toBe(true);
  const { code, stderr } = await running.end('SIGTERM');
  expect(code).toBe(0);
  expect(stderr.match(/the thread of the data has ended; it begins again/g)).toHaveLength(2);
}, 240_000);

/** Somebody whose calls run in that thread of two. */
function callerOf(host: number): string {
  for (let i = 0; ; i += 1) if (partitionOf(hash, '.topgun/calls', `caller${i}`) % 2 === host) return `caller${i}`;
}

/** One of the map with such a partition. */
function keyOf(host: number): string {
  for (let i = 0; ; i += 1) if (partitionOf(hash, 'mortal', `k${i}`) % 2 === host) return `k${i}`;
}
