import { describe, expect, test } from 'vitest';

import { canonicalQuery } from './canonical-query.js';
import { validateQuery } from './validate-query.js';

const search = {
  text: 'milk',
  fields: ['title'],
  boosts: [['title', 2]],
  prefix: true,
  fuzzy: 0.2,
  combineWith: 'AND',
};
const near = { field: 'at', vector: 'AACAPw', minSimilarity: null };
const query = { where: { type: 'and', of: [] }, sort: [], limit: 20, search };
const within = { map: 'm', query: { where: query.where, sort: [], limit: null }, on: [['a'], ['b']] };

describe('a search off the wire', () => {
  test('QU-49: is taken as it is, and names a view of its own', () => {
    const valid = validateQuery(query);
    expect(valid).toEqual({ ok: true, value: query });
    if (!valid.ok) return;
    const withVector = { ...query, search: { ...search, near } };
    expect(validateQuery(withVector)).toEqual({ ok: true, value: withVector });
    const { search: _, ...plain } = valid.value;
    expect(canonicalQuery(valid.value)).not.toBe(canonicalQuery(plain));
  });

  test.each([
    ['no limit', { ...query, limit: null }, 'wrong-type'],
    ['too great a limit', { ...query, limit: 1_001 }, 'wrong-type'],
    ['an order', { ...query, sort: [[['a'], 'asc']] }, 'not-together'],
    ['groups', { ...query, groupBy: { by: [['a']], aggregates: [] } }, 'not-together'],
    ['a parent', { ...query, within }, 'not-together'],
    ['a place', { ...query, after: { values: [], key: 'a' } }, 'not-together'],
    ['a member too many', { ...query, search: { ...search, more: 1 } }, 'unknown-option'],
    ['a member too few', { ...query, search: { text: 'a' } }, 'wrong-type'],
    ['a long text', { ...query, search: { ...search, text: 'x'.repeat(1_025) } }, 'too-long'],
    ['no text', { ...query, search: { ...search, text: 1 } }, 'wrong-type'],
    ['too many fields', { ...query, search: { ...search, fields: Array(17).fill('a') } }, 'too-many-values'],
    ['a field that is none', { ...query, search: { ...search, fields: [1] } }, 'wrong-type'],
    ['a boost that is none', { ...query, search: { ...search, boosts: [['title']] } }, 'wrong-type'],
    ['what is near of no field', { ...query, search: { ...search, near: { ...near, field: 1 } } }, 'wrong-type'],
    ['a vector that is no text', { ...query, search: { ...search, near: { ...near, vector: [1] } } }, 'wrong-type'],
    ['a long vector', { ...query, search: { ...search, near: { ...near, vector: 'A'.repeat(21_847) } } }, 'too-long'],
    ['no nearness', { ...query, search: { ...search, near: { ...near, minSimilarity: 'x' } } }, 'wrong-type'],
    ['nothing near', { ...query, search: { ...search, near: null } }, 'wrong-type'],
    ['a combination that is none', { ...query, search: { ...search, combineWith: 'XOR' } }, 'wrong-type'],
  ])('QU-49: with %s is refused', (_what, input, code) => {
    const valid = validateQuery(input);
    expect(valid.ok ? 'ok' : valid.error.code).toBe(code);
  });

  test('QU-49: is no parent of what is related to something', () => {
    const child = { where: query.where, sort: [], limit: null, within: { ...within, query } };
    const valid = validateQuery(child);
    expect(valid.ok ? 'ok' : valid.error.code).toBe('not-together');
  });
});
