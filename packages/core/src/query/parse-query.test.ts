import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Result } from '../primitives/index.js';
import { canonicalQuery } from './language/canonical-query.js';
import { parseQuery } from './parse-query.js';
import { objectOf, queryInput } from './query.arbitrary.js';
import { describeQueryError, type QueryError } from './language/query-error.js';
import type { QueryInput } from './query-input.js';
import { QUERY_LIMITS } from './language/query-limits.js';
import type { Query } from './query.js';

/** What JavaScript callers hand in, types or not. */
const parse = (input: unknown): Result<Query, QueryError> => parseQuery(input as QueryInput);

function queryOf(input: unknown): Query {
  const query = parse(input);
  if (!query.ok) throw new Error(describeQueryError(query.error));
  return query.value;
}

function errorOf(input: unknown): QueryError {
  const query = parse(input);
  if (query.ok) throw new Error(`accepted: ${JSON.stringify(query.value)}`);
  return query.error;
}

const whereOf = (where: unknown): unknown => queryOf({ where }).where;

/** `levels` connectives around one condition. */
function nested(levels: number): unknown {
  let where: unknown = { a: 1 };
  for (let i = 0; i < levels; i++) where = i % 2 === 0 ? { $not: { $or: [where, { b: i }] } } : { $not: where };
  return where;
}

describe('a query', () => {
  test('without anything is every row, by key', () => {
    const everything = { where: { type: 'and', of: [] }, sort: [], limit: null };
    expect(queryOf({})).toEqual(everything);
    expect(queryOf({ where: undefined, predicate: undefined, sort: undefined, limit: undefined })).toEqual(everything);
    expect(queryOf({ where: {}, sort: {}, limit: null })).toEqual(everything);
    expect(queryOf({ where: [], sort: [] })).toEqual(everything);
  });

  test('is plain JSON: it survives the wire as it is', () => {
    fc.assert(
      fc.property(queryInput, (input) => {
        const query = queryOf(input);
        expect(JSON.parse(JSON.stringify(query))).toEqual(query);
      }),
      { numRuns: 1000 },
    );
  });

  test('holds no object with a name chosen by the app, and no bytes', () => {
    const where = { a: objectOf([['__proto__', new Uint8Array([1])]]) };
    const { value } = whereOf(where) as { value: unknown };
    expect(value).toEqual({ json: '{"__proto__":{"$bytes":"AQ"}}' });
  });

  test('takes dotted paths apart, and explicit names as they are', () => {
    expect(whereOf({ 'owner.id': 'u1' })).toEqual({ type: 'eq', path: ['owner', 'id'], value: 'u1' });
    expect(whereOf([['owner.id'], 'u1'])).toEqual({ type: 'eq', path: ['owner.id'], value: 'u1' });
    expect(whereOf([[['owner.id'], 'u1']])).toEqual({ type: 'eq', path: ['owner.id'], value: 'u1' });
    expect(whereOf([['$or'], { $gt: 1 }])).toEqual({ type: 'gt', path: ['$or'], value: 1 });
    expect(whereOf({ '': 1 })).toEqual({ type: 'eq', path: [''], value: 1 });
  });

  test('takes pairs and objects side by side inside connectives', () => {
    expect(whereOf({ $or: [[['a.b'], 1], { c: 2 }] })).toEqual({
      type: 'or',
      of: [
        { type: 'eq', path: ['a.b'], value: 1 },
        { type: 'eq', path: ['c'], value: 2 },
      ],
    });
  });

  test('needs both `where` and `predicate` when both are given', () => {
    expect(queryOf({ where: { a: 1 }, predicate: { b: 2 } })).toEqual(queryOf({ where: { a: 1, b: 2 } }));
    expect(queryOf({ predicate: { b: 2 } })).toEqual(queryOf({ where: { b: 2 } }));
  });

  test('reads an object without operators as a literal, an empty one too', () => {
    expect(whereOf({ a: { b: 1 } })).toEqual({ type: 'eq', path: ['a'], value: { json: '{"b":1}' } });
    expect(whereOf({ a: {} })).toEqual({ type: 'eq', path: ['a'], value: { json: '{}' } });
    expect(whereOf({ a: { $eq: { $gt: 1 } } })).toEqual({ type: 'eq', path: ['a'], value: { json: '{"$$gt":1}' } });
  });

  test('keeps `__proto__` as a path and as a field', () => {
    expect(whereOf(objectOf([['__proto__', 1]]))).toEqual({ type: 'eq', path: ['__proto__'], value: 1 });
    expect(whereOf(objectOf([['__proto__.a', 1]]))).toEqual({ type: 'eq', path: ['__proto__', 'a'], value: 1 });
    expect(queryOf({ sort: objectOf([['__proto__', 'asc']]) }).sort).toEqual([[['__proto__'], 'asc']]);
    expect(Object.prototype).not.toHaveProperty('a');
  });

  test('writes both forms of a sort order as the pair list', () => {
    const pairs = [
      [['createdAt'], 'desc'],
      [['owner', 'name'], 'asc'],
    ];
    expect(queryOf({ sort: { createdAt: 'desc', 'owner.name': 'asc' } }).sort).toEqual(pairs);
    expect(
      queryOf({
        sort: [
          ['createdAt', 'desc'],
          ['owner.name', 'asc'],
        ],
      }).sort,
    ).toEqual(pairs);
    expect(queryOf({ sort: [[['a.b'], 'asc']] }).sort).toEqual([[['a.b'], 'asc']]);
  });

  test('takes limits from 1 to 100,000', () => {
    expect(queryOf({ limit: 1 }).limit).toBe(1);
    expect(queryOf({ limit: 100_000 }).limit).toBe(100_000);
  });

  test('is not changed by what the app does to its literals later', () => {
    const tags = ['a'];
    const query = queryOf({ where: { tags } });
    tags.push('b');
    expect(query.where).toEqual({ type: 'eq', path: ['tags'], value: { json: '["a"]' } });
  });
});

describe('QU-4: a bad query is a typed error that names the place', () => {
  const circular: Record<string, unknown> = {};
  circular['self'] = circular;
  const cases: readonly (readonly [unknown, QueryError['code'], readonly (string | number)[]])[] = [
    [null, 'wrong-type', []],
    ['todos', 'wrong-type', []],
    [[], 'wrong-type', []],
    [new Map(), 'wrong-type', []],
    [{ wehre: {} }, 'unknown-option', []],
    [objectOf([['__proto__', {}]]), 'unknown-option', []],
    [{ where: null }, 'wrong-type', ['where']],
    [{ where: 'a = 1' }, 'wrong-type', ['where']],
    [{ where: 1 }, 'wrong-type', ['where']],
    [{ where: new Date(0) }, 'wrong-type', ['where']],
    [{ predicate: () => true }, 'wrong-type', ['predicate']],
    [{ where: { a: undefined } }, 'not-a-value', ['where', 'a']],
    [{ where: { a: { $eq: undefined } } }, 'not-a-value', ['where', 'a', '$eq']],
    [{ where: { a: Number.NaN } }, 'not-a-value', ['where', 'a']],
    [{ where: { a: Infinity } }, 'not-a-value', ['where', 'a']],
    [{ where: { a: 1n } }, 'not-a-value', ['where', 'a']],
    [{ where: { a: new Date(0) } }, 'not-a-value', ['where', 'a']],
    [{ where: { a: Symbol('a') } }, 'not-a-value', ['where', 'a']],
    [{ where: { a: [1, [undefined]] } }, 'not-a-value', ['where', 'a']],
    [{ where: { a: circular } }, 'not-a-value', ['where', 'a']],
    [{ where: { a: { $gtt: 1 } } }, 'unknown-operator', ['where', 'a', '$gtt']],
    [{ where: { a: { $and: [] } } }, 'unknown-operator', ['where', 'a', '$and']],
    [{ where: { a: { $constructor: 1 } } }, 'unknown-operator', ['where', 'a', '$constructor']],
    [{ where: { $nor: [] } }, 'unknown-operator', ['where', '$nor']],
    [{ where: { $gt: 1 } }, 'unknown-operator', ['where', '$gt']],
    [{ where: { a: { $gt: 1, b: 2 } } }, 'mixed-condition', ['where', 'a']],
    [{ where: { a: { $gt: null } } }, 'wrong-type', ['where', 'a', '$gt']],
    [{ where: { a: { $lte: [1] } } }, 'wrong-type', ['where', 'a', '$lte']],
    [{ where: { a: { $lt: {} } } }, 'wrong-type', ['where', 'a', '$lt']],
    [{ where: { a: { $gte: Number.NaN } } }, 'not-a-value', ['where', 'a', '$gte']],
    [{ where: { a: { $in: 1 } } }, 'wrong-type', ['where', 'a', '$in']],
    [{ where: { a: { $in: 'abc' } } }, 'wrong-type', ['where', 'a', '$in']],
    [{ where: { a: { $nin: [1, undefined] } } }, 'not-a-value', ['where', 'a', '$nin', 1]],
    // eslint-disable-next-line no-sparse-arrays
    [{ where: { a: { $in: [1, , 2] } } }, 'not-a-value', ['where', 'a', '$in', 1]],
    [{ where: { a: { $exists: 1 } } }, 'wrong-type', ['where', 'a', '$exists']],
    [{ where: { $and: {} } }, 'wrong-type', ['where', '$and']],
    [{ where: { $or: [{ a: 1 }, 2] } }, 'wrong-type', ['where', '$or', 1]],
    [{ where: { $or: [{ a: 1 }, { b: { $x: 1 } }] } }, 'unknown-operator', ['where', '$or', 1, 'b', '$x']],
    [{ where: { $not: [1, 2] } }, 'wrong-type', ['where', '$not', 0]],
    [{ where: { $not: undefined } }, 'wrong-type', ['where', '$not']],
    [{ predicate: { $not: { a: Number.NaN } } }, 'not-a-value', ['predicate', '$not', 'a']],
    [{ where: ['done', false] }, 'wrong-type', ['where', 0]],
    [{ where: [['a'], 1, 2] }, 'wrong-type', ['where', 0]],
    [{ where: [[], 1] }, 'wrong-type', ['where', 0]],
    [{ where: [[1], 1] }, 'wrong-type', ['where', 0, 0]],
    [
      {
        where: [
          [['a'], 1],
          [['b'], { $x: 1 }],
        ],
      },
      'unknown-operator',
      ['where', 1, 1, '$x'],
    ],
    [{ sort: 'a' }, 'wrong-type', ['sort']],
    [{ sort: null }, 'wrong-type', ['sort']],
    [{ sort: { a: 'up' } }, 'wrong-type', ['sort', 'a']],
    [{ sort: { a: 1 } }, 'wrong-type', ['sort', 'a']],
    [{ sort: ['a', 'asc'] }, 'wrong-type', ['sort', 0]],
    [{ sort: [['a']] }, 'wrong-type', ['sort', 0]],
    [{ sort: [['a', 'ASC']] }, 'wrong-type', ['sort', 0, 1]],
    [{ sort: [[[], 'asc']] }, 'wrong-type', ['sort', 0, 0]],
    [{ sort: [[['a', 1], 'asc']] }, 'wrong-type', ['sort', 0, 0, 1]],
    [{ limit: 0 }, 'wrong-type', ['limit']],
    [{ limit: -1 }, 'wrong-type', ['limit']],
    [{ limit: 1.5 }, 'wrong-type', ['limit']],
    [{ limit: '10' }, 'wrong-type', ['limit']],
    [{ limit: Number.NaN }, 'wrong-type', ['limit']],
    [{ limit: Infinity }, 'wrong-type', ['limit']],
    [{ limit: 100_001 }, 'wrong-type', ['limit']],
  ];

  test.each(cases)('%o ⇒ %s at %j', (input, code, path) => {
    const error = errorOf(input);
    expect({ code: error.code, path: error.path }).toEqual({ code, path });
  });

  test('also when it is anything at all: no input throws', () => {
    fc.assert(
      fc.property(fc.anything({ withMap: true, withDate: true, withNullPrototype: true, maxDepth: 5 }), (input) => {
        for (const query of [input, { where: input }, { where: { a: input } }, { sort: input }, { limit: input }]) {
          const parsed = parse(query);
          expect(parsed.ok ? canonicalQuery(parsed.value) : describeQueryError(parsed.error)).toMatch(/^\{.*\}$|\.$/s);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('limits', () => {
  test('16 levels are accepted, 17 are not', () => {
    const levels = (count: number): unknown => {
      let where: unknown = { a: 1 };
      for (let i = 1; i < count; i++) where = { $not: where };
      return { where };
    };
    expect(parse(levels(QUERY_LIMITS.depth)).ok).toBe(true);
    expect(errorOf(levels(QUERY_LIMITS.depth + 1))).toMatchObject({ code: 'too-deep', max: 16 });
  });

  test('several conditions side by side are a level, one alone is none', () => {
    const around = (inner: object): unknown => {
      let where: unknown = inner;
      for (let i = 1; i < QUERY_LIMITS.depth; i++) where = { $or: [where] };
      return { where };
    };
    expect(parse(around({ a: 1 })).ok).toBe(true);
    expect(parse(around({ a: { $gt: 1 } })).ok).toBe(true);
    expect(errorOf(around({ a: 1, b: 2 })).code).toBe('too-deep');
    expect(errorOf(around({ a: { $gt: 1, $lt: 2 } })).code).toBe('too-deep');
  });

  test('`where` and `predicate` together are a level', () => {
    let where: unknown = { a: 1 };
    for (let i = 1; i < QUERY_LIMITS.depth; i++) where = { $not: where };
    expect(parse({ predicate: where }).ok).toBe(true);
    expect(errorOf({ predicate: where, where: { b: 1 } })).toMatchObject({ code: 'too-deep' });
  });

  test('depth beyond any stack is an error, not an overflow', () => {
    expect(errorOf({ where: nested(50_000) }).code).toBe('too-deep');
    let value: unknown = 1;
    for (let i = 0; i < 50_000; i++) value = [value];
    expect(errorOf({ where: { a: value } }).code).toBe('too-deep');
  });

  test('256 nodes are accepted, 257 are not', () => {
    const wide = (count: number): unknown => ({ where: { $or: Array.from({ length: count - 1 }, (_, a) => ({ a })) } });
    expect(parse(wide(QUERY_LIMITS.nodes)).ok).toBe(true);
    expect(errorOf(wide(QUERY_LIMITS.nodes + 1))).toMatchObject({ code: 'too-many-nodes', max: 256 });
    const fields = (count: number): object => Object.fromEntries(Array.from({ length: count }, (_, i) => [`f${i}`, i]));
    expect(parse({ where: fields(255) }).ok).toBe(true);
    expect(errorOf({ where: fields(256) }).code).toBe('too-many-nodes');
    expect(errorOf({ where: fields(127), predicate: fields(127) }).code).toBe('too-many-nodes');
    expect(parse({ where: fields(127), predicate: fields(126) }).ok).toBe(true);
  });

  test('1,000 values in a list are accepted, 1,001 are not', () => {
    const values = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
    expect(parse({ where: { a: { $in: values(1000) } } }).ok).toBe(true);
    expect(errorOf({ where: { a: { $nin: values(1001) } } })).toEqual({
      code: 'too-many-values',
      path: ['where', 'a', '$nin'],
      max: 1000,
    });
  });

  test('16 names in a path and 16 levels of a sort order are accepted, 17 are not', () => {
    const names = (count: number): string[] => Array.from({ length: count }, (_, i) => `f${i}`);
    expect(parse({ where: { [names(16).join('.')]: 1 } }).ok).toBe(true);
    expect(errorOf({ where: { [names(17).join('.')]: 1 } }).code).toBe('too-deep');
    const sort = (count: number): unknown => ({ sort: names(count).map((name) => [name, 'asc']) });
    expect(parse(sort(16)).ok).toBe(true);
    expect(errorOf(sort(17))).toMatchObject({ code: 'too-many-values', path: ['sort'], max: 16 });
    expect(errorOf({ sort: Object.fromEntries(names(17).map((name) => [name, 'asc'])) }).code).toBe('too-many-values');
  });
});
