import type { Hello } from '@topgun/core/protocol';
import { expect, test } from 'vitest';
import type { Identity } from '../ports/identity.js';
import type { ConnectionContext, ServerHooks } from '../services/hooks/server-hooks.js';
import { createManualTimers } from '../testing/manual-timers.js';
import { createRecordedLog } from '../testing/recorded-log.js';
import { settle } from '../testing/test-host.js';
import { ConnectionHooks } from './connection-hooks.js';

const hello = (): Hello => ({ protocol: 1, replicas: [], lineage: null });
const ANN: Identity = { principal: 'ann', claims: { sub: 'ann', role: 'hr' }, expiresAtMs: null };

function world(hooks: ServerHooks) {
  const timers = createManualTimers();
  const { entries, log } = createRecordedLog();
  let ids = 0;
  const connections = new ConnectionHooks({ hooks, timers, log, random: { id: () => `c${(ids += 1)}` } });
  return { connections, timers, entries };
}

test('HK-6: who connects is told of before they are in, and once more when they have gone, by one name', async () => {
  const told: [string, Omit<ConnectionContext, 'signal'>][] = [];
  const { connections } = world({
    onConnection: ({ connection, principal, claims }) => void told.push(['in', { connection, principal, claims }]),
    onDisconnect: ({ connection, principal, claims }) => void told.push(['out', { connection, principal, claims }]),
  });
  const [first, second] = [hello(), hello()];
  expect(await connections.admit(first, ANN)).toEqual({ ok: true, value: undefined });
  expect(await connections.admit(second, null)).toEqual({ ok: true, value: undefined });
  await connections.ended(first);
  await connections.ended(first);
  const ann = { connection: 'c1', principal: 'ann', claims: { sub: 'ann', role: 'hr' } };
  expect(told).toEqual([
    ['in', ann],
    ['in', { connection: 'c2', principal: null, claims: {} }],
    ['out', ann],
  ]);
});

test('HK-6: a refusal keeps them out with its reason, and a call that fails keeps them out without one', async () => {
  let gone = 0;
  const answers: (() => unknown)[] = [
    () => ({ refused: 'Not on Sundays.' }),
    () => {
      throw new Error('of its own');
    },
    () => Promise.reject(new Error('of its own')),
    () => new Promise(() => undefined),
    () => ({
      get refused() {
        throw new Error('of its own');
      },
    }),
  ];
  const { connections, timers, entries } = world({
    onConnection: () => answers.shift()!() as undefined,
    onDisconnect: () => void (gone += 1),
  });
  const hellos = answers.map(hello);
  const admissions = hellos.map((each) => connections.admit(each, ANN));
  await settle();
  timers.runAll();
  const results = await Promise.all(admissions);
  expect(results.map((result) => (result.ok ? null : result.error.code))).toEqual([
    'not-permitted',
    'internal',
    'internal',
    'internal',
    'not-permitted',
  ]);
  expect(results[0]).toMatchObject({ error: { reason: 'Not on Sundays.' } });
  expect(entries.map(({ message }) => message)).toEqual(Array(3).fill('onConnection failed'));
  for (const each of hellos) await connections.ended(each);
  expect(gone).toBe(0);
});

test('HK-6: what onDisconnect does to itself is its own', async () => {
  const { connections, entries } = world({ onDisconnect: () => Promise.reject(new Error('of its own')) });
  const one = hello();
  expect(await connections.admit(one, null)).toMatchObject({ ok: true });
  await connections.ended(one);
  expect(entries.map(({ message, detail }) => [message, detail])).toEqual([
    ['onDisconnect failed', { reason: 'threw Error' }],
  ]);
});
