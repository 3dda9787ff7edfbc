import { describe, expect, test } from 'vitest';
import type { Value } from '../../primitives/index.js';
import { compilePath } from '../compile-path.js';
import { compileMatch, compileMatchScore } from '../predicate/compile-match.js';
import { parseQuery } from '../parse-query.js';
import type { WhereInput } from '../query-input.js';
import type { MatchPredicate } from '../query.js';
import { matches, scoreOf } from './matches.js';

/*
 * QU-19 and SE-5, SE-9 in numbers, by hand. A word stands for a wanted one: as it is, 1; going on, 0.375 of it, less the longer it goes on; with a
 * typing error, 0.45 of it. What it adds is that times 0.5 and a part that grows with how often it occurs, and less so in records of many words.
 */

const match = (text: string): MatchPredicate => ({ type: 'match', path: ['t'], text });
const entry = (t: Value) => ({ key: 'k', value: { t } });

/** Of one record by both: they share no code. */
function meets(text: string, t: Value): boolean {
  const naive = matches(match(text), entry(t));
  expect(compileMatch(match(text), compilePath(['t']))('k', { t })).toBe(naive);
  return naive;
}
function scored(text: string, t: Value): number {
  const naive = scoreOf(match(text), entry(t));
  expect(compileMatchScore(match(text))('k', { t })).toBe(naive);
  return naive;
}

/** What a word adds that occurs so often among so many different ones. */
const added = (weight: number, count: number, different: number): number =>
  weight * (0.5 + (count * 2.2) / (count + 1.2 * (0.3 + (0.7 * different) / 32)));
const millionths = (score: number): number => Math.round(score * 1e6);

describe('QU-19: which words stand for which', () => {
  test.each<[string, Value, boolean]>([
    ['milk', 'milk', true],
    ['milk', 'MILK!', true],
    ['milk', 'some milk, please', true],
    ['milk', 'milkshake', true],
    ['milk', 'almilk', false],
    ['milkshake', 'milk', false],
    ['milk bread', 'bread and milk', true],
    ['milk bread', 'milk', false],
    ['milk milk', 'milk', true],
    ['', 'milk', false],
    ['!?', 'milk', false],
    ['milk', '', false],
    ['café', 'Cafe', true],
    ['cafe', 'CAFÉ', true],
    // One error in words of four letters and more: changed, left out, added. Two letters that changed places are two.
    ['milk', 'silk', true],
    ['milk', 'mik', true],
    ['milk', 'millk', true],
    ['milk', 'mlik', false],
    ['cat', 'bat', false],
    ['cat', 'catalogue', true],
    // As many as a fifth of the letters, rounded, and three at most.
    ['breads', 'bread', true],
    ['breakfa', 'brxakfa', true],
    ['breakfa', 'brxakxa', false],
    ['breakfas', 'brxakxas', true],
    ['breakfas', 'brxxxfas', false],
    ['breakfastroom1', 'brxxxfastroom1', true],
    ['breakfastroom1', 'brxxxxastroom1', false],
    [`${'a'.repeat(30)}`, `${'a'.repeat(27)}bbb`, true],
    [`${'a'.repeat(30)}`, `${'a'.repeat(26)}bbbb`, false],
    // Numbers, and lists of both.
    ['7', 7, true],
    ['7', 72, true],
    ['72', 7, false],
    ['1', 1.5, true],
    ['milk', ['bread', 'milk'], true],
    ['bread milk', ['bread', 'milk'], true],
    ['breadmilk', ['bread', 'milk'], false],
    ['7', ['a', 7], true],
    ['milk', [['milk']], false],
    ['milk', { milk: 'milk' }, false],
    ['true', true, false],
    ['null', null, false],
  ])('%j in %j: %s', (text, held, found) => {
    expect(meets(text, held)).toBe(found);
    expect(scored(text, held) > 0).toBe(found);
  });

  test('of a record 16,384 characters are read, and of a word 64', () => {
    const filler = 'x '.repeat(8_190);
    expect(filler.length).toBe(16_380);
    expect(meets('milk', `${filler}milk`)).toBe(true);
    expect(meets('milk', `${filler}  milk`)).toBe(false);
    expect(meets('mi', `${filler}  milk`)).toBe(true);
    const long = 'a'.repeat(64);
    expect([meets(`${long}bcd`, long), meets(long, `${long}bcd`), meets(`${long}b`, `${long}c`)]).toEqual([
      true,
      true,
      true,
    ]);
  });
});

describe('QU-19: how well a row meets a text', () => {
  test.each<[string, Value, number]>([
    ['milk', 'milk', added(1, 1, 1)],
    ['milk', 'milk milk', added(1, 2, 1)],
    ['milk', 'milk bread', added(1, 1, 2)],
    ['milk', 'milk bread oat rice', added(1, 1, 4)],
    ['milk bread', 'milk bread', 2 * added(1, 1, 2)],
    ['milk milk', 'milk', added(1, 1, 1)],
    ['milk', 'milky', added((0.375 * 5) / (5 + 0.3 * 1), 1, 1)],
    ['milk', 'milkshake', added((0.375 * 9) / (9 + 0.3 * 5), 1, 1)],
    ['milk', 'silk', added((0.45 * 4) / (4 + 1), 1, 1)],
    ['milk', 'mik', added((0.45 * 3) / (3 + 1), 1, 1)],
    ['milk', 'millk', added((0.45 * 5) / (5 + 1), 1, 1)],
    ['milk', 'milk silk', added(1, 1, 2) + added((0.45 * 4) / 5, 1, 2)],
    ['milk', 'milk milky silk silk', added(1, 1, 3) + added((0.375 * 5) / 5.3, 1, 3) + added((0.45 * 4) / 5, 2, 3)],
    ['breakfas', 'brxakxas', added((0.45 * 8) / (8 + 2), 1, 1)],
    ['milk', 'bread', 0],
    ['milk bread', 'milk', 0],
    ['7', [7, 'a'], added(1, 1, 2)],
  ])('%j in %j: %d', (text, held, score) => {
    expect(scored(text, held)).toBe(millionths(score));
  });

  test('more often, in fewer words, as it is: each is better than not so', () => {
    const better: readonly (readonly [Value, Value])[] = [
      ['milk milk', 'milk'],
      ['milk', 'milk bread'],
      ['milk', 'milky'],
      ['milky', 'milkshake'],
      ['milk milky', 'milky milky'],
    ];
    for (const [one, other] of better)
      expect([one, other, scored('milk', one) > scored('milk', other)]).toEqual([one, other, true]);
    // However often a word occurs, it adds less than 2.7.
    expect(scored('milk', 'milk '.repeat(3_000))).toBeLessThan(2_700_000);
    expect(scored('milk', 'milk '.repeat(3_000))).toBeGreaterThan(2_690_000);
  });
});

describe('QU-19: which texts count for the order', () => {
  const score = (where: WhereInput, value: Value): number => {
    const query = parseQuery({ where });
    if (!query.ok) throw new Error(JSON.stringify(query.error));
    return scoreOf(query.value.where, { key: 'k', value });
  };
  const value = { t: 'milk', u: 'bread', n: 1 };
  const [milk, bread] = [score({ t: { $match: 'milk' } }, value), score({ u: { $match: 'bread' } }, value)];

  test.each<[string, WhereInput, number]>([
    ['one', { t: { $match: 'milk' } }, milk],
    ['two that must both be met', { t: { $match: 'milk' }, u: { $match: 'bread' } }, milk + bread],
    ['two of which one must be met', { $or: [{ t: { $match: 'milk' } }, { u: { $match: 'bread' } }] }, milk + bread],
    ['two of which one is met', { $or: [{ t: { $match: 'milk' } }, { u: { $match: 'rice' } }] }, milk],
    ['one beside other conditions', { t: { $match: 'milk' }, n: 1 }, milk],
    ['one beside conditions that are not met', { t: { $match: 'milk' }, n: 2 }, milk],
    ['none that is negated', { $not: { t: { $match: 'milk' } } }, 0],
    ['none inside a negation', { $not: { $not: { $not: { t: { $match: 'milk' } } } } }, 0],
    ['one that is negated twice', { $not: { $not: { t: { $match: 'milk' } } } }, milk],
    ['none', { n: 1 }, 0],
  ])('%s', (_what, where, wanted) => {
    expect(milk).toBeGreaterThan(0);
    expect(score(where, value)).toBe(wanted);
  });
});
