import type { Hash64 } from '@topgun/core/primitives';
import type { HelloSub, ServerMessage } from '@topgun/core/protocol';
import { auth, defineRules } from '@topgun/core/rules';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadXxhash } from '../adapters/xxhash.js';
import { createInProcessBus } from '../drivers/in-process-bus.js';
import { HOST_COMMANDS, HOST_EVENTS } from '../ports/host-subjects.js';
import { OpAuthor } from '../testing/op-author.js';
import { createRecordedLog } from '../testing/recorded-log.js';
import { startTestGateway, type TestClient, type TestGateway } from '../testing/test-gateway.js';
import { settle } from '../testing/test-host.js';
import type { ClientLink } from './client-link.js';
import { createGateway } from './gateway.js';
import { DEFAULT_GATEWAY_LIMITS } from './gateway-limits.js';

let hash: Hash64;
beforeAll(async () => {
  hash = await loadXxhash();
});

const OPEN = { where: { type: 'eq', path: ['open'], value: true }, sort: [], limit: null };

/** What a client may ask for, and what it may not. */
const SUBS: readonly (readonly [string, readonly HelloSub[]])[] = [
  ['a whole map', [{ sub: 1, map: 'm' }]],
  [
    'several',
    [
      { sub: 1, map: 'm' },
      { sub: 2, map: 'm', query: OPEN },
      { sub: 7, map: 'none' },
    ],
  ],
  ['with a digest that is another', [{ sub: 1, map: 'm', have: [40, 'AAAAAAAAAAA'] }]],
  ['with the digest of nothing', [{ sub: 1, map: 'none', have: [0, 'AAAAAAAAAAA'] }]],
  ['with a position', [{ sub: 1, map: 'm', through: 1 }]],
  [
    'one number twice',
    [
      { sub: 1, map: 'm' },
      { sub: 1, map: 'm', query: OPEN },
    ],
  ],
  [
    'of no map',
    [
      { sub: 1, map: '' },
      { sub: 2, map: 'm' },
    ],
  ],
  [
    'of the server’s own map',
    [
      { sub: 1, map: '.topgun/replicas' },
      { sub: 2, map: 'm' },
    ],
  ],
  [
    'with a query that is none',
    [
      { sub: 1, map: 'm', query: { where: 7 } },
      { sub: 2, map: 'm' },
    ],
  ],
  [
    'with a digest that is none',
    [
      { sub: 1, map: 'm', have: [3, '?'] },
      { sub: 2, map: 'm' },
    ],
  ],
  ['more than may stand', [1, 2, 3, 4, 5].map((sub) => ({ sub, map: 'm' }))],
];

/** A server with ten rows, and what it takes to write more. */
async function open(options: Parameters<typeof startTestGateway>[1] = { limits: { subscriptions: 3 } }) {
  const server = await startTestGateway(hash, options);
  const author = new OpAuthor('w.0', hash);
  const writer = server.connect({ replicas: [[author.replica, 0]] });
  const write = async (...keys: readonly string[]): Promise<void> => {
    const ops = keys.map((key, n) => author.create('m', key, { n, open: n % 2 === 0 }));
    writer.send({ type: 'submit', batches: author.batches(...ops) });
    await settle();
  };
  await write(...Array.from({ length: 10 }, (_, n) => `k${n}`));
  return { server, write };
}

/** The same as it would be after `welcome`. */
function subscribing(server: TestGateway, subs: readonly HelloSub[]): TestClient {
  const client = server.connect({ lineage: 'memory' });
  for (const sub of subs) client.send({ type: 'subscribe', ...sub });
  return client;
}

describe('PT-10: subscriptions within the hello', () => {
  test.each(SUBS)('are answered, refused and told of as if they came after it: %s', async (_what, subs) => {
    const { server, write } = await open();
    const ahead = server.connect({ lineage: 'memory', subs });
    const after = subscribing(server, subs);
    await settle();
    await write('k10', 'k11');
    expect(ahead.received[0]).toMatchObject({ type: 'welcome', subscribed: true });
    expect(ahead.received.slice(1)).toEqual(after.received.slice(1));
    expect(ahead.received.length).toBeGreaterThan(1);
    expect(ahead.closed).toBeNull();
  });

  test('the welcome of a hello without them says nothing of it', async () => {
    const { server } = await open();
    for (const hello of [{}, { subs: [] }]) expect(server.connect(hello).received[0]).not.toHaveProperty('subscribed');
  });

  test('SY-2: of a client that comes from another ledger are passed over', async () => {
    const { server } = await open();
    const subs = [{ sub: 1, map: 'm' }];
    const client = server.connect({ lineage: 'another', subs });
    await settle();
    expect(client.received.map((message) => [message.type, 'subscribed' in message])).toEqual([['welcome', false]]);
    // And then they are free to be asked for.
    client.send({ type: 'subscribe', ...subs[0] });
    await settle();
    expect(client.of('rows').length).toBe(1);
  });

  test('end as others do', async () => {
    const { server, write } = await open();
    const client = server.connect({
      subs: [
        { sub: 1, map: 'm' },
        { sub: 2, map: 'm', query: OPEN },
      ],
    });
    client.send({ type: 'unsubscribe', sub: 1 });
    await settle();
    await write('k10');
    expect(client.of('push').flatMap(({ subs }) => subs.map(({ sub }) => sub))).toEqual([2]);
  });

  test('AB-2: each is charged as a message, and what comes after waits behind them', async () => {
    const messages = { perS: 1, burst: 3 };
    const { server } = await open({ budgets: { connection: { messages } } });
    const client = server.connect({ subs: [1, 2, 3, 4, 5].map((sub) => ({ sub, map: 'm' })) });
    client.send({ type: 'ping', at: 7 });
    await server.timers.advance(0);
    const answered = (): readonly number[] => client.of('rows').map(({ sub }) => sub);
    expect(answered()).toEqual([1, 2, 3]);
    await server.timers.advance(2_000);
    expect(answered()).toEqual([1, 2, 3, 4, 5]);
    expect(client.of('pong')).toEqual([]);
    await server.timers.advance(1_000);
    expect(client.of('pong').length).toBe(1);
  });

  test('AB-3: whoever asks for more than waits is sent away, and told when to come back', async () => {
    const messages = { perS: 1, burst: 1 };
    const { server } = await open({ budgets: { connection: { messages } } });
    const client = server.connect({ subs: Array.from({ length: 64 }, (_, sub) => ({ sub, map: 'm' })) });
    expect(client.received.at(-1)).toMatchObject({ type: 'error', code: 'overloaded', fatal: true });
    expect(client.closed).not.toBeNull();
    const honest = server.connect({ subs: [{ sub: 1, map: 'm' }] });
    await settle();
    expect(honest.of('rows').length).toBe(1);
  });

  test('RU-6: bring what their user may see, whatever the digest says', async () => {
    const own = { where: { owner: auth.sub } };
    const rules = defineRules({ m: { read: own, create: own } });
    const server = await startTestGateway(hash, { rules });
    const identityOf = (principal: string) => ({ principal, claims: { sub: principal }, expiresAtMs: null });
    const author = new OpAuthor('ann.0', hash);
    const ann = server.connect({ replicas: [[author.replica, 0]] }, identityOf('ann'));
    ann.send({ type: 'submit', batches: author.batches(author.create('m', 'a', { owner: 'ann', text: 'secret' })) });
    await settle();
    const subs = [{ sub: 1, map: 'm' }, { sub: 2, map: 'm', have: [1, 'AAAAAAAAAAA'], through: 1 } as const];
    const eve = server.connect({ subs }, identityOf('eve'));
    const again = server.connect({ subs }, identityOf('ann'));
    await settle();
    expect(JSON.stringify(eve.received)).not.toMatch(/secret|ann/);
    expect(JSON.stringify(again.received)).toMatch(/secret/);
  });

  /** A gateway whose host says only what a test says; `announced` is what it says of the hello. */
  function alone(announced: { readonly gaps?: true }) {
    const bus = createInProcessBus();
    const commands: string[] = [];
    bus.subscribe(HOST_COMMANDS, ({ type }) => void commands.push(type));
    const gateway = createGateway({
      bus,
      lineage: 'l',
      position: 0,
      limits: DEFAULT_GATEWAY_LIMITS,
      log: createRecordedLog().log,
      clock: { now: () => 1 },
      random: { id: () => 'session' },
    });
    const told: ServerMessage[] = [];
    const link: ClientLink = {
      send: (...messages) => void told.push(...messages),
      bufferedBytes: () => 0,
      close: () => {},
    };
    gateway.connect({ protocol: 1, replicas: [], lineage: 'l', subs: [{ sub: 1, map: 'm' }] }, link);
    const before = [...commands];
    bus.publish(HOST_EVENTS, { type: 'announced', session: 'session', decided: [], position: 3, ...announced });
    return { before, commands, told };
  }

  test('PT-4: nothing is looked at before the welcome is told', () => {
    const { before, commands, told } = alone({});
    expect(before).toEqual(['announce']);
    expect(told).toEqual([{ type: 'welcome', position: 3, serverTime: 1, subscribed: true }]);
    expect(commands).toEqual(['announce', 'open-view']);
  });

  test('SY-2: of a client that first has to give back what this ledger lacks are passed over', () => {
    const { commands, told } = alone({ gaps: true });
    expect(told).toEqual([{ type: 'welcome', position: 3, serverTime: 1, gaps: true }]);
    expect(commands).toEqual(['announce']);
  });
});
