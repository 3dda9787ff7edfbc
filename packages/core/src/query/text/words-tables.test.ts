import { describe, expect, test } from 'vitest';
import { foldCase, foldCharacter } from './fold-case.js';
import { foldText } from './fold-text.js';
import { splitWords } from './split-words.js';
import { FUZZY_MIN_LENGTH, MAX_EDITS, termWeight } from './term-weight.js';
import { textOf } from './text-of.js';
import { cutTerm, TERM_LENGTH, textTerms } from './text-words.js';

const wordsOf = (text: string): string[] => [...splitWords(text)].map(({ start, end }) => text.slice(start, end));

describe('SE-2: where words are', () => {
  test.each<[string, readonly string[]]>([
    ['', []],
    ['   ', []],
    ['one', ['one']],
    [' one  two ', ['one', 'two']],
    ['one,two;three', ['one', 'two', 'three']],
    ['a-b_c', ['a', 'b', 'c']],
    ['don’t', ['don', 't']],
    ['a+b=c', ['a', 'b', 'c']],
    ['5€ $6', ['5', '6']],
    ['x^2', ['x', '2']],
    ['3.14', ['3', '14']],
    ['tab\tand\nline', ['tab', 'and', 'line']],
    ['no\u00a0break', ['no', 'break']],
    ['“quoted”', ['quoted']],
    ['(brackets)', ['brackets']],
    ['mail@example.org', ['mail', 'example', 'org']],
    ['👍 good👍', ['👍', 'good👍']],
    ['Straße', ['Straße']],
    ['ЧАЙ чай', ['ЧАЙ', 'чай']],
    ['नमस्ते दुनिया', ['नमस्ते', 'दुनिया']],
    ['a\ud83d b', ['a', 'b']],
    ['½ ²', ['½', '²']],
  ])('%j has %j', (text, words) => {
    expect(wordsOf(text)).toEqual(words);
  });

  test('of scripts without spaces they are what the dictionary has, and nothing between them is lost', () => {
    for (const text of ['我喜欢喝牛奶', 'パンと牛乳を買う', 'ฉันชอบดื่มนม', '日本']) {
      const words = wordsOf(text);
      expect(words.join('')).toBe(text);
      expect(words.length).toBeGreaterThanOrEqual(1);
    }
    expect(wordsOf('milk牛乳').join('')).toBe('milk牛乳');
    expect(wordsOf('milk 牛乳')[0]).toBe('milk');
  });
});

describe('SE-2: words as they are looked up', () => {
  test.each<[string, string]>([
    ['', ''],
    ['Milk', 'milk'],
    ['MILK', 'milk'],
    ['Café', 'cafe'],
    ['Cafe\u0301', 'cafe'],
    ['ÀÉÎÕÜ', 'aeiou'],
    ['Straße', 'strasse'],
    ['STRASSE', 'strasse'],
    ['Ærø', 'aero'],
    ['Łódź', 'lodz'],
    ['þing', 'thing'],
    ['ırmak', 'irmak'],
    ['İstanbul', 'istanbul'],
    ['ΣΊΣΥΦΟΣ', 'σισυφοσ'],
    ['σίσυφος', 'σισυφοσ'],
    ['Ёлка', 'елка'],
    ['ｍｉｌｋ', 'milk'],
    ['ﬁsh', 'fish'],
    ['so\u00adft', 'soft'],
    ['a\u200db', 'ab'],
    ['שָׁלוֹם', 'שלום'],
    ['مُحَمَّد', 'محمد'],
    ['हिन्दी', 'हिन्दी'],
    ['が', 'が'],
    ['か', 'か'],
    ['②', '2'],
    ['½', '1⁄2'],
    ['Å', 'a'],
  ])('%j is looked up as %j', (word, folded) => {
    expect(foldText(word)).toBe(folded);
    expect(foldText(folded)).toBe(folded);
  });

  test('each letter of the scripts that have case is looked up as its other case is, but for letters of which a capital is two', () => {
    const scripts = [
      [0x41, 0x5a],
      [0xc0, 0xde],
      [0x391, 0x3a9],
      [0x410, 0x42f],
      [0x531, 0x556],
    ] as const;
    for (const [first, last] of scripts) {
      for (let point = first; point <= last; point += 1) {
        const letter = String.fromCodePoint(point);
        if (letter === '×' || letter === String.fromCodePoint(0x3a2)) continue;
        expect([letter, foldText(letter.toLowerCase())]).toEqual([letter, foldText(letter)]);
      }
    }
  });

  test('64 characters of a word count, and not more', () => {
    const word = 'a'.repeat(TERM_LENGTH);
    expect([cutTerm(word), cutTerm(`${word}b`), cutTerm('')]).toEqual([word, word, '']);
    expect(textTerms(`${word}b ${'é'.repeat(70)}`)).toEqual([word, 'e'.repeat(TERM_LENGTH)]);
    // What is two letters when it is folded counts as two.
    expect(textTerms('ß'.repeat(40))).toEqual(['s'.repeat(TERM_LENGTH)]);
  });
});

describe('QU-9: letter case aside', () => {
  test.each<[string, string]>([
    ['', ''],
    ['AbC', 'abc'],
    ['É', 'é'],
    ['ΣΊΣΥΦΟΣ', 'σίσυφοσ'],
    ['ς', 'σ'],
    ['aς', 'aσ'],
    ['aaς', 'aaσ'],
    ['ß', 'ß'],
    ['ẞ', 'ß'],
    ['SS', 'ss'],
    ['ſ', 's'],
    ['K', 'k'],
    ['Å', 'å'],
    ['ı', 'ı'],
    ['I', 'i'],
    ['ﬁ', 'ﬁ'],
    ['\u{10400}', '\u{10428}'],
    ['Ǆ ǅ ǆ', 'ǆ ǆ ǆ'],
    ['\ud83d', '\ud83d'],
    ['Ж日\u{1F600}', 'ж日\u{1F600}'],
  ])('%j is %j', (text, folded) => {
    expect(foldCase(text)).toBe(folded);
    expect(Array.from(text, foldCharacter).join('')).toBe(folded);
  });
});

describe('SE-5, SE-9: how well a word stands for another, for every two of a small alphabet', () => {
  /** Every word of these letters of at most so many. */
  const WORDS: readonly string[] = (() => {
    let last = [''];
    const all: string[] = [];
    for (let i = 0; i < 5; i += 1) {
      last = last.flatMap((word) => ['a', 'b'].map((letter) => word + letter));
      all.push(...last);
    }
    return all;
  })();

  /** How many changes, insertions and removals there are between two words: by the definition. */
  const known = new Map<string, number>();
  function distance(a: string, b: string): number {
    if (a === '' || b === '') return a.length + b.length;
    const pair = `${a} ${b}`;
    let found = known.get(pair);
    if (found === undefined) {
      const changed = distance(a.slice(1), b.slice(1)) + (a[0] === b[0] ? 0 : 1);
      found = Math.min(changed, distance(a.slice(1), b) + 1, distance(a, b.slice(1)) + 1);
      known.set(pair, found);
    }
    return found;
  }

  test.each([0, 1, 2, 3, 0.2, 0.5, 0.9])('with a tolerance of %s', (fuzzy) => {
    for (const prefix of [true, false]) {
      const wrong: string[] = [];
      for (const wanted of WORDS) {
        const weight = termWeight(wanted, { prefix, fuzzy });
        const share = fuzzy < 1 ? Math.min(MAX_EDITS, Math.round(wanted.length * fuzzy)) : fuzzy;
        const allowed = wanted.length < FUZZY_MIN_LENGTH ? 0 : share;
        for (const term of WORDS) {
          const apart = distance(wanted, term);
          const further = term.length - wanted.length;
          let expected = 0;
          if (term === wanted) expected = 1;
          else if (prefix && term.startsWith(wanted)) expected = (0.375 * term.length) / (term.length + 0.3 * further);
          else if (apart <= allowed) expected = (0.45 * term.length) / (term.length + apart);
          if (weight(term) !== expected || weight(term) !== expected) wrong.push(`${wanted} ${term}`);
        }
      }
      expect([prefix, wrong.slice(0, 5)]).toEqual([prefix, []]);
    }
  });

  test('no other word stands for one as well as itself, and one that goes on never as well as one that goes on less', () => {
    for (const wanted of WORDS) {
      const weight = termWeight(wanted, { prefix: true, fuzzy: 0.2 });
      expect(WORDS.filter((term) => term !== wanted && weight(term) >= weight(wanted))).toEqual([]);
      expect(weight(`${wanted}a`)).toBeGreaterThan(weight(`${wanted}ab`));
      expect(weight(`${wanted}${'a'.repeat(50)}`)).toBeGreaterThan(0);
    }
  });
});

describe('QU-19: the text of a value', () => {
  test.each<[Parameters<typeof textOf>[0], string | undefined]>([
    ['a b', 'a b'],
    ['', ''],
    [7, '7'],
    [-0.5, '-0.5'],
    [0, '0'],
    [1e21, '1e+21'],
    [['a', 'b'], 'a\nb'],
    [['a', 7, null, true, ['b'], { c: 'd' }], 'a\n7'],
    [[''], ''],
    [[], undefined],
    [[null], undefined],
    [undefined, undefined],
    [null, undefined],
    [true, undefined],
    [{ a: 'b' }, undefined],
    [new Uint8Array([65]), undefined],
  ])('of %j is %j', (value, text) => {
    expect(textOf(value)).toBe(text);
  });
});
