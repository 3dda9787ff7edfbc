import { describe, expect, test } from 'vitest';
import { canonicalQuery } from '../language/canonical-query.js';
import { parseQuery } from '../parse-query.js';
import type { QueryInput } from '../query-input.js';
import { isWholeMap, WHOLE_MAP, windowSize, windowSlack } from './window.js';

const parsed = (input: QueryInput) => {
  const query = parseQuery(input);
  if (!query.ok) throw new Error(query.error.code);
  return query.value;
};

describe('the server’s window', () => {
  test.each([
    [1, 2],
    [4, 5],
    [5, 7],
    [100, 125],
  ])('SY-5: of a limit of %i it holds a quarter more, one row at least: %i', (limit, size) => {
    expect(windowSize({ ...WHOLE_MAP, limit })).toBe(size);
    expect(windowSlack(limit)).toBe(size - limit);
  });

  test('without a limit it holds all rows', () => {
    expect(windowSize(WHOLE_MAP)).toBe(Infinity);
  });

  test('the whole map is the query that asks for nothing in particular', () => {
    expect(canonicalQuery(parsed({}))).toBe(canonicalQuery(WHOLE_MAP));
    expect(isWholeMap(parsed({}))).toBe(true);
    for (const input of [{ where: { a: 1 } }, { sort: { a: 'asc' } }, { limit: 3 }] satisfies QueryInput[]) {
      expect(isWholeMap(parsed(input))).toBe(false);
    }
    expect(isWholeMap(parsed({ fields: 'a' }))).toBe(true);
    const all = parsed({});
    expect(isWholeMap(parsed({ distinct: 'a' }))).toBe(false);
    expect(isWholeMap({ ...all, after: { values: [], key: 'k' } })).toBe(false);
    expect(isWholeMap({ ...all, within: { map: 'm', query: all, on: [['a'], ['b']] } })).toBe(false);
  });
});
