import { applyOp, EMPTY_RECORD } from '@topgun/core/crdt';
import { partitionOf } from '@topgun/core/primitives';
import { expect, test } from 'vitest';
import { loadXxhash } from '../../adapters/xxhash.js';
import { OpAuthor } from '../../testing/op-author.js';
import { GridState } from '../crdt/grid-state.js';
import { recordsAt, recordSourceOf } from './record-source.js';

test('PI-8: views read the records of a map wherever their partitions are, the removed ones among them', async () => {
  const hash = await loadXxhash();
  const author = new OpAuthor('r.0', hash);
  const state = new GridState();
  const put = (map: string, key: string): void => {
    state.putRecord(partitionOf(hash, map, key), map, key, applyOp(EMPTY_RECORD, author.create(map, key)));
  };
  for (let at = 0; at < 30; at += 1) put('m', `k${at}`);
  put('other', 'k1');
  let position = 4;
  const source = recordSourceOf(state, hash, () => position);
  const read = source.read('m');
  expect(source.size('m')).toBe(30);
  expect([...source.records('m')].map(([key, record]) => read(key) === record)).toEqual(Array(30).fill(true));
  expect([...(source.keys?.('m') ?? [])]).toEqual([...source.records('m')].map(([key]) => key));
  expect([...recordsAt(['k3', 'nobody', 'k1'], read)].map(([key]) => key)).toEqual(['k3', 'k1']);
  state.forgetRecord(partitionOf(hash, 'm', 'k3'), 'm', 'k3');
  expect([source.size('m'), source.size('other'), source.size('nothing')]).toEqual([29, 1, 0]);
  expect(read('k3')).toBeUndefined();
  position = 5;
  expect(source.position()).toBe(5);
});

test('QU-50: reading the records of a map ends though for each that is met two come, one is forgotten and one is written again', async () => {
  const hash = await loadXxhash();
  const author = new OpAuthor('r.0', hash);
  const state = new GridState();
  const put = (key: string): void => {
    state.putRecord(partitionOf(hash, 'm', key), 'm', key, applyOp(EMPTY_RECORD, author.create('m', key)));
  };
  const forget = (key: string): void => state.forgetRecord(partitionOf(hash, 'm', key), 'm', key);
  const begun = Array.from({ length: 600 }, (_, at) => `k${at}`);
  for (const key of begun) put(key);
  const source = recordSourceOf(state, hash, () => 0);
  const met: string[] = [];
  const touched = new Set<string>();
  for (const [key] of source.records('m')) {
    if (met.push(key) > 600) break;
    const again = `k${(met.length * 2) % 600}`;
    touched.add(again);
    forget(again);
    put(again);
    put(`new${met.length}`);
    put(`newer${met.length}`);
  }
  expect(met.length).toBeLessThanOrEqual(600);
  // Whatever stays as it is has been met, once.
  const rest = (keys: readonly string[]): string[] =>
    keys.filter((key) => key.startsWith('k') && !touched.has(key)).sort();
  expect(rest(met)).toEqual(rest(begun));
  expect(rest(begun).length).toBeGreaterThan(0);
});
