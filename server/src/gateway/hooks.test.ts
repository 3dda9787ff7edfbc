import type { Hash64 } from '@topgun/core/primitives';
import type { Hello } from '@topgun/core/protocol';
import { defineRules } from '@topgun/core/rules';
import { beforeAll, expect, test } from 'vitest';
import { loadXxhash } from '../adapters/xxhash.js';
import { OpAuthor } from '../testing/op-author.js';
import { startTestGateway } from '../testing/test-gateway.js';
import { settle } from '../testing/test-host.js';

let hash: Hash64;
beforeAll(async () => {
  hash = await loadXxhash();
});

const HELLO: Hello = { protocol: 1, replicas: [], lineage: null };

test('HK-3: a client is told of what was changed with the verdict, and others of the record as it is', async () => {
  const { connect } = await startTestGateway(hash, {
    hooks: { beforeOp: (op) => (op.type === 'create' ? { fields: { ...op.fields, by: 'server' } } : undefined) },
  });
  const author = new OpAuthor('r.0', hash);
  const [writer, reader] = [connect({ replicas: [[author.replica, 0]] }), connect()];
  reader.send({ type: 'subscribe', sub: 1, map: 'todos' });
  const op = author.create('todos', 'a', { text: 'milk' });
  writer.send({ type: 'submit', batches: author.batches(op) });
  await settle();
  expect(writer.of('decided')).toEqual([
    {
      type: 'decided',
      position: 1,
      replica: 'r.0',
      verdicts: [[1, 'applied']],
      rejected: [],
      changed: [
        [
          1,
          op.stamp,
          'todos',
          'a',
          'c',
          [
            ['text', 'milk'],
            ['by', 'server'],
          ],
        ],
      ],
    },
  ]);
  expect(JSON.stringify(reader.of('push'))).toContain('server');
});

test('HK-3, RU-5: of what a hook writes into fields that the author may not read the author is told nothing', async () => {
  const { connect } = await startTestGateway(hash, {
    hooks: { beforeOp: (op) => (op.type === 'create' ? { fields: { ...op.fields, score: 7 } } : undefined) },
    rules: defineRules({ todos: { read: true, create: true, fields: { score: { read: false, write: true } } } }),
  });
  const author = new OpAuthor('r.0', hash);
  const writer = connect({ replicas: [[author.replica, 0]] });
  const op = author.create('todos', 'a', { text: 'milk' });
  writer.send({ type: 'submit', batches: author.batches(op) });
  await settle();
  expect(writer.of('decided')[0]).toMatchObject({
    verdicts: [[1, 'applied']],
    changed: [[1, op.stamp, 'todos', 'a', 'c', [['text', 'milk']]]],
  });
});

test('HK-6: nobody is in before onConnection has let them in, and onDisconnect hears of each end', async () => {
  const told: string[] = [];
  const { connect, gateway } = await startTestGateway(hash, {
    hooks: {
      onConnection: ({ refuse }) => (told.length === 0 ? refuse('Not yet.') : void told.push('in')),
      onDisconnect: () => void told.push('out'),
    },
  });
  expect(await gateway.identify(HELLO)).toEqual({ ok: false, error: { code: 'not-permitted', reason: 'Not yet.' } });
  told.push('open');
  expect(await gateway.identify(HELLO)).toEqual({ ok: true, value: null });
  // Connections that nobody was asked about are none of the hook's.
  connect().session.disconnected();
  await settle();
  expect(told).toEqual(['open', 'in']);
  const session = gateway.connect(HELLO, { send: () => undefined, bufferedBytes: () => 0, close: () => undefined });
  session.disconnected();
  await settle();
  expect(told).toEqual(['open', 'in', 'out']);
});
