import type { Hash64 } from '@topgun/core/primitives';
import { beforeAll, expect, test } from 'vitest';
import { loadXxhash } from '../adapters/xxhash.js';
import { procedureOf } from '../services/procedures/procedure.js';
import { startTestGateway } from '../testing/test-gateway.js';
import { settle } from '../testing/test-host.js';

let hash: Hash64;
beforeAll(async () => {
  hash = await loadXxhash();
});

const procedure = procedureOf<{ todos: { text: string } }>();
const call = (id: number, name: string, args?: unknown) => ({
  type: 'call',
  id,
  caller: 'db',
  call: `c${id}`,
  name,
  ...(args === undefined ? {} : { args }),
});

test('PR-1, PR-2: who watches is told of what a call wrote before who called has its answer, with the position of its commit', async () => {
  const { connect } = await startTestGateway(hash, {
    procedures: { add: procedure({ run: ({ map }, text: string) => map('todos').set('a', { text }) }) },
  });
  const client = connect();
  client.send({ type: 'subscribe', sub: 1, map: 'todos' });
  client.send(call(1, 'add', 'milk'));
  client.send(call(2, 'nothing'));
  await settle();
  // The one that is no procedure has nothing to wait for.
  expect(client.of('call-refused')).toMatchObject([{ id: 2, code: 'unknown-procedure' }]);
  const told = client.received.filter(({ type }) => type === 'push' || type === 'called');
  expect(told).toMatchObject([
    { type: 'push', through: 1, subs: [{ changes: [['enter', 'a', expect.anything()]] }] },
    { type: 'called', id: 1 },
  ]);
});

test('PR-5: a call costs an op, each of its writes another, and its queries the records they look at; what is refused is audited, by its name alone', async () => {
  const { connect, audited, timers } = await startTestGateway(hash, {
    budgets: { connection: { ops: { perS: 1, burst: 4 }, rows: { perS: 1_000, burst: 1_000 } } },
    procedures: {
      write: procedure({
        run({ map }) {
          for (const key of ['a', 'b', 'c']) map('todos').set(key, { text: key });
        },
      }),
      no: procedure({ run: ({ refuse }) => refuse('Not for you.') }),
    },
  });
  const client = connect({}, { principal: 'ann', claims: {} } as never);
  client.send(call(1, 'write'));
  await settle();
  expect(client.of('called')).toHaveLength(1);
  client.send(call(2, 'no', 'secret'));
  await settle();
  // What the first one wrote was all there was.
  expect(client.of('call-refused')).toEqual([]);
  await timers.advance(2_000);
  expect(client.of('call-refused')).toMatchObject([{ id: 2, code: 'refused', reason: 'Not for you.' }]);
  expect(audited.filter(({ event }) => event === 'call-refused')).toEqual([
    expect.objectContaining({ principal: 'ann', procedure: 'no', code: 'refused' }),
  ]);
  expect(JSON.stringify(audited)).not.toMatch(/secret|Not for/);
});
