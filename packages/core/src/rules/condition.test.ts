import { describe, expect, test } from 'vitest';
import { parseQuery, type Predicate } from '../query/index.js';
import {
  combined,
  conditionText,
  DENIED,
  GRANTED,
  holds,
  impliedPredicate,
  isAlways,
  isNever,
  whereCondition,
  type Checks,
  type Condition,
} from './condition.js';

function predicateOf(field: string, value: number): Predicate {
  const query = parseQuery({ where: { [field]: value } });
  if (!query.ok) throw new Error('no condition');
  return query.value.where;
}

const a = whereCondition(predicateOf('a', 1));
const b = whereCondition(predicateOf('b', 2));
const both = { a: 1, b: 2 };

const checkOf = (name: string, says: unknown, onThrow?: (map: string, error: unknown) => void): Condition => ({
  type: 'check',
  check: () => {
    if (says instanceof Error) throw says;
    return says as boolean;
  },
  auth: { sub: 'ann' },
  name,
  ...(onThrow && { onThrow }),
});
const yes = checkOf('yes', true);
const no = checkOf('no', false);

const says = (condition: Condition, record: object, checks: Checks = 'run'): boolean =>
  holds(condition, 'm', 'k', record as never, checks);

describe('RU-1: several conditions as one', () => {
  test.each<[string, 'any' | 'all', Condition[], Condition]>([
    ['any of none', 'any', [], DENIED],
    ['all of none', 'all', [], GRANTED],
    ['any of what always holds, and more', 'any', [a, GRANTED, b], GRANTED],
    ['all of what never holds, and more', 'all', [a, DENIED, b], DENIED],
    ['any of what never holds', 'any', [DENIED, DENIED], DENIED],
    ['all of what always holds', 'all', [GRANTED, GRANTED], GRANTED],
    ['any of one that counts', 'any', [DENIED, a, DENIED], a],
    ['all of one that counts', 'all', [GRANTED, a], a],
    ['any of two', 'any', [a, DENIED, b], { type: 'any', of: [a, b] }],
    ['all of two', 'all', [b, GRANTED, a], { type: 'all', of: [b, a] }],
    ['any of a function alone', 'any', [yes], yes],
  ])('%s', (_what, type, parts, expected) => {
    expect(combined(type, parts)).toEqual(expected);
  });

  test('only a constant is always or never met', () => {
    const all: readonly (readonly [Condition, boolean, boolean])[] = [
      [GRANTED, true, false],
      [DENIED, false, true],
      [a, false, false],
      [yes, false, false],
      [no, false, false],
      [{ type: 'any', of: [GRANTED, a] }, false, false],
      [{ type: 'all', of: [] }, false, false],
    ];
    for (const [condition, always, never] of all)
      expect([isAlways(condition), isNever(condition)], condition.type).toEqual([always, never]);
  });
});

describe('RU-1, RU-7: whether a record meets a condition', () => {
  test.each<[string, Condition, object, boolean, boolean]>([
    ['a constant that holds', GRANTED, {}, true, true],
    ['a constant that does not', DENIED, both, false, false],
    ['conditions that are met', a, both, true, true],
    ['conditions that are not', a, { a: 2 }, false, false],
    ['a function that says yes', yes, {}, true, true],
    ['a function that says no, which is taken to grant', no, {}, false, true],
    ['a function that says something', checkOf('one', 1), {}, false, true],
    ['a function that says an object', checkOf('object', {}), {}, false, true],
    ['a function that throws', checkOf('throws', new Error('no')), {}, false, true],
    ['any of a function that says no', { type: 'any', of: [a, no] }, {}, false, true],
    ['all of a function that says no', { type: 'all', of: [a, no] }, both, false, true],
    ['all of what fails and a function', { type: 'all', of: [a, yes] }, {}, false, false],
    ['any within all', { type: 'all', of: [{ type: 'any', of: [a, b] }, yes] }, { b: 2 }, true, true],
    ['all within any', { type: 'any', of: [{ type: 'all', of: [a, b] }, no] }, { b: 2 }, false, true],
  ])('%s', (_what, condition, record, run, assumed) => {
    expect([says(condition, record), says(condition, record, 'assume')]).toEqual([run, assumed]);
  });

  test('a function that is taken to grant is not called, and nobody is told of it', () => {
    const told: unknown[] = [];
    const failure = new Error('no');
    const throws = checkOf('throws', failure, (map, error) => told.push([map, error]));
    expect(says(throws, {}, 'assume')).toBe(true);
    expect(told).toEqual([]);
    expect(says(throws, {})).toBe(false);
    expect(told).toEqual([['m', failure]]);
  });

  test('no part is asked after the one that decides', () => {
    const asked: string[] = [];
    const asks = (name: string, answer: boolean): Condition => ({
      type: 'check',
      check: () => asked.push(name) > 0 && answer,
      auth: {},
      name,
    });
    says({ type: 'any', of: [asks('a', false), asks('b', true), asks('c', true)] }, {});
    says({ type: 'all', of: [asks('d', true), asks('e', false), asks('f', true)] }, {});
    expect(asked).toEqual(['a', 'b', 'd', 'e']);
  });
});

describe('RU-5: what every record that meets a condition meets', () => {
  const [whereA, whereB] = [predicateOf('a', 1), predicateOf('b', 2)];
  test.each<[string, Condition, Predicate | null]>([
    ['of what always holds nothing is known', GRANTED, null],
    ['nothing meets what never holds', DENIED, { type: 'or', of: [] }],
    ['conditions say it themselves', a, whereA],
    ['of a function nothing is known', yes, null],
    ['all: what one part says', { type: 'all', of: [yes, a] }, { type: 'and', of: [whereA] }],
    ['all: what each part says', { type: 'all', of: [a, b] }, { type: 'and', of: [whereA, whereB] }],
    ['all of functions', { type: 'all', of: [yes, no] }, null],
    ['any: what each part says', { type: 'any', of: [a, b] }, { type: 'or', of: [whereA, whereB] }],
    ['any with one of which nothing is known', { type: 'any', of: [a, yes] }, null],
    ['any within all', { type: 'all', of: [{ type: 'any', of: [a, yes] }, b] }, { type: 'and', of: [whereB] }],
  ])('%s', (_what, condition, expected) => {
    expect(impliedPredicate(condition)).toEqual(expected);
  });
});

test('RU-5: conditions have one text only where the same records meet them', () => {
  const other = (name: string, sub: string): Condition => ({ type: 'check', check: () => true, auth: { sub }, name });
  const all: readonly Condition[] = [
    GRANTED,
    DENIED,
    a,
    b,
    other('f', 'ann'),
    other('f', 'bob'),
    other('g', 'ann'),
    { type: 'any', of: [a, b] },
    { type: 'all', of: [a, b] },
    { type: 'any', of: [a, { type: 'all', of: [b, yes] }] },
    { type: 'any', of: [{ type: 'all', of: [a, b] }, yes] },
    { type: 'any', of: [a, { type: 'any', of: [b, yes] }] },
  ];
  const texts = all.map(conditionText);
  expect(new Set(texts).size).toBe(all.length);
  expect(texts.slice(0, 2)).toEqual(['true', 'false']);
  expect(conditionText({ ...other('f', 'ann'), auth: { sub: 'ann', exp: 7 } } as Condition)).toBe(texts[4]);
});
