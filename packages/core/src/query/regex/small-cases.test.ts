import { describe, expect, test } from 'vitest';
import { foldedSet, hasCodePoint, MAX_CODE_POINT, otherThan, setOf, type CodePointRange } from './character-set.js';
import { compileRegex } from './compile-regex.js';

/*
 * Letter case, character by character: every letter of a small alphabet that folding treats in a way of its own, in every class of two of them, on every
 * one of them. And sets of few code points, gone through as a whole.
 */

/** Two of ASCII, two that fold to those, two beyond ASCII, one of three cases, one that folds to two letters elsewhere, one without case, one of two units each. */
const LETTERS = ['k', 'S', 'K', 'ſ', 'é', 'Σ', 'ς', 'ß', 'ẞ', 'ı', 'İ', '7', '\u{10400}', '\u{10428}'] as const;

const native = (pattern: string): RegExp => new RegExp(pattern, 'iu');

/** Patterns on which the two differ, with a letter that shows it. */
function differing(patterns: readonly string[]): string[] {
  return patterns.flatMap((pattern) => {
    const [finds, wanted] = [compileRegex(pattern, true), native(pattern)];
    return LETTERS.filter((letter) => finds(letter) !== wanted.test(letter)).map((letter) => `${pattern} on ${letter}`);
  });
}

describe('QU-10: letter case aside, every letter is what JavaScript says it is', () => {
  test('by itself', () => {
    expect(differing(LETTERS.map((letter) => `^${letter}$`))).toEqual([]);
  });

  test('in a class, alone and with another, and outside of it', () => {
    const classes = LETTERS.flatMap((one) => LETTERS.map((other) => `${one}${other}`));
    expect(differing([...LETTERS, ...classes].flatMap((letters) => [`^[${letters}]$`, `^[^${letters}]$`]))).toEqual([]);
  });

  test('in every range between two of them', () => {
    const points = LETTERS.map((letter) => letter.codePointAt(0)!).toSorted((a, b) => a - b);
    const ranges = points.flatMap((first, i) =>
      points.slice(i).map((last) => `${String.fromCodePoint(first)}-${String.fromCodePoint(last)}`),
    );
    expect(differing(ranges.flatMap((range) => [`^[${range}]$`, `^[^${range}]$`]))).toEqual([]);
  });

  test('among characters of words, spaces and digits, and among what is none', () => {
    const sets = ['\\w', '\\W', '\\d', '\\D', '\\s', '\\S', '.'];
    expect(differing(sets.map((set) => `^${set}$`))).toEqual([]);
    expect(differing(sets.slice(0, 6).flatMap((set) => [`^[${set}]$`, `^[^${set}]$`, `^[${set}7]$`]))).toEqual([]);
  });

  test('after another, repeated, and as an alternative', () => {
    const pairs = LETTERS.flatMap((one) => LETTERS.map((other) => [one, other] as const));
    const wrong = pairs.flatMap(([one, other]) =>
      [`^${one}${other}$`, `^(?:${one}|${other}){2}$`, `^${one}+${other}*$`, `${other}$`].filter((pattern) => {
        const [finds, wanted] = [compileRegex(pattern, true), native(pattern)];
        return [one + other, other + one, one.toUpperCase() + other, one + other.toLowerCase(), one].some(
          (text) => finds(text) !== wanted.test(text),
        );
      }),
    );
    expect(wrong).toEqual([]);
  });
});

describe('QU-10: every set of few code points', () => {
  const POINTS = [0, 1, 2, 3, 4, 5];
  const RANGES: readonly CodePointRange[] = POINTS.flatMap((first) =>
    POINTS.filter((last) => last >= first).map((last) => [first, last] as const),
  );
  const isIn = (ranges: readonly CodePointRange[], point: number): boolean =>
    ranges.some(([first, last]) => first <= point && point <= last);

  test('of two ranges has what is in either, and the rest is what is in none', () => {
    for (const one of RANGES) {
      for (const other of RANGES) {
        const ranges = [one, other];
        const [set, outside, rest] = [setOf(ranges), setOf(ranges, true), setOf(otherThan(ranges))];
        for (const point of [...POINTS, 6, 7, MAX_CODE_POINT]) {
          const wanted = isIn(ranges, point);
          const answers = [set, outside, rest].map((one_) => hasCodePoint(one_, point));
          if (answers.join() !== [wanted, !wanted, !wanted].join())
            expect([ranges, point, answers]).toEqual([ranges, point, [wanted, !wanted, !wanted]]);
        }
        // In order, apart from each other, and never empty.
        expect(set.ranges.every(([first, last]) => first <= last)).toBe(true);
        expect(set.ranges.slice(1).every(([first], i) => first > set.ranges[i]![1] + 1)).toBe(true);
      }
    }
  });

  test('of three ranges in any order is the same set', () => {
    const some = RANGES.filter((_, i) => i % 4 === 0);
    for (const a of some) {
      for (const b of some) {
        for (const c of some) {
          const wanted = setOf([a, b, c]);
          expect([setOf([c, a, b]), setOf([b, c, a, b]), setOf(otherThan(otherThan([a, b, c])))]).toEqual([
            wanted,
            wanted,
            wanted,
          ]);
        }
      }
    }
  });

  test('folded has all it had, folded forms besides, and stays negated or not', () => {
    for (const negated of [false, true]) {
      const set = setOf(
        [
          [0x41, 0x43],
          [0x17f, 0x17f],
        ],
        negated,
      );
      const folded = foldedSet(set);
      expect(folded.negated).toBe(negated);
      expect(folded.ranges).toEqual([
        [0x41, 0x43],
        [0x61, 0x63],
        [0x73, 0x73],
        [0x17f, 0x17f],
      ]);
    }
    expect(foldedSet(setOf([])).ranges).toEqual([]);
    // What folds to nothing else has nothing besides.
    expect(foldedSet(setOf([[0x30, 0x39]])).ranges).toEqual([[0x30, 0x39]]);
  });
});
