import { describe, expect, test } from 'vitest';
import type { Value } from '../primitives/index.js';
import { holds } from './condition.js';
import { allOf, anyOf, auth, defineRules, hasClaim, hasRole, signedIn, type Claims, type RuleInput } from './index.js';

/** Whether a rule grants this record to the bearer of these claims. */
const grants = (rule: RuleInput, claims: Claims, record: Value = {}, key = 'k'): boolean =>
  holds(
    defineRules({ m: { read: rule } })
      .for(claims)
      .of('m').actions.read,
    'm',
    key,
    record,
    'run',
  );

describe('RU-1: a rule', () => {
  test('compares records with places in the token, in the language of queries', () => {
    const rule = { where: { 'owner.id': auth.sub, level: { $lte: auth.level }, team: { $in: auth.teams } } };
    const claims = { sub: 'ann', level: 3, teams: ['a', 'b'] };
    expect(grants(rule, claims, { owner: { id: 'ann' }, level: 3, team: 'b' })).toBe(true);
    expect(grants(rule, claims, { owner: { id: 'ann' }, level: 4, team: 'b' })).toBe(false);
    expect(grants(rule, claims, { owner: { id: 'bob' }, level: 1, team: 'b' })).toBe(false);
    expect(grants({ where: { _key: auth.sub } }, { sub: 'ann' }, {}, 'ann')).toBe(true);
  });

  test.each<[string, Claims]>([
    ['has nothing there', {}],
    ['says null there', { sub: null }],
    ['has an object there', { sub: { $ne: 'x' } }],
    ['has a list of objects there', { sub: [{ $ne: 'x' }] }],
  ])('denies where the token %s, also what is negated', (_what, claims) => {
    for (const record of [{}, { owner: null }, { owner: 'ann' }]) {
      expect(grants({ where: { owner: auth.sub } }, claims, record)).toBe(false);
      expect(grants({ where: { owner: { $ne: auth.sub } } }, claims, record)).toBe(false);
      expect(grants({ where: { $not: { owner: auth.sub } } }, claims, record)).toBe(false);
      expect(grants({ where: { $or: [{ owner: auth.sub }, { a: { $exists: false } }] } }, claims, record)).toBe(false);
    }
  });

  test('does not take what a token inherits for what it says', () => {
    expect(grants({ where: { owner: auth['constructor']?.['name'] } }, {}, { owner: 'Object' })).toBe(false);
    expect(grants(hasClaim(auth['__proto__'], 'x'), {})).toBe(false);
  });

  test('denies where a claim is of another kind than the condition takes', () => {
    expect(grants({ where: { team: { $in: auth.teams } } }, { teams: 'a' }, { team: 'a' })).toBe(false);
    expect(grants({ where: { name: { $startsWith: auth.prefix } } }, { prefix: 7 }, { name: '7' })).toBe(false);
  });

  test('looks at roles and claims of the token', () => {
    expect(
      [{ role: 'hr' }, { roles: ['dev', 'hr'] }, { role: 'dev' }, {}].map((claims) => grants(hasRole('hr'), claims)),
    ).toEqual([true, true, false, false]);
    expect(grants(hasClaim(auth['https://a/b']?.['c'], 1), { 'https://a/b': { c: [0, 1] } })).toBe(true);
    expect([grants(signedIn(), { sub: 'ann' }), grants(signedIn(), {})]).toEqual([true, false]);
  });

  test('is put together: all of them, or one of them', () => {
    const both = allOf(hasRole('hr'), { where: { open: true } });
    expect([
      grants(both, { role: 'hr' }, { open: true }),
      grants(both, { role: 'hr' }),
      grants(both, {}, { open: true }),
    ]).toEqual([true, false, false]);
    const one = anyOf(hasRole('hr'), { where: { open: true } });
    expect([grants(one, { role: 'hr' }), grants(one, {}, { open: true }), grants(one, {})]).toEqual([
      true,
      true,
      false,
    ]);
    expect([grants([], {}), grants(allOf(), {})]).toEqual([false, true]);
  });

  test('may be a function; one that throws, or does not say true, denies', () => {
    expect(grants({ check: ({ auth: token, key, map }) => token['sub'] === key && map === 'm' }, { sub: 'k' })).toBe(
      true,
    );
    expect(
      grants(
        {
          check: () => {
            throw new Error('no');
          },
        },
        {},
      ),
    ).toBe(false);
    expect(grants({ check: () => 1 as never }, {})).toBe(false);
  });
});

describe('RU-2: which rules are for a map', () => {
  const rules = defineRules({
    todos: { read: true },
    'chat/*': { read: true },
    'chat/*/private': {},
    '*.log': {},
    '*': {},
  });
  const nameOf = (map: string) => rules.for({}).of(map).name;

  test('is said by its name, else by the pattern that says most', () => {
    const maps = ['todos', 'chat/a', 'chat/a/private', 'chat/a.log', 'a.log', 'alog', 'other'];
    expect(maps.map(nameOf)).toEqual(['todos', 'chat/*', 'chat/*/private', 'chat/*', '*.log', '*', '*']);
  });

  test('there are none for a map that nothing is for, and nothing is granted', () => {
    const access = defineRules({ todos: { read: true } })
      .for({ sub: 'ann' })
      .of('other');
    expect(access.name).toBeNull();
    expect(Object.values(access.actions)).toEqual(Array(4).fill({ type: 'constant', holds: false }));
  });
});

test.each<[string, () => unknown]>([
  ['a name that is none', () => defineRules({ 'a b': {} })],
  ['an action that is none', () => defineRules({ m: { write: true } as never })],
  ['what is no rule', () => defineRules({ m: { read: 'yes' as never } })],
  ['what only looks like a rule', () => defineRules({ m: { read: { type: 'constant', holds: true } as never } })],
  ['a place of the token as a rule', () => defineRules({ m: { read: { where: auth.sub as never } } })],
  ['two rules in one', () => defineRules({ m: { read: { where: {}, check: () => true } as never } })],
  ['conditions that are none', () => defineRules({ m: { read: { where: { a: { $is: 1 } } } } })],
  ['a text search', () => defineRules({ m: { read: { where: { a: { $match: 'x' } } } } })],
  ['nothing, which may be forgotten', () => defineRules({ m: { read: { where: { owner: undefined } } } })],
  [
    'a reader of a field who depends on the record',
    () => defineRules({ m: { fields: { pay: { read: { where: { a: 1 } } } } } }),
  ],
  ['fields that are none', () => defineRules({ m: { fields: [] as never } })],
  ['the whole token', () => hasClaim(auth, 'x')],
])('RU-1: %s is refused where it is written', (_what, define) => {
  expect(define).toThrow(expect.objectContaining({ code: 'bad-rule' }));
});
