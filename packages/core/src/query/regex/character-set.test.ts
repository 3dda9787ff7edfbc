import { describe, expect, test } from 'vitest';
import {
  DIGITS,
  FOLDED_WORD,
  foldedSet,
  hasCodePoint,
  LINE_ENDS,
  MAX_CODE_POINT,
  otherThan,
  setOf,
  SPACES,
  WORD,
  type CharacterSet,
  type CodePointRange,
} from './character-set.js';

/** Every code point of the first three planes, halves of pairs included, and the ends of all. */
const CODE_POINTS = [...Array.from({ length: 0x30000 }, (_, codePoint) => codePoint), 0x10fffe, MAX_CODE_POINT];

const differing = (set: CharacterSet, isIn: (character: string) => boolean): readonly string[] =>
  CODE_POINTS.filter((codePoint) => {
    return hasCodePoint(set, codePoint) !== isIn(String.fromCodePoint(codePoint));
  }).map((codePoint) => codePoint.toString(16));

describe('QU-10: the characters of a class', () => {
  test.each<[string, readonly CodePointRange[], RegExp]>([
    ['digits', DIGITS, /^\d$/u],
    ['characters of words', WORD, /^\w$/u],
    ['characters of words, letter case aside', FOLDED_WORD, /^\w$/iu],
    ['spaces', SPACES, /^\s$/u],
    ['characters that a dot does not match', LINE_ENDS, /^(?!.$)[^]$/u],
  ])('are, of %s, those that JavaScript takes, and no other', (_what, ranges, native) => {
    const isIn = (character: string): boolean => native.test(character);
    expect(differing(setOf(ranges), isIn)).toEqual([]);
    expect(differing(setOf(ranges, true), (c) => !isIn(c))).toEqual([]);
    expect(differing(setOf(otherThan(ranges)), (c) => !isIn(c))).toEqual([]);
  });

  test.each<[readonly CodePointRange[], readonly CodePointRange[], readonly CodePointRange[]]>([
    [[], [], [[0, MAX_CODE_POINT]]],
    [[[0, MAX_CODE_POINT]], [[0, MAX_CODE_POINT]], []],
    [[[0, 0]], [[0, 0]], [[1, MAX_CODE_POINT]]],
    [
      [[1, 1]],
      [[1, 1]],
      [
        [0, 0],
        [2, MAX_CODE_POINT],
      ],
    ],
    [[[MAX_CODE_POINT, MAX_CODE_POINT]], [[MAX_CODE_POINT, MAX_CODE_POINT]], [[0, MAX_CODE_POINT - 1]]],
    [
      [
        [5, 9],
        [1, 3],
      ],
      [
        [1, 3],
        [5, 9],
      ],
      [
        [0, 0],
        [4, 4],
        [10, MAX_CODE_POINT],
      ],
    ],
    [
      [
        [5, 9],
        [1, 4],
      ],
      [[1, 9]],
      [
        [0, 0],
        [10, MAX_CODE_POINT],
      ],
    ],
    [
      [
        [1, 9],
        [2, 3],
        [4, 12],
      ],
      [[1, 12]],
      [
        [0, 0],
        [13, MAX_CODE_POINT],
      ],
    ],
    [
      [
        [7, 7],
        [7, 7],
      ],
      [[7, 7]],
      [
        [0, 6],
        [8, MAX_CODE_POINT],
      ],
    ],
  ])('of ranges in any order, %j, are in order and apart, and all others are the rest', (given, merged, others) => {
    const before = structuredClone(given);
    expect(setOf(given).ranges).toEqual(merged);
    expect(otherThan(given)).toEqual(others);
    expect(otherThan(otherThan(given))).toEqual(merged);
    expect(given).toEqual(before);
  });

  test.each<[string, readonly CodePointRange[], RegExp]>([
    ['[A-Z]', [[0x41, 0x5a]], /^[A-Z]$/iu],
    ['[s]', [[0x73, 0x73]], /^[s]$/iu],
    ['[Σ]', [[0x3a3, 0x3a3]], /^[Σ]$/iu],
    ['[À-Þ]', [[0xc0, 0xde]], /^[À-Þ]$/iu],
    ['[\\u{10400}-\\u{10427}]', [[0x10400, 0x10427]], /^[\u{10400}-\u{10427}]$/iu],
    ['[0-9]', DIGITS, /^[0-9]$/iu],
  ])('letter case aside, %s has the folded form of each character that JavaScript takes', (_class, ranges, native) => {
    const folded = foldedSet(setOf(ranges));
    const plain = setOf(ranges);
    const wrong = CODE_POINTS.filter((codePoint) => {
      const isIn = hasCodePoint(folded, codePoint);
      return native.test(String.fromCodePoint(codePoint)) ? hasCodePoint(plain, codePoint) && !isIn : isIn;
    });
    expect(wrong).toEqual([]);
    const lower = [...CODE_POINTS.slice(0, 0x11000)].filter((codePoint) => hasCodePoint(plain, codePoint));
    for (const codePoint of lower) {
      expect(hasCodePoint(folded, String.fromCodePoint(codePoint).toLowerCase().codePointAt(0)!)).toBe(true);
    }
  });
});
