import { encodeStamp, type ReplicaId } from '@topgun/core/clock';
import type { Op } from '@topgun/core/crdt';
import { err, type Hash64, type Value } from '@topgun/core/primitives';
import { auth, defineRules } from '@topgun/core/rules';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadXxhash } from '../adapters/xxhash.js';
import type { Identity } from '../ports/identity.js';
import { OpAuthor } from '../testing/op-author.js';
import { startTestGateway, type TestClient } from '../testing/test-gateway.js';
import { settle } from '../testing/test-host.js';

// What docs/threat-model.md says, where no rule of docs/spec has its test.

let hash: Hash64;
beforeAll(async () => {
  hash = await loadXxhash();
});

const own = { where: { owner: auth.sub } };
const rules = defineRules({ todos: { read: own, create: own, update: own, remove: own } });
const identityOf = (principal: string): Identity => ({ principal, claims: { sub: principal }, expiresAtMs: null });

async function open() {
  const authentication = {
    required: true,
    verifier: { verify: () => Promise.resolve(err({ code: 'needs-auth', reason: 'no' } as const)) },
  };
  const started = await startTestGateway(hash, { rules, authentication });
  const join = (user: string) => {
    const author = new OpAuthor(`${user}.0`, hash);
    return { author, client: started.connect({ replicas: [[author.replica, 0]] }, identityOf(user)) };
  };
  return { ...started, join };
}

const codes = (client: TestClient): string[] =>
  client.of('decided').flatMap(({ rejected }) => rejected.map(({ code }) => code));

describe('PI-9: a hostile client', () => {
  test.each<[string, Readonly<Record<string, Value>>]>([
    ['the prototype of its record', JSON.parse('{"__proto__":{"owner":"eve"}}')],
    ['a constructor', { constructor: { prototype: { owner: 'eve' } } }],
    ['a list', { owner: ['eve'] }],
    ['an object', { owner: { sub: 'eve' } }],
    ['another field of that name', { 'owner ': 'eve', 'a.owner': 'eve' }],
  ])('owns nothing by %s', async (_what, fields) => {
    const { join } = await open();
    const { author, client } = join('eve');
    client.send({ type: 'submit', batches: author.batches(author.create('todos', 'a', fields)) });
    await settle();
    expect(codes(client)).toEqual(['not-permitted']);
    expect(({} as { owner?: unknown }).owner).toBeUndefined();
  });

  test('writes in nobody else’s name, and not from the future', async () => {
    const { join, hosted } = await open();
    const { author, client } = join('eve');
    const forged = (millis: number, replica: string, op: Op): Op => ({
      ...op,
      stamp: encodeStamp({ millis, counter: 0, replica: replica as ReplicaId }),
    });
    const now = hosted.clock.now;
    const ops = [
      forged(now, 'ann.0', author.create('todos', 'a', { owner: 'eve' })),
      forged(now + 61_000, author.replica, author.create('todos', 'b', { owner: 'eve' })),
    ];
    client.send({ type: 'submit', batches: author.batches(...ops) });
    await settle();
    expect(codes(client).toSorted()).toEqual(['clock-skew', 'invalid-op']);
  });

  test('learns nothing of others by cursors, digests, turns and claims of what it had', async () => {
    const { join } = await open();
    const ann = join('ann');
    for (let i = 0; i < 20; i += 1) {
      ann.client.send({
        type: 'submit',
        batches: ann.author.batches(ann.author.create('todos', `secret-${i}`, { owner: 'ann', text: 'secret' })),
      });
    }
    await settle();
    const { client } = join('eve');
    const query = { where: { type: 'and', of: [] }, sort: [], limit: 5, after: { values: [], key: 'secret-1' } };
    client.send({ type: 'subscribe', sub: 1, map: 'todos', query });
    client.send({ type: 'subscribe', sub: 2, map: 'todos', have: [20, 'AAAAAAAAAAA'], through: 20 });
    client.send({ type: 'subscribe', sub: 3, map: '.topgun/replicas' });
    for (const sub of [1, 2, 3, 9]) client.send({ type: 'turn', sub, nodes: 'IQAAAQ' });
    await settle();
    expect(client.of('rows').length).toBeGreaterThan(0);
    expect(JSON.stringify(client.received)).not.toMatch(/secret|ann/);
  });
});

test('PI-9: a curious reader of the log finds neither what was stored nor a token', async () => {
  const { gateway, join, logged, hosted } = await open();
  const { author, client } = join('eve');
  const secret = 'a secret value';
  client.send({ type: 'submit', batches: author.batches(author.create('todos', 'a', { owner: 'ann', text: secret })) });
  client.send({
    type: 'subscribe',
    sub: 1,
    map: 'todos',
    query: { where: { type: 'eq', path: ['a'], value: [secret] }, sort: [], limit: null },
  });
  client.send({ type: 'subscribe', sub: 2, map: 'todos', query: secret });
  client.send({ type: 'subscribe', sub: secret, map: 'todos' });
  client.send({ type: secret, [secret]: secret });
  await gateway.identify({ protocol: 1, replicas: [], lineage: null, token: secret });
  client.send({ type: 'token', token: secret });
  await settle();
  client.send({
    type: 'submit',
    batches: [{ replica: author.replica, partition: 0, ops: [[9, 'x', 'todos', 'k', 'c', [['text', secret]]]] }],
  });
  await settle();
  const log = [...logged, ...hosted.logged];
  expect(log.length).toBeGreaterThan(4);
  expect(JSON.stringify(log)).not.toContain(secret);
});
