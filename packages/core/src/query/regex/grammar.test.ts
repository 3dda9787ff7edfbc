import { describe, expect, test } from 'vitest';
import { MAX_CODE_POINT } from './character-set.js';
import { checkRegex, compileRegex } from './compile-regex.js';

/*
 * The grammar is JavaScript's with the flag `u`, less what is named in QU-10. So for every short pattern there are three answers and no fourth: both
 * read it and mean the same, both refuse it, or it is one of what was left out, which the error names.
 */

/** What an error says of a pattern that is JavaScript's, but left out here. */
const LEFT_OUT = /looks ahead or behind|refers back to a group|asks for a property/;

function native(pattern: string, caseInsensitive: boolean): RegExp | null {
  try {
    return new RegExp(pattern, caseInsensitive ? 'iu' : 'u');
  } catch {
    return null;
  }
}

/** Every list of at most so many of the parts, joined. */
function* patternsOf(parts: readonly string[], length: number, begun = ''): Generator<string> {
  yield begun;
  if (length > 0) for (const part of parts) yield* patternsOf(parts, length - 1, begun + part);
}

interface Verdicts {
  readonly wrong: string[];
  same: number;
  refused: number;
  leftOut: number;
}

function compare(patterns: Iterable<string>, texts: readonly string[], caseInsensitive = false): Verdicts {
  const verdicts: Verdicts = { wrong: [], same: 0, refused: 0, leftOut: 0 };
  for (const pattern of patterns) {
    const wanted = native(pattern, caseInsensitive);
    const checked = checkRegex(pattern, caseInsensitive, 1_000);
    if (!checked.ok) {
      if (wanted === null) verdicts.refused += 1;
      else if (LEFT_OUT.test(checked.error.reason)) verdicts.leftOut += 1;
      else verdicts.wrong.push(`${pattern} is refused: ${checked.error.reason}`);
      continue;
    }
    if (wanted === null) {
      verdicts.wrong.push(`${pattern} is taken`);
      continue;
    }
    const finds = compileRegex(pattern, caseInsensitive);
    const other = texts.find((text) => finds(text) !== wanted.test(text));
    if (other === undefined) verdicts.same += 1;
    else verdicts.wrong.push(`${pattern} on ${JSON.stringify(other)}`);
  }
  return verdicts;
}

describe('QU-10: every short pattern is taken, refused or left out as JavaScript and the rule have it', () => {
  test('of every sign of the grammar', () => {
    const signs = 'ab01()[]{}^$*+?|\\-.,:=!<>dwkpBxuc'.split('');
    const { wrong, ...counts } = compare(patternsOf(signs, 2), ['', 'a', 'ab', 'b\n', '0', '-', '\\']);
    expect(wrong).toEqual([]);
    expect(counts.leftOut).toBe(0);
    expect(Math.min(counts.same, counts.refused)).toBeGreaterThan(300);
  });

  test('of groups, choices and repeats', () => {
    const parts = ['a', 'b', '(', '(?:', ')', '|', '*', '+?', '{2}', '{1,2}', '^', '$'];
    const { wrong, ...counts } = compare(patternsOf(parts, 4), ['', 'a', 'aa', 'ba', 'abab', 'bbb']);
    expect(wrong).toEqual([]);
    expect(counts.leftOut).toBe(0);
    expect(Math.min(counts.same, counts.refused)).toBeGreaterThan(2_000);
  });

  test('of classes', () => {
    const parts = ['[', '[^', ']', '-', 'a', 'c', '\\d'];
    const { wrong, ...counts } = compare(patternsOf(parts, 5), ['', 'a', 'b', '-', '^', '5', 'ca']);
    expect(wrong).toEqual([]);
    expect(Math.min(counts.same, counts.refused)).toBeGreaterThan(1_000);
  });

  test('of counts', () => {
    const parts = ['a', '{', '}', ',', '0', '1', '2', '?'];
    const { wrong, ...counts } = compare(patternsOf(parts, 5), ['', 'a', 'aa', 'aaa', '{', ',1']);
    expect(wrong).toEqual([]);
    expect(Math.min(counts.same, counts.refused)).toBeGreaterThan(900);
  });

  test('of what may come after a question mark in a group', () => {
    const parts = ['(?', ':', '=', '!', '<', '>', 'x', '1', '$', ')'];
    const { wrong, ...counts } = compare(patternsOf(parts, 4), ['', 'x', '1x', ':']);
    expect(wrong).toEqual([]);
    expect(Math.min(counts.same, counts.leftOut)).toBeGreaterThan(30);
  });
});

describe('QU-10: every escape means what it means in JavaScript', () => {
  /** ASCII, what spaces and words have beyond it, and the ends. */
  const CHARACTERS = [
    ...Array.from({ length: 0x180 }, (_, point) => point),
    ...[
      0x1680,
      0x2000,
      0x2028,
      0x2029,
      0x202f,
      0x205f,
      0x212a,
      0x3000,
      0xfeff,
      0xd800,
      0xdfff,
      0x1f600,
      MAX_CODE_POINT,
    ],
  ].map((point) => String.fromCodePoint(point));
  const ASCII = Array.from({ length: 0x80 }, (_, point) => String.fromCharCode(point));

  test.each([false, true])('of one ASCII character, in a class and outside; letter case aside: %s', (ci) => {
    // What reads more than one character has tests of its own.
    const single = ASCII.filter((character) => !'cxu'.includes(character));
    const outside = compare(
      single.map((character) => `^\\${character}$`),
      CHARACTERS,
      ci,
    );
    expect(outside.wrong).toEqual([]);
    expect(outside.leftOut).toBe(0);
    const inside = compare(
      single.flatMap((character) => [`^[\\${character}]$`, `^[^\\${character}]$`, `^[${character}]$`]),
      CHARACTERS,
      ci,
    );
    expect(inside.wrong).toEqual([]);
    expect(Math.min(inside.same, inside.refused, outside.same, outside.refused)).toBeGreaterThan(20);
  });

  test('of control letters, either case, and of nothing else', () => {
    const { wrong, same, refused } = compare(
      ASCII.flatMap((character) => [`^\\c${character}$`, `^[\\c${character}]$`]),
      CHARACTERS.slice(0, 0x80),
    );
    expect(wrong).toEqual([]);
    expect([same, refused]).toEqual([104, 152]);
  });

  test('of two hexadecimal digits, each', () => {
    for (let point = 0; point < 0x100; point += 1) {
      const digits = point.toString(16).padStart(2, '0');
      for (const written of [digits, digits.toUpperCase()]) {
        const finds = compileRegex(`^\\x${written}$`, false);
        expect([written, CHARACTERS.slice(0, 0x100).filter(finds)]).toEqual([written, [String.fromCharCode(point)]]);
      }
    }
  });

  test.each<[string, number]>([
    ['\\u0041', 0x41],
    ['\\uABCD', 0xabcd],
    ['\\uabcd', 0xabcd],
    ['\\uFFFF', 0xffff],
    ['\\uD83D', 0xd83d],
    ['\\uDE00', 0xde00],
    ['\\uD800\\uDC00', 0x10000],
    ['\\uD83D\\uDE00', 0x1f600],
    ['\\uDBFF\\uDFFF', MAX_CODE_POINT],
    ['\\u{0}', 0],
    ['\\u{41}', 0x41],
    ['\\u{000000000041}', 0x41],
    ['\\u{1f600}', 0x1f600],
    ['\\u{1F600}', 0x1f600],
    ['\\u{10FFFF}', MAX_CODE_POINT],
  ])('%s is one character', (escape, point) => {
    const character = String.fromCodePoint(point);
    for (const pattern of [`^${escape}$`, `^[${escape}]$`, `^[${escape}-${escape}]$`]) {
      expect(compileRegex(pattern, false)(character)).toBe(true);
      expect(new RegExp(pattern, 'u').test(character)).toBe(true);
      expect(compileRegex(pattern, false)(`${character}x`)).toBe(false);
      for (const near of [point - 1, point + 1].filter((one) => one >= 0 && one <= MAX_CODE_POINT)) {
        expect(compileRegex(pattern, false)(String.fromCodePoint(near))).toBe(false);
      }
    }
  });

  test.each([
    '\\u004',
    '\\u{41',
    '\\u{}',
    '\\u{g}',
    '\\u{110000}',
    '\\u{4 1}',
    '\\x',
    '\\x4',
    '\\x4g',
    '\\c',
    '\\cé',
    '\\u{-1}',
  ])('%s is none, there and here', (pattern) => {
    expect(native(pattern, false)).toBeNull();
    expect(checkRegex(pattern, false, 1_000).ok).toBe(false);
    expect(checkRegex(`[${pattern}]`, false, 1_000).ok).toBe(false);
  });

  test('two halves are one character where they are written together, as escapes or not', () => {
    const { wrong, same } = compare(
      [
        '^\\uD83D\\uDE00{2}$',
        '^[\\uD83D\\uDE00]{2}$',
        '^\u{1F600}{2}$',
        '^[\u{1F600}]{2}$',
        '^[^\\uD83D]{2}$',
        '^.{2}$',
      ],
      ['\u{1F600}\u{1F600}', '\u{1F600}', '\u{1F600}\uDE00', '\uD83D\u{1F600}', '\uDE00\uD83D'],
    );
    expect(wrong).toEqual([]);
    expect(same).toBe(6);
  });
});
