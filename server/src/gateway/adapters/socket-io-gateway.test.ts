import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { encodeStamp, type ReplicaId } from '@topgun/core/clock';
import type { Op } from '@topgun/core/crdt';
import { setOwn, type Hash64 } from '@topgun/core/primitives';
import {
  parseServerMessage,
  type DecidedMessage,
  type RowsMessage,
  type ServerMessage,
  type WelcomeMessage,
} from '@topgun/core/protocol';
import { parseQuery } from '@topgun/core/query';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { loadXxhash } from '../../adapters/xxhash.js';
import { OpAuthor } from '../../testing/op-author.js';
import { startTestGateway, type TestGateway } from '../../testing/test-gateway.js';
import { connectWire, helloOf, type WireClient } from '../../testing/wire-client.js';
import { attachSocketIo, type SocketIoGateway } from './socket-io-gateway.js';

const MESSAGE_BYTES = 20_000;
const LIMITS = {
  messageBytes: MESSAGE_BYTES,
  recordBytes: 2_000,
  malformedInARow: 20,
  subscriptions: 10,
  queryBytes: 20_000,
  bufferedBytes: 200_000,
};

let hash: Hash64;
let server: TestGateway;
let http: Server;
let sockets: SocketIoGateway;
let url: string;
let honest: { client: WireClient; author: OpAuthor };
const open: WireClient[] = [];

beforeAll(async () => {
  hash = await loadXxhash();
});

beforeEach(async () => {
  server = await startTestGateway(hash, { limits: LIMITS });
  http = createServer();
  sockets = attachSocketIo({ gateway: server.gateway, http, messageBytes: MESSAGE_BYTES });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  const author = new OpAuthor('honest.0', hash);
  honest = { client: await connect(author.replica), author };
  honest.client.send({ type: 'subscribe', sub: 1, map: 'm', query: everything() });
  submit(honest.client, author, author.create('m', 'kept', { text: 'before' }));
  await honest.client.until(decides(1));
});

/** Whatever was tried: the client beside it still writes, is told so, and sees nothing that nobody wrote. */
afterEach(async () => {
  const { author, client } = honest;
  submit(client, author, author.patch('m', 'kept', { text: 'after' }));
  expect(await client.until(decides(author.issued))).toMatchObject({ rejected: [] });
  expect(client.isConnected).toBe(true);
  expect(client.received.filter(({ type }) => type === 'error')).toEqual([]);
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  for (const each of open.splice(0)) each.close();
  await sockets.close();
});

const everything = (): unknown => {
  const query = parseQuery({});
  return query.ok ? query.value : null;
};
const decides =
  (seq: number) =>
  (message: ServerMessage): message is DecidedMessage =>
    message.type === 'decided' &&
    (message.verdicts.some(([one]) => one === seq) || message.rejected.some((one) => one.seq === seq));
const isWelcome = (message: ServerMessage): message is WelcomeMessage => message.type === 'welcome';
const answers =
  (sub: number) =>
  (message: ServerMessage): message is RowsMessage =>
    message.type === 'rows' && message.sub === sub && message.done;

async function connect(...replicas: ReplicaId[]): Promise<WireClient> {
  const client = await connectWire(url, helloOf(...replicas));
  open.push(client);
  await client.until(isWelcome);
  return client;
}

function submit(client: WireClient, author: OpAuthor, ...ops: readonly Op[]): void {
  client.send({ type: 'submit', batches: author.batches(...ops) });
}

/** A client that has announced `mallory.0`, with its author. */
async function mallory(): Promise<{ client: WireClient; author: OpAuthor }> {
  const author = new OpAuthor('mallory.0', hash);
  return { client: await connect(author.replica), author };
}

describe('the connection request', () => {
  test.each([
    ['an unknown version', { protocol: 99, replicas: [], lineage: null }, 'protocol-version'],
    ['nothing', {}, 'malformed'],
    ['a prototype for a replica list', { protocol: 1, replicas: { __proto__: [] }, lineage: null }, 'malformed'],
  ])('%s is refused with a code and a reason', async (_case, hello, code) => {
    await expect(connectWire(url, hello)).rejects.toMatchObject({ data: { code, reason: expect.any(String) } });
  });
});

describe('messages that are none', () => {
  test.each<[string, unknown]>([
    ['a number', 7],
    ['null', null],
    ['a text', 'submit'],
    ['an array', [{ type: 'ping', at: 1 }]],
    ['no type', { at: 1 }],
    ['an unknown type', { type: 'drop-everything' }],
    ['a type of the server', { type: 'welcome' }],
    ['a ping without a time', { type: 'ping', at: 'now' }],
    ['a subscription of a negative number', { type: 'subscribe', sub: -1, map: 'm', query: {} }],
    ['a prototype', JSON.parse('{"__proto__": {"type": "ping", "at": 1, "polluted": true}}')],
  ])('%s: a typed error, and the connection stays', async (_case, message) => {
    const { client } = await mallory();
    client.send(message);
    expect(await client.untilError('malformed')).toMatchObject({ fatal: false, reason: expect.any(String) });
    client.send({ type: 'ping', at: 5 });
    await client.until((one): one is ServerMessage => one.type === 'pong');
    expect(server.logged).toContainEqual(expect.objectContaining({ level: 'warn' }));
  });

  test('twenty in a row close the connection, nineteen and a good one do not', async () => {
    const { client } = await mallory();
    for (let i = 0; i < 19; i += 1) client.send(i);
    client.send({ type: 'ping', at: 1 });
    for (let i = 0; i < 19; i += 1) client.send(i);
    client.send({ type: 'ping', at: 2 });
    await client.until((one): one is ServerMessage => one.type === 'pong' && one.at === 2);
    for (let i = 0; i < 20; i += 1) client.send(i);
    await client.closed;
    expect(client.received.at(-1)).toMatchObject({ type: 'error', code: 'malformed', fatal: true });
    expect(client.received.filter(({ type }) => type === 'error')).toHaveLength(58);
  });

  test.each<[string, (client: WireClient) => void]>([
    ['an event of another name', (client) => client.emit('x', { type: 'ping', at: 1 })],
    ['more than one argument', (client) => client.emit('m', { type: 'ping', at: 1 }, 2)],
    ['a request for an acknowledgement', (client) => client.emit('m', { type: 'ping', at: 1 }, () => undefined)],
  ])('%s ends the session with a reason', async (_case, act) => {
    const { client } = await mallory();
    act(client);
    expect(await client.untilError('malformed')).toMatchObject({ fatal: true });
    await client.closed;
  });

  test.each<[string, string | ArrayBuffer]>([
    ['no packet type', 'x'],
    ['broken JSON', '2["m",{"type":'],
    ['an event that is no array', '2{"m":1}'],
    ['a reserved event', '2["disconnect"]'],
    ['an event without a name', '2[]'],
    ['an unknown namespace', '2/admin,["m",{"type":"ping","at":1}]'],
    ['a second connection request', '0{"protocol":1}'],
    ['a binary event whose parts never come', '59-["m",{"_placeholder":true,"num":0}]'],
    ['bytes', new Uint8Array([1, 2, 3]).buffer],
    ['a request to another namespace', '0/admin,'],
    ['an answer to what was never asked', '31[]'],
    ['a refusal', '4{"message":"no"}'],
    ['a goodbye', '1'],
  ])('raw: %s cuts the line', async (_case, packet) => {
    const { client } = await mallory();
    client.sendRaw(packet);
    expect(await client.closed).toBeTypeOf('string');
  });
});

describe('sizes', () => {
  test('PT-7: a message above the limit is told so, and the session ends: ops in it must not be passed over', async () => {
    const { client, author } = await mallory();
    submit(client, author, author.create('m', 'big', { text: 'x'.repeat(MESSAGE_BYTES) }));
    submit(client, author, author.create('m', 'later'));
    const error = await client.untilError('message-too-large');
    expect(error).toMatchObject({ fatal: true });
    expect(error.reason).toContain(String(MESSAGE_BYTES));
    await client.closed;
    expect(client.received.filter(({ type }) => type === 'decided')).toEqual([]);
  });

  test('the limit counts bytes, not letters', async () => {
    const { client } = await mallory();
    client.send({ type: 'ping', at: 1, padding: 'x'.repeat(MESSAGE_BYTES * 0.7) });
    await client.until((one): one is ServerMessage => one.type === 'pong');
    client.send({ type: 'ping', at: 1, padding: 'é'.repeat(MESSAGE_BYTES * 0.7) });
    expect(await client.untilError('message-too-large')).toMatchObject({ fatal: true });
  });

  test('PT-7: a message far above the limit cuts the line', async () => {
    const { client } = await mallory();
    client.send({ type: 'ping', at: 1, padding: 'x'.repeat(MESSAGE_BYTES * 5) });
    expect(await client.closed).toBeTypeOf('string');
  });

  test('AB-6: a message that nests without end is not taken apart, and the session ends', async () => {
    const { client } = await mallory();
    client.sendRaw(`2["m",${'['.repeat(MESSAGE_BYTES / 4)}`);
    expect(await client.untilError('malformed')).toMatchObject({ fatal: true, reason: expect.stringContaining('256') });
    await client.closed;
  });

  test('a record above its limit is refused, op by op', async () => {
    const { client, author } = await mallory();
    const big = { text: 'x'.repeat(LIMITS.recordBytes) };
    submit(
      client,
      author,
      author.create('m', 'small'),
      author.create('m', 'big', big),
      author.patch('m', 'big', { a: 1 }),
    );
    expect(await client.until(decides(2))).toMatchObject({
      rejected: [
        { seq: 2, code: 'too-large' },
        { seq: 3, code: 'record-absent' },
      ],
    });
  });

  test('more subscriptions than one connection may hold are refused, the others stand', async () => {
    const { client } = await mallory();
    for (let sub = 1; sub <= 11; sub += 1) client.send({ type: 'subscribe', sub, map: `m${sub}`, query: everything() });
    expect(await client.untilError('overloaded')).toMatchObject({ about: { sub: 11 }, fatal: false });
    await client.until(answers(10));
  });
});

describe('ops', () => {
  test('PI-11: out of order: the session ends, nothing of the message is decided', async () => {
    const { client, author } = await mallory();
    const [first, second] = [author.create('m', 'k'), author.patch('m', 'k', { n: 1 })];
    submit(client, author, second, first);
    expect(await client.untilError('out-of-order')).toMatchObject({ fatal: true });
    await client.closed;
    expect(
      server.hosted
        .of('committed')
        .flatMap(({ verdicts }) => verdicts.filter(({ replica }) => replica === author.replica)),
    ).toEqual([]);
  });

  test('sent twice in one connection: the session ends', async () => {
    const { client, author } = await mallory();
    const op = author.create('m', 'k');
    submit(client, author, op);
    submit(client, author, op);
    expect(await client.untilError('out-of-order')).toMatchObject({ fatal: true });
  });

  test('of a replica that was not announced', async () => {
    const { client } = await mallory();
    const forged = new OpAuthor(honest.author.replica, hash);
    submit(client, forged, forged.create('m', 'forged'));
    expect(await client.untilError('unknown-replica')).toMatchObject({ fatal: true });
  });

  test('PI-5: in a partition that is not theirs', async () => {
    const { client, author } = await mallory();
    const [batch] = author.batches(author.create('m', 'k'));
    client.send({ type: 'submit', batches: [{ ...batch, partition: (batch!.partition + 1) % 271 }] });
    expect(await client.untilError('malformed')).toMatchObject({ fatal: true });
  });

  test('in a partition that does not exist, or of a malformed shape: the session ends, for ops would be missing', async () => {
    for (const batches of [
      [{ replica: 'mallory.0', partition: 271, ops: [] }],
      [{ replica: 'mallory.0', partition: 1, ops: [[1, 'no stamp', 'm', 'k', 'c', []]] }],
      [{ replica: 'mallory.0', partition: 1, ops: [[0]] }],
      'none',
    ]) {
      const { client } = await mallory();
      client.send({ type: 'submit', batches });
      expect(await client.untilError('malformed')).toMatchObject({ fatal: true });
      await client.closed;
    }
  });

  test('CR-1: with a stamp of another replica, or from the future: refused for good', async () => {
    const { client, author } = await mallory();
    const forged = {
      ...author.create('m', 'k1'),
      stamp: encodeStamp({ millis: 1, counter: 0, replica: honest.author.replica }),
    };
    const ahead = server.hosted.clock.now + 60_001;
    const skewed = {
      ...author.create('m', 'k2'),
      stamp: encodeStamp({ millis: ahead, counter: 0, replica: author.replica }),
    };
    const edge = {
      ...author.create('m', 'k3'),
      stamp: encodeStamp({ millis: ahead - 1, counter: 0, replica: author.replica }),
    };
    submit(client, author, forged, skewed, edge);
    await client.until(decides(3));
    const decided = client.received.filter(decides(1));
    expect(decided).toMatchObject([
      {
        rejected: [
          { seq: 1, code: 'invalid-op' },
          { seq: 2, code: 'clock-skew' },
        ],
        verdicts: [[3, 'applied']],
      },
    ]);
  });

  test.each<[string, string, string, unknown, string]>([
    ['a map name with a space', 'no way', 'k', 1, 'map-name'],
    ['a map name of 129 letters', 'm'.repeat(129), 'k', 1, 'map-name'],
    ['a map name that ends the text early', 'm\0', 'k', 1, 'map-name'],
    ['an empty key', 'm', '', 1, 'invalid-key'],
    ['a key of 1,025 bytes', 'm', 'k'.repeat(1_025), 1, 'too-large'],
    ['a key that is half a letter', 'm', '\ud800', 1, 'invalid-key'],
    ['bytes that are none', 'm', 'k', { $bytes: '***' }, 'invalid-value'],
    ['an unknown mark', 'm', 'k', { $date: 'today' }, 'invalid-value'],
    ['a value nested without end', 'm', 'k', nested(100), 'invalid-value'],
  ])('%s is refused, and the ops around it are not', async (_case, map, key, value, code) => {
    const { client, author } = await mallory();
    const [before, bad, after] = [author.create('m', 'a'), author.create(map, key), author.create('m', 'b')];
    const batches = author.batches(before, bad, after);
    for (const { ops } of batches) {
      for (const op of ops as unknown as unknown[][]) if (op[0] === bad.seq) op[5] = [['field', value]];
    }
    client.send({ type: 'submit', batches });
    await client.until(decides(3));
    const decided = client.received.filter((message): message is DecidedMessage => message.type === 'decided');
    expect(decided.flatMap(({ rejected }) => rejected)).toMatchObject([{ seq: 2, code, reason: expect.any(String) }]);
    expect(decided.flatMap(({ verdicts }) => verdicts).sort(([a], [b]) => a - b)).toEqual([
      [1, 'applied'],
      [3, 'applied'],
    ]);
  });

  test('what is sent back of what was sent has bounds: every answer is a message of the protocol', async () => {
    const { client, author } = await mallory();
    const key = '\u0001'.repeat(1_000);
    const [deep] = author.batches(author.create('m', 'deep'));
    const value = JSON.parse(`{"${'long'.repeat(2_000)}":{"$date":1}}`) as unknown;
    client.send({
      type: 'submit',
      batches: [{ ...deep, ops: deep!.ops.map((op) => [...op.slice(0, 5), [['f', value]]]) }],
    });
    submit(client, author, author.patch('m', key, { n: 1 }));
    client.send({ type: 'x'.repeat(5_000) });
    const far = { type: 'and', of: [{ type: 'eq', path: ['a'], value: 1, ['y'.repeat(6_000)]: 1 }] };
    client.send({ type: 'subscribe', sub: 3, map: 'm', query: { where: far, sort: [], limit: null } });
    await client.untilError('bad-query');
    await client.until(decides(2));
    const codes = client.received
      .filter(({ type }) => type === 'decided')
      .flatMap((one) => (one as DecidedMessage).rejected);
    expect(codes).toMatchObject([{ code: 'invalid-value' }, { code: 'record-absent' }]);
    for (const message of client.received) expect(parseServerMessage(message)).toMatchObject({ ok: true });
  });

  test('__proto__ and its kin are plain data as keys and fields', async () => {
    const { client, author } = await mallory();
    const names = ['__proto__', 'constructor', 'prototype', 'toString'];
    const fields = {};
    for (const name of names) setOwn(fields, name, { polluted: name });
    submit(client, author, ...names.map((name) => author.create('proto', name, fields)));
    await client.until(decides(names.length));
    client.send({ type: 'subscribe', sub: 3, map: 'proto', query: everything() });
    const rows = await client.until(answers(3));
    expect(rows.changes.map(([, key]) => key).sort()).toEqual([...names].sort());
    for (const change of rows.changes) {
      if (change[0] === 'gone') throw new Error('a row is gone');
      expect(change[2][3].map(([name]) => name)).toEqual([...names].sort());
    }
  });
});

test('a client that stops reading is cut off, and its memory with it', async () => {
  // By hand over long polling: a client that subscribes and never asks for what comes.
  const poll = `${url}/socket.io/?EIO=4&transport=polling`;
  const { sid } = JSON.parse((await (await fetch(poll)).text()).slice(1)) as { sid: string };
  const say = (packet: string): Promise<Response> => fetch(`${poll}&sid=${sid}`, { method: 'POST', body: packet });
  await say(`40${JSON.stringify(helloOf())}`);
  await (await fetch(`${poll}&sid=${sid}`)).text();
  await say(`42${JSON.stringify(['m', { type: 'subscribe', sub: 1, map: 'm', query: everything() }])}`);
  expect(server.gateway.sessions).toBe(2);
  const { author, client } = honest;
  while (server.gateway.sessions === 2) {
    submit(client, author, author.patch('m', 'kept', { text: 'x'.repeat(1_500) }));
    await client.until(decides(author.issued));
    if (author.issued > 1_000) throw new Error('it is still connected');
  }
  expect(server.logged).toContainEqual(expect.objectContaining({ message: 'a client does not read what it is sent' }));
  expect((await fetch(`${poll}&sid=${sid}`)).ok).toBe(false);
});

test('a first answer larger than the client may leave unread arrives whole, with what is written meanwhile', async () => {
  const { client, author } = await mallory();
  const text = 'x'.repeat(1_900);
  for (let i = 0; i < 1_500; i += 1) {
    submit(client, author, author.create('large', `k${i}`, { text }));
    if (i % 400 === 399) await client.until(decides(author.issued));
  }
  await client.until(decides(author.issued));
  const reader = await connect();
  reader.send({ type: 'subscribe', sub: 1, map: 'large', query: everything() });
  submit(client, author, author.create('large', 'meanwhile', { text }));
  await reader.until(
    (message): message is ServerMessage =>
      JSON.stringify(message).includes('"meanwhile"') && (message.type === 'push' || message.type === 'rows'),
  );
  const told = reader.received.filter((message): message is RowsMessage => message.type === 'rows');
  const keys = told.flatMap(({ changes }) => changes.map(([, key]) => key));
  expect(new Set(keys.filter((key) => key !== 'meanwhile')).size).toBe(1_500);
  expect(told.map(({ n }) => n)).toEqual(told.map((_, i) => i));
  expect(JSON.stringify(told).length).toBeGreaterThan(10 * LIMITS.bufferedBytes);
});

describe('subscriptions', () => {
  test('whose queries together are larger than one connection may hold are refused, the others stand', async () => {
    const { client } = await mallory();
    const long = (n: number) => ({
      where: { type: 'eq', path: ['a'], value: `${n}${'x'.repeat(15_000)}` },
      sort: [],
      limit: null,
    });
    for (const sub of [1, 2]) client.send({ type: 'subscribe', sub, map: 'm', query: long(sub) });
    expect(await client.untilError('overloaded')).toMatchObject({ about: { sub: 2 }, fatal: false });
    client.send({ type: 'unsubscribe', sub: 1 });
    client.send({ type: 'subscribe', sub: 3, map: 'm', query: long(3) });
    await client.until(answers(3));
  });

  test('of a map name that is none', async () => {
    const { client } = await mallory();
    client.send({ type: 'subscribe', sub: 3, map: 'no way', query: everything() });
    expect(await client.untilError('map-name')).toMatchObject({ about: { sub: 3 }, fatal: false });
  });

  test.each<[string, unknown]>([
    ['no query', null],
    ['an unknown condition', { where: { type: 'eval', code: '1' }, sort: [], limit: null }],
    ['a negative limit', { where: { type: 'and', of: [] }, sort: [], limit: -1 }],
    ['conditions without end', { where: conditions(100), sort: [], limit: null }],
  ])('with %s', async (_case, query) => {
    const { client } = await mallory();
    client.send({ type: 'subscribe', sub: 3, map: 'm', query });
    expect(await client.untilError('bad-query')).toMatchObject({ about: { sub: 3 }, fatal: false });
  });
});

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let i = 0; i < depth; i += 1) value = [value];
  return value;
}

function conditions(depth: number): unknown {
  let where: unknown = { type: 'and', of: [] };
  for (let i = 0; i < depth; i += 1) where = { type: 'not', of: where };
  return where;
}
