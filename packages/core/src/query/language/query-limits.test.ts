import { describe, expect, test } from 'vitest';
import { parseQuery } from '../parse-query.js';
import type { QueryInput } from '../query-input.js';
import type { Query } from '../query.js';
import { QUERY_LIMITS } from './query-limits.js';
import type { QueryErrorPath } from './query-error.js';
import { validateQuery } from './validate-query.js';

const names = (count: number, prefix = 'f'): string[] => Array.from({ length: count }, (_, i) => `${prefix}${i}`);
const named = <T>(count: number, valueOf: (name: string) => T): Record<string, T> =>
  Object.fromEntries(names(count).map((name) => [name, valueOf(name)]));
const text = (length: number): string => 'x'.repeat(length);
const related = (input: QueryInput = {}): object => ({ map: 'm', on: ['a', 'b'], ...input });
/** Relations within relations, so many deep. */
const deep = (levels: number): QueryInput =>
  levels === 0 ? {} : ({ include: { x: related(deep(levels - 1)) } } as QueryInput);

interface Bound {
  readonly what: string;
  readonly max: number;
  readonly code: string;
  readonly path: QueryErrorPath;
  readonly input: (count: number) => unknown;
}

const INPUTS: readonly Bound[] = [
  {
    what: 'sort keys by name',
    max: QUERY_LIMITS.sortKeys,
    code: 'too-many-values',
    path: ['sort'],
    input: (count) => ({ sort: named(count, () => 'asc') }),
  },
  {
    what: 'sort keys in a list',
    max: QUERY_LIMITS.sortKeys,
    code: 'too-many-values',
    path: ['sort'],
    input: (count) => ({ sort: names(count).map((name) => [name, 'desc']) }),
  },
  {
    what: 'values of $in',
    max: QUERY_LIMITS.values,
    code: 'too-many-values',
    path: ['where', 'a', '$in'],
    input: (count) => ({ where: { a: { $in: names(count) } } }),
  },
  {
    what: 'values of $nin',
    max: QUERY_LIMITS.values,
    code: 'too-many-values',
    path: ['where', 'a', '$nin'],
    input: (count) => ({ where: { a: { $nin: names(count) } } }),
  },
  {
    what: 'characters of a pattern',
    max: QUERY_LIMITS.textLength,
    code: 'too-long',
    path: ['where', 'a', '$like'],
    input: (count) => ({ where: { a: { $like: text(count) } } }),
  },
  {
    what: 'characters of a prefix',
    max: QUERY_LIMITS.textLength,
    code: 'too-long',
    path: ['where', 'a', '$startsWith'],
    input: (count) => ({ where: { a: { $startsWith: text(count) } } }),
  },
  {
    what: 'words of a text to match',
    max: QUERY_LIMITS.matchTerms,
    code: 'too-many-values',
    path: ['where', 'a', '$match'],
    input: (count) => ({ where: { a: { $match: names(count, 'w').join(' ') } } }),
  },
  {
    what: 'steps of a regular expression',
    max: QUERY_LIMITS.regexSteps,
    code: 'bad-pattern',
    path: ['where', 'a', '$regex'],
    // Its end is a step too.
    input: (count) => ({ where: { a: { $regex: `a{${count - 1}}` } } }),
  },
  {
    what: 'paths of fields',
    max: QUERY_LIMITS.fields,
    code: 'too-many-values',
    path: ['fields'],
    input: (count) => ({ fields: names(count) }),
  },
  {
    what: 'paths of groups',
    max: QUERY_LIMITS.groupPaths,
    code: 'too-many-values',
    path: ['groupBy'],
    input: (count) => ({ groupBy: names(count) }),
  },
  {
    what: 'paths of distinct',
    max: QUERY_LIMITS.groupPaths,
    code: 'too-many-values',
    path: ['distinct'],
    input: (count) => ({ distinct: names(count) }),
  },
  {
    what: 'aggregates',
    max: QUERY_LIMITS.aggregates,
    code: 'too-many-values',
    path: ['aggregate'],
    input: (count) => ({ aggregate: named(count, () => 'count') }),
  },
  {
    what: 'relations',
    max: QUERY_LIMITS.relations,
    code: 'too-many-values',
    path: ['include', `f${QUERY_LIMITS.relations}`],
    input: (count) => ({ include: named(count, () => related()) }),
  },
  {
    what: 'relations within relations',
    max: QUERY_LIMITS.includeDepth,
    code: 'too-deep',
    path: Array.from({ length: QUERY_LIMITS.includeDepth }, () => ['include', 'x'])
      .flat()
      .concat('include'),
    input: deep,
  },
  {
    what: 'levels of a path',
    max: QUERY_LIMITS.depth,
    code: 'too-deep',
    path: ['sort'],
    input: (count) => ({ sort: { [names(count).join('.')]: 'asc' } }),
  },
  { what: 'rows', max: QUERY_LIMITS.limit, code: 'wrong-type', path: ['limit'], input: (count) => ({ limit: count }) },
];

describe('QU-4: of what a query may ask at most', () => {
  test.each(INPUTS)(
    'as many $what as that are taken, and one more is refused by name',
    ({ max, code, path, input }) => {
      const taken = parseQuery(input(max) as QueryInput);
      expect(taken).toMatchObject({ ok: true });
      const refused = parseQuery(input(max + 1) as QueryInput);
      expect(refused).toMatchObject({ ok: false, error: { code } });
      if (refused.ok) return;
      const { error } = refused;
      expect(error.path.slice(0, path.length)).toEqual(path);
      if ('max' in error) expect(error.max).toBe(max);
    },
  );

  const plain: Query = { where: { type: 'and', of: [] }, sort: [], limit: null };
  const WIRE: readonly (Bound & { readonly input: (count: number) => unknown })[] = [
    {
      what: 'sort keys',
      max: QUERY_LIMITS.sortKeys,
      code: 'too-many-values',
      path: ['sort'],
      input: (count) => ({ ...plain, sort: names(count).map((name) => [[name], 'asc']) }),
    },
    {
      what: 'values of a list',
      max: QUERY_LIMITS.values,
      code: 'too-many-values',
      path: ['where', 'values'],
      input: (count) => ({ ...plain, where: { type: 'in', path: ['a'], values: names(count) } }),
    },
    {
      what: 'paths of groups',
      max: QUERY_LIMITS.groupPaths,
      code: 'too-many-values',
      path: ['groupBy', 'by'],
      input: (count) => ({ ...plain, groupBy: { by: names(count).map((name) => [name]), aggregates: [] } }),
    },
    {
      what: 'aggregates',
      max: QUERY_LIMITS.aggregates,
      code: 'too-many-values',
      path: ['groupBy', 'aggregates'],
      input: (count) => ({
        ...plain,
        groupBy: { by: [], aggregates: names(count).map((name) => [name, 'count', null]) },
      }),
    },
    {
      what: 'characters of a pattern',
      max: QUERY_LIMITS.textLength,
      code: 'too-long',
      path: ['where', 'pattern'],
      input: (count) => ({
        ...plain,
        where: { type: 'like', path: ['a'], pattern: text(count), caseInsensitive: false },
      }),
    },
    {
      what: 'rows',
      max: QUERY_LIMITS.limit,
      code: 'wrong-type',
      path: ['limit'],
      input: (limit) => ({ ...plain, limit }),
    },
  ];

  test.each(WIRE)('on the wire as many $what as that are taken, and one more is refused by name', (bound) => {
    const { max, code, path, input } = bound;
    expect(validateQuery(input(max))).toMatchObject({ ok: true });
    const refused = validateQuery(input(max + 1));
    expect(refused).toMatchObject({ ok: false, error: { code } });
    if (!refused.ok) expect(refused.error.path.slice(0, path.length)).toEqual(path);
  });
});
