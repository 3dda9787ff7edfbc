import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseQuery } from '../parse-query.js';
import type { QueryInput } from '../query-input.js';
import { describeQueryError, type QueryErrorPath } from './query-error.js';
import { QUERY_LIMITS } from './query-limits.js';
import { validateQuery } from './validate-query.js';

const errorOf = (input: unknown) => {
  const query = parseQuery(input as QueryInput);
  if (query.ok) throw new Error('taken');
  return query.error;
};

describe('QU-4: the place of an error is where an app would look for it', () => {
  const bad = Number.NaN;
  test.each<[unknown, QueryErrorPath, string]>([
    [{ where: { a: bad } }, ['where', 'a'], 'where.a'],
    [{ where: { 'a.b': bad } }, ['where', 'a.b'], 'where["a.b"]'],
    [{ where: { a: { $eq: bad } } }, ['where', 'a', '$eq'], 'where.a.$eq'],
    [{ where: { a: 1, b: { $gt: 1, $lt: bad } } }, ['where', 'b', '$lt'], 'where.b.$lt'],
    [{ where: [['a'], bad] }, ['where', 1], 'where[1]'],
    [{ where: [['a', 7], 1] }, ['where', 0, 1], 'where[0][1]'],
    [{ where: [['a'], { $in: [1, bad] }] }, ['where', 1, '$in', 1], 'where[1].$in[1]'],
    [
      {
        where: [
          [['a'], 1],
          [['b'], bad],
        ],
      },
      ['where', 1, 1],
      'where[1][1]',
    ],
    [
      {
        where: [
          [['a'], 1],
          [[7], 1],
        ],
      },
      ['where', 1, 0, 0],
      'where[1][0][0]',
    ],
    [{ where: [[['a'], 1], [['b']]] }, ['where', 1], 'where[1]'],
    [{ where: [[['a'], 1], 'b'] }, ['where', 1], 'where[1]'],
    [{ where: { $and: [{ a: 1 }, { b: bad }] } }, ['where', '$and', 1, 'b'], 'where.$and[1].b'],
    [{ where: { $or: [[['a'], bad]] } }, ['where', '$or', 0, 1], 'where.$or[0][1]'],
    [{ where: { $not: { $not: { a: bad } } } }, ['where', '$not', '$not', 'a'], 'where.$not.$not.a'],
    [{ predicate: { a: bad }, where: { b: 1 } }, ['predicate', 'a'], 'predicate.a'],
    [{ where: { a: { $between: [1, bad] } } }, ['where', 'a', '$between', 1], 'where.a.$between[1]'],
    [{ sort: { a: 'asc', b: 'up' } }, ['sort', 'b'], 'sort.b'],
    [
      {
        sort: [
          ['a', 'asc'],
          ['b', 'up'],
        ],
      },
      ['sort', 1, 1],
      'sort[1][1]',
    ],
    [
      {
        sort: [
          ['a', 'asc'],
          [7, 'asc'],
        ],
      },
      ['sort', 1, 0],
      'sort[1][0]',
    ],
    [
      {
        sort: [
          ['a', 'asc'],
          [['b', 7], 'asc'],
        ],
      },
      ['sort', 1, 0, 1],
      'sort[1][0][1]',
    ],
    [{ sort: [['a', 'asc', 'more']] }, ['sort', 0], 'sort[0]'],
    [{ sort: [['a', 'asc'], ['b']] }, ['sort', 1], 'sort[1]'],
    [{ sort: [['a', 'asc'], 'bc'] }, ['sort', 1], 'sort[1]'],
    [{ fields: ['a', 7] }, ['fields', 1], 'fields[1]'],
    [{ fields: ['a', ['b', 7]] }, ['fields', 1, 1], 'fields[1][1]'],
    [{ fields: 7 }, ['fields'], 'fields'],
    [{ groupBy: ['a', '_key'] }, ['groupBy', 1], 'groupBy[1]'],
    [{ groupBy: '_key' }, ['groupBy'], 'groupBy'],
    [{ distinct: ['a', ['_key', 'b']] }, ['distinct', 1], 'distinct[1]'],
    [{ aggregate: { n: { sum: 7 } } }, ['aggregate', 'n', 'sum'], 'aggregate.n.sum'],
    [{ aggregate: { n: { sum: ['a', 7] } } }, ['aggregate', 'n', 'sum', 1], 'aggregate.n.sum[1]'],
    [{ groupBy: 'a', aggregate: { a: 'count' } }, ['aggregate', 'a'], 'aggregate.a'],
    [{ include: { x: { map: 'm', on: ['a', 7] } } }, ['include', 'x', 'on', 1], 'include.x.on[1]'],
    [{ include: { x: { map: 'm', on: [['a', 7], 'b'] } } }, ['include', 'x', 'on', 0, 1], 'include.x.on[0][1]'],
    [{ include: { x: { map: '', on: ['a', 'b'] } } }, ['include', 'x', 'map'], 'include.x.map'],
    [
      { include: { x: { map: 'm', on: ['a', 'b'], include: { y: { map: 'm', on: ['a', 'b'], where: { c: bad } } } } } },
      ['include', 'x', 'include', 'y', 'where', 'c'],
      'include.x.include.y.where.c',
    ],
    [{ include: { _key: { map: 'm', on: ['a', 'b'] } } }, ['include', '_key'], 'include._key'],
    [{ limit: 0 }, ['limit'], 'limit'],
    [{ cursor: 7 }, ['cursor'], 'cursor'],
  ])('%j', (input, path, text) => {
    const error = errorOf(input);
    expect(error.path).toEqual(path);
    expect(describeQueryError(error).startsWith(`${text} `)).toBe(true);
  });

  test('off the wire it is that of the canonical query', () => {
    const wire = { where: { type: 'and', of: [] }, sort: [], limit: null };
    const eq = { type: 'eq', path: ['a'], value: 1 };
    const cases: readonly (readonly [object, QueryErrorPath])[] = [
      [{ ...wire, where: { type: 'and', of: [eq, { ...eq, value: bad }] } }, ['where', 'of', 1, 'value']],
      [{ ...wire, where: { type: 'not', of: { ...eq, path: ['a', 7] } } }, ['where', 'of', 'path', 1]],
      [{ ...wire, where: { type: 'in', path: ['a'], values: [1, { json: '{' }] } }, ['where', 'values', 1, 'json']],
      [
        {
          ...wire,
          sort: [
            [['a'], 'asc'],
            [['b'], 'up'],
          ],
        },
        ['sort', 1, 1],
      ],
      [{ ...wire, sort: [[['a'], 'asc']], after: { values: [bad], key: 'k' } }, ['after', 'values', 0]],
      [{ ...wire, after: { values: [], key: 7 } }, ['after', 'key']],
      [{ ...wire, groupBy: { by: [['a'], ['_key']], aggregates: [] } }, ['groupBy', 'by', 1]],
      [{ ...wire, groupBy: { by: [], aggregates: [['n', 'sum', null]] } }, ['groupBy', 'aggregates', 0, 2]],
      [{ ...wire, groupBy: { by: [], aggregates: [['n', 'median', ['a']]] } }, ['groupBy', 'aggregates', 0, 1]],
      [{ ...wire, groupBy: { by: [], aggregates: [['_key', 'count', null]] } }, ['groupBy', 'aggregates', 0, 0]],
      [
        {
          ...wire,
          groupBy: {
            by: [],
            aggregates: [
              ['n', 'count', null],
              ['n', 'count', null],
            ],
          },
        },
        ['groupBy', 'aggregates', 1],
      ],
      [{ ...wire, within: { map: 'm', on: [['a'], []], query: wire } }, ['within', 'on', 1]],
      [
        { ...wire, within: { map: 'm', on: [['a'], ['b']], query: { ...wire, limit: 0 } } },
        ['within', 'query', 'limit'],
      ],
    ];
    for (const [input, path] of cases) {
      const read = validateQuery(input);
      expect([input, read.ok ? null : read.error.path]).toEqual([input, path]);
    }
  });
});

/** A way to put conditions around one, with what it adds: levels, and conditions beside. */
interface Around {
  readonly wrap: (inner: unknown, name: string) => unknown;
  readonly levels: number;
  readonly nodes: number;
  /** How many levels what stands beside it has. */
  readonly beside: number;
}

const AROUND: readonly Around[] = [
  { wrap: (inner) => ({ $not: inner }), levels: 1, nodes: 1, beside: 0 },
  { wrap: (inner) => ({ $and: [inner] }), levels: 1, nodes: 1, beside: 0 },
  { wrap: (inner) => ({ $or: [inner, { z: 1 }] }), levels: 1, nodes: 2, beside: 1 },
  { wrap: (inner) => ({ $or: [{ y: 1 }, { z: 1 }, inner] }), levels: 1, nodes: 3, beside: 1 },
  // Side by side they are an `and` of their own; alone in an object or a list they are no level.
  { wrap: (inner, name) => ({ $not: inner, [name]: 1 }), levels: 2, nodes: 3, beside: 0 },
  { wrap: (inner) => ({ $and: [inner, [['z'], { $gt: 1, $lt: 2 }]] }), levels: 1, nodes: 4, beside: 2 },
];

describe('QU-4: what conditions cost of the limits is what they are made of', () => {
  const innermost: readonly (readonly [unknown, number, number])[] = [
    [{ a: 1 }, 1, 1],
    [[['a'], 1], 1, 1],
    [[[['a'], 1]], 1, 1],
    [{ a: { $gt: 1 } }, 1, 1],
    [{ a: { $gt: 1, $lt: 2 } }, 2, 3],
    [{ a: 1, b: 2 }, 2, 3],
    [{ a: 1, b: { $gt: 1, $lt: 2 } }, 3, 5],
    [{ a: { $between: [1, 2] } }, 2, 3],
    [{ a: { $between: [1, 2], $ne: 3 } }, 3, 5],
    [{}, 1, 1],
    [[], 1, 1],
    [{ $and: [] }, 1, 1],
    [{ $or: [] }, 1, 1],
  ];

  test('so many levels are taken, and one more is not, however they are nested', () => {
    const wrappers = fc.array(fc.constantFrom(...AROUND), { maxLength: 18, size: 'max' });
    let [taken, refused] = [0, 0];
    fc.assert(
      fc.property(fc.constantFrom(...innermost), wrappers, ([inner, levels, nodes], around) => {
        let where = inner;
        let [depth, size] = [levels, nodes];
        for (const [i, one] of around.entries()) {
          where = one.wrap(where, `f${i}`);
          depth = Math.max(depth, one.beside) + one.levels;
          size += one.nodes;
        }
        const query = parseQuery({ where } as QueryInput);
        const isWithin = depth <= QUERY_LIMITS.depth && size <= QUERY_LIMITS.nodes;
        expect([depth, size, query.ok]).toEqual([depth, size, isWithin]);
        if (query.ok) taken += 1;
        else {
          refused += 1;
          expect(query.error.code).toBe('too-deep');
        }
      }),
      { numRuns: 600 },
    );
    expect(Math.min(taken, refused)).toBeGreaterThan(50);
  });

  test.each(innermost)('%j is of %i levels and %i conditions', (inner, levels, nodes) => {
    const deep = (depth: number): unknown =>
      Array.from({ length: depth - levels }).reduce((where: unknown) => ({ $not: where }), inner);
    expect(parseQuery({ where: deep(QUERY_LIMITS.depth) } as QueryInput).ok).toBe(true);
    expect(parseQuery({ where: deep(QUERY_LIMITS.depth + 1) } as QueryInput).ok).toBe(false);
    const wide = (size: number): unknown => ({
      $or: [inner, ...Array.from({ length: size - nodes - 1 }, (_, i) => ({ [`f${i}`]: i }))],
    });
    expect(parseQuery({ where: wide(QUERY_LIMITS.nodes) } as QueryInput).ok).toBe(true);
    const error = errorOf({ where: wide(QUERY_LIMITS.nodes + 1) });
    expect([error.code, error.path]).toEqual([
      'too-many-nodes',
      ['where', '$or', QUERY_LIMITS.nodes - nodes, `f${QUERY_LIMITS.nodes - nodes - 1}`],
    ]);
  });
});
