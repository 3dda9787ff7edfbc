import { describe, expect, test } from 'vitest';
import { setOf, type CharacterSet, type CodePointRange } from './character-set.js';
import { checkRegex } from './compile-regex.js';
import { parseRegex } from './parse-regex.js';
import { PatternReader } from './pattern-reader.js';
import type { RegexNode } from './regex-node.js';
import { choice, repeat, sequence } from './small-regex.arbitrary.js';

const read = (pattern: string, caseInsensitive = false): RegexNode => {
  const node = parseRegex(pattern, caseInsensitive);
  if (!node.ok) throw new Error(node.error.reason);
  return node.value;
};
const reasonOf = (pattern: string): string | null => {
  const node = parseRegex(pattern, false);
  return node.ok ? null : node.error.reason;
};

const characters = (set: CharacterSet): RegexNode => ({ type: 'characters', set });
const one = (character: string): RegexNode =>
  characters(setOf([[character.codePointAt(0)!, character.codePointAt(0)!]]));
const [a, b, c] = [one('a'), one('b'), one('c')];
const start: RegexNode = { type: 'place', place: 'start' };
const end: RegexNode = { type: 'place', place: 'end' };
const edge: RegexNode = { type: 'place', place: 'word-edge' };

describe('QU-10: what binds how', () => {
  test.each<[string, RegexNode]>([
    ['', sequence()],
    ['a', a],
    ['ab', sequence(a, b)],
    ['a|b', choice(a, b)],
    ['a|b|c', choice(a, b, c)],
    ['ab|c', choice(sequence(a, b), c)],
    ['a|', choice(a, sequence())],
    ['|', choice(sequence(), sequence())],
    ['ab*', sequence(a, repeat(b, 0, Infinity))],
    ['(ab)*', repeat(sequence(sequence(a, b)), 0, Infinity)],
    ['(?:ab)*', repeat(sequence(sequence(a, b)), 0, Infinity)],
    ['(?<name>a)', sequence(a)],
    ['(?<$_ä1>a)', sequence(a)],
    ['()', sequence(sequence())],
    ['((a))', sequence(sequence(a))],
    ['(a|b)c', sequence(sequence(choice(a, b)), c)],
    ['a(|b)', sequence(a, sequence(choice(sequence(), b)))],
    ['^a$', sequence(start, a, end)],
    ['^|$', choice(start, end)],
    ['(^)*', repeat(sequence(start), 0, Infinity)],
    ['\\ba', sequence(edge, a)],
    ['\\B', { type: 'place', place: 'not-word-edge' }],
  ])('%j', (pattern, tree) => {
    expect(read(pattern)).toEqual(tree);
  });

  test.each<[string, number, number]>([
    ['a*', 0, Infinity],
    ['a+', 1, Infinity],
    ['a?', 0, 1],
    ['a{0}', 0, 0],
    ['a{3}', 3, 3],
    ['a{03}', 3, 3],
    ['a{2,}', 2, Infinity],
    ['a{2,4}', 2, 4],
    ['a{2,2}', 2, 2],
    ['a{0,10}', 0, 10],
    [`a{1,${'9'.repeat(400)}}`, 1, Infinity],
  ])('%s repeats, lazily or not', (pattern, min, max) => {
    expect(read(pattern)).toEqual(repeat(a, min, max));
    expect(read(`${pattern}?`)).toEqual(repeat(a, min, max));
    expect(reasonOf(`${pattern}??`)).toMatch(/repeats nothing/);
    expect(reasonOf(`${pattern}*`)).toMatch(/repeats nothing/);
    expect(reasonOf(`^${pattern.slice(1)}`)).toMatch(/repeats a place/);
    expect(reasonOf(`a|${pattern.slice(1)}`)).toMatch(/repeats nothing/);
  });
});

describe('QU-10: what a class holds', () => {
  const digits: CodePointRange = [0x30, 0x39];
  test.each<[string, readonly CodePointRange[], boolean]>([
    ['[]', [], false],
    ['[^]', [], true],
    ['[a]', [[0x61, 0x61]], false],
    ['[^a]', [[0x61, 0x61]], true],
    ['[ba]', [[0x61, 0x62]], false],
    ['[aa]', [[0x61, 0x61]], false],
    ['[a-c]', [[0x61, 0x63]], false],
    ['[a-a]', [[0x61, 0x61]], false],
    ['[a-cb-e]', [[0x61, 0x65]], false],
    [
      '[a^]',
      [
        [0x5e, 0x5e],
        [0x61, 0x61],
      ],
      false,
    ],
    [
      '[-a]',
      [
        [0x2d, 0x2d],
        [0x61, 0x61],
      ],
      false,
    ],
    [
      '[a-]',
      [
        [0x2d, 0x2d],
        [0x61, 0x61],
      ],
      false,
    ],
    ['[-]', [[0x2d, 0x2d]], false],
    ['[--]', [[0x2d, 0x2d]], false],
    ['[---]', [[0x2d, 0x2d]], false],
    ['[+--]', [[0x2b, 0x2d]], false],
    [
      '[a-c-e]',
      [
        [0x2d, 0x2d],
        [0x61, 0x63],
        [0x65, 0x65],
      ],
      false,
    ],
    ['[^-]', [[0x2d, 0x2d]], true],
    ['[^^]', [[0x5e, 0x5e]], true],
    ['[\\d]', [digits], false],
    ['[\\dx]', [digits, [0x78, 0x78]], false],
    ['[\\d-]', [[0x2d, 0x2d], digits], false],
    ['[\\b]', [[8, 8]], false],
    ['[\\t-\\r]', [[9, 0x0d]], false],
    ['[\\]]', [[0x5d, 0x5d]], false],
    ['[[]', [[0x5b, 0x5b]], false],
    [
      '[.*+?(){}|$]',
      [
        [0x24, 0x24],
        [0x28, 0x2b],
        [0x2e, 0x2e],
        [0x3f, 0x3f],
        [0x7b, 0x7d],
      ],
      false,
    ],
    ['[\\x41-\\u0043]', [[0x41, 0x43]], false],
    ['[\u{1F600}-\u{1F602}]', [[0x1f600, 0x1f602]], false],
    ['[\\d\\D]', [[0, 0x10ffff]], false],
    [
      '[\\D]',
      [
        [0, 0x2f],
        [0x3a, 0x10ffff],
      ],
      false,
    ],
  ])('%s', (pattern, ranges, negated) => {
    expect(read(pattern)).toEqual(characters({ ranges, negated }));
  });

  test('not of words are, letter case aside, not what folds to a letter of words either', () => {
    const has = (set: RegexNode, point: number): boolean =>
      set.type === 'characters' &&
      set.set.ranges.some(([first, last]) => first <= point && point <= last) !== set.set.negated;
    for (const folded of [0x17f, 0x212a]) {
      expect([has(read('\\W'), folded), has(read('\\W', true), folded)]).toEqual([true, false]);
      expect([has(read('[\\W]'), folded), has(read('[\\W]', true), folded)]).toEqual([true, false]);
    }
  });
});

describe('QU-10: the error says what is wrong first', () => {
  test.each<[string, RegExp]>([
    ['(a', /group that does not end/],
    ['(', /group that does not end/],
    ['(a|', /group that does not end/],
    ['a)(', /not opened/],
    ['[a-\\', /unknown escape/],
    ['[a-z', /class that does not end/],
    ['[z-a', /range whose end comes before/],
    ['[a-\\d]', /more than two/],
    ['(?<a>.)(?<a>.)', /two groups of the same name/],
    ['(?<a>.)|(?<a>.)', /two groups of the same name/],
    ['(?<', /unknown kind/],
    ['(?<a', /unknown kind/],
    ['(?<a-b>x)', /unknown kind/],
    ['(?', /unknown kind/],
    ['(?a)', /unknown kind/],
    ['a{1', /\{ without a count/],
    ['a{1,2', /\{ without a count/],
    ['a{1,b}', /\{ without a count/],
    ['a{ 1}', /\{ without a count/],
    ['a{3,2}', /count whose end/],
    ['\\b{2}', /repeats a place/],
    ['a]', /\] alone; write \\\]/],
    ['a}', /\} alone; write \\\}/],
  ])('%s', (pattern, reason) => {
    expect(reasonOf(pattern)).toMatch(reason);
  });
});

describe('QU-10: how long an expression may be, written out', () => {
  test.each([
    ['a{999}', 'a{1000}'],
    ['(?:ab){499}a', '(?:ab){500}'],
    ['(?:a?){499}a', '(?:a?){500}'],
    ['a{997,}', 'a{998,}'],
    ['(?:a{30}){33}b{9}', '(?:a{30}){33}b{10}'],
  ])('%s is 1,000 steps or less, %s is more', (fitting, longer) => {
    expect(checkRegex(fitting, false, 1_000).ok).toBe(true);
    const checked = checkRegex(longer, false, 1_000);
    expect(checked.ok ? '' : checked.error.reason).toBe('counts too far: written out, it is longer than 1000 steps');
  });
});

describe('a pattern, read character by character', () => {
  const readerOf = (pattern: string): PatternReader => new PatternReader(pattern, false);

  test('has one character for two halves, and none behind its end, however often it is asked', () => {
    const reader = readerOf('a\u{1F600}');
    expect([reader.atEnd, reader.next(), reader.next(), reader.atEnd, reader.next(), reader.next()]).toEqual([
      false,
      'a',
      '\u{1F600}',
      true,
      '',
      '',
    ]);
    expect(readerOf('').atEnd).toBe(true);
  });

  test('takes a text only where it comes next as a whole', () => {
    const reader = readerOf('abc');
    expect([reader.at('ab'), reader.at('b'), reader.at('abcd'), reader.take('ac')]).toEqual([
      true,
      false,
      false,
      false,
    ]);
    expect([reader.take('ab'), reader.at('c'), reader.take('cd'), reader.take('c')]).toEqual([true, true, false, true]);
    expect([reader.at('c'), reader.take('c'), reader.atEnd]).toEqual([false, false, true]);
  });

  test('reads digits as far as they go, and says where there are none', () => {
    const reader = readerOf('120x');
    expect([reader.atDigitOtherThanZero, reader.takeNumber(), reader.takeNumber(), reader.next()]).toEqual([
      true,
      120,
      null,
      'x',
    ]);
    expect([
      readerOf('012').atDigitOtherThanZero,
      readerOf('٣').atDigitOtherThanZero,
      readerOf('').takeNumber(),
    ]).toEqual([false, false, null]);
  });

  test.each<[string, number, number | null, string]>([
    ['41', 2, 0x41, ''],
    ['4142', 2, 0x41, '4'],
    ['fFz', 2, 0xff, 'z'],
    ['4', 2, null, '4'],
    ['4g', 2, null, '4'],
    ['-1', 2, null, '-'],
    ['00ff', 4, 0xff, ''],
    ['', 4, null, ''],
  ])('of %j, %i hexadecimal digits are %s, and then comes %j', (pattern, length, number, next) => {
    const reader = readerOf(pattern);
    expect([reader.takeHex(length), reader.next()]).toEqual([number, next]);
  });

  test.each<[string, number | null]>([
    ['41}', 0x41],
    ['0}', 0],
    ['0000041}', 0x41],
    ['}', null],
    ['41', null],
    ['4g}', null],
    ['FFFFFFFFFFFFFFFFFFFF}', 2 ** 80],
  ])('of %j, the number in braces is %s', (pattern, number) => {
    expect(readerOf(pattern).takeBracedHex()).toBe(number);
  });

  test.each<[string, string]>([
    ['a>', 'a'],
    ['$1_>', '$1_'],
    ['äöü>', 'äöü'],
    ['𝒜b>', '𝒜b'],
    ['1a', ''],
    ['-', ''],
    ['', ''],
    ['a-b', 'a'],
  ])('of %j, the name is %j', (pattern, name) => {
    expect(readerOf(pattern).takeName()).toBe(name);
  });
});
