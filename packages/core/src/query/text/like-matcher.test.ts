import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findCounterexample } from '../query.arbitrary.js';
import { compileLike } from './like-matcher.js';
import { readLike } from './like-pattern.js';

const parts = fc.constantFrom(
  '%',
  '%',
  '_',
  'a',
  'b',
  'ab',
  '\\%',
  '\\_',
  '\\\\',
  '\\a',
  'É',
  '\u{1F600}',
  '.',
  '*',
  '\n',
);
const pattern = fc.array(parts, { maxLength: 8 }).map((list) => list.join(''));
const text = fc
  .array(fc.constantFrom('a', 'b', 'a', 'b', 'A', '%', '_', '\\', 'é', 'É', '\u{1F600}', '\u{1F601}', '.', '\n'), {
    maxLength: 10,
  })
  .map((list) => list.join(''));

/** Whether it fits, by trying every way. Pattern and text as lists of characters. */
function fitsSomehow(wanted: readonly (string | symbol)[], given: readonly string[]): boolean {
  const [first, ...others] = wanted;
  if (first === undefined) return given.length === 0;
  if (first === MANY) return fitsSomehow(others, given) || (given.length > 0 && fitsSomehow(wanted, given.slice(1)));
  return given.length > 0 && (first === ONE || first === given[0]) && fitsSomehow(others, given.slice(1));
}

const MANY = Symbol('%');
const ONE = Symbol('_');

function symbols(source: string): (string | symbol)[] {
  const list: (string | symbol)[] = [];
  const characters = Array.from(source);
  for (let i = 0; i < characters.length; i += 1) {
    const character = characters[i] as string;
    if (character === '\\') {
      i += 1;
      list.push(characters[i] as string);
    } else list.push(character === '%' ? MANY : character === '_' ? ONE : character);
  }
  return list;
}

describe('QU-9: patterns', () => {
  test('a text fits when there is a way to make it fit', () => {
    let fitting = 0;
    fc.assert(
      fc.property(pattern, text, (source, given) => {
        const wanted = fitsSomehow(symbols(source), Array.from(given));
        if (wanted) fitting += 1;
        expect(compileLike(source, false)(given)).toBe(wanted);
      }),
      { numRuns: 3000 },
    );
    expect(fitting).toBeGreaterThan(50);
  });

  test('that comparison notices a matcher that takes _ for half a character', () => {
    const anything = fc.array(fc.constantFrom('_', '%', 'a'), { maxLength: 4 }).map((list) => list.join(''));
    const property = fc.property(anything, text, (source, given) => {
      expect(compileLike(source, false)(given)).toBe(fitsSomehow(symbols(source), given.split('')));
    });
    expect(findCounterexample(property, 3000, 3)).not.toBeNull();
  });

  test('without regard to case: as the folded text with the folded pattern', () => {
    fc.assert(
      fc.property(pattern, text, (source, given) => {
        const small = (one: string) => one.replaceAll('A', 'a').replaceAll('É', 'é');
        expect(compileLike(source, true)(given)).toBe(compileLike(small(source), false)(small(given)));
      }),
    );
  });

  test.each<[string, readonly string[], readonly string[]]>([
    ['', [''], ['a']],
    ['%', ['', 'a', '\n'], []],
    ['a%', ['a', 'ab'], ['ba', 'A', '']],
    ['%a', ['a', 'ba'], ['ab', '']],
    ['%a%', ['a', 'bab'], ['b']],
    ['_', ['a', '\u{1F600}', '\n'], ['', 'ab']],
    ['__%', ['ab', 'abc'], ['a', '']],
    ['%__', ['ab', 'x\u{1F600}y'], ['\u{1F600}']],
    ['a%b%c', ['abc', 'axbybc'], ['acb', 'ab']],
    ['ab%ab', ['abab', 'abxab'], ['ab', 'aba']],
    ['%aab%', ['aaab'], ['abab']],
    ['100\\%', ['100%'], ['1000', '100\\%']],
    ['a\\_b', ['a_b'], ['axb']],
    ['a\\\\b', ['a\\b'], ['ab']],
    ['\\a', ['a'], ['\\a']],
    ['a.b', ['a.b'], ['axb']],
  ])('%s', (source, fitting, others) => {
    const fits = compileLike(source, false);
    expect(fitting.filter((one) => !fits(one))).toEqual([]);
    expect(others.filter((one) => fits(one))).toEqual([]);
  });

  test('a pattern that ends in the middle of an escape cannot be read', () => {
    for (const source of ['\\', 'a\\', '\\\\\\', '%\\']) {
      expect(readLike(source)).toBeNull();
      expect(() => compileLike(source, false)).toThrow('broken pattern');
    }
    expect(readLike('a\\%_%b')).toEqual([['a', '%', null], ['b']]);
  });

  test('many runs of any characters are no way to make it slow', () => {
    // Tried in every way, this would take longer than the universe has.
    const fits = compileLike(`${'%a'.repeat(200)}%b`, false);
    expect(fits('a'.repeat(20_000))).toBe(false);
    expect(fits(`${'a'.repeat(20_000)}b`)).toBe(true);
  });
});
