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
  expect([...recordsAt(['k3', 'nobody', 'k1'], read)].map(([key]) => key)).toEqual(['k3', 'k1']);
  state.forgetRecord(partitionOf(hash, 'm', 'k3'), 'm', 'k3');
  expect([source.size('m'), source.size('other'), source.size('nothing')]).toEqual([29, 1, 0]);
  expect(read('k3')).toBeUndefined();
  position = 5;
  expect(source.position()).toBe(5);
});
