import { describe, expect, test } from 'vitest';
import { evaluateShown } from '../evaluate/evaluate.js';
import type { Entry } from '../entry.js';
import { parseQuery } from '../parse-query.js';
import type { QueryInput } from '../query-input.js';
import { ALWAYS, type Aggregate, type Query, type Relation } from '../query.js';
import { canonicalForm, canonicalQuery } from './canonical-query.js';
import { validateQuery } from './validate-query.js';

const PLAIN: Query = { where: ALWAYS, sort: [], limit: null };

function* permutations<T>(items: readonly T[]): Generator<readonly T[]> {
  if (items.length === 0) yield [];
  for (const [i, item] of items.entries())
    for (const rest of permutations(items.filter((_, j) => j !== i))) yield [item, ...rest];
}

describe('QU-2: what has no order has one', () => {
  const aggregates: readonly Aggregate[] = [
    ['b', 'count', null],
    ['a', 'sum', ['x']],
    ['Z', 'max', ['y', 'z']],
    ['__proto__', 'min', ['x']],
  ];
  const relation = (name: string): Relation => ({ name, map: 'm', on: [['a'], ['b']], one: false, query: PLAIN });

  test('aggregates are in the order of their names', () => {
    const texts = new Set<string>();
    for (const some of permutations(aggregates)) {
      const query: Query = { ...PLAIN, groupBy: { by: [], aggregates: some } };
      expect(canonicalForm(query).groupBy?.aggregates.map(([name]) => name)).toEqual(['Z', '__proto__', 'a', 'b']);
      texts.add(canonicalQuery(query));
    }
    expect(texts.size).toBe(1);
  });

  test('relations are in the order of their names, and theirs in turn', () => {
    const texts = new Set<string>();
    for (const names of permutations(['y', 'x', 'Z'])) {
      const include = names.map((name) => ({
        ...relation(name),
        query: { ...PLAIN, include: names.toReversed().map(relation) },
      }));
      const canonical = canonicalForm({ ...PLAIN, include });
      expect(canonical.include?.map(({ name }) => name)).toEqual(['Z', 'x', 'y']);
      for (const { query } of canonical.include ?? [])
        expect(query.include?.map(({ name }) => name)).toEqual(['Z', 'x', 'y']);
      texts.add(canonicalQuery({ ...PLAIN, include }));
    }
    expect(texts.size).toBe(1);
  });

  test('paths of fields and groups are in one order, once, and the outermost', () => {
    const paths = [['b'], ['a', 'x'], ['a'], ['b'], ['a', 'x', 'y']] as const;
    for (const some of permutations(paths)) {
      expect(canonicalForm({ ...PLAIN, fields: some }).fields).toEqual([['a'], ['b']]);
      expect(canonicalForm({ ...PLAIN, groupBy: { by: some, aggregates: [] } }).groupBy?.by).toEqual([['a'], ['b']]);
    }
  });

  test('what is not used is absent', () => {
    expect(Object.keys(canonicalForm(PLAIN))).toEqual(['where', 'sort', 'limit']);
    expect(canonicalForm({ ...PLAIN, include: [] })).toEqual(PLAIN);
    expect(canonicalForm({ ...PLAIN, fields: [] })).toEqual({ ...PLAIN, fields: [] });
  });

  test('one related row has the limit of one, whatever was said, and a parent is canonical too', () => {
    const one = canonicalForm({ ...PLAIN, include: [{ ...relation('x'), one: true, query: { ...PLAIN, limit: 7 } }] });
    expect(one.include?.[0]?.query.limit).toBe(1);
    const many = canonicalForm({ ...PLAIN, include: [{ ...relation('x'), query: { ...PLAIN, limit: 7 } }] });
    expect(many.include?.[0]?.query.limit).toBe(7);
    const parent: Query = {
      ...PLAIN,
      where: { type: 'not', of: { type: 'eq', path: ['a'], value: 1 } },
      sort: [[['_key'], 'asc']],
    };
    expect(canonicalForm({ ...PLAIN, within: { map: 'm', on: [['a'], ['b']], query: parent } }).within?.query).toEqual({
      ...PLAIN,
      where: { type: 'ne', path: ['a'], value: 1 },
    });
  });
});

describe('QU-2: queries that are one view show the same', () => {
  const entries: readonly Entry[] = Array.from({ length: 12 }, (_, i) => ({
    key: `k${(i * 5) % 12}`,
    value: { a: i % 3, b: { c: i % 2, d: i }, ...(i % 4 === 0 ? {} : { n: i }) },
  }));
  const maps = new Map([['m', entries]]);

  test.each<[string, QueryInput, QueryInput]>([
    ['an implied last level', { sort: { a: 'asc' } }, { sort: { a: 'asc', _key: 'asc' } }],
    [
      'a level said twice',
      { sort: [['a', 'desc']] },
      {
        sort: [
          ['a', 'desc'],
          ['a', 'asc'],
        ],
      },
    ],
    [
      'levels behind the key',
      { sort: { _key: 'desc' } },
      {
        sort: [
          ['_key', 'desc'],
          ['a', 'asc'],
        ],
      },
    ],
    ['fields inside others', { fields: ['b'] }, { fields: ['b.c', 'b', 'b.d'] }],
    ['fields in another order', { fields: ['a', 'n'] }, { fields: ['n', 'a', 'n'] }],
    ['groups in another order', { groupBy: ['a', 'b.c'] }, { groupBy: ['b.c', 'a'] }],
    ['groups and different values', { groupBy: ['a'] }, { distinct: 'a' }],
    ['groups of nothing shown', { groupBy: 'a', aggregate: {} }, { distinct: ['a'] }],
    ['a range in one', { where: { a: { $between: [1, 2] } } }, { where: { a: { $lte: 2, $gte: 1 } } }],
    [
      'conditions side by side',
      { where: { a: 1, 'b.c': 1 } },
      { where: { $and: [{ 'b.c': 1 }, { $and: [{ a: 1 }] }] } },
    ],
    ['one value in a list', { where: { a: { $in: [1, 1] } } }, { where: { a: 1 } }],
    ['denied twice', { where: { $not: { $not: { a: 1 } } } }, { where: { a: { $eq: 1 } } }],
    ['denied equality', { where: { $not: { a: 1 } } }, { where: { a: { $ne: 1 } } }],
    ['a pattern of text', { where: { _key: { $like: 'k1' } } }, { where: { _key: 'k1' } }],
    ['a pattern that goes on', { where: { _key: { $like: 'k1%' } } }, { where: { _key: { $startsWith: 'k1' } } }],
    [
      'two parts of one whole',
      { where: { a: 1 }, predicate: { n: 4 } },
      {
        where: [
          [['a'], 1],
          [['n'], 4],
        ],
      },
    ],
    [
      'relations in another order',
      { include: { x: { map: 'm', on: ['a', 'a'], limit: 1 }, y: { map: 'm', on: ['n', 'n'], one: true } } },
      { include: { y: { map: 'm', on: ['n', 'n'], one: true }, x: { map: 'm', on: ['a', 'a'], limit: 1, sort: {} } } },
    ],
  ])('%s', (_what, one, other) => {
    const [first, second] = [parseQuery(one), parseQuery(other)];
    if (!first.ok || !second.ok) throw new Error('refused');
    expect(canonicalQuery(second.value)).toBe(canonicalQuery(first.value));
    expect(second.value).toEqual(first.value);
    expect(evaluateShown(second.value, entries, { maps })).toEqual(evaluateShown(first.value, entries, { maps }));
    const { fields: _, include: __, ...wire } = first.value;
    expect(validateQuery(wire)).toEqual({ ok: true, value: wire });
  });
});

describe('QU-49: the bounds of a search off the wire', () => {
  const search = { text: 'a', fields: ['f'], boosts: [['f', 1]], prefix: false, fuzzy: 0, combineWith: 'OR' };
  const near = { field: 'v', vector: 'AAAA', minSimilarity: 0.5 };
  const taken = (part: object, limit: unknown = 10): boolean =>
    validateQuery({ ...PLAIN, limit, search: { ...search, ...part } }).ok;

  test.each<[string, (count: number) => boolean, number]>([
    ['rows', (count) => taken({}, count), 1_000],
    ['characters', (count) => taken({ text: 'x'.repeat(count) }), 1_024],
    ['fields', (count) => taken({ fields: Array(count).fill('f') }), 16],
    ['boosts', (count) => taken({ boosts: Array(count).fill(['f', 1]) }), 16],
    // Of 4,096 numbers of four bytes each, four characters for three bytes.
    ['characters of a vector', (count) => taken({ near: { ...near, vector: 'A'.repeat(count) } }), 21_846],
  ])('as many %s are taken as there may be, and no more', (_what, isTaken, max) => {
    expect([isTaken(1), isTaken(max), isTaken(max + 1)]).toEqual([true, true, false]);
  });

  test('what it says is kept as it is said, and a boost is a pair', () => {
    for (const part of [
      { combineWith: 'AND' },
      { prefix: true },
      { fuzzy: 2 },
      { near },
      { near: { ...near, minSimilarity: null } },
      { fields: [] },
      { text: '' },
    ]) {
      const query = { ...PLAIN, limit: 5, search: { ...search, ...part } };
      expect(validateQuery(query)).toEqual({ ok: true, value: query });
    }
    for (const boost of ['f', ['f'], ['f', '1'], [1, 'f'], ['f', 1, 2], { 0: 'f', 1: 1 }, null])
      expect(taken({ boosts: [boost] })).toBe(false);
  });
});
