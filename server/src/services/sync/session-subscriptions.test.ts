import { opToRecord } from '@topgun/core/crdt';
import { expect, test } from 'vitest';
import { OpAuthor } from '../../testing/op-author.js';
import { ROWS_PER_MESSAGE, SessionSubscriptions } from './session-subscriptions.js';

const author = new OpAuthor('r.0', () => 0n);
const rowsOf = (count: number, text = 'x') =>
  Array.from({ length: count }, (_, i) => ({
    key: `k${i}`,
    record: opToRecord(author.create('m', `k${i}`, { text })),
  }));

test('SY-1: a first answer comes in messages of at most 500 rows, numbered from 0, the last of which says done', () => {
  const subscriptions = new SessionSubscriptions();
  subscriptions.ask(7, 10);
  const messages = subscriptions.answer(7, rowsOf(1_201), true, 5);
  expect(ROWS_PER_MESSAGE).toBe(500);
  expect(messages.map(({ n, changes, done, full }) => [n, changes.length, done, full])).toEqual([
    [0, 500, false, false],
    [1, 500, false, false],
    [2, 201, true, true],
  ]);
  expect(messages.every(({ sub, through }) => sub === 7 && through === 5)).toBe(true);
  expect(messages.flatMap(({ changes }) => changes.map(([, key]) => key))).toEqual(rowsOf(1_201).map(({ key }) => key));
});

test('SY-1: the first of several messages says how many rows all of them bring', () => {
  const subscriptions = new SessionSubscriptions();
  subscriptions.ask(1, 10);
  subscriptions.ask(2, 10);
  expect(subscriptions.answer(1, rowsOf(1_201), false, 0).map(({ total }) => total)).toEqual([
    1_201,
    undefined,
    undefined,
  ]);
  expect(subscriptions.answer(2, rowsOf(500), false, 0).map(({ total }) => total)).toEqual([undefined]);
});

test('SY-1: large rows make shorter messages', () => {
  const subscriptions = new SessionSubscriptions();
  subscriptions.ask(1, 10);
  const messages = subscriptions.answer(1, rowsOf(5, 'x'.repeat(200_000)), false, 0);
  expect(messages.map(({ changes }) => changes.length)).toEqual([2, 2, 1]);
});

test('SY-1: an empty answer is one message', () => {
  const subscriptions = new SessionSubscriptions();
  subscriptions.ask(1, 10);
  expect(subscriptions.answer(1, [], false, 3)).toEqual([
    { type: 'rows', sub: 1, n: 0, through: 3, changes: [], done: true, full: false },
  ]);
});

test('SY-1: pushes go on counting where the first answer ended, each subscription by itself', () => {
  const subscriptions = new SessionSubscriptions();
  subscriptions.ask(1, 10);
  subscriptions.ask(2, 10);
  subscriptions.answer(1, rowsOf(501), false, 0);
  subscriptions.answer(2, [], false, 0);
  const numbers = [1, 2, 1, 1, 2].map((sub) => subscriptions.push(sub, [], false)?.n);
  expect(numbers).toEqual([2, 1, 3, 4, 2]);
});

test('what has ended, or was never asked for, is told nothing', () => {
  const subscriptions = new SessionSubscriptions();
  subscriptions.ask(1, 10);
  expect(subscriptions.push(1, [], false)).toBeNull();
  subscriptions.end(1);
  expect(subscriptions.answer(1, [], false, 0)).toEqual([]);
  expect(subscriptions.push(1, [], false)).toBeNull();
  expect(subscriptions.size).toBe(0);
});

test('it knows the size of the queries that stand, of one asked for again the latest', () => {
  const subscriptions = new SessionSubscriptions();
  subscriptions.ask(1, 10);
  subscriptions.ask(2, 20);
  subscriptions.ask(1, 15);
  expect(subscriptions.queryBytes).toBe(35);
  subscriptions.answer(2, [], false, 0);
  subscriptions.end(2);
  subscriptions.end(7);
  expect(subscriptions.queryBytes).toBe(15);
});
