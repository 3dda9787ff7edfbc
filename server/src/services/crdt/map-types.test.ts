import type { Op } from '@topgun/core/crdt';
import type { Hash64 } from '@topgun/core/primitives';
import { beforeAll, expect, test } from 'vitest';
import { loadXxhash } from '../../adapters/xxhash.js';
import { createMemoryDisk } from '../../drivers/memory-disk.js';
import { OpAuthor } from '../../testing/op-author.js';
import { settle, startTestHost, type TestHost } from '../../testing/test-host.js';
import { GridState } from './grid-state.js';
import { Overlay } from './overlay.js';

let hash: Hash64;
beforeAll(async () => {
  hash = await loadXxhash();
});

async function setUp(disk = createMemoryDisk()): Promise<{ hosted: TestHost; author: OpAuthor; send: Send }> {
  const hosted = await startTestHost({ disk, hash });
  const author = new OpAuthor('r.0', hash);
  hosted.host.send({ type: 'announce', session: 's', replicas: [[author.replica, 0]] });
  const send: Send = (...ops) =>
    hosted.host.send({ type: 'submit', session: 's', batches: author.batches(...ops), bytes: 100 });
  return { hosted, author, send };
}

type Send = (...ops: readonly Op[]) => void;

/** What was told of each op so far. */
function told(hosted: TestHost): Record<number, string> {
  const verdicts = hosted.of('committed').flatMap((event) => event.verdicts);
  return Object.fromEntries([
    ...verdicts.flatMap(({ accepted }) => accepted),
    ...verdicts.flatMap(({ rejected }) => rejected.map(({ seq, code }) => [seq, code])),
  ]) as Record<number, string>;
}

test('CR-6, CR-7: the first op fixes what a map holds; an op for another type is refused, whatever its key', async () => {
  const { hosted, author, send } = await setUp();
  send(author.create('records', 'k', { a: 1 }), author.add('sets', 'k', 'x'), author.count('counters', 'k', 1));
  await settle();
  send(author.add('records', 'other', 'x'), author.count('sets', 'other', 1), author.create('counters', 'other'));
  send(author.remove('sets', 'k'), author.patch('counters', 'k', { a: 1 }), author.add('sets', 'other', 'y'));
  await settle();
  expect(Object.values(told(hosted))).toEqual([
    'applied',
    'applied',
    'applied',
    ...(Array(5).fill('type-mismatch') as string[]),
    'applied',
  ]);
  const [refused] = hosted.of('committed').flatMap(({ verdicts }) => verdicts.flatMap(({ rejected }) => rejected));
  expect(refused?.reason).toBe('The map records holds records, not sets of values.');
});

test('CR-6, PI-2: the first op counts from the moment it is staged', async () => {
  const { hosted, author, send } = await setUp();
  const release = hosted.ledger.hold();
  send(author.count('m', 'a', 1), author.add('m', 'b', 'x'));
  send(author.add('m', 'c', 'x'), author.count('m', 'd', 1));
  send(author.create('m', 'e'));
  release();
  await settle();
  expect(told(hosted)).toEqual({
    1: 'applied',
    2: 'type-mismatch',
    3: 'type-mismatch',
    4: 'applied',
    5: 'type-mismatch',
  });
});

test('CR-6, PI-2: a first op that was refused, or whose commit failed, fixes nothing', async () => {
  const { hosted, author, send } = await setUp();
  send(author.patch('m', 'a', { x: 1 }), author.add('m', 'a', 'x'.repeat(1_100_000)));
  await settle();
  hosted.ledger.failNext('fail');
  send(author.create('m', 'a'));
  await settle();
  expect(hosted.of('session-error')).toMatchObject([{ code: 'commit-failed' }]);
  hosted.host.send({ type: 'announce', session: 't', replicas: [[author.replica, author.issued]] });
  const batches = author.batches(author.count('m', 'a', 1));
  hosted.host.send({ type: 'submit', session: 't', batches, bytes: 100 });
  await settle();
  expect(told(hosted)).toEqual({ 1: 'record-absent', 2: 'too-large', 4: 'applied' });
});

test('CR-6, PI-1: a restart keeps the type', async () => {
  const disk = createMemoryDisk();
  const first = await setUp(disk);
  first.send(first.author.add('m', 'a', 'x'));
  await settle();
  await first.hosted.host.stop();
  const second = await startTestHost({ disk, hash });
  second.host.send({ type: 'announce', session: 's', replicas: [[first.author.replica, 1]] });
  const batches = first.author.batches(first.author.create('m', 'b'), first.author.add('m', 'b', 'y'));
  second.host.send({ type: 'submit', session: 's', batches, bytes: 100 });
  await settle();
  expect(told(second)).toEqual({ 2: 'type-mismatch', 3: 'applied' });
});

test('CR-6, PI-2: an overlay on an overlay knows the types of both, and the state those that were applied', () => {
  const state = new GridState();
  const below = new Overlay(state);
  below.fixMapType('m', 'set');
  const above = new Overlay(below);
  above.fixMapType('n', 'counter');
  above.fixMapType('m', 'record');
  expect([above.mapType('m'), above.mapType('n'), below.mapType('n')]).toEqual(['set', 'counter', undefined]);
  expect(state.mapType('m')).toBeUndefined();
  below.applyTo(state);
  above.rebase(state);
  expect([state.mapType('m'), above.mapType('m'), state.mapType('n')]).toEqual(['set', 'set', undefined]);
});

test('CR-6, CR-12: a transaction is judged by the types that its own parts fix, and fixes none when it is refused', async () => {
  const { hosted, author, send } = await setUp();
  const both = [author.add('m', 'a', 'x'), author.create('m', 'b')];
  const transaction = { first: 1, parts: 2 };
  hosted.host.send({ type: 'submit', session: 's', batches: author.batches(...both), bytes: 100, transaction });
  await settle();
  send(author.count('m', 'a', 1));
  await settle();
  expect(told(hosted)).toEqual({ 1: 'transaction-refused', 2: 'type-mismatch', 3: 'applied' });
});
