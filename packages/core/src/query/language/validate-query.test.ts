import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalQuery } from './canonical-query.js';
import { parseQuery } from '../parse-query.js';
import { objectOf, queryInput } from '../query.arbitrary.js';
import { describeQueryError, type QueryError } from './query-error.js';
import { QUERY_LIMITS } from './query-limits.js';
import { validateQuery } from './validate-query.js';

const TRUE = { type: 'and', of: [] };

const withWhere = (where: unknown): unknown => ({ where, sort: [], limit: null });

function errorOf(input: unknown): QueryError {
  const query = validateQuery(input);
  if (query.ok) throw new Error(`accepted: ${JSON.stringify(query.value)}`);
  return query.error;
}

function whereOf(where: unknown): unknown {
  const query = validateQuery(withWhere(where));
  if (!query.ok) throw new Error(describeQueryError(query.error));
  return query.value.where;
}

describe('a query off the wire', () => {
  test('is accepted unchanged when parseQuery made it', () => {
    fc.assert(
      fc.property(queryInput, (input) => {
        const query = parseQuery(input);
        if (!query.ok) throw new Error(describeQueryError(query.error));
        expect(validateQuery(JSON.parse(JSON.stringify(query.value)))).toEqual(query);
      }),
      { numRuns: 500 },
    );
  });

  test('becomes canonical when it was not', () => {
    const eq = (field: string, value: unknown): unknown => ({ type: 'eq', path: [field], value });
    expect(whereOf({ type: 'and', of: [eq('b', 1), { type: 'and', of: [eq('a', 1), eq('b', 1)] }] })).toEqual({
      type: 'and',
      of: [eq('a', 1), eq('b', 1)],
    });
    expect(whereOf(eq('a', { json: ' { "b" : 1, "a" : 2 } ' }))).toEqual(eq('a', { json: '{"a":2,"b":1}' }));
    expect(whereOf(eq('a', { json: '"text"' }))).toEqual(eq('a', 'text'));
    expect(whereOf(eq('a', { json: '[-0]' }))).toEqual(eq('a', { json: '[0]' }));
    expect(whereOf(eq('a', -0))).toEqual(eq('a', 0));
    const sorted = validateQuery({ where: TRUE, sort: [['a.b', 'asc']], limit: null });
    expect(sorted).toMatchObject({ ok: true, value: { sort: [[['a', 'b'], 'asc']] } });
  });

  test('shares nothing with what arrived', () => {
    const path = ['a'];
    const arrived = { where: { type: 'eq', path, value: 1 }, sort: [[path, 'asc']], limit: null };
    const query = validateQuery(arrived);
    path.push('b');
    expect(query).toMatchObject({ ok: true, value: { where: { path: ['a'] }, sort: [[['a'], 'asc']] } });
  });

  const deep = (levels: number, around: (where: unknown) => unknown): unknown => {
    let where: unknown = { type: 'exists', path: ['a'], exists: true };
    for (let i = 1; i < levels; i++) where = around(where);
    return where;
  };
  const not = (of: unknown): unknown => ({ type: 'not', of });
  const or = (of: unknown): unknown => ({ type: 'or', of: [of] });
  const wide = (count: number): unknown => ({
    type: 'or',
    of: Array.from({ length: count - 1 }, (_, value) => ({ type: 'eq', path: ['a'], value })),
  });

  const cases: readonly (readonly [unknown, QueryError['code'], readonly (string | number)[]])[] = [
    [undefined, 'wrong-type', []],
    ['x', 'wrong-type', []],
    [{}, 'wrong-type', ['where']],
    [{ where: TRUE, sort: [] }, 'wrong-type', ['limit']],
    [{ where: TRUE, limit: null }, 'wrong-type', ['sort']],
    [{ where: TRUE, sort: [], limit: null, more: 1 }, 'unknown-option', []],
    [{ where: TRUE, sort: {}, limit: null }, 'wrong-type', ['sort']],
    [{ where: TRUE, sort: [['a', 'sideways']], limit: null }, 'wrong-type', ['sort', 0, 1]],
    [{ where: TRUE, sort: [], limit: undefined }, 'wrong-type', ['limit']],
    [{ where: TRUE, sort: [], limit: 100_001 }, 'wrong-type', ['limit']],
    [{ where: TRUE, sort: [], limit: 0 }, 'wrong-type', ['limit']],
    [withWhere(null), 'wrong-type', ['where']],
    [withWhere([]), 'wrong-type', ['where']],
    [withWhere({}), 'wrong-type', ['where']],
    [withWhere({ type: 7 }), 'wrong-type', ['where']],
    [withWhere({ type: 'sounds', path: ['a'], value: 1 }), 'unknown-operator', ['where']],
    [withWhere({ type: 'toString' }), 'unknown-operator', ['where']],
    [withWhere({ type: '__proto__' }), 'unknown-operator', ['where']],
    [withWhere({ type: 'and' }), 'wrong-type', ['where', 'of']],
    [withWhere({ type: 'and', of: {} }), 'wrong-type', ['where', 'of']],
    [withWhere({ type: 'and', of: [TRUE, 1] }), 'wrong-type', ['where', 'of', 1]],
    [withWhere({ type: 'not', of: [TRUE] }), 'wrong-type', ['where', 'of']],
    [withWhere({ type: 'eq', path: ['a'] }), 'wrong-type', ['where', 'value']],
    [withWhere({ type: 'eq', path: ['a'], value: 1, extra: 1 }), 'unknown-option', ['where']],
    [withWhere(objectOf([['__proto__', { type: 'and', of: [] }]])), 'wrong-type', ['where']],
    [withWhere({ type: 'eq', path: [], value: 1 }), 'wrong-type', ['where', 'path']],
    [withWhere({ type: 'eq', path: 'a', value: 1 }), 'wrong-type', ['where', 'path']],
    [withWhere({ type: 'eq', path: [['a']], value: 1 }), 'wrong-type', ['where', 'path', 0]],
    [withWhere({ type: 'eq', path: Array(17).fill('a'), value: 1 }), 'too-deep', ['where', 'path']],
    [withWhere({ type: 'eq', path: ['a'], value: undefined }), 'not-a-value', ['where', 'value']],
    [withWhere({ type: 'eq', path: ['a'], value: Number.NaN }), 'not-a-value', ['where', 'value']],
    [withWhere({ type: 'eq', path: ['a'], value: {} }), 'wrong-type', ['where', 'value']],
    [withWhere({ type: 'eq', path: ['a'], value: [1] }), 'wrong-type', ['where', 'value']],
    [withWhere({ type: 'eq', path: ['a'], value: { json: 1 } }), 'wrong-type', ['where', 'value']],
    [withWhere({ type: 'eq', path: ['a'], value: { json: '[1]', more: 1 } }), 'wrong-type', ['where', 'value']],
    [withWhere({ type: 'eq', path: ['a'], value: { json: '{' } }), 'wrong-type', ['where', 'value', 'json']],
    [withWhere({ type: 'eq', path: ['a'], value: { json: '{"$x":1}' } }), 'not-a-value', ['where', 'value', 'json']],
    [withWhere({ type: 'eq', path: ['a'], value: { json: '[1e999]' } }), 'not-a-value', ['where', 'value', 'json']],
    [
      withWhere({ type: 'eq', path: ['a'], value: { json: '['.repeat(9999) + ']'.repeat(9999) } }),
      'too-deep',
      ['where', 'value', 'json'],
    ],
    [withWhere({ type: 'gt', path: ['a'], value: null }), 'wrong-type', ['where', 'value']],
    [withWhere({ type: 'gt', path: ['a'], value: { json: '[1]' } }), 'wrong-type', ['where', 'value']],
    [withWhere({ type: 'lt', path: ['a'], value: { json: 'null' } }), 'wrong-type', ['where', 'value']],
    [withWhere({ type: 'in', path: ['a'], values: 1 }), 'wrong-type', ['where', 'values']],
    [withWhere({ type: 'nin', path: ['a'], values: [1, {}] }), 'wrong-type', ['where', 'values', 1]],
    [withWhere({ type: 'in', path: ['a'], values: Array(1001).fill(1) }), 'too-many-values', ['where', 'values']],
    [withWhere({ type: 'exists', path: ['a'], exists: 1 }), 'wrong-type', ['where', 'exists']],
    [withWhere({ type: 'and', of: Array(257).fill(TRUE) }), 'too-many-values', ['where', 'of']],
    [withWhere({ type: 'and', of: Array(256).fill(TRUE) }), 'too-many-nodes', ['where', 'of', 255]],
  ];

  test.each(cases.map(([input, code, path]) => [code, path, input] as const))('%s at %j', (code, path, input) => {
    const error = errorOf(input);
    expect({ code: error.code, path: error.path }).toEqual({ code, path });
  });

  test('has the limits of parseQuery', () => {
    expect(validateQuery(withWhere(deep(QUERY_LIMITS.depth, not))).ok).toBe(true);
    expect(errorOf(withWhere(deep(QUERY_LIMITS.depth + 1, not))).code).toBe('too-deep');
    expect(validateQuery(withWhere(deep(QUERY_LIMITS.depth, or))).ok).toBe(true);
    expect(errorOf(withWhere(deep(QUERY_LIMITS.depth + 1, or))).code).toBe('too-deep');
    expect(errorOf(withWhere(deep(50_000, not))).code).toBe('too-deep');
    expect(validateQuery(withWhere(wide(QUERY_LIMITS.nodes))).ok).toBe(true);
    expect(errorOf(withWhere(wide(QUERY_LIMITS.nodes + 1))).code).toBe('too-many-nodes');
  });

  test('accepts a range over bytes', () => {
    const range = { type: 'gte', path: ['a'], value: { json: '{"$bytes":"AQI"}' } };
    expect(whereOf(range)).toEqual(range);
  });

  test('is an error or a query, whatever it is: nothing throws', () => {
    const predicate = fc.letrec((tie) => ({
      predicate: fc.oneof(
        { maxDepth: 4 },
        fc.anything(),
        fc.record(
          {
            type: fc.constantFrom('and', 'or', 'not', 'eq', 'gt', 'in', 'exists', 'x'),
            of: fc.oneof(fc.anything(), tie('predicate'), fc.array(tie('predicate'), { maxLength: 3 })),
            path: fc.oneof(fc.constant(['a']), fc.anything()),
            value: fc.oneof(fc.constant({ json: '[1]' }), fc.anything()),
            values: fc.array(fc.anything(), { maxLength: 2 }),
            exists: fc.boolean(),
          },
          { requiredKeys: ['type'] },
        ),
      ),
    })).predicate;
    fc.assert(
      fc.property(predicate, (where) => {
        const query = validateQuery(withWhere(where));
        expect(query.ok ? canonicalQuery(query.value) : describeQueryError(query.error)).toMatch(/^\{.*\}$|\.$/s);
      }),
      { numRuns: 1000 },
    );
  });
});
