import { expect, test } from 'vitest';

import type { ProgressEvent } from '../ports/tab-events.js';
import { SyncProgressStore, type SyncProgress } from './sync-progress.js';

const progress = (sub: string, map: string, received: number, total: number): ProgressEvent => ({
  type: 'progress',
  sub,
  map,
  received,
  total,
});

function start() {
  const told: SyncProgress[] = [];
  return { told, store: new SyncProgressStore((each) => told.push(each)) };
}

test('SY-7: each step is told, and the end as all of it', () => {
  const { store, told } = start();
  expect(store.of('m')).toBeNull();
  store.note(progress('a', 'm', 500, 1_200));
  expect(store.of('m')).toEqual({ map: 'm', received: 500, total: 1_200 });
  store.note(progress('a', 'm', 1_000, 1_200));
  store.end(['a']);
  expect(told.map(({ received, total }) => [received, total])).toEqual([
    [500, 1_200],
    [1_000, 1_200],
    [1_200, 1_200],
  ]);
  expect(store.of('m')).toBeNull();
});

test('SY-7: several answers of one map are told together, those of others apart', () => {
  const { store, told } = start();
  store.note(progress('a', 'm', 500, 1_000));
  store.note(progress('b', 'm', 500, 3_000));
  store.note(progress('c', 'other', 500, 600));
  expect([store.of('m'), store.of('other')]).toEqual([
    { map: 'm', received: 1_000, total: 4_000 },
    { map: 'other', received: 500, total: 600 },
  ]);
  store.end(['a']);
  expect(store.of('m')).toEqual({ map: 'm', received: 500, total: 3_000 });
  expect(told.at(-1)).toBe(store.of('m'));
});

test('SY-7: what is broken off ends as well, and begins anew', () => {
  const { store, told } = start();
  store.note(progress('a', 'm', 500, 1_000));
  store.note(progress('b', 'other', 500, 1_000));
  store.end(null);
  expect([store.of('m'), store.of('other')]).toEqual([null, null]);
  expect(told.slice(2).map(({ map, received, total }) => [map, received === total])).toEqual([
    ['m', true],
    ['other', true],
  ]);
  store.note(progress('a', 'm', 500, 1_000));
  expect(store.of('m')).toEqual({ map: 'm', received: 500, total: 1_000 });
});

test('the end of what was never on its way is not told, and what is shown keeps its identity', () => {
  const { store, told } = start();
  store.end(['a']);
  store.end(null);
  expect(told).toEqual([]);
  store.note(progress('a', 'm', 1, 2));
  const shown = store.of('m');
  store.note(progress('b', 'other', 1, 2));
  store.end(['b']);
  expect(store.of('m')).toBe(shown);
});
