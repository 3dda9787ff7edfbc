import { describe, expect, test } from 'vitest';
import { compileRegex } from './compile-regex.js';

/*
 * Classes of several things, letter case aside: what is a letter of two cases, what folds to one, and what a set leaves out meet in one class, and what
 * the class then has is told only by going through all of them.
 */

const ITEMS = [
  '\\w',
  '\\W',
  '\\d',
  '\\D',
  '\\s',
  '\\S',
  'k',
  'K',
  '\u212a',
  'ſ',
  'Σ-ς',
  'a-z',
  '\\x00-\\x2f',
  '_',
  '\\u{10400}',
] as const;
const LETTERS = [
  'k',
  'K',
  '\u212a',
  's',
  'S',
  'ſ',
  'σ',
  'ς',
  'Σ',
  'ß',
  'ı',
  'İ',
  '7',
  '_',
  ' ',
  '\n',
  '-',
  '\u00a0',
  '\u{10400}',
  '\u{10428}',
  '\u{1F600}',
] as const;

/** For each letter, whether each of the two says that the class has it. */
function differing(classes: readonly string[], caseInsensitive: boolean): string[] {
  return classes.flatMap((pattern) => {
    const [finds, wanted] = [compileRegex(pattern, caseInsensitive), new RegExp(pattern, caseInsensitive ? 'iu' : 'u')];
    return LETTERS.filter((letter) => finds(letter) !== wanted.test(letter)).map((letter) => `${pattern} on ${letter}`);
  });
}

const pairs = ITEMS.flatMap((one) => ITEMS.map((other) => one + other));
const triples = pairs.flatMap((pair) => ITEMS.filter((_, i) => i % 5 === 0).map((item) => pair + item));

describe('QU-10: every class of two things and many of three', () => {
  test.each([false, true])('has what JavaScript has in it; letter case aside: %s', (ci) => {
    for (const items of [ITEMS, pairs, triples]) {
      expect(
        differing(
          items.map((item) => `^[${item}]$`),
          ci,
        ),
      ).toEqual([]);
      expect(
        differing(
          items.map((item) => `^[^${item}]$`),
          ci,
        ),
      ).toEqual([]);
    }
  });

  test.each([false, true])(
    'of a thing and its opposite has all, and outside of it is nothing; letter case aside: %s',
    (ci) => {
      for (const [one, other] of [
        ['\\w', '\\W'],
        ['\\d', '\\D'],
        ['\\s', '\\S'],
      ]) {
        const [all, none] = [compileRegex(`^[${one}${other}]$`, ci), compileRegex(`^[^${one}${other}]$`, ci)];
        expect(LETTERS.filter((letter) => !all(letter) || none(letter))).toEqual([]);
      }
    },
  );

  test('a letter is in a class exactly if it is outside of its opposite', () => {
    for (const items of [...ITEMS, ...pairs]) {
      for (const ci of [false, true]) {
        const [inside, outside] = [compileRegex(`^[${items}]$`, ci), compileRegex(`^[^${items}]$`, ci)];
        expect([items, LETTERS.filter((letter) => inside(letter) === outside(letter))]).toEqual([items, []]);
      }
    }
  });

  test('a class of several is a choice of classes of one', () => {
    for (const one of ITEMS) {
      for (const other of ITEMS) {
        for (const ci of [false, true]) {
          const [together, apart] = [
            compileRegex(`^[${one}${other}]$`, ci),
            compileRegex(`^(?:[${one}]|[${other}])$`, ci),
          ];
          expect([one, other, LETTERS.filter((letter) => together(letter) !== apart(letter))]).toEqual([
            one,
            other,
            [],
          ]);
        }
      }
    }
  });

  test('at the edges of words, letter case aside, what folds to a letter of words is one', () => {
    const wrong: string[] = [];
    for (const one of LETTERS) {
      for (const other of LETTERS) {
        for (const [pattern, ci] of [
          ['\\b', true],
          ['\\b', false],
          ['.\\b.', true],
          ['^.\\b', true],
          ['\\b.$', false],
          ['^\\w\\b\\W', true],
        ] as const) {
          const text = one + other;
          if (compileRegex(pattern, ci)(text) !== new RegExp(pattern, ci ? 'iu' : 'u').test(text))
            wrong.push(`${pattern} ${ci} on ${text}`);
        }
      }
    }
    expect(wrong.slice(0, 5)).toEqual([]);
  });
});
