import { describe, expect, test } from 'vitest';
import { parseQuery } from '../parse-query.js';
import { Predicates } from './predicates.js';
import type { WhereInput } from '../query-input.js';

const asPredicate = (predicate: WhereInput): unknown => parseQuery({ predicate });
const asWhere = (where: WhereInput): unknown => parseQuery({ where });

describe('the Predicates builder', () => {
  const cases: readonly (readonly [string, WhereInput, WhereInput])[] = [
    ['equal', Predicates.equal('done', false), { done: false }],
    ['equal to an object', Predicates.equal('owner', { $gt: 1 }), { owner: { $eq: { $gt: 1 } } }],
    ['notEqual', Predicates.notEqual('done', null), { done: { $ne: null } }],
    ['greaterThan', Predicates.greaterThan('age', 18), { age: { $gt: 18 } }],
    ['greaterThanOrEqual', Predicates.greaterThanOrEqual('age', 18), { age: { $gte: 18 } }],
    ['lessThan', Predicates.lessThan('name', 'm'), { name: { $lt: 'm' } }],
    ['lessThanOrEqual', Predicates.lessThanOrEqual('name', 'm'), { name: { $lte: 'm' } }],
    ['in', Predicates.in('tag', ['a', 'b']), { tag: { $in: ['a', 'b'] } }],
    ['a dotted path', Predicates.equal('owner.id', 'u1'), { 'owner.id': 'u1' }],
    ['names', Predicates.equal(['owner.id'], 'u1'), [['owner.id'], 'u1']],
    ['_key', Predicates.equal('_key', 'k'), { _key: 'k' }],
    ['not', Predicates.not(Predicates.lessThan('age', 18)), { $not: { age: { $lt: 18 } } }],
    ['and', Predicates.and(Predicates.equal('a', 1), Predicates.equal('b', 2)), { a: 1, b: 2 }],
    ['or', Predicates.or(Predicates.equal('a', 1), { b: 2 }), { $or: [{ a: 1 }, { b: 2 }] }],
    ['and of nothing', Predicates.and(), {}],
    ['or of nothing', Predicates.or(), { $or: [] }],
  ];

  test.each(cases)('%s means what the where form means', (_name, built, written) => {
    expect(asPredicate(built)).toMatchObject({ ok: true });
    expect(asPredicate(built)).toEqual(asPredicate(written));
    expect(asWhere(built)).toEqual(asWhere(written));
  });

  test('mixes with conditions inside a where', () => {
    expect(asWhere({ $or: [Predicates.equal('a', 1), { b: 2 }] })).toEqual(asWhere({ $or: [{ a: 1 }, { b: 2 }] }));
  });

  test('is checked where it is used, and the error names the place', () => {
    const bad = Predicates.and(Predicates.equal('a', 1), Predicates.equal('b', Number.NaN));
    expect(asPredicate(bad)).toMatchObject({
      ok: false,
      error: { code: 'not-a-value', path: ['predicate', '$and', 1, 1, '$eq'] },
    });
  });
});
