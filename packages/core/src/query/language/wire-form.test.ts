import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseQuery } from '../parse-query.js';
import { groupedQueryInput } from '../query.arbitrary.js';
import { describeQueryError, type QueryError, type QueryErrorPath } from './query-error.js';
import type { Query } from '../query.js';
import { validateQuery } from './validate-query.js';

const TRUE = { type: 'and', of: [] };
const plain = { where: TRUE, sort: [], limit: null };

function queryOf(input: unknown): Query {
  const query = validateQuery(input);
  if (!query.ok) throw new Error(describeQueryError(query.error));
  return query.value;
}

function errorOf(input: unknown): QueryError {
  const query = validateQuery(input);
  if (query.ok) throw new Error(`accepted: ${JSON.stringify(query.value)}`);
  return query.error;
}

/** A query of so many levels, each within the next. */
function withinLevels(levels: number): object {
  let query: object = plain;
  for (let i = 0; i < levels; i += 1) query = { ...plain, within: { map: 'm', query, on: [['a'], ['b']] } };
  return query;
}

describe('QU-4: a query off the wire', () => {
  test('with groups is accepted unchanged when parseQuery made it', () => {
    fc.assert(
      fc.property(groupedQueryInput, (input) => {
        const query = parseQuery(input);
        if (!query.ok) throw new Error(describeQueryError(query.error));
        expect(validateQuery(JSON.parse(JSON.stringify(query.value)))).toEqual(query);
      }),
    );
  });

  test('becomes canonical when it was not', () => {
    const groupBy = {
      by: [['b'], ['a', 'x'], ['a']],
      aggregates: [
        ['z', 'count', null],
        ['y', 'sum', ['n']],
      ],
    };
    expect(queryOf({ ...plain, groupBy }).groupBy).toEqual({
      by: [['a'], ['b']],
      aggregates: [
        ['y', 'sum', ['n']],
        ['z', 'count', null],
      ],
    });
    const like = { type: 'like', path: ['a'], pattern: 'x%%', caseInsensitive: false };
    expect(queryOf({ ...plain, where: like }).where).toEqual({ type: 'startsWith', path: ['a'], prefix: 'x' });
    const within = { map: 'm', on: [['a'], ['b']], query: { ...plain, where: { type: 'and', of: [TRUE, like] } } };
    expect(queryOf({ ...plain, within }).within?.query.where).toMatchObject({ type: 'startsWith' });
    const after = { values: [{ json: '[ 1 ]' }], key: 'k' };
    expect(queryOf({ ...plain, sort: [[['a'], 'asc']], after }).after).toEqual({ values: [{ json: '[1]' }], key: 'k' });
  });

  test('may be within others, four deep', () => {
    expect(queryOf(withinLevels(4))).toEqual(withinLevels(4));
    expect(errorOf(withinLevels(5))).toMatchObject({ code: 'too-deep', max: 4 });
    expect(errorOf(withinLevels(5_000)).code).toBe('too-deep');
    const paged = { ...plain, after: { values: [], key: 'k' } };
    expect(queryOf({ ...plain, within: { map: 'm', query: paged, on: [['a'], ['b']] } }).within?.query).toEqual(paged);
  });

  test('QU-19: with a match of a bounded text, within others too', () => {
    const where = { type: 'match', path: ['a'], text: 'words' };
    expect(validateQuery({ ...plain, where })).toMatchObject({ ok: true, value: { where } });
    const long = { ...where, text: 'x'.repeat(513) };
    const within = { map: 'm', query: { ...plain, where: long }, on: [['a'], ['b']] };
    expect(errorOf({ ...plain, within })).toMatchObject({
      code: 'too-long',
      path: ['within', 'query', 'where', 'text'],
    });
    expect(errorOf({ ...plain, sort: [[['_score'], 'desc']] })).toEqual({ code: 'nothing-to-score', path: ['sort'] });
  });

  const where = (predicate: object): object => ({ ...plain, where: { path: ['a'], ...predicate } });
  const sorted = (after: unknown): object => ({ ...plain, sort: [[['a'], 'asc']], after });
  const grouped = (by: unknown, aggregates: unknown): object => ({ ...plain, groupBy: { by, aggregates } });
  const within = (parts: object): object => ({
    ...plain,
    within: { map: 'm', query: plain, on: [['a'], ['b']], ...parts },
  });

  test.each<[object, QueryError['code'], QueryErrorPath]>([
    [{ ...plain, fields: [] }, 'unknown-option', []],
    [{ ...plain, include: [] }, 'unknown-option', []],
    [where({ type: 'isNull', isNull: 1 }), 'wrong-type', ['where', 'isNull']],
    [where({ type: 'startsWith', prefix: 1 }), 'wrong-type', ['where', 'prefix']],
    [where({ type: 'startsWith', prefix: 'x'.repeat(513) }), 'too-long', ['where', 'prefix']],
    [where({ type: 'like', pattern: 'a' }), 'wrong-type', ['where', 'caseInsensitive']],
    [where({ type: 'like', pattern: 'a', caseInsensitive: 1 }), 'wrong-type', ['where', 'caseInsensitive']],
    [where({ type: 'like', pattern: '\\', caseInsensitive: true }), 'bad-pattern', ['where', 'pattern']],
    [where({ type: 'regex', pattern: '(a)\\1', caseInsensitive: true }), 'bad-pattern', ['where', 'pattern']],
    [where({ type: 'regex', pattern: 'a{5000}', caseInsensitive: true }), 'bad-pattern', ['where', 'pattern']],
    [where({ type: 'regex', pattern: 'a', flags: 'g' }), 'unknown-option', ['where']],
    [where({ type: 'contains', value: {} }), 'wrong-type', ['where', 'value']],
    [where({ type: 'containsAny', values: 1 }), 'wrong-type', ['where', 'values']],
    [where({ type: 'containsAll', values: Array(1001).fill(1) }), 'too-many-values', ['where', 'values']],
    [sorted(null), 'wrong-type', ['after']],
    [sorted({ key: 'k' }), 'wrong-type', ['after', 'values']],
    [sorted({ values: [], key: 'k' }), 'wrong-type', ['after', 'values']],
    [sorted({ values: [1, 2], key: 'k' }), 'wrong-type', ['after', 'values']],
    [sorted({ values: [{ missing: false }], key: 'k' }), 'wrong-type', ['after', 'values', 0]],
    [sorted({ values: [undefined], key: 'k' }), 'not-a-value', ['after', 'values', 0]],
    [sorted({ values: [1], key: 1 }), 'wrong-type', ['after', 'key']],
    [sorted({ values: [1], key: 'k', more: 1 }), 'unknown-option', ['after']],
    [{ ...plain, groupBy: null }, 'wrong-type', ['groupBy']],
    [{ ...plain, groupBy: { by: [] } }, 'wrong-type', ['groupBy', 'aggregates']],
    [grouped('a', []), 'wrong-type', ['groupBy', 'by']],
    [grouped(['a'], []), 'wrong-type', ['groupBy', 'by', 0]],
    [grouped([['_key']], []), 'name-taken', ['groupBy', 'by', 0]],
    [grouped(Array(17).fill(['a']), []), 'too-many-values', ['groupBy', 'by']],
    [grouped([], {}), 'wrong-type', ['groupBy', 'aggregates']],
    [grouped([], [['n', 'count']]), 'wrong-type', ['groupBy', 'aggregates', 0]],
    [grouped([], [['n', 'count', null, null]]), 'wrong-type', ['groupBy', 'aggregates', 0]],
    [grouped([], [{ length: 3 }]), 'wrong-type', ['groupBy', 'aggregates', 0]],
    [grouped([], [['', 'count', null]]), 'wrong-type', ['groupBy', 'aggregates', 0, 0]],
    [grouped([], [['n', 1, null]]), 'wrong-type', ['groupBy', 'aggregates', 0, 1]],
    [grouped([], [['n', 'median', null]]), 'unknown-operator', ['groupBy', 'aggregates', 0, 1]],
    [grouped([], [['n', 'sum', null]]), 'wrong-type', ['groupBy', 'aggregates', 0, 2]],
    [grouped([], [['_key', 'count', null]]), 'name-taken', ['groupBy', 'aggregates', 0, 0]],
    [grouped([['n', 'x']], [['n', 'count', null]]), 'name-taken', ['groupBy', 'aggregates', 0]],
    [
      grouped(
        [],
        [
          ['n', 'count', null],
          ['n', 'count', ['a']],
        ],
      ),
      'name-taken',
      ['groupBy', 'aggregates', 1],
    ],
    [within({ map: '' }), 'wrong-type', ['within', 'map']],
    [within({ on: ['a', 'b'] }), 'wrong-type', ['within', 'on', 0]],
    [within({ on: [['a'], []] }), 'wrong-type', ['within', 'on', 1]],
    [within({ on: [['a']] }), 'wrong-type', ['within', 'on']],
    [within({ query: null }), 'wrong-type', ['within', 'query']],
    [within({ query: { ...plain, fields: [] } }), 'unknown-option', ['within', 'query']],
    [within({ query: { ...plain, limit: 0 } }), 'wrong-type', ['within', 'query', 'limit']],
    [within({ query: { ...plain, sort: 1 } }), 'wrong-type', ['within', 'query', 'sort']],
    [within({ query: grouped([], []) }), 'not-together', ['within', 'query']],
    [within({ one: true }), 'unknown-option', ['within']],
    [{ ...within({}), after: { values: [], key: 'k' } }, 'not-together', []],
    [{ ...within({}), groupBy: { by: [], aggregates: [] } }, 'not-together', []],
  ])('%j is refused: %s', (input, code, path) => {
    const error = errorOf(input);
    expect({ code: error.code, path: error.path }).toEqual({ code, path });
  });
});
