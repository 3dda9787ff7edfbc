import { describe, expect, test } from 'vitest';
import { allOf, anyOf, auth, defineRules, hasClaim, type RulesInput } from './index.js';

/** What is thrown; `null`: nothing. */
function thrown(act: () => unknown): string | null {
  try {
    act();
    return null;
  } catch (error) {
    expect(error).toMatchObject({ code: 'bad-rule' });
    return (error as Error).message;
  }
}

const FORMS = 'is true, false, { where }, { check }, a list, or made by hasRole, hasClaim, signedIn(), allOf, anyOf.';
const OF_RECORD = 'depends on the record; who may read a field is said by the token alone.';
const NO_MATCH = 'uses $match, which typing errors meet too';

describe('RU-1: what is said of a rule that can mean nothing, to whoever wrote it', () => {
  test.each<[string, unknown, string]>([
    ['rules that are no object', { m: 1 }, 'm is an object.'],
    ['fields that are none', { m: { fields: [] } }, 'm.fields is an object.'],
    ['a field that is none', { m: { fields: { f: true } } }, 'm.fields.f is an object.'],
    [
      'an action that is none',
      { m: { write: true } },
      'm has no "write"; there is read, create, update, remove, fields.',
    ],
    ['the first of two', { m: { a: 1, b: 1 } }, 'm has no "a"; there is read, create, update, remove, fields.'],
    [
      'an action of a field',
      { m: { fields: { f: { update: 1 } } } },
      'm.fields.f has no "update"; there is read, write.',
    ],
    ['a rule that is a text', { m: { read: 'yes' } }, 'm.read is no rule.'],
    ['a rule that is null', { m: { update: null } }, 'm.update is no rule.'],
    ['one within a list', { m: { remove: [true, [1]] } }, 'm.remove is no rule.'],
    ['a rule that is empty', { m: { create: {} } }, `m.create ${FORMS}`],
    ['a rule with more in it', { m: { read: { where: {}, why: 1 } } }, `m.read ${FORMS}`],
    ['a rule of both kinds', { m: { read: { where: {}, check: () => true } } }, `m.read ${FORMS}`],
    ['a claim as conditions', { m: { read: { where: auth.sub } } }, `m.read ${FORMS}`],
    ['a field read by its record', { m: { fields: { f: { read: { where: {} } } } } }, `m.fields.f.read ${OF_RECORD}`],
    [
      'by a function among others',
      { m: { fields: { f: { read: [true, { check: () => true }] } } } },
      `m.fields.f.read ${OF_RECORD}`,
    ],
    ['a search', { m: { read: { where: { a: { $match: 'x' } } } } }, `m.read ${NO_MATCH}`],
    [
      'a search that is not to be met',
      { m: { read: { where: { $not: { a: { $match: 'x' } } } } } },
      `m.read ${NO_MATCH}`,
    ],
    ['a search among conditions', { m: { read: { where: { b: 1, a: { $match: 'x' } } } } }, `m.read ${NO_MATCH}`],
    [
      'a search among choices',
      { m: { read: { where: { $or: [{ b: 1 }, { a: { $match: 'x' } }] } } } },
      `m.read ${NO_MATCH}`,
    ],
    ['a map that has no such name', { 'a b': {} }, '"a b" is neither the name of a map nor a pattern of names.'],
    ['a map without a name', { '': {} }, '"" is neither the name of a map nor a pattern of names.'],
  ])('%s', (_what, rules, message) => {
    expect(thrown(() => defineRules(rules as RulesInput))).toBe(message);
  });

  test('conditions that cannot be read say their place and what is wrong with them, wherever they stand', () => {
    const where = { a: { $gt: Number.NaN } };
    const said = thrown(() => defineRules({ m: { read: { where } } }))!;
    expect(said.startsWith('m.read is no condition: ')).toBe(true);
    expect(said).toContain('where.a');
    for (const read of [[true, { where }], allOf({ where }), anyOf(true, allOf(anyOf({ where })))])
      expect(thrown(() => defineRules({ m: { read } }))).toBe(said);
    const write = { fields: { f: { write: [{ where }] } } };
    expect(thrown(() => defineRules({ m: write }))).toBe(said.replace('m.read', 'm.fields.f.write'));
  });

  test('what is made before it has a place is said to be a rule, and a claim to be asked for by its place', () => {
    expect(thrown(() => anyOf(1 as never))).toBe('a rule is no rule.');
    expect(thrown(() => allOf({} as never))).toBe(`a rule ${FORMS}`);
    expect(thrown(() => hasClaim(auth, 'x'))).toBe('hasClaim takes a place in the token, as auth.roles.');
    expect(thrown(() => hasClaim(undefined, 'x'))).toBe('hasClaim takes a place in the token, as auth.roles.');
  });

  test('a choice of nothing but conditions without a search is taken, at any depth', () => {
    const where = { $or: [{ $and: [{ a: 1 }, { $not: { b: { $contains: 'x' } } }] }, { c: { $startsWith: 'y' } }] };
    expect(thrown(() => defineRules({ m: { read: anyOf(allOf({ where }), false) } }))).toBeNull();
  });
});
