import { expect, test } from 'vitest';

import { NO_AUDIT } from '../../ports/audit-log.js';
import type { HostEvent } from '../../ports/partition-host.js';
import { FakeThread } from '../../testing/fake-thread.js';
import { createRecordedLog } from '../../testing/recorded-log.js';
import { createTimedTimers } from '../../testing/timed-timers.js';
import { settle } from '../../testing/test-host.js';
import { HostThread } from './host-thread.js';
import { createWorkerPartitionHost } from './worker-partition-host.js';

const started = { lineage: 'one', position: 7 };
const plain = (...items: readonly HostEvent[]) => ({ form: 'plain', items }) as const;
const endOfTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function setUp() {
  const threads: FakeThread[] = [];
  const clock = { now: 1_000_000 };
  const timers = createTimedTimers(clock);
  const events: HostEvent[] = [];
  const host = createWorkerPartitionHost({
    begin(receive) {
      const thread = new FakeThread();
      threads.push(thread);
      return new HostThread(thread, receive);
    },
    clock: { now: () => clock.now },
    timers,
    log: createRecordedLog().log,
    audit: NO_AUDIT,
  });
  host.onEvent((event) => events.push(event));
  const starting = host.start();
  threads[0]!.say({ type: 'started', started });
  expect(await starting).toEqual(started);
  const pass = (ms: number): Promise<void> => timers.advance(ms);
  const die = async (reason = 'out of memory'): Promise<void> => {
    threads.at(-1)!.die(new Error(reason));
    await settle();
  };
  return { host, threads, events, pass, die };
}

test('PI-36: a thread that dies is begun again, what it told before is heard first, and what is sent meanwhile goes nowhere', async () => {
  const { host, threads, events, pass, die } = await setUp();
  threads[0]!.say({ type: 'trouble', trouble: 'full' });
  threads[0]!.say({ type: 'events', events: plain({ type: 'history-changed', lineage: 'two' }), taken: 0 });
  expect(host.trouble).toBe('full');
  host.send({ type: 'session-closed', session: 'r' });
  expect(host.queued).toBe(1);
  await die();
  expect(host.queued).toBe(0);
  expect(events).toEqual([
    { type: 'history-changed', lineage: 'two' },
    { type: 'host-down', reason: 'out of memory' },
  ]);
  expect([host.isDown, host.trouble]).toEqual([true, null]);
  host.send({ type: 'session-closed', session: 's' });
  await pass(0);
  threads[1]!.say({ type: 'started', started: { lineage: 'two', position: 9 } });
  await settle();
  expect(events.at(-1)).toEqual({ type: 'host-up', lineage: 'two', position: 9 });
  expect(host.isDown).toBe(false);
  host.send({ type: 'session-closed', session: 't' });
  await endOfTurn();
  const sent = threads.flatMap(({ received }) => received);
  expect(sent).toEqual([
    { type: 'commands', commands: { form: 'plain', items: [{ type: 'session-closed', session: 't' }] } },
  ]);
});

test('PI-36: one that dies again and again, or does not begin again, is given up with a sentence', async () => {
  const { threads, events, pass, die } = await setUp();
  for (const delay of [0, 1_000, 5_000]) {
    await die();
    await pass(delay);
    threads.at(-1)!.say({ type: 'started', started });
    await settle();
  }
  await die();
  await pass(15_000);
  threads.at(-1)!.say({ type: 'start-failed', fault: { code: 'database', message: 'No such database.' } });
  await settle();
  expect(threads).toHaveLength(5);
  expect(events.at(-1)).toMatchObject({
    type: 'host-lost',
    message: expect.stringContaining('5 times (No such database.)'),
  });
});

test('PI-36: a database that turns out to be damaged is not tried again', async () => {
  const { threads, events, pass, die } = await setUp();
  await die();
  await pass(0);
  threads.at(-1)!.say({ type: 'start-failed', fault: { code: 'ledger-damaged', message: 'Position 3 is damaged.' } });
  await settle();
  expect(events.at(-1)).toEqual({ type: 'ledger-damaged', message: 'Position 3 is damaged.' });
});

test('PI-10: draining and stopping wait for the thread, and do not when it has died', async () => {
  const { host, threads, die } = await setUp();
  host.send({ type: 'session-closed', session: 's' });
  let isDrained = false;
  const draining = host.drain().then(() => (isDrained = true));
  await settle();
  expect(threads[0]!.received.map(({ type }) => type)).toEqual(['commands', 'drain']);
  expect(isDrained).toBe(false);
  threads[0]!.say({ type: 'drained' });
  await draining;
  const stopping = host.stop();
  threads[0]!.say({ type: 'stopped' });
  await stopping;
  expect(threads[0]!.isTerminated).toBe(true);

  const other = await setUp();
  const never = other.host.drain();
  await other.die();
  await never;
  await other.host.stop();
  expect(other.events).toEqual([]);
  await die();
  expect(threads).toHaveLength(1);
});

test('PI-35: a session that sends faster than the thread takes is ended when 8 MiB of it are on their way', async () => {
  const { host, threads, events } = await setUp();
  const submit = (session: string) => host.send({ type: 'submit', session, batches: [], bytes: 3 * 1024 * 1024 });
  for (let i = 0; i < 3; i += 1) submit('fast');
  submit('other');
  expect(events).toMatchObject([{ type: 'session-error', session: 'fast', code: 'overloaded', fatal: true }]);
  expect(host.queued).toBe(3);
  threads[0]!.say({ type: 'events', events: plain(), taken: 3 });
  expect(host.queued).toBe(0);
  submit('fast');
  expect(events).toHaveLength(1);
});

test('PI-10: a thread that answers nothing any more is ended, so that the server can', async () => {
  const { host, threads, pass } = await setUp();
  let isDrained = false;
  const draining = host.drain().then(() => (isDrained = true));
  await pass(39_999);
  expect(isDrained).toBe(false);
  await pass(1);
  await draining;
  expect(threads[0]!.isTerminated).toBe(true);
  await host.stop();

  const other = await setUp();
  const stopping = other.host.stop();
  await other.pass(20_000);
  await stopping;
  expect(other.threads[0]!.isTerminated).toBe(true);
});
