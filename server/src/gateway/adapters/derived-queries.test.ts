import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { materialize, mergeRecords, SERVER_REPLICA, type LwwRecord, type Op } from '@topgun/core/crdt';
import { stampMillis, stampReplica } from '@topgun/core/clock';
import type { Hash64, Value } from '@topgun/core/primitives';
import type { ErrorMessage, PushMessage, RowsMessage, ServerMessage, WelcomeMessage } from '@topgun/core/protocol';
import { flattenQuery, parseQuery, type Query, type QueryInput } from '@topgun/core/query';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { loadXxhash } from '../../adapters/xxhash.js';
import { OpAuthor } from '../../testing/op-author.js';
import { decoded } from '../../testing/row-mirror.js';
import { startTestGateway } from '../../testing/test-gateway.js';
import { connectWire, helloOf, type WireClient } from '../../testing/wire-client.js';
import { attachSocketIo, type SocketIoGateway } from './socket-io-gateway.js';

let hash: Hash64;
let http: Server;
let sockets: SocketIoGateway;
let url: string;
let author: OpAuthor;
let client: WireClient;

beforeAll(async () => {
  hash = await loadXxhash();
});

beforeEach(async () => {
  const { gateway } = await startTestGateway(hash);
  http = createServer();
  sockets = attachSocketIo({ gateway, http, messageBytes: 100_000 });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  author = new OpAuthor('author.0', hash);
  client = await connectWire(url, helloOf(author.replica));
  await client.until((message): message is WelcomeMessage => message.type === 'welcome');
});

afterEach(async () => {
  client.close();
  await sockets.close();
});

function parsed(input: QueryInput): Query {
  const query = parseQuery(input);
  if (!query.ok) throw new Error(query.error.code);
  return query.value;
}

const subscribe = async (sub: number, map: string, query: unknown): Promise<RowsMessage> => {
  client.send({ type: 'subscribe', sub, map, query });
  return client.until(
    (message): message is RowsMessage => message.type === 'rows' && message.sub === sub && message.done,
  );
};

/** Writes in one commit, and returns what it is followed by. */
const write = async (...ops: Op[]): Promise<PushMessage> => {
  const isNew = new Set(client.received);
  client.send({ type: 'submit', batches: author.batches(...ops) });
  return client.until((message): message is PushMessage => message.type === 'push' && !isNew.has(message));
};

const shown = (rows: RowsMessage): Record<string, Value | undefined> =>
  Object.fromEntries(rows.changes.map((change) => [change[1], materialize(decoded(change[2]!))]));

test('QU-40, QU-41: groups arrive as records, and each commit’s changes of them, to who wrote them too', async () => {
  await write(
    author.create('todos', 'a', { list: 'home', n: 1 }),
    author.create('todos', 'b', { list: 'home', n: 2 }),
    author.create('todos', 'c', { list: 'work', n: 5 }),
  );
  const first = await subscribe(
    1,
    'todos',
    parsed({ groupBy: 'list', aggregate: { todos: 'count', n: { sum: 'n' } } }),
  );
  expect(shown(first)).toEqual({
    '[["home"]]': { list: 'home', todos: 2, n: 3 },
    '[["work"]]': { list: 'work', todos: 1, n: 5 },
  });
  const held = decoded(first.changes.find(([, key]) => key === '[["home"]]')![2]!);

  const moved = await write(author.patch('todos', 'a', { list: 'work', n: 0 }));
  const [home, work] = [...moved.subs[0]!.changes].sort(([, a], [, b]) => (a < b ? -1 : 1));
  expect(home).toMatchObject(['update', '[["home"]]', expect.anything()]);
  const merged = mergeRecords(held, decoded(home![2]!));
  expect(materialize(merged)).toEqual({ list: 'home', todos: 1, n: 2 });
  // Only what changed is told, under the name of the server.
  const delta = decoded(work![2]!);
  expect([...delta.fields]).toEqual([['todos', { stamp: stampOf(delta, 'todos'), value: 2 }]]);
  expect(stampReplica(stampOf(delta, 'todos'))).toBe(SERVER_REPLICA);
  expect(stampMillis(stampOf(delta, 'todos'))).toBe(moved.through);
  expect(stampMillis(stampOf(held, 'todos'))).toBe(first.through);

  const emptied = await write(author.remove('todos', 'b'));
  expect(emptied.subs).toMatchObject([{ sub: 1, n: 2, changes: [['gone', '[["home"]]']] }]);
});

const stampOf = ({ fields }: LwwRecord, name: string) => fields.get(name)!.stamp;

test('QU-19: rows that match a text arrive by their scores, and each commit tells who entered and left', async () => {
  await write(
    author.create('todos', 'a', { text: 'Buy oat milk and bread' }),
    author.create('todos', 'b', { text: 'milk' }),
    author.create('todos', 'c', { text: 'bread' }),
    author.create('todos', 'd', { text: 'Mlik with typing errors is milky' }),
  );
  const query = parsed({ where: { text: { $match: 'milk' } }, sort: { _score: 'desc' }, limit: 1 });
  const first = await subscribe(1, 'todos', query);
  // One more than asked for: the slack of the window.
  expect(Object.keys(shown(first))).toEqual(['b', 'a']);
  expect(first.full).toBe(true);
  const entered = await write(author.patch('todos', 'c', { text: 'milk milk' }));
  expect(entered.subs[0]!.changes.map(([type, key]) => [type, key])).toEqual([
    ['out', 'a'],
    ['enter', 'c'],
  ]);
  const left = await write(author.patch('todos', 'c', { text: 'bread' }));
  expect(left.subs[0]!.changes.map(([type, key]) => [type, key])).toEqual([
    ['enter', 'a'],
    ['out', 'c'],
  ]);
});

test('QU-40, QU-42: distinct values, and the place to go on after', async () => {
  await write(...['x', 'y', 'y', 'z'].map((list, at) => author.create('todos', `t${at}`, { list })));
  expect(shown(await subscribe(1, 'todos', parsed({ distinct: 'list' })))).toEqual({
    '[["x"]]': { list: 'x' },
    '[["y"]]': { list: 'y' },
    '[["z"]]': { list: 'z' },
  });
  const second: Query = { ...parsed({ sort: { list: 'asc' }, limit: 1 }), after: { values: ['y'], key: 't1' } };
  const page = await subscribe(2, 'todos', second);
  // One more than asked for: the slack of the window.
  expect(Object.keys(shown(page))).toEqual(['t2', 't3']);
  expect(page.full).toBe(true);
});

test('QU-45, PT-5: an include is a subscription for each part of it, and one commit reaches them all in one push', async () => {
  const parts = flattenQuery(
    'lists',
    parsed({
      where: { open: true },
      include: {
        todos: {
          map: 'todos',
          on: ['_key', 'list'],
          sort: { n: 'asc' },
          limit: 1,
          include: { notes: { map: 'notes', on: ['_key', 'todo'] } },
        },
      },
    }),
  );
  expect(parts.map(({ path }) => path.join('.'))).toEqual(['', 'todos', 'todos.notes']);
  await write(
    author.create('lists', 'home', { open: true }),
    author.create('lists', 'work', { open: false }),
    ...[1, 2, 3].map((n) => author.create('todos', `h${n}`, { list: 'home', n })),
    author.create('todos', 'w', { list: 'work', n: 1 }),
    author.create('notes', 'note', { todo: 'w' }),
  );
  const answers = [];
  for (const [sub, { map, query }] of parts.entries()) answers.push(shown(await subscribe(sub, map, query)));
  expect(answers.map((rows) => Object.keys(rows))).toEqual([['home'], ['h1', 'h2'], []]);

  const opened = await write(author.patch('lists', 'work', { open: true }));
  expect(opened.subs.map(({ sub, changes }) => [sub, ...changes.map(([type, key]) => `${type} ${key}`)])).toEqual([
    [0, 'enter work'],
    [1, 'enter w'],
    [2, 'enter note'],
  ]);
  const closed = await write(
    author.patch('lists', 'work', { open: false }),
    author.create('todos', 'w2', { list: 'work' }),
  );
  expect(closed.subs.map(({ sub, changes }) => [sub, ...changes.map(([type, key]) => `${type} ${key}`)])).toEqual([
    [0, 'out work'],
    [1, 'out w'],
    [2, 'out note'],
  ]);
});

describe('QU-48, PI-8: queries that are refused', () => {
  const plain = parsed({});
  const grouped = parsed({ groupBy: 'list' });
  const within = { map: 'lists', query: plain, on: [['_key'], ['list']] };
  const deeper = (query: object): object => ({ ...plain, within: { ...within, query } });

  test.each<[string, unknown, string]>([
    ['fields', { ...plain, fields: [['n']] }, 'fields'],
    ['an include', { ...plain, include: [{ name: 'x', one: false, ...within }] }, 'include'],
    ['an include of the parent', deeper({ ...plain, include: [] }), 'within.query'],
    ['groups of related rows', { ...grouped, within }, 'groupBy and within'],
    ['rows related to groups', deeper(grouped), 'within.query'],
    ['a place in related rows', { ...plain, within, after: { values: [], key: 'a' } }, 'after and within'],
    ['a place of another order', { ...plain, after: { values: [1], key: 'a' } }, 'after'],
    ['too many levels', [1, 2, 3, 4, 5].reduce(deeper, plain), 'deeper than 4 levels'],
    ['a map that cannot be', { ...plain, within: { ...within, map: 'no map' } }, 'within.map'],
    ['an order by a score of nothing', { ...plain, sort: [[['_score'], 'desc']] }, '_score'],
  ])('%s', async (_case, query, reason) => {
    client.send({ type: 'subscribe', sub: 1, map: 'todos', query });
    const isError = (message: ServerMessage): message is ErrorMessage => message.type === 'error';
    const refused = await client.until(isError);
    expect(refused).toMatchObject({ code: 'bad-query', about: { sub: 1 }, fatal: false });
    expect(refused.reason).toContain(reason);
    expect(client.isConnected).toBe(true);
  });
});
