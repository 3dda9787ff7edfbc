import { applyOp, EMPTY_RECORD, type LwwRecord } from '@topgun/core/crdt';
import { beforeAll, expect, test } from 'vitest';
import { loadXxhash } from '../../adapters/xxhash.js';
import { OpAuthor } from '../../testing/op-author.js';
import { QuotaShare } from './quota-share.js';

let author: OpAuthor;
beforeAll(async () => {
  author = new OpAuthor('r.0', await loadXxhash());
});

const recordOf = (text: string): LwwRecord => applyOp(EMPTY_RECORD, author.create('m', 'k', { text }));

test('PI-49: a host with some of the records says what they take where that has changed, of maps with quotas alone', () => {
  const bytes = new Map([
    ['m', 40],
    ['n', 0],
    ['free', 9],
  ]);
  const state = { bytesOfMap: (map: string) => bytes.get(map) ?? 0 };
  const share = new QuotaShare(
    new Map([
      ['m', 100],
      ['n', 100],
    ]),
    state,
  );
  expect(share.news()).toEqual([['m', 40]]);
  expect(share.news()).toEqual([]);
  for (const map of bytes.keys()) bytes.set(map, 50);
  expect(share.news(new Set(['n', 'free']))).toEqual([['n', 50]]);
  expect(share.news()).toEqual([['m', 50]]);
});

test('PI-49: it refuses what makes a record larger while the map is said to be full, whatever it takes here', () => {
  const share = new QuotaShare(new Map([['m', 100]]), { bytesOfMap: () => 1_000 });
  const [small, large] = [recordOf('a'), recordOf('a'.repeat(50))];
  expect(share.refuses('m', undefined, large)).toBe(null);
  share.fill('m', true);
  expect(share.refuses('m', undefined, small)).toMatchObject({ code: 'too-large' });
  expect(share.refuses('m', small, large)).toMatchObject({ code: 'too-large' });
  expect(share.refuses('m', large, small)).toBe(null);
  expect(share.refuses('others', undefined, large)).toBe(null);
  share.fill('m', false);
  expect(share.refuses('m', small, large)).toBe(null);
});
