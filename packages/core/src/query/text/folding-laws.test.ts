import { describe, expect, test } from 'vitest';
import { foldCase } from './fold-case.js';
import { foldText } from './fold-text.js';
import { beginsWith, hasPart, isBetween, widthAt } from './part-of-text.js';

/** Every letter of the scripts that have case or accents, signs that are composed of others, and forms of another width. */
const LETTERS: readonly string[] = [
  [0x20, 0x2000],
  [0x2100, 0x2190],
  [0x2c00, 0x2e00],
  [0xa640, 0xa800],
  [0xfb00, 0xfe00],
  [0xff00, 0xffef],
  [0x10400, 0x10450],
  [0x1e900, 0x1e944],
].flatMap(([first, end]) => Array.from({ length: end! - first! }, (_, i) => String.fromCodePoint(first! + i)));

describe('SE-2: how a word is looked up, for every letter', () => {
  test('folding what was folded changes nothing, nor does it what stands beside it', () => {
    expect(LETTERS.filter((one) => foldText(foldText(one)) !== foldText(one))).toEqual([]);
    expect(LETTERS.filter((one) => foldText(`a${one}b`) !== `a${foldText(one)}b`)).toEqual([]);
  });

  test('small letters, letters and marks apart, and those of another width are looked up as they are', () => {
    const differing = (change: (one: string) => string): string[] =>
      LETTERS.filter((one) => foldText(change(one)) !== foldText(one));
    expect(differing((one) => one.toLowerCase())).toEqual([]);
    expect(differing((one) => one.normalize('NFD'))).toEqual([]);
    expect(differing((one) => one.normalize('NFC'))).toEqual([]);
    expect(differing((one) => one.normalize('NFKC'))).toEqual([]);
  });

  test('so are capitals, but for a small iota below a Greek letter, which is one beside its capital, and nine letters of old prints', () => {
    const differing = LETTERS.filter((one) => foldText(one.toUpperCase()) !== foldText(one));
    const isIotaBelow = (one: string): boolean => one.normalize('NFD').includes('\u0345');
    const isOld = (one: string): boolean => one >= '\u1c80' && one <= '\u1c88';
    expect(differing.filter((one) => !isIotaBelow(one) && !isOld(one))).toEqual([]);
    expect(differing.filter(isOld)).toHaveLength(9);
  });
});

describe('QU-9: letter case aside, for every letter', () => {
  test('a text is folded letter by letter, to as many, and no more when it was folded', () => {
    expect(foldCase(LETTERS.join(''))).toBe(LETTERS.map(foldCase).join(''));
    expect(LETTERS.filter((one) => foldCase(foldCase(one)) !== foldCase(one))).toEqual([]);
    expect(LETTERS.filter((one) => Array.from(foldCase(one)).length !== 1)).toEqual([]);
  });
});

describe('QU-9: where characters begin and end', () => {
  const [HIGH, LOW] = ['\ud83d', '\ude00'];
  test.each<[string, readonly number[]]>([
    ['', [0]],
    ['ab', [0, 1, 2]],
    [HIGH + LOW, [0, 2]],
    [LOW + HIGH, [0, 1, 2]],
    [HIGH + HIGH + LOW, [0, 1, 3]],
    [HIGH + LOW + LOW, [0, 2, 3]],
    [`a${HIGH}${LOW}b`, [0, 1, 3, 4]],
    [HIGH, [0, 1]],
  ])('of %j they do at %j', (text, places) => {
    const all = Array.from({ length: text.length + 1 }, (_, i) => i);
    expect(all.filter((at) => isBetween(text, at))).toEqual(places);
    const starts = places.slice(0, -1);
    expect(starts.map((at) => at + widthAt(text, at))).toEqual(places.slice(1));
  });

  test('a text begins with its beginnings, and has its parts, where characters end', () => {
    const text = `a${HIGH}${LOW}${LOW}a${HIGH}`;
    for (let start = 0; start <= text.length; start += 1) {
      for (let end = start; end <= text.length; end += 1) {
        const part = text.slice(start, end);
        const isWhole = isBetween(text, start) && isBetween(text, end);
        if (isWhole) expect([part, hasPart(part)(text)]).toEqual([part, true]);
        if (start === 0) expect([part, beginsWith(part)(text)]).toEqual([part, isWhole]);
      }
    }
  });
});
