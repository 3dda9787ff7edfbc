import { parseQuery, type QueryInput } from '@topgun/core/query';
import { expect, test } from 'vitest';
import { pinnedKey } from './pinned-key.js';

function keyOf(input: QueryInput): string | null {
  const query = parseQuery(input);
  if (!query.ok) throw new Error(query.error.code);
  return pinnedKey(query.value);
}

test.each<[string, QueryInput, string | null]>([
  ['equality with the key', { where: { _key: 'a' } }, 'a'],
  ['equality with the key and more', { where: { _key: 'a', done: false } }, 'a'],
  ['equality with the key inside and', { where: { $and: [{ done: true }, { _key: 'a' }] } }, 'a'],
  ['one of two keys', { where: { $or: [{ _key: 'a' }, { _key: 'b' }] } }, null],
  ['any key but one', { where: { $not: { _key: 'a' } } }, null],
  ['a field that is no key', { where: { 'owner._key': 'a' } }, null],
  ['everything', {}, null],
])('PI-8: %s', (_case, input, key) => {
  expect(keyOf(input)).toBe(key);
});
