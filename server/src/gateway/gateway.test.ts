import type { ReplicaId } from '@topgun/core/clock';
import type { Op } from '@topgun/core/crdt';
import type { Hash64 } from '@topgun/core/primitives';
import { parseQuery } from '@topgun/core/query';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadXxhash } from '../adapters/xxhash.js';
import { OpAuthor } from '../testing/op-author.js';
import { ANSWER_AHEAD_BYTES } from './outgoing.js';
import { createInProcessBus } from '../drivers/in-process-bus.js';
import { HOST_COMMANDS, HOST_EVENTS } from '../ports/host-subjects.js';
import type { HostCommand } from '../ports/partition-host.js';
import { createRecordedLog } from '../testing/recorded-log.js';
import { DEFAULT_GATEWAY_LIMITS } from './gateway-limits.js';
import { createGateway } from './gateway.js';
import { startTestGateway, type TestClient } from '../testing/test-gateway.js';
import { settle } from '../testing/test-host.js';

let hash: Hash64;
beforeAll(async () => {
  hash = await loadXxhash();
});

const everything = (): unknown => {
  const query = parseQuery({});
  return query.ok ? query.value : null;
};
const submit = (client: TestClient, author: OpAuthor, ...ops: readonly Op[]): void =>
  client.send({ type: 'submit', batches: author.batches(...ops) });

describe('the connection request', () => {
  test('PT-2: says which version is spoken when another is asked for', async () => {
    const { gateway } = await startTestGateway(hash);
    const refused = gateway.admit({ protocol: 99, whatever: true });
    expect(refused.ok ? null : refused.error).toMatchObject({ code: 'protocol-version' });
    expect(refused.ok ? '' : refused.error.reason).toContain('99');
  });

  test.each([
    ['nothing', undefined],
    ['a text', 'hello'],
    ['no version', { replicas: [], lineage: null }],
    ['a replica id of other letters', { protocol: 1, replicas: [['a b', 0]], lineage: null }],
    ['a negative sequence', { protocol: 1, replicas: [['a', -1]], lineage: null }],
  ])('is refused as malformed: %s', async (_case, hello) => {
    const { gateway } = await startTestGateway(hash);
    const refused = gateway.admit(hello);
    expect(refused.ok ? null : refused.error.code).toBe('malformed');
  });

  test('is refused when it speaks for more replicas than a browser has tabs', async () => {
    const { gateway } = await startTestGateway(hash, { limits: { replicas: 2 } });
    const replicas = [1, 2, 3].map((place) => [`r.${place}`, 0]);
    const refused = gateway.admit({ protocol: 1, replicas, lineage: null });
    expect(refused.ok ? null : refused.error.code).toBe('overloaded');
  });
});

test('PI-1: of one commit a session is told all at once, its verdicts first; who only watches is told before its author', async () => {
  const { connect } = await startTestGateway(hash);
  const author = new OpAuthor('r.0', hash);
  const told: string[] = [];
  const writer = connect({ replicas: [[author.replica, 0]] });
  const reader = connect();
  reader.send({ type: 'subscribe', sub: 1, map: 'm', query: everything() });
  for (const [name, client] of Object.entries({ writer, reader })) {
    const { push } = client.packets;
    client.packets.push = (...packets) => {
      told.push(...packets.map((packet) => `${name}: ${packet.map(({ type }) => type).join(' ')}`));
      return push.apply(client.packets, packets);
    };
  }
  submit(writer, author, author.create('m', 'a', { n: 1 }), author.create('m', 'b', { n: 2 }));
  await settle();
  expect(told).toEqual(['reader: push', 'writer: decided push']);
});

test('PT-4, CR-2: the first message says how far each replica is decided, and what is accepted here, as far as it is not known', async () => {
  const { connect, hosted } = await startTestGateway(hash, { limits: { windowOps: 7 } });
  const author = new OpAuthor('r.0', hash);
  const first = connect({ replicas: [[author.replica, 0]] });
  expect(first.received[0]).toEqual({
    type: 'welcome',
    lineage: 'memory',
    position: 0,
    serverTime: hosted.clock.now,
    limits: { windowOps: 7 },
  });
  submit(first, author, author.create('m', 'a'), author.create('m', 'b'));
  await settle();
  expect(connect({ replicas: [[author.replica, 2]] }).of('welcome')[0]).not.toHaveProperty('decided');
  const second = connect({ replicas: [[author.replica, 5]], lineage: 'memory' });
  expect(second.received[0]).toMatchObject({ type: 'welcome', position: 1, decided: [['r.0', 2]] });
  expect(second.received[0]).not.toHaveProperty('lineage');
  const { connect: elsewhere } = await startTestGateway(hash);
  expect(elsewhere().received[0]).not.toHaveProperty('limits');
});

test('PT-5, PI-1: verdicts come before diffs, and nothing comes before the commit', async () => {
  const { connect, hosted } = await startTestGateway(hash);
  const author = new OpAuthor('r.0', hash);
  const client = connect({ replicas: [[author.replica, 0]] });
  client.send({ type: 'subscribe', sub: 1, map: 'm', query: everything() });
  const release = hosted.ledger.hold();
  submit(client, author, author.create('m', 'a', { n: 1 }));
  await settle();
  expect(client.received.map(({ type }) => type)).toEqual(['welcome', 'rows']);
  release();
  await settle();
  expect(client.received.slice(2)).toMatchObject([
    { type: 'decided', position: 1, replica: 'r.0', verdicts: [[1, 'applied']], rejected: [] },
    { type: 'push', through: 1, subs: [{ sub: 1, n: 1, changes: [['enter', 'a', expect.anything()]], full: false }] },
  ]);
});

test('who had ops in a commit gets a push for its position even when no row of theirs changed', async () => {
  const { connect } = await startTestGateway(hash);
  const author = new OpAuthor('r.0', hash);
  const writer = connect({ replicas: [[author.replica, 0]] });
  const idle = connect();
  submit(writer, author, author.create('m', 'a'));
  await settle();
  expect(writer.of('push')).toEqual([{ type: 'push', through: 1, subs: [] }]);
  expect(idle.received.map(({ type }) => type)).toEqual(['welcome']);
  idle.send({ type: 'ping', at: 7 });
  expect(idle.of('pong')).toMatchObject([{ at: 7, through: 1 }]);
});

test('SY-1: two sessions get each its own subscription numbers of one shared view', async () => {
  const { connect } = await startTestGateway(hash);
  const author = new OpAuthor('r.0', hash);
  const a = connect({ replicas: [[author.replica, 0]] });
  const b = connect();
  a.send({ type: 'subscribe', sub: 4, map: 'm', query: everything() });
  submit(a, author, author.create('m', 'k', { n: 1 }));
  await settle();
  b.send({ type: 'subscribe', sub: 9, map: 'm', query: everything() });
  submit(a, author, author.patch('m', 'k', { n: 2 }));
  await settle();
  expect(a.of('push').flatMap(({ subs }) => subs.map(({ sub, n, changes }) => [sub, n, changes[0]?.[0]]))).toEqual([
    // What it changed itself in a row that it has, its verdicts say.
    [4, 1, 'enter'],
  ]);
  expect(b.of('rows')).toMatchObject([
    { sub: 9, n: 0, through: 1, done: true, changes: [['enter', 'k', expect.anything()]] },
  ]);
  expect(b.of('push')).toMatchObject([{ subs: [{ sub: 9, n: 1, changes: [['update', 'k', expect.anything()]] }] }]);
  b.send({ type: 'unsubscribe', sub: 9 });
  submit(a, author, author.remove('m', 'k'));
  await settle();
  expect(a.of('push').at(-1)).toMatchObject({ subs: [{ sub: 4, n: 2, changes: [['gone', 'k']] }] });
  expect(b.of('push')).toHaveLength(1);
});

test('CR-12: whoever has several subscriptions gets all parts of a transaction in one push', async () => {
  const { connect } = await startTestGateway(hash);
  const author = new OpAuthor('r.0', hash);
  const writer = connect({ replicas: [[author.replica, 0]] });
  const reader = connect();
  for (const [sub, map] of [
    [1, 'm'],
    [2, 'n'],
  ] as const) {
    reader.send({ type: 'subscribe', sub, map, query: everything() });
    await settle();
  }
  const ops = [author.create('m', 'a'), author.create('n', 'b'), author.create('m', 'c')];
  writer.send({ type: 'submit', batches: author.batches(...ops), transaction: { first: 1, parts: 3 } });
  await settle();
  const pushed = reader
    .of('push')
    .map(({ subs }) => subs.map(({ sub, changes }) => [sub, changes.map(([, key]) => key)]));
  expect(pushed).toEqual([
    [
      [1, ['a', 'c']],
      [2, ['b']],
    ],
  ]);
  expect(writer.of('decided').map(({ verdicts }) => verdicts.length)).toEqual([3]);
});

test.each<[string, unknown]>([
  ['of one part', { first: 1, parts: 1 }],
  ['of more parts than may be', { first: 1, parts: 257 }],
  ['that begins nowhere', { first: 0, parts: 2 }],
  ['that is nothing', null],
])('CR-12: a transaction %s ends the session', async (_case, transaction) => {
  const { connect, hosted } = await startTestGateway(hash);
  const author = new OpAuthor('r.0', hash);
  const client = connect({ replicas: [[author.replica, 0]] });
  const batches = author.batches(author.create('m', 'a'), author.create('m', 'b'));
  client.send({ type: 'submit', batches, transaction });
  await settle();
  expect(client.of('error')).toMatchObject([{ code: 'malformed', fatal: true }]);
  expect([client.closed, hosted.of('committed')]).toEqual([{ discard: false }, []]);
});

test('PI-11: a newer connection of a replica closes the older one first, and its late messages are dropped', async () => {
  const { connect, hosted } = await startTestGateway(hash);
  const author = new OpAuthor('r.0', hash);
  const old = connect({ replicas: [[author.replica, 0]] });
  const release = hosted.ledger.hold();
  const [a, b, late] = [author.create('m', 'a'), author.create('m', 'b'), author.create('m', 'late')];
  submit(old, author, a);
  const young = connect({ replicas: [[author.replica, 2]] });
  expect(old.of('error')).toMatchObject([{ code: 'session-replaced', fatal: true }]);
  expect(old.closed).toEqual({ discard: false });
  submit(old, author, late);
  expect(young.of('welcome')).toEqual([]);
  release();
  await settle();
  expect(young.of('welcome')[0]?.decided).toEqual([['r.0', 1]]);
  submit(young, author, a, b);
  await settle();
  expect(young.of('decided').map(({ verdicts }) => verdicts)).toEqual([
    [
      [1, 'applied'],
      [2, 'applied'],
    ],
  ]);
  young.send({ type: 'subscribe', sub: 1, map: 'm', query: everything() });
  expect(
    young
      .of('rows')[0]
      ?.changes.map(([, key]) => key)
      .sort(),
  ).toEqual(['a', 'b']);
});

test('a tab that appears later is announced, and told how far it is decided', async () => {
  const { connect } = await startTestGateway(hash);
  const tab = new OpAuthor('r.1', hash);
  const client = connect({ replicas: [] });
  client.send({ type: 'announce', replicas: [['r.1', 0]] });
  expect(client.of('announced')).toEqual([{ type: 'announced', decided: [['r.1', 0]] }]);
  submit(client, tab, tab.create('m', 'a'));
  await settle();
  expect(client.of('decided')).toHaveLength(1);
});

test('more replicas than a browser has tabs, announced one by one, end the session', async () => {
  const { connect } = await startTestGateway(hash, { limits: { replicas: 3 } });
  const client = connect({ replicas: [['r.0' as ReplicaId, 0]] });
  for (const place of [1, 2, 3]) client.send({ type: 'announce', replicas: [[`r.${place}`, 0]] });
  expect(client.of('announced')).toHaveLength(2);
  expect(client.of('error')).toMatchObject([{ code: 'overloaded', fatal: true }]);
});

test('PI-2: a failed commit ends the sessions it held ops of, which may send them again; others go on', async () => {
  const { connect, hosted } = await startTestGateway(hash);
  const [author, other] = [new OpAuthor('r.0', hash), new OpAuthor('s.0', hash)];
  const client = connect({ replicas: [[author.replica, 0]] });
  const bystander = connect({ replicas: [[other.replica, 0]] });
  hosted.ledger.failNext('fail');
  const op = author.create('m', 'a');
  submit(client, author, op);
  await settle();
  expect(client.of('error')).toMatchObject([{ code: 'commit-failed', fatal: true }]);
  expect(client.of('decided')).toEqual([]);
  submit(bystander, other, other.create('m', 'b'));
  const again = connect({ replicas: [[author.replica, 1]] });
  submit(again, author, op);
  await settle();
  expect(bystander.of('decided')).toHaveLength(1);
  expect(again.of('decided')).toMatchObject([{ verdicts: [[1, 'applied']] }]);
});

test('PI-3: a server whose ledger was claimed by another acks nothing more and closes everyone', async () => {
  const { connect, hosted, gateway } = await startTestGateway(hash);
  const author = new OpAuthor('r.0', hash);
  const client = connect({ replicas: [[author.replica, 0]] });
  hosted.ledger.failNext('fence');
  submit(client, author, author.create('m', 'a'));
  await settle();
  expect(hosted.of('fenced')).toHaveLength(1);
  expect(client.of('decided')).toEqual([]);
  expect(client.of('error')).toMatchObject([{ code: 'shutting-down', fatal: true }]);
  expect(gateway.admit({ protocol: 1, replicas: [], lineage: null }).ok).toBe(false);
});

test('PI-10: draining decides what was taken, tells it, and then closes', async () => {
  const { connect, hosted, gateway } = await startTestGateway(hash);
  const author = new OpAuthor('r.0', hash);
  const client = connect({ replicas: [[author.replica, 0]] });
  const release = hosted.ledger.hold();
  submit(client, author, author.create('m', 'a'));
  gateway.refuseNew();
  const drained = hosted.host.drain();
  submit(client, author, author.create('m', 'too late'));
  release();
  await drained;
  gateway.closeAll('shutting-down', 'bye');
  expect(client.received.slice(1)).toMatchObject([
    { type: 'decided', verdicts: [[1, 'applied']] },
    { type: 'push', through: 1 },
    { type: 'error', code: 'shutting-down', fatal: true },
  ]);
  expect(client.of('decided')).toHaveLength(1);
  const refused = gateway.admit({ protocol: 1, replicas: [], lineage: null });
  expect(refused.ok ? null : refused.error.code).toBe('shutting-down');
});

test('a client that does not read is told so and cut off; the others are not', async () => {
  const { connect } = await startTestGateway(hash, { limits: { bufferedBytes: 1_000 } });
  const author = new OpAuthor('r.0', hash);
  const writer = connect({ replicas: [[author.replica, 0]] });
  const slow = connect();
  for (const client of [writer, slow]) client.send({ type: 'subscribe', sub: 1, map: 'm', query: everything() });
  slow.buffered = 1_001;
  submit(writer, author, author.create('m', 'a'));
  await settle();
  expect(slow.of('error')).toMatchObject([{ code: 'slow-consumer', fatal: true }]);
  expect(slow.closed).toEqual({ discard: true });
  submit(writer, author, author.create('m', 'b'));
  await settle();
  expect(writer.of('push')).toHaveLength(2);
  expect(slow.of('push')).toHaveLength(1);
});

/** A map of 60 rows of 100 kB: more than a first answer runs ahead of its reader. */
async function withLargeMap(options: Parameters<typeof startTestGateway>[1] = {}) {
  const server = await startTestGateway(hash, options);
  const author = new OpAuthor('r.0', hash);
  const writer = server.connect({ replicas: [[author.replica, 0]] });
  for (let i = 0; i < 60; i += 1) submit(writer, author, author.create('m', `k${i}`, { text: 'x'.repeat(100_000) }));
  await settle();
  return { ...server, author, writer };
}

test('PT-5, SY-1: a long first answer waits for its reader; what comes meanwhile waits behind it, in order', async () => {
  const { author, connect, hosted, writer } = await withLargeMap();
  const before = hosted.of('committed').at(-1)!.position;
  const reader = connect();
  reader.buffered = ANSWER_AHEAD_BYTES;
  for (const sub of [1, 2]) reader.send({ type: 'subscribe', sub, map: 'm', query: everything() });
  submit(writer, author, author.create('m', 'later'));
  await settle();
  expect(reader.received.map(({ type }) => type)).toEqual(['welcome']);
  reader.send({ type: 'ping', at: 5 });
  // What waits has not been told yet, so the pong does not say it has.
  expect(reader.of('pong')).toMatchObject([{ at: 5, through: before }]);
  reader.buffered = 0;
  reader.session.drained();
  const told = reader.received.slice(2).map((message) => [message.type, 'sub' in message ? message.sub : null]);
  const rows = reader.of('rows').filter(({ sub }) => sub === 1);
  expect(rows.length).toBeGreaterThan(5);
  expect(rows.map(({ n }) => n)).toEqual(rows.map((_, i) => i));
  expect(told.slice(0, rows.length + 1)).toEqual([...rows.map(() => ['rows', 1]), ['push', null]]);
  expect(reader.of('push')).toMatchObject([{ through: before + 1, subs: [{ sub: 1, n: rows.length }] }]);
  // The second answer is of the time when the first had gone out.
  expect(reader.of('rows').at(-1)).toMatchObject({ sub: 2, through: before + 1, done: true });
  reader.send({ type: 'ping', at: 6 });
  expect(reader.of('pong').at(-1)).toMatchObject({ through: before + 1 });
});

test('a client that reads none of its first answer holds one answer, and is cut off when too much waits behind it', async () => {
  const { author, connect, hosted, writer } = await withLargeMap({ limits: { bufferedBytes: 2_000_000 } });
  const reader = connect();
  reader.buffered = ANSWER_AHEAD_BYTES;
  for (let sub = 1; sub <= 50; sub += 1) reader.send({ type: 'subscribe', sub, map: 'm', query: everything() });
  await settle();
  expect(hosted.of('view-opened')).toHaveLength(1);
  for (let i = 0; i < 20 && reader.closed === null; i += 1) {
    submit(writer, author, author.patch('m', 'k0', { text: `${i}${'y'.repeat(100_000)}` }));
    await settle();
  }
  expect(reader.of('error')).toMatchObject([{ code: 'slow-consumer', fatal: true }]);
  expect(reader.closed).toEqual({ discard: true });
  reader.buffered = 0;
  reader.session.drained();
  expect(reader.of('rows')).toEqual([]);
});

test('a subscription given up while it waits for its turn is never opened', async () => {
  const { connect, hosted } = await withLargeMap();
  const reader = connect();
  reader.buffered = ANSWER_AHEAD_BYTES;
  for (const sub of [1, 2, 3]) reader.send({ type: 'subscribe', sub, map: 'm', query: everything() });
  reader.send({ type: 'unsubscribe', sub: 2 });
  reader.buffered = 0;
  reader.session.drained();
  expect(hosted.of('view-opened').map(({ sub }) => sub)).toEqual([1, 3]);
});

test('PI-8: a subscription without a limit that outgrows wholeMapRows is ended with a reason, after the verdicts', async () => {
  const { connect } = await startTestGateway(hash, { limits: { wholeMapRows: 2 } });
  const author = new OpAuthor('r.0', hash);
  const client = connect({ replicas: [[author.replica, 0]] });
  for (const sub of [1, 2])
    client.send({ type: 'subscribe', sub, map: sub === 1 ? 'm' : 'other', query: everything() });
  submit(client, author, author.create('m', 'a'), author.create('m', 'b'));
  await settle();
  submit(client, author, author.create('m', 'c'), author.create('other', 'a'));
  await settle();
  expect(client.received.slice(-3)).toMatchObject([
    { type: 'decided' },
    { type: 'push', subs: [{ sub: 2 }] },
    {
      type: 'error',
      code: 'too-many-rows',
      about: { sub: 1 },
      fatal: false,
      reason: expect.stringContaining('3 rows'),
    },
  ]);
  submit(client, author, author.remove('m', 'c'));
  await settle();
  expect(client.of('push').at(-1)?.subs).toEqual([]);
  client.send({ type: 'subscribe', sub: 3, map: 'm', query: everything() });
  expect(client.of('rows').at(-1)).toMatchObject({ sub: 3, done: true });
});

test('a client that opens many views at once opens one in a turn', async () => {
  const turns: (() => void)[] = [];
  const { connect, hosted } = await startTestGateway(hash, {
    timers: {
      after(_delayMs, run) {
        turns.push(run);
        return () => undefined;
      },
    },
  });
  const client = connect();
  for (let sub = 1; sub <= 3; sub += 1) client.send({ type: 'subscribe', sub, map: 'm', query: everything() });
  const opened = [hosted.of('view-opened').length];
  while (turns.length > 0) {
    turns.shift()?.();
    opened.push(hosted.of('view-opened').length);
  }
  expect(opened).toEqual([1, 2, 3, 3]);
  client.send({ type: 'subscribe', sub: 4, map: 'm', query: everything() });
  expect(client.of('rows').map(({ sub }) => sub)).toEqual([1, 2, 3, 4]);
});

test('CR-9, CR-2: no client speaks for the server, at its hello or later', async () => {
  const { gateway, connect } = await startTestGateway(hash);
  const refused = gateway.admit({ protocol: 1, replicas: [['.0', 0]], lineage: null, clientTime: 0 });
  expect(refused.ok ? null : refused.error.code).toBe('unknown-replica');
  const client = connect();
  client.send({ type: 'announce', replicas: [['.0', 0]] });
  expect(client.of('error').map(({ code, fatal }) => [code, fatal])).toEqual([['unknown-replica', true]]);
  expect(client.closed).not.toBeNull();
});

test('CR-10: rows go out anew to who was away for longer than removals are kept, and only to them', async () => {
  const { connect, hosted } = await startTestGateway(hash);
  const author = new OpAuthor('r.0', hash);
  const writer = connect({ replicas: [[author.replica, 0]] });
  submit(writer, author, author.create('m', 'a'), author.remove('m', 'a'));
  await settle();
  submit(writer, author, author.create('m', 'b'));
  await settle();
  hosted.clock.now += 31 * 86_400_000;
  hosted.timers.runAll();
  await settle();
  const reader = connect();
  for (const [sub, through] of [undefined, 0, 1, 2].entries()) {
    reader.send({
      type: 'subscribe',
      sub,
      map: 'm',
      query: everything(),
      ...(through === undefined ? {} : { through }),
    });
  }
  await settle();
  expect(reader.of('rows').map(({ sub, anew, changes }) => [sub, anew, changes.length])).toEqual([
    [0, true, 1],
    [1, true, 1],
    [2, undefined, 1],
    [3, undefined, 1],
  ]);
});

test('PI-36: when the host dies everybody is told and nobody is let in, until it is back under the name it has then', async () => {
  const bus = createInProcessBus();
  const commands: HostCommand[] = [];
  bus.subscribe(HOST_COMMANDS, (command) => commands.push(command));
  let ids = 0;
  const gateway = createGateway({
    bus,
    lineage: 'one',
    position: 3,
    limits: DEFAULT_GATEWAY_LIMITS,
    clock: { now: () => 0 },
    random: { id: () => `session-${++ids}` },
    log: createRecordedLog().log,
  });
  const told: unknown[] = [];
  const link = {
    send: (...messages: readonly unknown[]) => void told.push(...messages),
    bufferedBytes: () => 0,
    close: () => void told.push('closed'),
  };
  const hello = { protocol: 1, replicas: [], lineage: 'one' } as const;
  const connect = (): void => {
    const admitted = gateway.admit(hello);
    if (!admitted.ok) throw new Error(admitted.error.reason);
    gateway.connect(admitted.value, link);
  };
  connect();
  const admitted = gateway.admit(hello);
  bus.publish(HOST_EVENTS, { type: 'host-down', reason: 'out of memory' });
  expect(told).toMatchObject([{ type: 'error', code: 'internal', fatal: true }, 'closed']);
  expect([gateway.sessions, gateway.isOpen, gateway.isHostDown]).toEqual([0, true, true]);
  expect(connect).toThrow('begins again');
  // Let in before it died, and connected after.
  if (admitted.ok) gateway.connect(admitted.value, link);
  expect(gateway.sessions).toBe(0);

  bus.publish(HOST_EVENTS, { type: 'host-up', lineage: 'two', position: 9 });
  told.length = 0;
  connect();
  expect(commands.at(-1)).toMatchObject({ type: 'announce', session: 'session-3' });
  bus.publish(HOST_EVENTS, { type: 'announced', session: 'session-3', decided: [], position: 9 });
  expect(told).toMatchObject([{ type: 'welcome', lineage: 'two', position: 9 }]);
  bus.publish(HOST_EVENTS, { type: 'host-lost', message: 'It died five times.' });
  expect(gateway.isOpen).toBe(false);
});
