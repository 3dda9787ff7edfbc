import { describe, expect, test } from 'vitest';
import { holds, type Condition } from './condition.js';
import { bindAccess } from './access.js';
import { bindRule } from './bind-rule.js';
import { toRule } from './combine-rules.js';
import { allOf, anyOf, auth, defineRules, hasClaim, signedIn, type Claims, type RuleInput } from './index.js';

const bind = (rule: RuleInput, claims: Claims = {}): Condition => bindRule(toRule(rule), claims);
const BAD = expect.objectContaining({ code: 'bad-rule' });

describe('RU-1: a claim', () => {
  test.each<[string, RuleInput, Claims, boolean]>([
    ['that is the value', hasClaim(auth.org, 7), { org: 7 }, true],
    ['of another type', hasClaim(auth.org, 7), { org: '7' }, false],
    ['that holds the value', hasClaim(auth.org, 'b'), { org: ['a', 'b'] }, true],
    ['that holds it among what is no scalar', hasClaim(auth.org, 'b'), { org: ['b', {}] }, false],
    ['that holds others', hasClaim(auth.org, 'b'), { org: ['a', 'bb'] }, false],
    ['that contains it as a part of a text', hasClaim(auth.org, 'b'), { org: 'abc' }, false],
    ['that is false, and so meant', hasClaim(auth.flag, false), { flag: false }, true],
    ['that is not there, where false is meant', hasClaim(auth.flag, false), {}, false],
    ['that is an empty text, and so meant', hasClaim(auth.org, ''), { org: '' }, true],
    ['that is an empty list', hasClaim(auth.org, ''), { org: [] }, false],
    ['sub, whatever it says', signedIn(), { sub: '' }, true],
    ['sub, that is zero', signedIn(), { sub: 0 }, true],
    ['sub, that is null', signedIn(), { sub: null }, false],
    ['sub, that is an object', signedIn(), { sub: { id: 'ann' } }, false],
  ])('%s', (_what, rule, claims, granted) => {
    expect(bind(rule, claims)).toEqual({ type: 'constant', holds: granted });
  });
});

describe('RU-1: conditions with claims in them', () => {
  const meets = (where: object, claims: Claims, record: object): boolean =>
    holds(bind({ where: where as never }, claims), 'm', 'k', record as never, 'run');

  test.each<[string, object, Claims, object, boolean]>([
    ['a list to equal', { tags: auth['tags'] }, { tags: ['a', 'b'] }, { tags: ['a', 'b'] }, true],
    ['a list to equal, in another order', { tags: auth['tags'] }, { tags: ['b', 'a'] }, { tags: ['a', 'b'] }, false],
    ['a list that holds claims', { who: { $in: [auth.sub, auth.org] } }, { sub: 'ann', org: 'o' }, { who: 'o' }, true],
    ['one of which is missing', { who: { $in: [auth.sub, auth.org] } }, { sub: 'ann' }, { who: 'ann' }, false],
    ['a range', { n: { $gte: auth['low'], $lt: 9 } }, { low: 3 }, { n: 3 }, true],
    ['a claim within a choice', { $or: [{ a: 1 }, { b: auth.sub }] }, { sub: 'x' }, { b: 'x' }, true],
    ['a claim within a negation', { $not: { b: auth.sub } }, { sub: 'x' }, { b: 'y' }, true],
    [
      'bytes are compared as bytes',
      { b: Uint8Array.of(1, 2), a: auth.sub },
      { sub: 'x' },
      { a: 'x', b: Uint8Array.of(1, 2) },
      true,
    ],
    [
      'and others are others',
      { b: Uint8Array.of(1, 2), a: auth.sub },
      { sub: 'x' },
      { a: 'x', b: Uint8Array.of(1, 3) },
      false,
    ],
    ['null is null', { b: null, a: auth.sub }, { sub: 'x' }, { a: 'x', b: null }, true],
  ])('%s', (_what, where, claims, record, expected) => {
    expect(meets(where, claims, record)).toBe(expected);
  });

  test('a claim that the conditions cannot take denies, whatever the record', () => {
    expect(bind({ where: { a: { $in: auth.org } } }, { org: 'a' })).toEqual({ type: 'constant', holds: false });
    expect(bind({ where: { a: { $startsWith: auth.org } } }, { org: 1 })).toEqual({ type: 'constant', holds: false });
    expect(bind({ where: { a: auth.org } }, { org: [] }).type).toBe('where');
  });
});

describe('RU-5: a function has one name for all tokens', () => {
  const nameOf = (condition: Condition): string => (condition.type === 'check' ? condition.name : 'none');
  const [first, second] = [() => true, () => true];

  test('the same each time it is bound, another for another function, and never that of what looks like it', () => {
    const names = [first, second, first, second].map((check) => nameOf(bind({ check })));
    expect(names.slice(0, 2)).toEqual(names.slice(2));
    expect(new Set(names).size).toBe(2);
    expect(names[0]).toMatch(/^check-\d+$/);
    expect(nameOf(bind({ check: first }, { sub: 'ann' }))).toBe(names[0]);
    const many = Array.from({ length: 50 }, (_, i) => nameOf(bind({ check: () => i > 0 })));
    expect(new Set([...many, ...names]).size).toBe(52);
  });

  test('and is told the claims of the token it is bound to', () => {
    const condition = bind({ check: ({ auth: claims }) => claims['sub'] === 'ann' }, { sub: 'ann' });
    expect(holds(condition, 'm', 'k', {}, 'run')).toBe(true);
    expect(condition).not.toHaveProperty('onThrow');
  });
});

describe('RU-1: what throws is told by the name of its rule', () => {
  const failing = {
    check: (): boolean => {
      throw new Error('no');
    },
  };
  const rules = defineRules({
    'm*': { read: anyOf(false, failing), remove: failing, fields: { pay: { write: allOf(failing) } } },
  });

  test('of actions and fields, with the map that was asked', () => {
    const told: string[] = [];
    const access = rules.for({}, ({ rule, map }) => told.push(`${rule} ${map}`)).of('m1');
    for (const condition of [access.actions.read, access.actions.remove, access.fields.get('pay')!.write])
      expect(holds(condition, 'm2', 'k', {}, 'run')).toBe(false);
    expect(told).toEqual(['m*.read m2', 'm*.remove m2', 'm*.fields.pay.write m2']);
  });

  test('and to nobody where nobody asks', () => {
    expect(holds(rules.for({}).of('m1').actions.read, 'm1', 'k', {}, 'run')).toBe(false);
  });
});

test('RU-2: rules are bound when a map is first asked for, once for each token', () => {
  const asked: string[] = [];
  const rules = defineRules({ 'm*': { read: signedIn() } });
  const one = rules.for({ sub: 'ann' });
  const other = rules.for({});
  expect(one.of('m1')).toBe(one.of('m2'));
  expect(one.of('m1')).not.toBe(other.of('m1'));
  expect([one.of('m1').actions.read, other.of('m1').actions.read]).toEqual([
    { type: 'constant', holds: true },
    { type: 'constant', holds: false },
  ]);
  const none = bindAccess((map) => void asked.push(map), {});
  expect([none.of('x').name, none.of('y').fields.size]).toEqual([null, 0]);
  expect(asked).toEqual(['x', 'y']);
});

describe('RU-1: who reads a field is said by the token alone', () => {
  test.each<[string, RuleInput]>([
    ['all of the token and the record', allOf(signedIn(), { where: { a: 1 } })],
    ['any of always and the record', anyOf(true, { where: { a: 1 } })],
    ['all of the token and a function', allOf(signedIn(), { check: () => true })],
    ['a list in a list', [[[true, { where: {} }]]]],
  ])('not by %s', (_what, read) => {
    expect(() => defineRules({ m: { fields: { pay: { read } } } })).toThrow(BAD);
  });

  test.each<[string, RuleInput, Claims, boolean]>([
    ['all of two claims', allOf(signedIn(), hasClaim(auth.role, 'hr')), { sub: 'a', role: 'hr' }, true],
    ['all of two claims of which one is not met', allOf(signedIn(), hasClaim(auth.role, 'hr')), { sub: 'a' }, false],
    ['a list with one that is met', [false, signedIn()], { sub: 'a' }, true],
    ['none of several', [], { sub: 'a' }, false],
  ])('but by %s', (_what, read, claims, isReadable) => {
    const field = defineRules({ m: { fields: { pay: { read } } } })
      .for(claims)
      .of('m')
      .fields.get('pay')!;
    expect(field.isReadable).toBe(isReadable);
    expect(field.write).toEqual({ type: 'constant', holds: isReadable });
  });

  test('a place of the token is no condition, wherever a rule is put together', () => {
    for (const make of [
      () => allOf({ where: auth.sub as never }),
      () => anyOf({ where: auth as never }),
      () => toRule({ where: auth.sub as never }),
    ])
      expect(make).toThrow(BAD);
    expect(() => toRule(1 as never)).toThrow(/^a rule is no rule/);
  });
});
