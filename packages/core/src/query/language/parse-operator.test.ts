import { describe, expect, test } from 'vitest';
import { parseQuery, type ParseOptions } from '../parse-query.js';
import { Predicates } from './predicates.js';
import { describeQueryError, type QueryError, type QueryErrorPath } from './query-error.js';
import type { QueryInput } from '../query-input.js';
import { QUERY_LIMITS } from './query-limits.js';

function whereOf(where: unknown, options?: ParseOptions): unknown {
  const query = parseQuery({ where } as QueryInput, options);
  if (!query.ok) throw new Error(describeQueryError(query.error));
  return query.value.where;
}

function errorOf(where: unknown): QueryError {
  const query = parseQuery({ where } as QueryInput);
  if (query.ok) throw new Error(`accepted: ${JSON.stringify(query.value)}`);
  return query.error;
}

describe('QU-1: the operators and what they become', () => {
  const path = ['a'];
  test.each<[unknown, unknown]>([
    [
      { $between: [1, 2] },
      {
        type: 'and',
        of: [
          { type: 'gte', path, value: 1 },
          { type: 'lte', path, value: 2 },
        ],
      },
    ],
    [{ $isNull: true }, { type: 'isNull', path, isNull: true }],
    [{ $startsWith: 'x' }, { type: 'startsWith', path, prefix: 'x' }],
    [{ $like: 'a%b' }, { type: 'like', path, pattern: 'a%b', caseInsensitive: false }],
    [{ $ilike: 'A%b' }, { type: 'like', path, pattern: 'a%b', caseInsensitive: true }],
    [{ $regex: '^a+' }, { type: 'regex', path, pattern: '^a+', caseInsensitive: false }],
    [{ $regex: /^a+/ }, { type: 'regex', path, pattern: '^a+', caseInsensitive: false }],
    [{ $regex: /^A+/iu }, { type: 'regex', path, pattern: '^A+', caseInsensitive: true }],
    [{ $contains: [1] }, { type: 'contains', path, value: { json: '[1]' } }],
    [{ $containsAny: [2, 1] }, { type: 'containsAny', path, values: [1, 2] }],
    [{ $containsAll: [2, 1, 2] }, { type: 'containsAll', path, values: [1, 2] }],
  ])('%j', (condition, predicate) => {
    expect(whereOf({ a: condition })).toEqual(predicate);
  });

  test.each<[QueryInput['where'], QueryInput['where']]>([
    [Predicates.between('a', 1, 2), { a: { $between: [1, 2] } }],
    [Predicates.notIn('a', [1, 2]), { a: { $nin: [1, 2] } }],
    [Predicates.exists('a'), { a: { $exists: true } }],
    [Predicates.isNull('a'), { a: { $isNull: true } }],
    [Predicates.isNotNull('a'), { a: { $isNull: false } }],
    [Predicates.startsWith('a', 'x'), { a: { $startsWith: 'x' } }],
    [Predicates.like('a.b', 'x%y'), { 'a.b': { $like: 'x%y' } }],
    [Predicates.ilike('a', 'x%y'), { a: { $ilike: 'x%y' } }],
    [Predicates.regex('a', 'x+'), { a: { $regex: 'x+' } }],
    [Predicates.contains(['a.b'], 'x'), [['a.b'], { $contains: 'x' }]],
    [Predicates.containsAny('a', ['x']), { a: { $containsAny: ['x'] } }],
    [Predicates.containsAll('a', ['x', 'y']), { a: { $containsAll: ['x', 'y'] } }],
  ])('the builder says the same: %j', (built, written) => {
    expect(whereOf(built)).toEqual(whereOf(written));
  });

  test('QU-19: a match is read, as an operator and from the builder', () => {
    const where = { $or: [{ a: 1 }, { title: { $match: 'some words' } }] };
    const match = { type: 'match', path: ['title'], text: 'some words' };
    expect(whereOf(where)).toMatchObject({ of: [{ type: 'eq' }, match] });
    expect(whereOf(Predicates.match('title', 'some words'))).toEqual(match);
    expect(errorOf({ $or: [{ title: { $match: 7 } }] })).toMatchObject({
      path: ['where', '$or', 0, 'title', '$match'],
    });
  });
});

describe('QU-4: what an operator refuses, and where', () => {
  const long = 'x'.repeat(QUERY_LIMITS.textLength + 1);
  test.each<[unknown, QueryError['code'], QueryErrorPath]>([
    [{ $between: 1 }, 'wrong-type', ['$between']],
    [{ $between: [1] }, 'wrong-type', ['$between']],
    [{ $between: [1, 2, 3] }, 'wrong-type', ['$between']],
    [{ $between: [1, null] }, 'wrong-type', ['$between', 1]],
    [{ $between: [[], 1] }, 'wrong-type', ['$between', 0]],
    [{ $between: [Number.NaN, 1] }, 'not-a-value', ['$between', 0]],
    [{ $isNull: 1 }, 'wrong-type', ['$isNull']],
    [{ $startsWith: 1 }, 'wrong-type', ['$startsWith']],
    [{ $startsWith: undefined }, 'wrong-type', ['$startsWith']],
    [{ $startsWith: long }, 'too-long', ['$startsWith']],
    [{ $like: null }, 'wrong-type', ['$like']],
    [{ $like: 'a\\' }, 'bad-pattern', ['$like']],
    [{ $ilike: long }, 'too-long', ['$ilike']],
    [{ $regex: 1 }, 'wrong-type', ['$regex']],
    [{ $regex: {} }, 'wrong-type', ['$regex']],
    [{ $regex: '(' }, 'bad-pattern', ['$regex']],
    [{ $regex: '(a)\\1' }, 'bad-pattern', ['$regex']],
    [{ $regex: '(?=a)' }, 'bad-pattern', ['$regex']],
    [{ $regex: 'a{9999}' }, 'bad-pattern', ['$regex']],
    [{ $regex: /a/g }, 'bad-pattern', ['$regex']],
    [{ $regex: /a/m }, 'bad-pattern', ['$regex']],
    [{ $regex: long }, 'too-long', ['$regex']],
    [{ $contains: undefined }, 'not-a-value', ['$contains']],
    [{ $contains: new Date(0) }, 'not-a-value', ['$contains']],
    [{ $containsAny: 'a' }, 'wrong-type', ['$containsAny']],
    [{ $containsAll: [1, undefined] }, 'not-a-value', ['$containsAll', 1]],
    [{ $containsAny: Array(1001).fill(1) }, 'too-many-values', ['$containsAny']],
    [{ $icontains: 'a' }, 'unknown-operator', ['$icontains']],
    [{ $where: 'true' }, 'unknown-operator', ['$where']],
  ])('%j: %s', (condition, code, place) => {
    const error = errorOf({ x: condition });
    expect({ code: error.code, path: error.path }).toEqual({ code, path: ['where', 'x', ...place] });
    expect(describeQueryError(error)).toMatch(/^where\.x\.\$/);
  });

  test('a between is three nodes of the budget, and a level', () => {
    const many = (count: number) => ({
      $or: Array.from({ length: count }, (_, i) => ({ a: { $between: [i, i + 1] } })),
    });
    expect(() => whereOf(many(85))).not.toThrow();
    expect(errorOf(many(86)).code).toBe('too-many-nodes');
    let where: unknown = { a: { $between: [1, 2] } };
    for (let i = 2; i < QUERY_LIMITS.depth; i += 1) where = { $not: where };
    expect(() => whereOf(where)).not.toThrow();
    expect(errorOf({ $not: where }).code).toBe('too-deep');
  });

  test('512 characters are accepted, 513 are not', () => {
    for (const operator of ['$startsWith', '$like', '$ilike', '$regex']) {
      expect(() => whereOf({ a: { [operator]: 'x'.repeat(512) } })).not.toThrow();
      expect(errorOf({ a: { [operator]: 'x'.repeat(513) } })).toMatchObject({ code: 'too-long', max: 512 });
    }
  });
});
