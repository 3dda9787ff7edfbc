import { describe, expect, test } from 'vitest';
import { parseQuery } from './parse-query.js';
import type { QueryInput } from './query-input.js';
import type { Query } from './query.js';

/** One of each option, none of which says anything about another. */
const OPTIONS: Readonly<Record<string, QueryInput>> = {
  where: { where: { a: 1 } },
  predicate: { predicate: { b: 2 } },
  sort: { sort: { c: 'desc' } },
  limit: { limit: 3 },
  fields: { fields: ['d', 'e.f'] },
  include: { include: { x: { map: 'm', on: ['g', '_key'] } } },
  groupBy: { groupBy: 'h' },
  aggregate: { aggregate: { n: 'count' } },
  distinct: { distinct: ['i', 'j'] },
};

/** What each comes to, by hand. */
const PARTS: Readonly<Record<string, Partial<Query>>> = {
  sort: { sort: [[['c'], 'desc']] },
  limit: { limit: 3 },
  fields: { fields: [['d'], ['e', 'f']] },
  include: {
    include: [
      {
        name: 'x',
        map: 'm',
        on: [['g'], ['_key']],
        one: false,
        query: { where: { type: 'and', of: [] }, sort: [], limit: null },
      },
    ],
  },
  groupBy: { groupBy: { by: [['h']], aggregates: [] } },
  aggregate: { groupBy: { by: [], aggregates: [['n', 'count', null]] } },
  distinct: { groupBy: { by: [['i'], ['j']], aggregates: [] } },
};
const A = { type: 'eq', path: ['a'], value: 1 } as const;
const B = { type: 'eq', path: ['b'], value: 2 } as const;

/** Pairs that say two things of one: what is shown of rows, or how groups are made. */
const APART: readonly string[] = [
  'fields groupBy',
  'fields aggregate',
  'fields distinct',
  'include groupBy',
  'include aggregate',
  'include distinct',
  'groupBy distinct',
  'aggregate distinct',
];

/** The query that some options come to. */
function wanted(names: readonly string[]): Query {
  const where =
    names.includes('where') && names.includes('predicate')
      ? ({ type: 'and', of: [A, B] } as const)
      : names.includes('where')
        ? A
        : names.includes('predicate')
          ? B
          : ({ type: 'and', of: [] } as const);
  const query: Query = { where, sort: [], limit: null };
  const joined = Object.assign({}, query, ...names.map((name) => PARTS[name] ?? {})) as Query;
  if (names.includes('groupBy') && names.includes('aggregate')) {
    return { ...joined, groupBy: { by: [['h']], aggregates: [['n', 'count', null]] } };
  }
  return joined;
}

const NAMES = Object.keys(OPTIONS);
const given = (names: readonly string[]): QueryInput =>
  Object.assign({}, ...names.map((name) => OPTIONS[name])) as QueryInput;
const apartIn = (names: readonly string[]): string | undefined =>
  APART.find((pair) => pair.split(' ').every((name) => names.includes(name)));

describe('QU-4: which options go together', () => {
  test('every set of them is a query or names two that do not', () => {
    let [taken, refused] = [0, 0];
    for (let bits = 0; bits < 2 ** NAMES.length; bits += 1) {
      const names = NAMES.filter((_, i) => (bits >> i) % 2 === 1);
      const query = parseQuery(given(names));
      if (apartIn(names) === undefined) {
        taken += 1;
        expect([names, query]).toEqual([names, { ok: true, value: wanted(names) }]);
        continue;
      }
      refused += 1;
      if (query.ok) throw new Error(`taken: ${names.join(' ')}`);
      expect([names, query.error.code, query.error.path]).toEqual([names, 'not-together', []]);
      const named = (query.error as { readonly options: readonly string[] }).options;
      expect([names, named, named.every((name) => names.includes(name)), apartIn(named) !== undefined]).toEqual([
        names,
        named,
        true,
        true,
      ]);
    }
    expect([taken, refused]).toEqual([16 * (4 + 4), 512 - 128]);
  });

  test('the order in which they are given makes no difference', () => {
    const sets = [
      ['where', 'sort', 'limit', 'fields', 'include'],
      ['limit', 'groupBy', 'aggregate', 'where'],
      ['distinct', 'predicate', 'sort'],
    ];
    for (const names of sets) expect(parseQuery(given(names.toReversed()))).toEqual(parseQuery(given(names)));
  });

  test('a relation takes none of those that make groups, nor a cursor', () => {
    for (const name of ['groupBy', 'aggregate', 'distinct', 'cursor']) {
      const option = OPTIONS[name] ?? { cursor: 'x' };
      const input = { include: { x: { map: 'm', on: ['a', 'b'], ...option } } } as unknown as QueryInput;
      expect(parseQuery(input)).toEqual({
        ok: false,
        error: { code: 'unknown-option', path: ['include', 'x'], option: name },
      });
    }
    for (const name of ['map', 'on', 'one']) {
      expect(parseQuery({ [name]: 'x' } as QueryInput)).toEqual({
        ok: false,
        error: { code: 'unknown-option', path: [], option: name },
      });
    }
  });

  test('one related row has no limit of its own, and is one', () => {
    const related = (part: object) =>
      parseQuery({ include: { x: { map: 'm', on: ['a', 'b'], ...part } } } as QueryInput);
    const one = related({ one: true });
    expect(one.ok && one.value.include?.[0]?.query.limit).toBe(1);
    expect(related({ one: true, limit: null }).ok).toBe(true);
    expect(related({ one: false, limit: 5 }).ok).toBe(true);
    expect(related({ one: true, limit: 1 })).toEqual({
      ok: false,
      error: { code: 'not-together', path: ['include', 'x'], options: ['limit', 'one'] },
    });
  });
});
