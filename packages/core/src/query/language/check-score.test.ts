import { describe, expect, test } from 'vitest';
import type { Entry } from '../entry.js';
import { evaluate } from '../evaluate/evaluate.js';
import { parseQuery } from '../parse-query.js';
import type { QueryInput, WhereInput } from '../query-input.js';
import type { Query } from '../query.js';
import { createView } from '../views/create-view.js';
import { validateQuery } from './validate-query.js';

const match: WhereInput = { t: { $match: 'milk' } };
const sorted = (where: WhereInput, more: QueryInput = {}): QueryInput => ({ where, sort: { _score: 'desc' }, ...more });

/** Three records of which two have the word, one of them more often. */
const ENTRIES: readonly Entry[] = [
  { key: 'a', value: { t: 'bread', n: 1 } },
  { key: 'b', value: { t: 'milk', n: 1 } },
  { key: 'c', value: { t: 'milk milk', n: 2 } },
];

describe('QU-19: an order by how well rows are met', () => {
  test.each<[string, QueryInput, readonly string[]]>([
    ['one text', sorted(match), ['c', 'b']],
    ['a text beside other conditions', sorted({ ...(match as object), n: 1 }), ['b']],
    ['a text among alternatives', sorted({ $or: [match, { n: 1 }] }), ['c', 'b', 'a']],
    ['a text that is denied twice', sorted({ $not: { $not: match } }), ['c', 'b']],
    ['a text in the predicate', { predicate: match, sort: { _score: 'asc' } }, ['b', 'c']],
    // A list that is empty now, as of an app where nobody has chosen anything yet: no row can meet that, and there is no order of none.
    ['a text, and none of no values', sorted({ ...(match as object), n: { $in: [] } }), []],
    ['a text, and one of no alternatives', sorted({ $and: [match, { $or: [] }] }), []],
    ['a text, and contained is none of no values', sorted({ ...(match as object), t2: { $containsAny: [] } }), []],
  ])('is taken with %s', (_what, input, keys) => {
    const query = parseQuery(input);
    if (!query.ok) throw new Error(JSON.stringify(query.error));
    expect(evaluate(query.value, ENTRIES).map(({ key }) => key)).toEqual(keys);
    const view = createView(query.value);
    view.load(ENTRIES);
    expect(view.rows().map(({ key }) => key)).toEqual(keys);
    // The server reads what the client has read.
    expect(validateQuery(query.value)).toEqual(query);
    const within: Query = { ...query.value, within: { map: 'm', query: query.value, on: [['n'], ['n']] } };
    expect(validateQuery(within)).toEqual({ ok: true, value: within });
  });

  test.each<[string, QueryInput]>([
    ['no conditions', { sort: { _score: 'desc' } }],
    ['other conditions', sorted({ n: 1 })],
    ['a text that is denied', sorted({ $not: match })],
    ['a text that is denied with others', sorted({ $not: { $and: [match, { n: 1 }] } })],
    ['what every row meets', sorted({ n: { $nin: [] } })],
  ])('is refused with %s, where it was named', (_what, input) => {
    const error = { code: 'nothing-to-score' };
    expect(parseQuery(input)).toEqual({ ok: false, error: { ...error, path: ['sort'] } });
    const related: QueryInput = { include: { x: { map: 'm', on: ['a', 'b'], ...input } as never } };
    expect(parseQuery(related)).toEqual({ ok: false, error: { ...error, path: ['include', 'x', 'sort'] } });
    const plain = parseQuery({ ...input, sort: {} });
    if (!plain.ok) throw new Error(JSON.stringify(plain.error));
    const wire = { ...plain.value, sort: [[['_score'], 'desc']] };
    expect(validateQuery(wire)).toEqual({ ok: false, error: { ...error, path: ['sort'] } });
  });

  test('of groups is one by a name like any other, and so is a longer path', () => {
    expect(parseQuery({ distinct: 'n', sort: { _score: 'desc' } }).ok).toBe(true);
    expect(parseQuery({ sort: { '_score.x': 'asc' } }).ok).toBe(true);
    expect(parseQuery({ sort: [[['x', '_score'], 'asc']] }).ok).toBe(true);
  });
});
