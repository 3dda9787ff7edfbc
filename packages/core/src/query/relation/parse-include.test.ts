import { describe, expect, test } from 'vitest';
import { parseQuery } from '../parse-query.js';
import { describeQueryError, type QueryError, type QueryErrorPath } from '../language/query-error.js';
import type { QueryInput } from '../query-input.js';
import type { Query } from '../query.js';

function queryOf(input: unknown): Query {
  const query = parseQuery(input as QueryInput);
  if (!query.ok) throw new Error(describeQueryError(query.error));
  return query.value;
}

function errorOf(input: unknown): QueryError {
  const query = parseQuery(input as QueryInput);
  if (query.ok) throw new Error(`accepted: ${JSON.stringify(query.value)}`);
  return query.error;
}

const on = ['ownerId', '_key'];
const owner = { map: 'users', on };

/** A query with so many relations, each inside the one before. */
function nested(levels: number): unknown {
  let input: object = {};
  for (let i = 0; i < levels; i += 1) input = { include: { x: { ...owner, ...input } } };
  return input;
}

describe('QU-16: relations as an app writes them', () => {
  test('are queries of their own, by name', () => {
    const input = {
      include: {
        tags: { map: 'tags', on: ['_key', ['todo.id']], where: { n: 1 }, sort: { n: 'desc' }, limit: 3, fields: 'n' },
        owner: { ...owner, one: true },
      },
    };
    expect(queryOf(input).include).toEqual([
      {
        name: 'owner',
        map: 'users',
        on: [['ownerId'], ['_key']],
        one: true,
        query: { where: { type: 'and', of: [] }, sort: [], limit: 1 },
      },
      {
        name: 'tags',
        map: 'tags',
        on: [['_key'], ['todo.id']],
        one: false,
        query: { where: { type: 'eq', path: ['n'], value: 1 }, sort: [[['n'], 'desc']], limit: 3, fields: [['n']] },
      },
    ]);
  });

  test('may have relations', () => {
    const [first] = queryOf(nested(4)).include ?? [];
    expect(first?.query.include?.[0]?.query.include?.[0]?.query.include?.[0]?.query).toEqual(queryOf({}));
  });

  test('QU-4: up to four deep and eight in all', () => {
    expect(queryOf(nested(4)).include).toHaveLength(1);
    const place = ['include', 'x', 'include', 'x', 'include', 'x', 'include', 'x', 'include'];
    expect(errorOf(nested(5))).toEqual({ code: 'too-deep', path: place, max: 4 });
    const wide = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`r${i}`, owner]));
    expect(queryOf({ include: wide(8) }).include).toHaveLength(8);
    expect(errorOf({ include: wide(9) })).toEqual({ code: 'too-many-values', path: ['include', 'r8'], max: 8 });
    const inner = { ...owner, include: wide(4) };
    expect(queryOf({ include: { a: inner, b: { ...owner, include: wide(2) } } }).include).toHaveLength(2);
    expect(errorOf({ include: { a: inner, b: inner } })).toMatchObject({ path: ['include', 'b', 'include', 'r2'] });
  });

  test.each<[unknown, QueryError['code'], QueryErrorPath]>([
    [[], 'wrong-type', []],
    ['owner', 'wrong-type', []],
    [{ x: 'users' }, 'wrong-type', ['x']],
    [{ x: { on } }, 'wrong-type', ['x', 'map']],
    [{ x: { map: 'no such name!', on } }, 'wrong-type', ['x', 'map']],
    [{ x: { map: 'users' } }, 'wrong-type', ['x', 'on']],
    [{ x: { map: 'users', on: 'ownerId' } }, 'wrong-type', ['x', 'on']],
    [{ x: { map: 'users', on: ['a'] } }, 'wrong-type', ['x', 'on']],
    [{ x: { map: 'users', on: ['a', 'b', 'c'] } }, 'wrong-type', ['x', 'on']],
    [{ x: { map: 'users', on: ['a', 1] } }, 'wrong-type', ['x', 'on', 1]],
    [{ x: { map: 'users', on: [[], 'a'] } }, 'wrong-type', ['x', 'on', 0]],
    [{ x: { ...owner, one: 1 } }, 'wrong-type', ['x', 'one']],
    [{ x: { ...owner, one: true, limit: 2 } }, 'not-together', ['x']],
    [{ x: { ...owner, cursor: 'c' } }, 'unknown-option', ['x']],
    [{ x: { ...owner, groupBy: 'a' } }, 'unknown-option', ['x']],
    [{ x: { ...owner, where: { a: { $x: 1 } } } }, 'unknown-operator', ['x', 'where', 'a', '$x']],
    [{ x: { ...owner, predicate: 7 } }, 'wrong-type', ['x', 'predicate']],
    [{ x: { ...owner, sort: { a: 'up' } } }, 'wrong-type', ['x', 'sort', 'a']],
    [{ x: { ...owner, limit: 0 } }, 'wrong-type', ['x', 'limit']],
    [{ x: { ...owner, fields: 7 } }, 'wrong-type', ['x', 'fields']],
    [{ x: { ...owner, where: { a: { $match: 7 } } } }, 'wrong-type', ['x', 'where', 'a', '$match']],
    [{ _key: owner }, 'name-taken', ['_key']],
    [{ '': owner }, 'wrong-type', ['']],
  ])('QU-4: %j is refused: %s', (include, code, place) => {
    const error = errorOf({ include });
    expect({ code: error.code, path: error.path }).toEqual({ code, path: ['include', ...place] });
  });
});

describe('QU-15: fields as an app writes them', () => {
  test('become paths, the outermost once, in one order', () => {
    expect(queryOf({ fields: 'a.b' }).fields).toEqual([['a', 'b']]);
    expect(queryOf({ fields: ['b', 'a.b', ['a.b'], 'b.c', 'b'] }).fields).toEqual([['a', 'b'], ['a.b'], ['b']]);
    expect(queryOf({ fields: [] }).fields).toEqual([]);
    expect(queryOf({ fields: undefined })).not.toHaveProperty('fields');
  });

  test.each<[unknown, QueryErrorPath]>([
    [1, ['fields']],
    [
      ['a', 1],
      ['fields', 1],
    ],
    [[['a', 1]], ['fields', 0, 1]],
    [{ a: 1 }, ['fields']],
    [Array.from({ length: 65 }, (_, i) => `f${i}`), ['fields']],
  ])('QU-4: %j is refused', (fields, path) => {
    expect(errorOf({ fields }).path).toEqual(path);
  });
});
