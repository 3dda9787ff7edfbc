import { describe, expect, test } from 'vitest';
import type { Value } from '../../primitives/index.js';
import { compilePath } from '../compile-path.js';
import { isScorePath, compileSortPath, scoredMatches } from '../compile-sort-path.js';
import { matches, scoreOf } from '../evaluate/matches.js';
import type { MatchPredicate, Predicate } from '../query.js';
import { compileMatch, compileMatchScore } from './compile-match.js';

/** Words that stand for each other: themselves, going on, with a typing error, and not at all. */
const WORDS = ['milk', 'milky', 'silk', 'mil', 'a', 'an', 'Ölk'] as const;
const TEXTS: readonly string[] = ['', ...WORDS, ...WORDS.flatMap((one) => WORDS.map((other) => `${one} ${other}`))];
const match = (text: string, ...path: string[]): MatchPredicate => ({
  type: 'match',
  path: path.length === 0 ? ['t'] : path,
  text,
});

describe('QU-19: every text of two words, matched with every other', () => {
  test('is met and scored as the definition has it', () => {
    const wrong: unknown[] = [];
    for (const wanted of TEXTS) {
      const predicate = match(wanted);
      const [meets, score] = [compileMatch(predicate, compilePath(['t'])), compileMatchScore(predicate)];
      for (const text of TEXTS) {
        const value: Value = { t: text };
        const entry = { key: 'k', value };
        if (meets('k', value) !== matches(predicate, entry) || score('k', value) !== scoreOf(predicate, entry))
          wrong.push([wanted, text]);
      }
    }
    expect(wrong.slice(0, 5)).toEqual([]);
  });

  test('is scored above nothing exactly where it is met, and in whole numbers', () => {
    for (const wanted of TEXTS) {
      const predicate = match(wanted);
      const score = compileMatchScore(predicate);
      for (const text of TEXTS) {
        const points = score('k', { t: text });
        expect([wanted, text, points > 0, Number.isInteger(points)]).toEqual([
          wanted,
          text,
          matches(predicate, { key: 'k', value: { t: text } }),
          true,
        ]);
      }
    }
  });

  test('does not depend on the order of words, on either side, nor on what is said twice in what is wanted', () => {
    for (const one of WORDS) {
      for (const other of WORDS) {
        const points = (wanted: string, text: string): number => compileMatchScore(match(wanted))('k', { t: text });
        expect(points(`${one} ${other}`, 'milk silk an')).toBe(points(`${other} ${one}`, 'an silk milk'));
        expect(points(`${one} ${other} ${one}`, 'milk silk an')).toBe(points(`${one} ${other}`, 'milk silk an'));
      }
    }
  });
});

describe('QU-19: the score in an order', () => {
  const [a, b] = [match('milk', 'a'), match('silk', 'b')];
  const where: Predicate = {
    type: 'and',
    of: [{ type: 'or', of: [a, { type: 'not', of: b }] }, { type: 'eq', path: ['n'], value: 1 }, b],
  };
  const value: Value = { a: 'milk', b: 'silk', n: 2, _score: 'a field' };

  test('is the sum over the texts that rows are matched with, those that are denied aside', () => {
    expect(scoredMatches(where)).toEqual([a, b]);
    expect([scoredMatches(undefined), scoredMatches({ type: 'not', of: a }), scoredMatches(a)]).toEqual([[], [], [a]]);
    const read = compileSortPath(['_score'], { sort: [], where });
    const sum = compileMatchScore(a)('k', value) + compileMatchScore(b)('k', value);
    expect([read('k', value), read('k', value), read('k', { a: 'bread' })]).toEqual([sum, sum, 0]);
    expect(read('k', value)).toBe(scoreOf(where, { key: 'k', value }));
  });

  test('is a field like any other of groups, of longer paths, and where nothing is matched', () => {
    expect(compileSortPath(['_score'], { sort: [], where, groupBy: { by: [], aggregates: [] } })('k', value)).toBe(
      'a field',
    );
    expect(compileSortPath(['_score', 'x'], { sort: [], where })('k', { _score: { x: 1 } })).toBe(1);
    expect(compileSortPath(['_score'], { sort: [] })('k', value)).toBe('a field');
    expect([isScorePath(['_score']), isScorePath(['_score', 'x']), isScorePath(['x']), isScorePath([])]).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });

  test('of keys is each key’s own, though two records are one object', () => {
    const read = compileSortPath(['_score'], { sort: [], where: match('milk', '_key') });
    const same: Value = {};
    expect([read('milk', same), read('bread', same), read('milk', same)]).toEqual([
      read('milk', {}),
      0,
      read('milk', {}),
    ]);
    expect(read('milk', same)).toBeGreaterThan(0);
  });

  test('of records that are no objects is read each time', () => {
    const read = compileSortPath(['_score'], { sort: [], where: match('milk', 'a') });
    for (const scalar of [null, 7, 'milk', true] as const) expect(read('k', scalar)).toBe(0);
  });
});
