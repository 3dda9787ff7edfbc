import type { Hash64, Value } from '@topgun/core/primitives';
import { auth, defineRules } from '@topgun/core/rules';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadXxhash } from '../adapters/xxhash.js';
import type { Identity } from '../ports/identity.js';
import { OpAuthor } from '../testing/op-author.js';
import { startTestGateway, type TestClient, type TestGateway } from '../testing/test-gateway.js';
import { settle } from '../testing/test-host.js';
import type { BudgetOptions } from './budgets/budgets.js';

let hash: Hash64;
beforeAll(async () => {
  hash = await loadXxhash();
});

const ALL = { where: { type: 'and', of: [] }, sort: [], limit: null };
const identityOf = (principal: string): Identity => ({ principal, claims: { sub: principal }, expiresAtMs: null });
const rate = (perS: number, burst: number) => ({ perS, burst });

function join(server: TestGateway, name: string, from: string | null = null, as: string | null = null) {
  const author = new OpAuthor(`${name}.0`, hash);
  const client = server.connect({ replicas: [[author.replica, 0]] }, as === null ? null : identityOf(as), {
    address: from,
  });
  const write = (count: number, fields: Record<string, Value> = {}): void => {
    const ops = Array.from({ length: count }, (_, i) => author.create('m', `${name}-${author.issued}-${i}`, fields));
    client.send({ type: 'submit', batches: author.batches(...ops) });
  };
  return { author, client, write };
}

const decided = (client: TestClient): number =>
  client.of('decided').reduce((sum, { verdicts, rejected }) => sum + verdicts.length + rejected.length, 0);
const start = (budgets: BudgetOptions): Promise<TestGateway> => startTestGateway(hash, { budgets });

describe('AB-2: whoever asks for more than their budget waits, and loses nothing', () => {
  test('ops beyond the burst are decided at the rate, in order, and a connection beside them at once', async () => {
    const server = await start({ connection: { ops: rate(10, 20) } });
    const eve = join(server, 'eve');
    for (let i = 0; i < 5; i += 1) eve.write(10);
    await settle();
    expect(decided(eve.client)).toBe(20);
    const ann = join(server, 'ann');
    ann.write(10);
    await settle();
    expect(decided(ann.client)).toBe(10);
    await server.timers.advance(999);
    expect(decided(eve.client)).toBe(20);
    await server.timers.advance(1);
    expect(decided(eve.client)).toBe(30);
    await server.timers.advance(2_000);
    expect(decided(eve.client)).toBe(50);
    expect(eve.client.of('error')).toEqual([]);
    expect(server.timers.pending).toBe(0);
  });

  test('what waits stays in order, whatever it is: of each replica every op is decided once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ ops: fc.integer({ min: 1, max: 30 }), afterMs: fc.nat(800) }), { maxLength: 12 }),
        async (messages) => {
          const server = await start({ connection: { ops: rate(50, 40), messages: rate(5, 4) }, patienceMs: 100_000 });
          const { client, write, author } = join(server, 'eve');
          for (const { ops, afterMs } of messages) {
            write(ops);
            await server.timers.advance(afterMs);
          }
          await server.timers.advance(60_000);
          const seqs = client.of('decided').flatMap(({ verdicts }) => verdicts.map(([seq]) => seq));
          expect(seqs.toSorted((a, b) => a - b)).toEqual(Array.from({ length: author.issued }, (_, i) => i + 1));
          expect(client.of('error')).toEqual([]);
        },
      ),
      { numRuns: 30 },
    );
  });

  test('users share theirs over all their connections, addresses theirs, and nobody in particular is no user', async () => {
    const budgets = { user: { ops: rate(1, 10) }, address: { ops: rate(1, 15) } };
    const server = await start(budgets);
    const [phone, laptop] = [join(server, 'a', '1.1.1.1', 'ann'), join(server, 'b', '2.2.2.2', 'ann')];
    phone.write(8);
    laptop.write(8);
    const [one, other] = [join(server, 'c', '3.3.3.3'), join(server, 'd', '3.3.3.3')];
    one.write(8);
    other.write(8);
    const far = join(server, 'e', '4.4.4.4');
    far.write(8);
    await settle();
    const counts = [phone, laptop, one, other, far].map(({ client }) => decided(client));
    expect(counts).toEqual([8, 0, 8, 0, 8]);
    await server.timers.advance(6_000);
    expect([laptop, other].map(({ client }) => decided(client))).toEqual([8, 8]);
  });

  test('rows that were told, and records that were looked at, are waited for by the next query', async () => {
    const server = await start({ connection: { rows: rate(10, 100) } });
    const ann = join(server, 'ann');
    ann.write(200);
    await settle();
    const { client } = join(server, 'eve');
    const none = { ...ALL, where: { type: 'eq', path: ['x'], value: 1 } };
    client.send({ type: 'subscribe', sub: 1, map: 'm', query: none });
    client.send({ type: 'subscribe', sub: 2, map: 'm', query: { ...ALL, limit: 1 } });
    await server.timers.advance(0);
    expect(client.of('rows').map(({ sub }) => sub)).toEqual([1]);
    await server.timers.advance(10_000);
    expect(client.of('rows').map(({ sub }) => sub)).toEqual([1]);
    // 200 looked at, ten for each question, a burst of a hundred: 120 are owed.
    await server.timers.advance(2_000);
    expect(client.of('rows').map(({ sub }) => sub)).toEqual([1, 2]);
    client.send({ type: 'ping', at: 1 });
    await settle();
    expect(client.of('pong')).toHaveLength(1);
  });

  test('searches are counted by what is looked for', async () => {
    const server = await start({ connection: { words: rate(1, 20) } });
    const { client } = join(server, 'eve');
    const search = {
      text: 'three of them',
      fields: ['t'],
      boosts: [['t', 1]],
      prefix: true,
      fuzzy: 0.2,
      combineWith: 'AND',
    };
    for (const sub of [1, 2]) client.send({ type: 'subscribe', sub, map: 'm', query: { ...ALL, limit: sub, search } });
    const answeredAfter = async (ms: number): Promise<number> => {
      await server.timers.advance(ms);
      // The index is made in turns of the host.
      for (let turn = 0; turn < 3; turn += 1) server.hosted.timers.runAll();
      return client.of('rows').length;
    };
    // Three words, each seven times, of which 20 are there at once.
    expect(await answeredAfter(999)).toBe(0);
    expect(await answeredAfter(1)).toBe(1);
    expect(await answeredAfter(20_999)).toBe(1);
    expect(await answeredAfter(1)).toBe(2);
  });
});

describe('AB-3: whoever would wait for too long is told to come back', () => {
  test('a flood ends the connection, and nothing of it is done twice or out of turn', async () => {
    const server = await start({ connection: { messages: rate(10, 10) } });
    const { client } = join(server, 'eve');
    for (let i = 0; i < 100; i += 1) client.send({ type: 'ping', at: i });
    await settle();
    const [error] = client.of('error');
    expect(error).toMatchObject({ code: 'overloaded', fatal: true, retryAfterMs: 5_100 });
    expect(client.closed).toEqual({ discard: false });
    expect(client.of('pong')).toHaveLength(10);
    await server.timers.advance(60_000);
    expect(client.of('pong')).toHaveLength(10);
    expect(server.timers.pending).toBe(0);
    expect(server.audited.filter(({ event }) => event === 'overdrawn')).toEqual([
      { event: 'overdrawn', session: 'session-1', address: null, scope: 'connection', resource: 'messages' },
    ]);
  });

  test('what is refused is not charged: who comes back when told to is served', async () => {
    const server = await start({
      user: { bytes: rate(1_000, 5_000) },
      connection: { bytes: rate(1_000_000, 1_000_000) },
    });
    const first = join(server, 'a', null, 'eve');
    for (let i = 0; i < 30; i += 1) first.client.send({ type: 'ping', at: i, padding: 'x'.repeat(1_000) });
    await settle();
    const { retryAfterMs } = first.client.of('error')[0]!;
    await server.timers.advance(retryAfterMs!);
    const second = join(server, 'b', null, 'eve');
    second.client.send({ type: 'ping', at: 1, padding: 'x'.repeat(1_000) });
    await settle();
    expect(second.client.of('pong')).toHaveLength(1);
  });

  test('what waits is bounded', async () => {
    const server = await start({ connection: { ops: rate(1, 1) }, waitingBytes: 2_000 });
    const { client, write } = join(server, 'eve');
    for (let i = 0; i < 10; i += 1) write(1, { text: 'x'.repeat(500) });
    await settle();
    expect(client.of('error')).toMatchObject([{ code: 'overloaded', fatal: true, retryAfterMs: expect.any(Number) }]);
  });

  test('what waits is bounded of a user, and of an address, over all connections; what was served or has ended makes room', async () => {
    const server = await start({
      connection: { ops: rate(1, 1) },
      user: { waitingBytes: 6_000 },
      address: { waitingBytes: 11_000 },
    });
    const text = { text: 'x'.repeat(1_000) };
    const writing = (name: string, from: string, as: string | null, count: number) => {
      const joined = join(server, name, from, as);
      for (let i = 0; i < count; i += 1) joined.write(1, text);
      return joined;
    };
    // The first of each is decided at once, and so are others that wait for nothing.
    const [phone, laptop] = [writing('a', '1.1.1.1', 'eve', 4), writing('b', '1.1.1.1', 'eve', 3)];
    const [ann, bob] = [writing('c', '1.1.1.1', 'ann', 5), writing('d', '2.2.2.2', 'bob', 5)];
    await settle();
    expect([phone, laptop, ann, bob].flatMap(({ client }) => client.of('error'))).toEqual([]);
    laptop.write(1, text);
    await settle();
    expect(laptop.client.of('error')).toMatchObject([
      { code: 'overloaded', fatal: true, retryAfterMs: expect.any(Number) },
    ]);
    expect(server.audited.filter(({ event }) => event === 'overdrawn')).toMatchObject([
      // It is much that waits, and not large.
      { scope: 'connection', resource: 'ops', principal: 'eve' },
    ]);
    // What the laptop had waiting is gone with it.
    const tablet = writing('e', '3.3.3.3', 'eve', 3);
    const guests = writing('f', '1.1.1.1', null, 6);
    await settle();
    expect(tablet.client.of('error')).toEqual([]);
    expect(guests.client.of('error')).toMatchObject([{ code: 'overloaded', fatal: true }]);
    await server.timers.advance(60_000);
    expect([phone, tablet, ann, bob].map(({ client }) => decided(client))).toEqual([4, 3, 5, 5]);
    for (let i = 0; i < 5; i += 1) phone.write(1, text);
    await settle();
    expect(phone.client.of('error')).toEqual([]);
  });

  test('subscriptions of one user are, over all connections, and are free again when they end', async () => {
    const server = await start({ user: { subscriptions: 3 } });
    const [one, other] = [join(server, 'a', null, 'eve'), join(server, 'b', null, 'eve')];
    const ask = ({ client }: typeof one, sub: number): void => client.send({ type: 'subscribe', sub, map: 'm' });
    ask(one, 1);
    ask(one, 1);
    ask(one, 2);
    ask(other, 1);
    ask(other, 2);
    await server.timers.advance(0);
    expect(other.client.of('error')).toMatchObject([
      { code: 'overloaded', about: { sub: 2 }, fatal: false, retryAfterMs: 5_000 },
    ]);
    one.client.send({ type: 'unsubscribe', sub: 1 });
    ask(other, 3);
    await server.timers.advance(0);
    expect(other.client.of('error')).toHaveLength(1);
    one.client.session.disconnected();
    ask(other, 4);
    await server.timers.advance(0);
    expect(other.client.of('error')).toHaveLength(1);
  });

  test('connections: of an address, of a user, of all; one that has ended makes room', async () => {
    const server = await start({ connections: 4, address: { connections: 2 }, user: { connections: 1 } });
    const { gateway } = server;
    const from = (address: string | null) => gateway.arrive({ address, origin: undefined, host: undefined });
    const [a, b] = [from('1.1.1.1'), from('1.1.1.1')];
    expect([a, b].map(({ refusal }) => refusal)).toEqual([null, null]);
    expect(from('1.1.1.1').refusal).toMatchObject({ code: 'overloaded', retryAfterMs: 5_000 });
    a.left();
    a.left();
    b.left();
    expect(from('1.1.1.1').refusal).toBe(null);
    expect(from('2.2.2.2').refusal).toBe(null);
    expect(from('3.3.3.3').refusal).toBe(null);
    expect(from('4.4.4.4').refusal).toMatchObject({ reason: expect.stringContaining('The server') });
  });

  test('connecting too often is refused until the rate allows one more', async () => {
    const server = await start({ address: { connects: rate(1, 2) } });
    const from = () => server.gateway.arrive({ address: '1.1.1.1', origin: undefined, host: undefined });
    for (let i = 0; i < 2; i += 1) from().left();
    expect(from().refusal).toMatchObject({ code: 'overloaded', retryAfterMs: 1_000 });
    await server.timers.advance(1_000);
    expect(from().refusal).toBe(null);
  });
});

describe('AB-1: what an app does is far below what is shipped', () => {
  test('a queue of 10,000 ops waits for nobody', async () => {
    const server = await start({});
    const { client, write } = join(server, 'ann', '1.1.1.1', 'ann');
    for (let i = 0; i < 40; i += 1) {
      write(250, { text: 'x'.repeat(100) });
      await settle();
    }
    expect(decided(client)).toBe(10_000);
  });

  test('500 clients of one address come back after a restart, write what they have, and ask for 20 queries each', async () => {
    const server = await start({});
    const clients = Array.from({ length: 500 }, (_, i) => join(server, `c${i}`, '1.1.1.1', `user-${i % 100}`));
    for (const { client, write } of clients) {
      write(20);
      for (let sub = 1; sub <= 20; sub += 1) client.send({ type: 'subscribe', sub, map: `m${sub}` });
    }
    await settle();
    await server.timers.advance(0);
    for (const { client } of clients) {
      expect(decided(client)).toBe(20);
      expect(client.of('error')).toEqual([]);
      expect(client.of('rows').length).toBe(20);
    }
  });

  test('a first answer of 100,000 rows is told at once, and those of the next queries too', async () => {
    const server = await startTestGateway(hash, { budgets: {}, limits: { wholeMapRows: 200_000 } });
    const writer = join(server, 'w', null);
    for (let i = 0; i < 20; i += 1) {
      writer.write(1_000);
      await settle();
    }
    const { client } = join(server, 'ann', '1.1.1.1', 'ann');
    for (let sub = 1; sub <= 5; sub += 1)
      client.send({ type: 'subscribe', sub, map: 'm', query: { ...ALL, limit: 20_000 + sub } });
    // The host fills its views in turns of its own; for the budget no time passes.
    for (let turn = 0; turn < 200; turn += 1) {
      server.hosted.timers.runAll();
      await server.timers.advance(0);
    }
    expect(client.of('rows').reduce((sum, { changes }) => sum + changes.length, 0)).toBe(100_000);
  });
});

test('AB-7: what rules refuse is noted, by who tried it and the rule, without a word of what they wrote', async () => {
  const own = { where: { owner: auth.sub } };
  const rules = defineRules({ m: { read: own, create: own, update: own, remove: own } });
  const server = await startTestGateway(hash, { rules });
  const { write } = join(server, 'e', '9.9.9.9', 'eve');
  write(3, { owner: 'ann', text: 'secret' });
  await settle();
  expect(server.audited).toEqual([
    { event: 'connection-opened', session: 'session-1', address: '9.9.9.9', principal: 'eve' },
    {
      event: 'ops-refused',
      session: 'session-1',
      address: '9.9.9.9',
      principal: 'eve',
      rule: 'The rule create of m does not permit this.',
      ops: 3,
    },
  ]);
});

test('RU-1, AB-7: a rule whose function throws denies, and is told of by its name, not by what it threw', async () => {
  const rules = defineRules({
    m: {
      read: true,
      create: {
        check: ({ record }) => {
          throw new RangeError(`no such owner in ${JSON.stringify(record)}`);
        },
      },
    },
  });
  const server = await startTestGateway(hash, { rules });
  const { client, write } = join(server, 'e', '9.9.9.9', 'eve');
  write(2, { text: 'secret' });
  await settle();
  expect(client.of('decided').flatMap(({ rejected }) => rejected.map(({ code }) => code))).toEqual(
    Array(2).fill('not-permitted'),
  );
  const thrown = server.audited.filter(({ event }) => event === 'rule-threw');
  const entry = { event: 'rule-threw', principal: 'eve', rule: 'm.create', map: 'm', error: 'RangeError' };
  expect(thrown).toEqual([entry, entry]);
});
