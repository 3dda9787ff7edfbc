import { describe, expect, test } from 'vitest';
import { canonicalJson, isPlainObject } from '../../primitives/index.js';
import { parseQuery } from '../parse-query.js';
import { objectOf } from '../query.arbitrary.js';
import type { QueryInput } from '../query-input.js';
import type { Query } from '../query.js';
import { canonicalForm } from './canonical-query.js';
import { describeQueryError, type QueryErrorPath } from './query-error.js';
import { validateQuery } from './validate-query.js';

/*
 * QU-4, place by place: queries that have everything the language has, of which one part at a time is taken away, replaced by something else, or has
 * something put beside it. Whatever that gives is a query or an error that names a place around the one that was spoilt; nothing throws.
 */

type Place = readonly (string | number)[];

/** Every place in a value that is not inside a literal's text, the value itself first. */
function* placesOf(value: unknown, at: Place = []): Generator<Place> {
  yield at;
  if (Array.isArray(value)) for (const [i, item] of value.entries()) yield* placesOf(item, [...at, i]);
  else if (isPlainObject(value)) for (const [name, item] of Object.entries(value)) yield* placesOf(item, [...at, name]);
}

/** The value with what is at the place replaced; `change` is given what was there. */
function replaced(value: unknown, [first, ...rest]: Place, change: (held: unknown) => unknown): unknown {
  if (first === undefined) return change(value);
  if (Array.isArray(value)) return value.map((item, i) => (i === first ? replaced(item, rest, change) : item));
  const pairs = Object.entries(value as object);
  return objectOf(pairs.map(([name, item]) => [name, name === first ? replaced(item, rest, change) : item]));
}

/** Without the member or the item at the place. */
function without(value: unknown, place: Place): unknown {
  const last = place.at(-1);
  return replaced(value, place.slice(0, -1), (held) => {
    if (Array.isArray(held)) return held.filter((_, i) => i !== last);
    return objectOf(Object.entries(held as object).filter(([name]) => name !== last));
  });
}

/** One of each kind of value, good and bad. */
const OTHERS: readonly unknown[] = [
  undefined,
  null,
  true,
  0,
  -1,
  1.5,
  Number.NaN,
  10 ** 9,
  '',
  'x',
  '(',
  '__proto__',
  [],
  [[]],
  ['x', 'y'],
  {},
  { x: 1 },
  { $x: 1 },
  new Date(0),
  new Uint8Array([1]),
  new Map(),
  Symbol('x'),
  10n,
  () => 1,
];

const isAround = (outer: QueryErrorPath, inner: Place): boolean => outer.every((part, i) => part === inner[i]);

interface Verdicts {
  readonly wrong: string[];
  taken: number;
  refused: number;
}

/** Tries every way to spoil the query. */
function spoil<T>(
  query: T,
  read: (input: unknown) => ReturnType<typeof validateQuery>,
  isGood: (query: Query) => boolean,
): Verdicts {
  const verdicts: Verdicts = { wrong: [], taken: 0, refused: 0 };
  const judge = (input: unknown, place: Place, what: string): void => {
    const result = read(input);
    if (result.ok) {
      verdicts.taken += 1;
      if (!isGood(result.value)) verdicts.wrong.push(`${place.join('.')} ${what}: a query that is none`);
      return;
    }
    verdicts.refused += 1;
    const { path, code } = result.error;
    // Either around what was spoilt, or at something inside what was put there, or beside it under the same parent.
    const parent = place.slice(0, -1);
    // A sort order is held against the conditions, and a place against the sort order.
    const isElsewhere = code === 'nothing-to-score' || path.slice(-2).join('.') === 'after.values';
    if (!isElsewhere && !isAround(path, place) && !isAround(parent, path as Place)) {
      verdicts.wrong.push(`${place.join('.')} ${what}: ${describeQueryError(result.error)}`);
    }
  };
  for (const place of placesOf(query)) {
    for (const other of OTHERS)
      judge(
        replaced(query, place, () => other),
        place,
        String(other),
      );
    if (place.length > 0) judge(without(query, place), place, 'taken away');
    judge(
      replaced(query, place, (held) =>
        Array.isArray(held)
          ? [...(held as unknown[]), held[0]]
          : isPlainObject(held)
            ? objectOf([...Object.entries(held), ['more', 1]])
            : held,
      ),
      place,
      'with more',
    );
  }
  return verdicts;
}

const WIRE: readonly (readonly [string, Query])[] = [
  [
    'conditions of every type',
    {
      where: {
        type: 'and',
        of: [
          { type: 'eq', path: ['a'], value: 1 },
          { type: 'ne', path: ['a', 'b'], value: { json: '[1]' } },
          { type: 'gt', path: ['a'], value: 'x' },
          { type: 'lte', path: ['a'], value: { json: '{"$bytes":"AQ"}' } },
          { type: 'in', path: ['a'], values: [1, 'x'] },
          { type: 'exists', path: ['a'], exists: true },
          { type: 'isNull', path: ['a'], isNull: false },
          { type: 'startsWith', path: ['a'], prefix: 'x' },
          { type: 'like', path: ['a'], pattern: 'x_%y', caseInsensitive: true },
          { type: 'regex', path: ['a'], pattern: 'x+', caseInsensitive: false },
          { type: 'contains', path: ['a'], value: null },
          { type: 'containsAny', path: ['a'], values: [1, 2] },
          { type: 'match', path: ['a'], text: 'some words' },
          {
            type: 'not',
            of: {
              type: 'or',
              of: [
                { type: 'eq', path: ['a'], value: 1 },
                { type: 'eq', path: ['b'], value: 2 },
              ],
            },
          },
        ],
      },
      sort: [
        [['_score'], 'desc'],
        [['a', 'b'], 'asc'],
      ],
      limit: 7,
    },
  ],
  [
    'groups after a place',
    {
      where: { type: 'and', of: [] },
      sort: [
        [['n'], 'desc'],
        [['a'], 'asc'],
      ],
      limit: null,
      after: { values: [3, { missing: true }], key: '[[1]]' },
      groupBy: {
        by: [['a'], ['b', 'c']],
        aggregates: [
          ['n', 'count', null],
          ['sum', 'sum', ['x']],
        ],
      },
    },
  ],
  [
    'related rows',
    {
      where: { type: 'exists', path: ['a'], exists: true },
      sort: [],
      limit: 2,
      within: {
        map: 'parents',
        on: [['a'], ['_key']],
        query: {
          where: { type: 'and', of: [] },
          sort: [[['a'], 'asc']],
          limit: 5,
          after: { values: [null], key: 'k' },
        },
      },
    },
  ],
  [
    'a search',
    {
      where: { type: 'and', of: [] },
      sort: [],
      limit: 10,
      search: {
        text: 'words',
        fields: ['a', 'b'],
        boosts: [['a', 2]],
        prefix: true,
        fuzzy: 0.2,
        combineWith: 'AND',
        near: { field: 'v', vector: 'AAAA', minSimilarity: null },
      },
    },
  ],
];

describe('QU-4: a query off the wire of which one part was spoilt', () => {
  test.each(WIRE)('%s', (_what, query) => {
    expect(validateQuery(query)).toEqual({ ok: true, value: canonicalForm(query) });
    const { wrong, taken, refused } = spoil(query, validateQuery, (read) => {
      const again = validateQuery(read);
      return again.ok && canonicalJson(again.value) === canonicalJson(read);
    });
    expect(wrong.slice(0, 5)).toEqual([]);
    expect(refused).toBeGreaterThan(taken);
    expect(taken).toBeGreaterThan(10);
  });

  test('is never the object that arrived, nor does it hold a part of it', () => {
    for (const [, query] of WIRE) {
      const arrived = structuredClone(query);
      const read = validateQuery(arrived);
      if (!read.ok) throw new Error('refused');
      const parts = new Set<unknown>();
      const collect = (value: unknown): void => {
        if (typeof value !== 'object' || value === null) return;
        parts.add(value);
        Object.values(value).forEach(collect);
      };
      collect(arrived);
      const shared: unknown[] = [];
      const look = (value: unknown): void => {
        if (typeof value !== 'object' || value === null) return;
        if (parts.has(value)) shared.push(value);
        Object.values(value).forEach(look);
      };
      look(read.value);
      expect(shared).toEqual([]);
    }
  });
});

const WRITTEN: readonly (readonly [string, QueryInput])[] = [
  [
    'conditions in every form',
    {
      where: {
        a: 1,
        'b.c': { $gte: 1, $lt: 5, $ne: 3 },
        $and: [{ d: { $in: [1, 2] } }, { e: { $between: [1, 2] } }],
        $or: [{ f: { $exists: true } }, { f: { $isNull: true } }],
        $not: { g: { $startsWith: 'x' } },
        h: { $like: 'x%', $ilike: 'y', $contains: 'z' },
        i: { $containsAny: [1], $containsAll: ['x'], $nin: [null] },
        j: { $match: 'words', $eq: 'words' },
        k: { $regex: 'a+' },
      },
      predicate: [['l.m'], { $gt: 'x' }],
      sort: { a: 'asc', 'b.c': 'desc' },
      limit: 5,
      cursor: null,
    },
  ],
  [
    'pairs',
    {
      where: [
        [['a.b'], 1],
        [['c', 'd'], { $ne: 2 }],
      ],
      sort: [
        ['a', 'asc'],
        [['b.c'], 'desc'],
      ],
      fields: ['a', ['b.c']],
    },
  ],
  [
    'relations',
    {
      include: {
        x: {
          map: 'm',
          on: ['a', ['b']],
          where: { c: 1 },
          sort: { d: 'asc' },
          limit: 3,
          fields: ['e'],
          include: { y: { map: 'n', on: ['f', '_key'], one: true } },
        },
      },
    },
  ],
  [
    'groups',
    { groupBy: ['a', ['b.c']], aggregate: { n: 'count', s: { sum: 'x' }, t: { max: ['y.z'] } }, sort: { n: 'desc' } },
  ],
  ['different values', { distinct: ['a', 'b'], where: { c: 1 } }],
];

describe('QU-4: a query as an app writes it of which one part was spoilt', () => {
  const read = (input: unknown) => parseQuery(input as QueryInput);

  test.each(WRITTEN)('%s', (_what, input) => {
    expect(read(input).ok).toBe(true);
    const { wrong, taken, refused } = spoil(
      input,
      read,
      (query) => canonicalJson(canonicalForm(query)) === canonicalJson(query),
    );
    expect(wrong.slice(0, 5)).toEqual([]);
    expect(Math.min(taken, refused)).toBeGreaterThan(30);
  });

  test('an option that is undefined is as if it were not there, but a condition is refused', () => {
    for (const [, input] of WRITTEN) {
      for (const name of [
        'where',
        'predicate',
        'sort',
        'limit',
        'fields',
        'include',
        'groupBy',
        'aggregate',
        'distinct',
        'cursor',
      ]) {
        const given = { ...input, [name]: undefined };
        const { [name]: _gone, ...rest } = given as Record<string, unknown>;
        expect(read(given)).toEqual(read(rest));
      }
    }
    for (const where of [
      { a: undefined },
      { a: { $eq: undefined } },
      { $or: [undefined] },
      { $not: undefined },
      [[['a'], undefined]],
    ]) {
      expect(read({ where }).ok).toBe(false);
    }
  });
});
