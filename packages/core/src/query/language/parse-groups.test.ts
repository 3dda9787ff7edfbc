import { describe, expect, test } from 'vitest';
import { parseQuery } from '../parse-query.js';
import { objectOf } from '../query.arbitrary.js';
import { describeQueryError, type QueryError, type QueryErrorPath } from './query-error.js';
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

const names = (count: number): string[] => Array.from({ length: count }, (_, i) => `f${i}`);

describe('QU-13: groups as an app writes them', () => {
  test('become paths, and aggregates by name', () => {
    const aggregate = {
      z: 'count',
      b: { count: 'x' },
      c: { sum: 'n' },
      d: { avg: ['n.m'] },
      e: { min: '_key' },
      f: { max: 'n' },
    };
    expect(queryOf({ groupBy: ['owner.id', ['a.b']], aggregate }).groupBy).toEqual({
      by: [['a.b'], ['owner', 'id']],
      aggregates: [
        ['b', 'count', ['x']],
        ['c', 'sum', ['n']],
        ['d', 'avg', ['n.m']],
        ['e', 'min', ['_key']],
        ['f', 'max', ['n']],
        ['z', 'count', null],
      ],
    });
  });

  test('are absent unless asked for, and of everything when only aggregates are', () => {
    expect(queryOf({})).not.toHaveProperty('groupBy');
    expect(queryOf({ groupBy: undefined, aggregate: undefined, distinct: undefined })).not.toHaveProperty('groupBy');
    expect(queryOf({ aggregate: { n: 'count' } }).groupBy).toEqual({ by: [], aggregates: [['n', 'count', null]] });
    expect(queryOf({ distinct: 'a' }).groupBy).toEqual({ by: [['a']], aggregates: [] });
  });

  test('may have any name that is free, also one that is not safe as a property', () => {
    const aggregate = objectOf([
      ['__proto__', 'count'],
      ['a b', 'count'],
    ]);
    expect(queryOf({ aggregate }).groupBy?.aggregates).toEqual([
      ['__proto__', 'count', null],
      ['a b', 'count', null],
    ]);
  });
});

describe('QU-4: groups that are refused, and where', () => {
  test.each<[unknown, QueryError['code'], QueryErrorPath]>([
    [{ groupBy: 1 }, 'wrong-type', ['groupBy']],
    [{ groupBy: ['a', 1] }, 'wrong-type', ['groupBy', 1]],
    [{ groupBy: ['a', []] }, 'wrong-type', ['groupBy', 1]],
    [{ groupBy: names(17) }, 'too-many-values', ['groupBy']],
    [{ groupBy: '_key' }, 'name-taken', ['groupBy']],
    [{ groupBy: ['a', '_key.x'] }, 'name-taken', ['groupBy', 1]],
    [{ distinct: ['_key'] }, 'name-taken', ['distinct', 0]],
    [{ distinct: {} }, 'wrong-type', ['distinct']],
    [{ distinct: 'a', groupBy: 'a' }, 'not-together', []],
    [{ distinct: 'a', aggregate: {} }, 'not-together', []],
    [{ distinct: 'a', fields: 'a' }, 'not-together', []],
    [{ groupBy: 'a', fields: 'a' }, 'not-together', []],
    [{ aggregate: { n: 'count' }, include: { x: { map: 'm', on: ['a', 'b'] } } }, 'not-together', []],
    [{ aggregate: [] }, 'wrong-type', ['aggregate']],
    [{ aggregate: { n: 'sum' } }, 'wrong-type', ['aggregate', 'n']],
    [{ aggregate: { n: {} } }, 'wrong-type', ['aggregate', 'n']],
    [{ aggregate: { n: { sum: 'a', avg: 'a' } } }, 'wrong-type', ['aggregate', 'n']],
    [{ aggregate: { n: { median: 'a' } } }, 'unknown-operator', ['aggregate', 'n']],
    [{ aggregate: { n: { toString: 'a' } } }, 'unknown-operator', ['aggregate', 'n']],
    [{ aggregate: { n: { sum: 1 } } }, 'wrong-type', ['aggregate', 'n', 'sum']],
    [{ aggregate: { '': 'count' } }, 'wrong-type', ['aggregate', '']],
    [{ aggregate: { _key: 'count' } }, 'name-taken', ['aggregate', '_key']],
    [{ groupBy: 'owner.id', aggregate: { owner: 'count' } }, 'name-taken', ['aggregate', 'owner']],
    [{ aggregate: Object.fromEntries(names(33).map((name) => [name, 'count'])) }, 'too-many-values', ['aggregate']],
  ])('%j: %s', (input, code, path) => {
    const error = errorOf(input);
    expect({ code: error.code, path: error.path }).toEqual({ code, path });
  });

  test.each([
    [{ distinct: 'a', groupBy: 'a' }, ['distinct', 'groupBy']],
    [{ distinct: 'a', aggregate: {} }, ['distinct', 'aggregate']],
    [{ distinct: 'a', groupBy: 'a', aggregate: {} }, ['distinct', 'groupBy']],
  ])('of %j it says which two do not go together', (input, options) => {
    expect(errorOf(input)).toEqual({ code: 'not-together', path: [], options });
  });

  test('16 paths and 32 aggregates are accepted', () => {
    expect(queryOf({ groupBy: names(16) }).groupBy?.by).toHaveLength(16);
    const aggregate = Object.fromEntries(names(32).map((name) => [name, 'count']));
    expect(queryOf({ aggregate }).groupBy?.aggregates).toHaveLength(32);
  });
});
