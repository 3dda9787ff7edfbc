import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalForm, canonicalQuery } from './canonical-query.js';
import { evaluate, evaluateShown } from '../evaluate/evaluate.js';
import { parseQuery } from '../parse-query.js';
import { entries, groupedQueryInput, includingQueryInput, RELATED_MAPS } from '../query.arbitrary.js';
import { describeQueryError } from './query-error.js';
import type { QueryInput } from '../query-input.js';
import type { Query } from '../query.js';

function parsed(input: QueryInput): Query {
  const query = parseQuery(input);
  if (!query.ok) throw new Error(describeQueryError(query.error));
  return query.value;
}

const text = (input: QueryInput): string => canonicalQuery(parsed(input));
const on = ['a', '_key'] as const;

describe('QU-2: equal queries have one text', () => {
  test.each<[string, readonly QueryInput[]]>([
    ['between', [{ where: { a: { $between: [1, 2] } } }, { where: { a: { $lte: 2, $gte: 1 } } }]],
    ['a prefix', [{ where: { a: { $startsWith: 'x%' } } }, { where: { a: { $like: 'x\\%%' } } }]],
    [
      'any text',
      [{ where: { a: { $startsWith: '' } } }, { where: { a: { $like: '%%' } } }, { where: { a: { $ilike: '%' } } }],
    ],
    ['a pattern without wildcards', [{ where: { a: 'x_' } }, { where: { a: { $like: 'x\\_' } } }]],
    [
      'wildcards in a row',
      [
        { where: { a: { $like: 'x_%_%y' } } },
        { where: { a: { $like: 'x__%y' } } },
        { where: { a: { $like: 'x%__y' } } },
      ],
    ],
    ['needless escapes', [{ where: { a: { $like: '%\\x' } } }, { where: { a: { $like: '%x' } } }]],
    ['letter case', [{ where: { a: { $ilike: '%ÉÄ' } } }, { where: { a: { $ilike: '%éä' } } }]],
    ['null or not', [{ where: { a: { $isNull: false } } }, { where: { $not: { a: { $isNull: true } } } }]],
    [
      'one value contained',
      [
        { where: { a: { $contains: 1 } } },
        { where: { a: { $containsAny: [1, 1] } } },
        { where: { a: { $containsAll: [1] } } },
      ],
    ],
    ['no value contained', [{ where: { a: { $containsAny: [] } } }, { where: { $or: [] } }]],
    ['an expression', [{ where: { a: { $regex: /x/i } } }, { where: { a: { $regex: /x/iu } } }]],
    [
      'distinct values',
      [{ distinct: ['a', 'b'] }, { groupBy: ['b', 'a', 'b'] }, { groupBy: ['a', 'b'], aggregate: {} }],
    ],
    ['one path', [{ distinct: 'a.b' }, { distinct: ['a.b'] }, { distinct: [['a', 'b']] }]],
    ['a path inside another', [{ groupBy: ['a'] }, { groupBy: ['a.b', 'a'] }]],
    ['fields', [{ fields: ['b', 'a'] }, { fields: ['a', 'b', 'a', 'a.x'] }]],
    [
      'aggregates',
      [{ aggregate: { x: 'count', y: { sum: 'a' } } }, { groupBy: [], aggregate: { y: { sum: 'a' }, x: 'count' } }],
    ],
    [
      'relations',
      [
        { include: { x: { map: 'm', on }, y: { map: 'n', on, sort: { _key: 'asc' } } } },
        { include: { y: { map: 'n', on: [['a'], ['_key']], one: false }, x: { map: 'm', on, where: {} } } },
      ],
    ],
    ['no relations', [{}, { include: {} }]],
    ['no cursor', [{}, { cursor: null }, { cursor: undefined }]],
  ])('%s', (_what, inputs) => {
    expect(new Set(inputs.map(text)).size).toBe(1);
  });

  test.each<[string, QueryInput, QueryInput]>([
    ['a prefix or a part', { where: { a: { $startsWith: 'x' } } }, { where: { a: { $contains: 'x' } } }],
    ['letter case', { where: { a: { $like: 'x%y' } } }, { where: { a: { $ilike: 'x%y' } } }],
    ['null or nothing', { where: { a: null } }, { where: { a: { $isNull: true } } }],
    ['any or all', { where: { a: { $containsAny: [1, 2] } } }, { where: { a: { $containsAll: [1, 2] } } }],
    ['all of nothing', { where: { a: { $containsAll: [] } } }, {}],
    ['a group or all rows', { groupBy: [] }, {}],
    ['the name of an aggregate', { aggregate: { x: 'count' } }, { aggregate: { y: 'count' } }],
    ['its path', { aggregate: { x: 'count' } }, { aggregate: { x: { count: 'a' } } }],
    ['no fields or all', { fields: [] }, {}],
    ['one or many', { include: { x: { map: 'm', on, limit: 1 } } }, { include: { x: { map: 'm', on, one: true } } }],
    ['a path or one with a dot in a name', { fields: ['a.b'] }, { fields: [['a.b']] }],
  ])('depends on %s', (_what, one, other) => {
    expect(text(one)).not.toBe(text(other));
  });

  test('levels that cannot decide are gone from the place to go on after too', () => {
    const sort = parsed({
      sort: [
        ['a', 'asc'],
        ['b', 'desc'],
      ],
    }).sort;
    const given: Query = {
      ...parsed({}),
      sort: [sort[0] as never, [['a'], 'desc'], sort[1] as never, [['_key'], 'asc'], [['c'], 'asc']],
      after: { values: [1, 1, { missing: true }, 'k', 7], key: 'k' },
    };
    expect(canonicalForm(given)).toMatchObject({ sort, after: { values: [1, { missing: true }], key: 'k' } });
  });

  test('is reached in one step, is plain JSON, and shows the same', () => {
    const world = { maps: new Map(RELATED_MAPS.map((map) => [map, []])) };
    fc.assert(
      fc.property(fc.oneof(groupedQueryInput, includingQueryInput), entries, (input, rows) => {
        const query = parsed(input);
        expect(canonicalForm(query)).toEqual(query);
        expect(JSON.parse(JSON.stringify(query))).toEqual(query);
        expect(JSON.parse(canonicalQuery(query))).toEqual(query);
        const mixed: Query = {
          ...query,
          ...(query.groupBy === undefined
            ? {}
            : { groupBy: { by: query.groupBy.by.toReversed(), aggregates: query.groupBy.aggregates.toReversed() } }),
          ...(query.include === undefined ? {} : { include: query.include.toReversed() }),
        };
        expect(canonicalQuery(mixed)).toBe(canonicalQuery(query));
        expect(evaluate(canonicalForm(mixed), rows)).toEqual(evaluate(query, rows));
        expect(evaluateShown(canonicalForm(mixed), rows, world)).toEqual(evaluateShown(query, rows, world));
      }),
    );
  });
});
