import { describe, expect, test } from 'vitest';
import { compileContains } from '../predicate/compile-contains.js';
import { compilePredicate } from '../predicate/compile-predicate.js';
import { holds } from '../evaluate/holds.js';
import { canonicalPredicate } from '../language/canonical-predicate.js';
import type { Predicate } from '../query.js';
import { compileLike } from './like-matcher.js';

/*
 * QU-9: a character is a code point. A text that was cut in the middle of one ends in half of it, which is a character by itself and no part of the
 * whole one. Every short text of halves, wholes and a letter, as what is looked for and as what is looked through.
 */

const HIGH = '\ud83d';
const LOW = '\ude00';

const TEXTS: readonly string[] = (() => {
  let last = [''];
  const all = last.slice();
  for (let i = 0; i < 4; i += 1) {
    last = last.flatMap((text) => [HIGH, LOW, 'a'].map((piece) => text + piece));
    all.push(...last);
  }
  return all;
})();
const WANTED = TEXTS.filter((text) => text.length <= 2);

const charactersOf = (text: string): string[] => Array.from(text);
/** Whether the characters are there from one place on. */
const isAt = (text: readonly string[], wanted: readonly string[], at: number): boolean =>
  at >= 0 && wanted.every((character, i) => text[at + i] === character);
const begins = (text: string, wanted: string): boolean => isAt(charactersOf(text), charactersOf(wanted), 0);
const has = (text: string, wanted: string): boolean => {
  const [characters, part] = [charactersOf(text), charactersOf(wanted)];
  return [...characters, null].some((_, at) => isAt(characters, part, at));
};
const ends = (text: string, wanted: string): boolean => {
  const [characters, part] = [charactersOf(text), charactersOf(wanted)];
  return isAt(characters, part, characters.length - part.length);
};

/** The texts for which a test says something else than the characters do. */
const wrongOf = (test: (text: string) => boolean, expected: (text: string) => boolean): string[] =>
  TEXTS.filter((text) => test(text) !== expected(text)).map((text) => JSON.stringify(text));

const byPredicate = (predicate: Predicate): ((text: string) => boolean) => {
  const test = compilePredicate(predicate);
  return (text) => test('k', { t: text });
};
const path = ['t'];

describe('QU-9: half of a character is no part of it', () => {
  test.each([false, true])('in patterns; letter case aside: %s', (ci) => {
    for (const wanted of WANTED) {
      expect([wanted, wrongOf(compileLike(wanted, ci), (text) => text === wanted)]).toEqual([wanted, []]);
      expect([wanted, wrongOf(compileLike(`${wanted}%`, ci), (text) => begins(text, wanted))]).toEqual([wanted, []]);
      expect([wanted, wrongOf(compileLike(`%${wanted}`, ci), (text) => ends(text, wanted))]).toEqual([wanted, []]);
      expect([wanted, wrongOf(compileLike(`%${wanted}%`, ci), (text) => has(text, wanted))]).toEqual([wanted, []]);
    }
  });

  test('beside what may be any character', () => {
    for (const wanted of WANTED) {
      const rest = (text: string): string => charactersOf(text).slice(1).join('');
      const front = (text: string): string => charactersOf(text).slice(0, -1).join('');
      const isAny = (text: string): boolean => charactersOf(text).length > 0;
      // Written together they may be another character than apart.
      expect(wrongOf(compileLike(`_${wanted}`, false), (text) => isAny(text) && rest(text) === wanted)).toEqual([]);
      expect(wrongOf(compileLike(`${wanted}_`, false), (text) => isAny(text) && front(text) === wanted)).toEqual([]);
    }
  });

  test('QU-2: in a prefix, which is a pattern with any run of characters at its end', () => {
    for (const prefix of WANTED) {
      const asPrefix: Predicate = { type: 'startsWith', path, prefix };
      expect([prefix, wrongOf(byPredicate(asPrefix), (text) => begins(text, prefix))]).toEqual([prefix, []]);
      expect(canonicalPredicate({ type: 'like', path, pattern: `${prefix}%`, caseInsensitive: false })).toEqual(
        asPrefix,
      );
    }
  });

  test('QU-11: in a part of a string', () => {
    for (const wanted of WANTED) {
      expect([wanted, wrongOf(compileContains(wanted), (text) => has(text, wanted))]).toEqual([wanted, []]);
      const all: Predicate = { type: 'containsAll', path, values: [wanted, 'a'] };
      expect(wrongOf(byPredicate(all), (text) => has(text, wanted) && has(text, 'a'))).toEqual([]);
      const any: Predicate = { type: 'containsAny', path, values: [wanted, 'aaaa'] };
      expect(wrongOf(byPredicate(any), (text) => has(text, wanted) || text === 'aaaa')).toEqual([]);
    }
  });

  test('and the oracle says so too', () => {
    for (const wanted of WANTED) {
      const predicates: readonly (readonly [Predicate, (text: string) => boolean])[] = [
        [{ type: 'startsWith', path, prefix: wanted }, (text) => begins(text, wanted)],
        [{ type: 'contains', path, value: wanted }, (text) => has(text, wanted)],
        [{ type: 'like', path, pattern: `%${wanted}`, caseInsensitive: false }, (text) => ends(text, wanted)],
      ];
      for (const [predicate, expected] of predicates) {
        expect(wrongOf((text) => holds(predicate, { key: 'k', value: { t: text } }), expected)).toEqual([]);
      }
    }
  });

  test('a whole one is found wherever it stands, and behind halves', () => {
    const whole = HIGH + LOW;
    expect(compileContains(whole)(HIGH + whole)).toBe(true);
    expect(compileContains(whole)(whole + LOW)).toBe(true);
    expect(compileContains(HIGH)(whole + HIGH)).toBe(true);
    expect(compileContains(LOW)(LOW + whole)).toBe(true);
    expect(compileContains(LOW)(whole + LOW)).toBe(true);
    expect(compileContains(HIGH)(whole)).toBe(false);
    expect(compileContains(LOW)(whole + whole)).toBe(false);
    expect(compileLike(`%${HIGH}%${LOW}%`, false)(whole)).toBe(false);
    expect(compileLike(`%${HIGH}%${LOW}%`, false)(`${HIGH}a${LOW}`)).toBe(true);
  });
});
