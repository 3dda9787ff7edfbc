import { decodeRecord } from '@topgun/core/crdt';
import { createAsker, encodeDigest, HashTrie, recordHash, type Asker } from '@topgun/core/merkle';
import { decodeBase64url, encodeBase64url, type Hash64 } from '@topgun/core/primitives';
import type { RowChange } from '@topgun/core/protocol';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadXxhash } from '../adapters/xxhash.js';
import { OpAuthor } from '../testing/op-author.js';
import { startTestGateway, type TestClient } from '../testing/test-gateway.js';
import { settle } from '../testing/test-host.js';

let hash: Hash64;
beforeAll(async () => {
  hash = await loadXxhash();
});

const ROWS = 40;

/** What a client holds that was sent these changes as first answer. */
function trieOf(changes: readonly RowChange[]): HashTrie {
  const trie = new HashTrie(hash);
  for (const change of changes) {
    if (change[0] === 'gone') continue;
    const record = decodeRecord(change[2]);
    if (record.ok) trie.set(change[1], recordHash(hash, change[1], record.value));
  }
  return trie;
}

/** A server with 40 rows, and what a client holds of them that has left. */
async function setUp() {
  const started = await startTestGateway(hash);
  const author = new OpAuthor('r.0', hash);
  const writer = started.connect({ replicas: [[author.replica, 0]] });
  const commit = async (...ops: ReturnType<OpAuthor['create']>[]): Promise<void> => {
    writer.send({ type: 'submit', batches: author.batches(...ops) });
    await settle();
  };
  await commit(...Array.from({ length: ROWS }, (_, n) => author.create('m', `k${n}`, { n })));
  const first = started.connect();
  first.send({ type: 'subscribe', sub: 1, map: 'm' });
  const held = trieOf(first.of('rows')[0]!.changes);
  first.session.disconnected();
  const comeBack = (trie = held): TestClient => {
    const client = started.connect({ lineage: 'memory' });
    client.send({ type: 'subscribe', sub: 1, map: 'm', have: encodeDigest(trie.digest()) });
    return client;
  };
  return { ...started, author, commit, held, comeBack };
}

/** Takes the client's turns until the server has answered. */
function exchange(client: TestClient, asker: Asker): readonly string[] {
  const dropped: string[] = [];
  const take = (nodes: string): Uint8Array => {
    const bytes = decodeBase64url(nodes);
    const turn = bytes.ok ? asker.receive(bytes.value) : null;
    if (turn?.ok !== true) throw new Error('the server says nonsense');
    dropped.push(...turn.value.drop);
    return turn.value.reply;
  };
  for (let at = 0; at < client.of('level').length; at += 1) {
    const reply = take(client.of('level')[at]!.nodes);
    client.send({ type: 'turn', sub: 1, nodes: encodeBase64url(reply) });
  }
  for (const { nodes } of client.of('rows')) if (nodes !== undefined) take(nodes);
  return dropped;
}

describe('a client that comes back', () => {
  test('SY-2, SY-3: whose digest is the server’s is told so in one message, and pushes go on; both together are below 100 bytes', async () => {
    const { author, commit, held, comeBack } = await setUp();
    const client = comeBack();
    expect(client.received.slice(1)).toEqual([{ type: 'same', sub: 1 }]);
    await commit(author.patch('m', 'k1', { n: 7 }));
    expect(client.of('push').flatMap(({ subs }) => subs.map(({ sub, n }) => [sub, n]))).toEqual([[1, 1]]);
    const asked = JSON.stringify({ type: 'subscribe', sub: 1, map: 'm', have: encodeDigest(held.digest()) });
    expect(asked.length + JSON.stringify({ type: 'same', sub: 1 }).length).toBeLessThanOrEqual(100);
  });

  test('SY-2: whose digest the view had lately is told what has changed since, field by field', async () => {
    const { author, commit, comeBack } = await setUp();
    await commit(author.patch('m', 'k1', { n: 7 }), author.remove('m', 'k2'));
    await commit(author.patch('m', 'k1', { n: 8, other: true }), author.create('m', 'new', { n: 0 }));
    const client = comeBack();
    expect(client.received.slice(1)).toMatchObject([{ type: 'rows', n: 0, through: 3, kept: true, done: true }]);
    const told = client
      .of('rows')[0]!
      .changes.map((change) => [change[0], change[1], change[0] === 'gone' ? [] : change[2][3].map(([name]) => name)]);
    expect(told.sort()).toEqual([
      ['enter', 'new', ['n']],
      ['gone', 'k2', []],
      ['update', 'k1', ['n', 'other']],
    ]);
  });

  test('SY-2: whose digest nobody knows finds out by turns, and what is committed meanwhile is pushed', async () => {
    const { author, commit, held, comeBack } = await setUp();
    held.set('k1', 1n);
    held.set('mine', 2n);
    held.delete('k3');
    const client = comeBack(held);
    const dropped = exchange(client, createAsker(held));
    expect([...dropped].sort()).toEqual(['k1', 'mine']);
    const rows = client.of('rows')[0]!;
    expect(rows).toMatchObject({ kept: true, done: true });
    expect(rows.changes.map(([type, key]) => [type, key]).sort()).toEqual([
      ['enter', 'k1'],
      ['enter', 'k3'],
    ]);
    await commit(author.patch('m', 'k1', { n: 7 }));
    const numbers = [...client.of('level'), ...client.of('rows')].map(({ n }) => n);
    expect([...numbers, client.of('push')[0]!.subs[0]!.n]).toEqual([...numbers.keys(), numbers.length]);
  });

  test('SY-1, SY-2: pushes during an exchange are numbered with its messages', async () => {
    const { author, commit, held, comeBack } = await setUp();
    held.set('k1', 1n);
    const client = comeBack(held);
    await commit(author.patch('m', 'k9', { n: 7 }));
    exchange(client, createAsker(held));
    const order = client.received
      .slice(1)
      .map((message) => (message.type === 'push' ? message.subs[0]!.n : 'n' in message && message.n));
    expect(order).toEqual([0, 1, 2, 3].slice(0, order.length));
    expect(client.of('rows')[0]?.changes.map(([, key]) => key)).toContain('k1');
  });

  test('SY-2: with few of the rows, or a digest that is none, is sent all of them', async () => {
    const { comeBack, connect } = await setUp();
    const few = new HashTrie(hash);
    few.set('k1', 1n);
    expect(comeBack(few).of('rows')[0]!.changes.length).toBe(ROWS);
    const client = connect();
    client.send({ type: 'subscribe', sub: 1, map: 'm', have: [ROWS, 'no digest'] });
    expect(client.of('rows')[0]!).not.toHaveProperty('kept');
    expect(client.of('rows')[0]!.changes.length).toBe(ROWS);
  });

  test('SY-2: another lineage changes nothing: the digest alone counts', async () => {
    const { held, connect } = await setUp();
    const client = connect({ lineage: 'another' });
    client.send({ type: 'subscribe', sub: 1, map: 'm', have: encodeDigest(held.digest()) });
    expect(client.received).toMatchObject([{ type: 'welcome', lineage: 'memory' }, { type: 'same' }]);
  });
});

describe('nonsense in an exchange', () => {
  const begin = (client: TestClient, held: HashTrie, sub: number): void => {
    held.set('k1', BigInt(sub));
    client.send({ type: 'subscribe', sub, map: 'm', have: encodeDigest(held.digest()) });
  };

  test.each([
    ['what is no base64url', '!'],
    ['what is no item', '_w'],
    ['a subtree nobody spoke of', 'Aw0AAAA'],
  ])('SY-2: %s ends the subscription, and the others notice nothing', async (_, nodes) => {
    const { held, connect, commit, author } = await setUp();
    const client = connect();
    client.send({ type: 'subscribe', sub: 7, map: 'm' });
    begin(client, held, 1);
    expect(client.of('level').length).toBe(1);
    client.send({ type: 'turn', sub: 1, nodes });
    expect(client.of('error')).toMatchObject([{ code: 'malformed', about: { sub: 1 }, fatal: false }]);
    await commit(author.patch('m', 'k1', { n: 7 }));
    expect(client.of('push').flatMap(({ subs }) => subs.map(({ sub }) => sub))).toEqual([7]);
  });

  test('SY-2: whoever goes on like that is cut off', async () => {
    const { held, connect } = await setUp();
    const client = connect();
    for (let sub = 1; sub <= 20 && client.closed === null; sub += 1) {
      begin(client, held, sub);
      client.send({ type: 'turn', sub, nodes: '_w' });
    }
    expect(client.closed).not.toBeNull();
    expect(client.of('error').filter(({ fatal }) => fatal).length).toBe(1);
  });

  test('SY-2: turns in what is no exchange, or none any more, are passed over', async () => {
    const { held, connect, comeBack } = await setUp();
    const client = comeBack();
    client.send({ type: 'turn', sub: 1, nodes: '' });
    client.send({ type: 'turn', sub: 99, nodes: '' });
    const other = connect();
    begin(other, held, 1);
    other.send({ type: 'unsubscribe', sub: 1 });
    other.send({ type: 'turn', sub: 1, nodes: '' });
    expect([...client.of('error'), ...other.of('error')]).toEqual([]);
    expect(other.received.map(({ type }) => type)).toEqual(['welcome', 'level']);
  });
});
