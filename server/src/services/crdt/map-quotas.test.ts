import { applyOp, EMPTY_RECORD, type LwwRecord } from '@topgun/core/crdt';
import { beforeAll, expect, test } from 'vitest';
import { loadXxhash } from '../../adapters/xxhash.js';
import { OpAuthor } from '../../testing/op-author.js';
import { MapQuotas } from './map-quotas.js';

let author: OpAuthor;
beforeAll(async () => {
  author = new OpAuthor('r.0', await loadXxhash());
});

const recordOf = (text: string): LwwRecord => applyOp(EMPTY_RECORD, author.create('m', 'k', { text }));

test('PI-49: a map that holds as much as it may takes what makes a record no larger, and refuses the rest', () => {
  let bytes = 99;
  const quotas = new MapQuotas(new Map([['m', 100]]), { bytesOfMap: () => bytes });
  const [small, large] = [recordOf('a'), recordOf('a'.repeat(50))];
  expect(quotas.refuses('m', undefined, large)).toBe(null);
  bytes = 100;
  // What one commit adds comes on top.
  expect(quotas.refuses('m', undefined, large)).toBe(null);
  quotas.note();
  expect(quotas.refuses('m', undefined, small)).toMatchObject({ code: 'too-large' });
  expect(quotas.refuses('m', small, large)).toMatchObject({ code: 'too-large' });
  expect(quotas.refuses('m', large, small)).toBe(null);
  expect(quotas.refuses('others', undefined, large)).toBe(null);
  bytes = 50;
  quotas.note();
  expect(quotas.refuses('m', small, large)).toBe(null);
});
