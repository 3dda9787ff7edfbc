import { describe, expect, test } from 'vitest';
import { compileLike } from './like-matcher.js';
import { readLike, writeLike, type LikePattern } from './like-pattern.js';

/*
 * Every short pattern on every short text, beside the definition of QU-9. The characters are of one unit and of two, with letter case and without, and
 * the signs of the language themselves.
 */

const SIGNS = ['a', 'B', '%', '_', '\\%', '\\_', '\u{1F600}'] as const;
const CHARACTERS = ['a', 'b', '%', '\u{1F600}'] as const;

function every(parts: readonly string[], length: number): string[][] {
  let last: string[][] = [[]];
  const all = last.slice();
  for (let i = 0; i < length; i += 1) {
    last = last.flatMap((list) => parts.map((part) => [...list, part]));
    all.push(...last);
  }
  return all;
}

const PATTERNS = every(SIGNS, 4);
const TEXTS = every(CHARACTERS, 3);

/** The definition: where, in the text, the pattern so far may have come to. */
function fits(pattern: readonly string[], text: readonly string[], sameCase: (character: string) => string): boolean {
  let places = new Set([0]);
  for (const sign of pattern) {
    const next = new Set<number>();
    for (const at of places) {
      if (sign === '%') for (let i = at; i <= text.length; i += 1) next.add(i);
      else if (
        at < text.length &&
        (sign === '_' || sameCase(sign.replace('\\', '')) === sameCase(text[at] as string))
      ) {
        next.add(at + 1);
      }
    }
    places = next;
  }
  return places.has(text.length);
}

describe('QU-9: every short pattern on every short text', () => {
  test.each([
    ['as it is', false, (character: string) => character],
    ['letter case aside', true, (character: string) => character.toLowerCase()],
  ] as const)('%s', (_what, caseInsensitive, sameCase) => {
    const wrong: string[] = [];
    for (const pattern of PATTERNS) {
      const test = compileLike(pattern.join(''), caseInsensitive);
      for (const text of TEXTS) {
        if (test(text.join('')) !== fits(pattern, text, sameCase))
          wrong.push(`${pattern.join('')} on ${text.join('')}`);
      }
    }
    expect(wrong.slice(0, 5)).toEqual([]);
    expect(PATTERNS.length * TEXTS.length).toBeGreaterThan(200_000);
  });

  test('is read and written as what fits the same, and that is written as it is', () => {
    const wrong = PATTERNS.map((pattern) => pattern.join('')).filter((pattern) => {
      const written = writeLike(readLike(pattern) as LikePattern);
      const [one, other] = [compileLike(pattern, false), compileLike(written, false)];
      const isSame = TEXTS.every((text) => one(text.join('')) === other(text.join('')));
      return !isSame || written.length > pattern.length || writeLike(readLike(written) as LikePattern) !== written;
    });
    expect(wrong.slice(0, 5)).toEqual([]);
  });
});

describe('QU-9: a pattern taken apart', () => {
  test.each<[string, LikePattern | null, string | null]>([
    ['', [[]], ''],
    ['ab', [['a', 'b']], 'ab'],
    ['%', [[], []], '%'],
    ['%%', [[], [], []], '%'],
    ['a%b', [['a'], ['b']], 'a%b'],
    ['_', [[null]], '_'],
    ['a_', [['a', null]], 'a_'],
    ['%_', [[], [null]], '_%'],
    ['_%_', [[null], [null]], '__%'],
    ['%_%_a', [[], [null], [null, 'a']], '__%a'],
    ['\\%', [['%']], '\\%'],
    ['\\_', [['_']], '\\_'],
    ['\\\\', [['\\']], '\\\\'],
    ['\\a', [['a']], 'a'],
    ['\\\u{1F600}', [['\u{1F600}']], '\u{1F600}'],
    ['\\%%', [['%'], []], '\\%%'],
    ['\\\\%', [['\\'], []], '\\\\%'],
    ['\\', null, null],
    ['a%\\', null, null],
    ['\\\\\\', null, null],
  ])('%j', (pattern, runs, written) => {
    expect(readLike(pattern)).toEqual(runs);
    if (runs !== null) expect(writeLike(runs)).toBe(written);
    else expect(() => compileLike(pattern, false)).toThrow(/broken pattern/);
  });

  test('halves of a character that stand alone are characters of their own', () => {
    const [high, low] = ['\ud83d', '\ude00'];
    expect(compileLike('_', false)(high)).toBe(true);
    expect(compileLike('_', false)(high + low)).toBe(true);
    expect(compileLike('__', false)(high + low)).toBe(false);
    expect(compileLike('__', false)(low + high)).toBe(true);
    expect(compileLike('%_', false)(`a${low}`)).toBe(true);
    expect(compileLike(`%${low}`, false)(low)).toBe(true);
    expect(compileLike('_%_', false)(`${high}${low}${high}${low}`)).toBe(true);
    expect(compileLike('_%_', false)(high + low)).toBe(false);
  });
});
