import { describe, expect, test } from 'vitest';
import { allOf, anyOf, auth, defineRules, hasClaim, hasRole, signedIn } from './index.js';

const BAD = expect.objectContaining({ code: 'bad-rule' });

/** What is no rule, wherever one is expected. */
const NO_RULES: readonly (readonly [string, unknown])[] = [
  ['null', null],
  ['a number', 1],
  ['NaN', Number.NaN],
  ['a text', 'true'],
  ['a function', () => true],
  ['a symbol', Symbol('x')],
  ['a date', new Date(0)],
  ['an empty object', {}],
  ['an object with a stranger', { where: {}, unless: {} }],
  ['conditions that are a list', { where: [] }],
  ['conditions that are null', { where: null }],
  ['conditions that are a text', { where: 'owner' }],
  ['a check that is no function', { check: true }],
  ['both ways in one', { where: {}, check: () => true }],
  ['what looks like a rule that is kept', { type: 'constant', holds: true }],
  ['what looks like a claim', { type: 'claim', path: ['sub'], value: undefined }],
  ['a list that holds one', [true, 'yes']],
  ['a list in a list that holds one', [[[null]]]],
  ['an unknown operator', { where: { a: { $is: 1 } } }],
  ['an unknown combination', { where: { $xor: [] } }],
  ['an undefined operand', { where: { a: undefined } }],
  ['a function as an operand', { where: { a: () => 1 } }],
  ['an operand that is no number', { where: { a: { $gt: Number.NaN } } }],
  ['a list operator without a list', { where: { a: { $in: 1 } } }],
  ['a search within a negation', { where: { $not: { a: { $match: 'x' } } } }],
  ['a search within a choice', { where: { $or: [{ b: 1 }, { $and: [{ a: { $match: 'x' } }] }] } }],
];

describe('RU-1: what can mean nothing is refused where it is written', () => {
  test.each(NO_RULES)('%s, in every place of a rule', (_what, rule) => {
    for (const action of ['read', 'create', 'update', 'remove'])
      expect(() => defineRules({ m: { [action]: rule } as never }), action).toThrow(BAD);
    for (const way of ['read', 'write'])
      expect(() => defineRules({ m: { fields: { f: { [way]: rule } } } as never }), way).toThrow(BAD);
    expect(() => defineRules({ m: { read: [false, rule] as never } })).toThrow(BAD);
    expect(() => defineRules({ m: { read: allOf(true, rule as never) } })).toThrow(BAD);
    expect(() => defineRules({ m: { read: anyOf(rule as never) } })).toThrow(BAD);
  });

  test.each<[string, unknown]>([
    ['null', null],
    ['a list', []],
    ['a text', 'read'],
    ['a rule', true],
    ['a made rule', signedIn()],
    ['a map of them', new Map()],
    ['an action that is none', { delete: true }],
    ['an action in capitals', { Read: true }],
    ['fields that are a list', { fields: [] }],
    ['fields that are null', { fields: null }],
    ['a field that is a rule', { fields: { f: true } }],
    ['a field with an action', { fields: { f: { update: true } } }],
  ])('%s as the rules of a map', (_what, rules) => {
    expect(() => defineRules({ m: rules as never })).toThrow(BAD);
  });

  test.each<[string, () => unknown]>([
    ['nothing', () => hasClaim(undefined, 'x')],
    ['the whole token', () => hasClaim(auth, 'x')],
    ['a text', () => hasClaim('sub' as never, 'x')],
    ['a list', () => hasClaim(['sub'] as never, 'x')],
  ])('a claim of %s', (_what, make) => {
    expect(make).toThrow(BAD);
  });

  test('and its message begins with the place', () => {
    const messageOf = (rules: unknown): string => {
      try {
        defineRules(rules as never);
      } catch (error) {
        return (error as Error).message;
      }
      return 'taken';
    };
    expect(messageOf({ 'a b': {} })).toMatch(/^"a b" /);
    expect(messageOf({ m: 1 })).toMatch(/^m /);
    expect(messageOf({ m: { write: true } })).toMatch(/^m has no "write"/);
    expect(messageOf({ m: { update: 1 } })).toMatch(/^m\.update /);
    expect(messageOf({ m: { fields: 1 } })).toMatch(/^m\.fields /);
    expect(messageOf({ m: { fields: { f: { write: 1 } } } })).toMatch(/^m\.fields\.f\.write /);
    expect(messageOf({ m: { fields: { f: { read: [{ where: {} }] } } } })).toMatch(/^m\.fields\.f\.read depends/);
    expect(messageOf({ m: { fields: { f: { read: allOf({ check: () => true }) } } } })).toMatch(
      /depends on the record/,
    );
  });
});

describe('RU-1: what means something is taken', () => {
  test('every condition of the query language with a claim in the place of each value', () => {
    const operators = {
      scalar: ['$eq', '$ne', '$gt', '$gte', '$lt', '$lte', '$startsWith', '$contains'],
      list: ['$in', '$nin', '$containsAny', '$containsAll'],
    };
    for (const operator of [...operators.scalar, ...operators.list])
      expect(() => defineRules({ m: { read: { where: { a: { [operator]: auth.sub } } } } }), operator).not.toThrow();
  });

  test('no rules at all, of no map, of a map without any, and empty combinations', () => {
    for (const rules of [{}, { m: {} }, { m: { fields: {} } }, { m: { read: [] } }, { m: { read: allOf() } }])
      expect(() => defineRules(rules)).not.toThrow();
  });

  test('names that objects have of themselves, as names of fields', () => {
    const fields = JSON.parse('{"__proto__":{"write":false},"constructor":{"read":false}}') as never;
    const access = defineRules({ m: { update: true, fields } })
      .for({})
      .of('m');
    expect([...access.fields].map(([name, { isReadable }]) => [name, isReadable])).toEqual([
      ['__proto__', true],
      ['constructor', false],
    ]);
  });

  test('what was made once may stand in several places, and is changed by none', () => {
    const shared = anyOf(hasRole('hr'), { where: { owner: auth.sub } });
    const rules = defineRules({ a: { read: shared, update: allOf(shared, false) }, b: { read: [shared] } });
    expect(rules.written.map(([name]) => name)).toEqual(['a.read', 'a.update', 'b.read']);
    expect(rules.written[0]![1]).toBe(shared);
    const access = rules.for({ role: 'hr' });
    expect([access.of('a').actions.read, access.of('b').actions.read, access.of('a').actions.update]).toEqual([
      { type: 'constant', holds: true },
      { type: 'constant', holds: true },
      { type: 'constant', holds: false },
    ]);
  });

  test('rules are bound once for all maps of one pattern, and of an unknown map nothing is granted', () => {
    const access = defineRules({ 'm*': { read: true } }).for({});
    expect(access.of('m1')).toBe(access.of('m2'));
    expect(Object.values(access.of('x').actions).every((each) => each.type === 'constant' && !each.holds)).toBe(true);
  });
});
