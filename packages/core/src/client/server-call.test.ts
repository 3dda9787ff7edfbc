import { expect, it } from 'vitest';
import type { CallMessage, ServerMessage } from '../protocol/index.js';
import { CallError, type TopGunClient } from './index.js';
import { createFakeDevice } from './testing/fake-clients.js';
import { createFakeWorld, type FakeWorld } from './testing/fake-world.js';

type Answer = (message: CallMessage) => ServerMessage | null;

/** Hears calls on every connection, and answers what `answer` makes of them. */
function callsOf(world: FakeWorld, answer: Answer) {
  const asked: CallMessage[] = [];
  world.transport.onConnection((end) =>
    end.onMessage((message) => {
      if (message.type !== 'call') return;
      asked.push(message);
      const told = answer(message);
      if (told !== null) end.send(told);
    }),
  );
  return asked;
}

const echo: Answer = ({ id, args }) => ({ type: 'called', id, ...(args === undefined ? {} : { result: args }) });

/** What became of a call, looked at by the test: promises settle between its steps. */
function outcome<T>(call: Promise<T>): { value?: T; error?: CallError } {
  const seen: { value?: T; error?: CallError } = {};
  call.then(
    (value) => (seen.value = value),
    (error: CallError) => (seen.error = error),
  );
  return seen;
}

async function setUp(answer: Answer = echo) {
  const world = createFakeWorld();
  const asked = callsOf(world, answer);
  const device = createFakeDevice(world);
  const { client } = device.open();
  const settle = () => world.time.settle();
  await settle();
  return { world, asked, device, client, settle };
}

const codeOf = ({ error }: { error?: CallError }) => error && [error.code, error.mayHaveRun];

it('PR-7: a call resolves to the result, from a tab that does not lead too, and rejects with what the server says', async () => {
  const { asked, device, client, settle } = await setUp((message) =>
    message.name === 'no'
      ? { type: 'call-refused', id: message.id, code: 'refused', reason: 'No.', data: { $bytes: 'AA' } }
      : echo(message),
  );
  const other: TopGunClient = device.open().client;
  await settle();
  const bytes = new Uint8Array([1, 2]);
  const calls = [client.call('echo', { bytes }), client.call('echo'), other.call('echo', [1], { id: 'mine' })];
  const refused = outcome(other.call('no'));
  await settle();
  expect(await Promise.all(calls)).toEqual([{ bytes }, undefined, [1]]);
  expect(refused.error).toBeInstanceOf(CallError);
  expect(refused.error).toMatchObject({
    code: 'refused',
    message: 'No.',
    data: new Uint8Array([0]),
    mayHaveRun: false,
  });
  expect(asked.map(({ call }) => call)).toContain('mine');
  expect(new Set(asked.map(({ caller }) => caller)).size).toBe(1);
});

it('PR-7, PR-4: once it was asked it is asked again on each connection with the same id, and is answered once', async () => {
  let answers: Answer = () => null;
  const { world, asked, client, settle } = await setUp((message) => answers(message));
  const called = outcome(client.call('pay', { amount: 1 }, { timeoutMs: 60_000 }));
  await settle();
  world.server.dropConnections();
  await settle();
  expect(called).toEqual({});
  answers = echo;
  await world.time.advance(5_000);
  expect(called).toEqual({ value: { amount: 1 } });
  expect(asked).toHaveLength(2);
  expect(asked[1]).toEqual(asked[0]);
});

it('PR-7: without a connection it is not asked, unless it is to wait; and when its time is over the error says whether it may have run', async () => {
  const { world, asked, client, settle } = await setUp(() => null);
  const late = outcome(client.call('pay', 1, { timeoutMs: 2_000 }));
  await world.time.advance(2_000);
  expect(codeOf(late)).toEqual(['timeout', true]);
  expect(late.error?.id).toBe(asked[0]?.call);
  client.disconnect();
  await settle();
  const [rejected, waiting, tooLong] = [
    outcome(client.call('pay', 2)),
    outcome(client.call('pay', 3, { waitForServer: true, timeoutMs: Infinity })),
    outcome(client.call('pay', 4, { waitForServer: true })),
  ];
  await world.time.advance(20_000);
  expect([codeOf(rejected), codeOf(waiting), codeOf(tooLong)]).toEqual([
    ['offline', false],
    undefined,
    ['timeout', false],
  ]);
  client.connect();
  await settle();
  expect(asked.map(({ args }) => args)).toEqual([1, 3]);
  await client.close();
  expect([codeOf(waiting), codeOf(outcome(client.call('pay')))]).toEqual([['closed', true], undefined]);
  await settle();
});

it('PR-7: it is asked when what this client has written before is decided', async () => {
  const { world, asked, client, settle } = await setUp();
  const todos = client.getMap('todos');
  await todos.loaded();
  world.server.holdDecisions();
  todos.set('a', { text: 'milk' });
  const [waits, passes] = [outcome(client.call('count')), outcome(client.call('count', 1, { beforeWrites: true }))];
  await settle();
  expect([waits, passes, asked.length]).toEqual([{}, { value: 1 }, 1]);
  // Whatever is written meanwhile it does not wait for.
  todos.set('b', { text: 'bread' });
  world.server.releaseDecisions();
  world.server.holdDecisions();
  await settle();
  expect([waits, asked.length]).toEqual([{ value: undefined }, 2]);
});

it('PR-7: when another user signs in it ends, and is not asked for them', async () => {
  const { asked, client, settle } = await setUp(() => null);
  const called = outcome(client.call('pay'));
  await settle();
  await client.signOut({ purge: false });
  await settle();
  expect(codeOf(called)).toEqual(['principal-changed', true]);
  expect(asked).toHaveLength(1);
});

it('PR-7: what cannot be asked is refused at the call', async () => {
  const { asked, client, settle } = await setUp();
  const local = createFakeDevice(createFakeWorld(), {}).open().client;
  const refused = [
    outcome(client.call('pay', { at: new Date(0) })),
    outcome(client.call('pay', 1, { id: 'a b' })),
    outcome(local.call('pay')),
  ];
  await settle();
  expect(refused.map(codeOf)).toEqual([
    ['bad-args', false],
    ['bad-args', false],
    ['no-server', false],
  ]);
  expect(refused[0]?.error?.issues).toMatchObject([{ path: '$.at' }]);
  expect(asked).toEqual([]);
});
