import { expect, test } from 'vitest';
import { WHOLE_MAP } from '@topgun/core/query';
import type { HostCommand } from '../ports/partition-host.js';
import { loadXxhash } from '../adapters/xxhash.js';
import { DEFAULT_PIECES } from '../services/query/view-turns.js';
import { OpAuthor } from '../testing/op-author.js';
import { startTestGateway } from '../testing/test-gateway.js';
import { settle } from '../testing/test-host.js';
import { Questions } from './questions.js';

/** A connection's questions, and the subscriptions for which the host has been asked. */
function scene() {
  const asked: number[] = [];
  const turns: (() => void)[] = [];
  const questions = new Questions({
    command: (command: HostCommand) => void (command.type === 'open-view' && asked.push(command.sub)),
    nextTurn: (run) => void turns.push(run),
    isHeldUp: () => false,
  });
  return {
    questions,
    asked,
    add: (sub: number) => questions.add({ type: 'open-view', session: 's', sub, map: 'todos', query: WHOLE_MAP }),
    turn(): void {
      for (const run of turns.splice(0)) run();
    },
  };
}

test('PI-39: one answer at a time, and one question in a turn', () => {
  const { questions, asked, add, turn } = scene();
  for (const sub of [1, 2, 3]) add(sub);
  turn();
  expect(asked).toEqual([1]);
  questions.answered(1);
  expect(asked).toEqual([1, 2]);
  questions.answered(2);
  expect(asked).toEqual([1, 2]);
  turn();
  expect(asked).toEqual([1, 2, 3]);
});

test('QU-50: who ends a subscription whose view is being opened waits for no answer to it, and what comes late is none to another', () => {
  const { questions, asked, add, turn } = scene();
  for (const sub of [1, 2, 3]) add(sub);
  turn();
  questions.drop(1);
  turn();
  expect(asked).toEqual([1, 2]);
  questions.answered(1);
  turn();
  expect(asked).toEqual([1, 2]);
  questions.answered(2);
  turn();
  expect(asked).toEqual([1, 2, 3]);
});

test('QU-50: one that waits is ended without being asked', () => {
  const { questions, asked, add, turn } = scene();
  for (const sub of [1, 2, 3]) add(sub);
  turn();
  questions.drop(2);
  turn();
  expect(asked).toEqual([1]);
  questions.answered(1);
  turn();
  expect(asked).toEqual([1, 3]);
});

test('QU-50: a client that ends a subscription while the server opens its view in turns is answered what it asks next', async () => {
  const hash = await loadXxhash();
  const pieces = { ...DEFAULT_PIECES, recordsAtOnce: 2, recordsPerStep: 1 };
  const { connect, hosted } = await startTestGateway(hash, { pieces });
  const author = new OpAuthor('r.0', hash);
  const writer = connect({ replicas: [[author.replica, 0]] });
  writer.send({
    type: 'submit',
    batches: author.batches(...['a', 'b', 'c', 'd'].map((key) => author.create('m', key))),
  });
  await settle();
  const client = connect();
  client.send({ type: 'subscribe', sub: 1, map: 'm' });
  await settle();
  expect(client.of('rows')).toEqual([]);
  client.send({ type: 'unsubscribe', sub: 1 });
  client.send({ type: 'subscribe', sub: 2, map: 'other' });
  client.send({ type: 'subscribe', sub: 3, map: 'm' });
  for (let turns = 0; turns < 40; turns += 1) {
    hosted.timers.runAll();
    await settle();
  }
  expect(client.of('rows').map(({ sub, changes }) => [sub, changes.length])).toEqual([
    [2, 0],
    [3, 4],
  ]);
});
