import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { foldText } from './fold-text.js';
import { splitWords } from './split-words.js';
import { FUZZY_MIN_LENGTH, MAX_EDITS, termWeight } from './term-weight.js';
import { textOf } from './text-of.js';
import { eachTerm, TERM_LENGTH, textTerms } from './text-words.js';

describe('SE-2: the terms of a text', () => {
  test.each<[string, readonly string[]]>([
    ['', []],
    [' \t\n', []],
    ['Hello, World!', ['hello', 'world']],
    ['a-b_c.d/e', ['a', 'b', 'c', 'd', 'e']],
    ['1+1=2', ['1', '1', '2']],
    ['x2 3y', ['x2', '3y']],
    ['Café CAFE ｃａｆé', ['cafe', 'cafe', 'cafe']],
    ['Straße Ærø Łódź', ['strasse', 'aero', 'lodz']],
    ['ΣΑΣ σας', ['σασ', 'σασ']],
    ['ﬁne ﬀ', ['fine', 'ff']],
    ['co\u00adop a\u200db', ['coop', 'ab']],
    ['שָׁלוֹם', ['שלום']],
    ['€5 $6', ['5', '6']],
    ['\u{1F600} ok', ['\u{1F600}', 'ok']],
    ['क्षि', ['क्षि']],
    ['\ud83d', []],
  ])('of %j', (text, terms) => {
    expect(textTerms(text)).toEqual(terms);
  });

  test('of ASCII, which are read another way, are those that any other text would have', () => {
    const ascii = fc.string({
      unit: fc.integer({ min: 0, max: 127 }).map((code) => String.fromCharCode(code)),
      maxLength: 40,
    });
    fc.assert(
      fc.property(ascii, (text) => {
        expect([...textTerms(text), 'e']).toEqual(textTerms(`${text} é`));
      }),
      { numRuns: 500 },
    );
    for (let code = 0; code < 128; code += 1) {
      const text = `a${String.fromCharCode(code)}B`;
      expect([code, [...textTerms(text), 'e']]).toEqual([code, textTerms(`${text} é`)]);
    }
  });

  test('are the same one by one, however many texts are read side by side and in whatever script', () => {
    const piece = fc.constantFrom(
      ...[
        'milk',
        'É',
        'e\u0301\u0302',
        '\u{1F468}\u200d\u{1F469}\u200d\u{1F467} ',
        '\u{1F44D}\u{1F3FD}',
        '\ud83d',
        '\udc00',
      ],
      ...[
        '日本語の文章を検索する',
        'が',
        'か\u3099',
        '\u{20000}',
        'ภาษาไทย',
        'ﬁ',
        '\ufdfa',
        ' ',
        '。',
        'שָׁ',
        '한국어 ',
        '\n',
      ],
    );
    const texts = fc.array(fc.array(piece, { maxLength: 60 }), { minLength: 2, maxLength: 4 });
    fc.assert(
      fc.property(texts, fc.infiniteStream(fc.nat(3)), (lists, turns) => {
        const whole = lists.map((list) => list.join(''));
        const reading = whole.map((text) => eachTerm(text)[Symbol.iterator]());
        const read: string[][] = whole.map(() => []);
        let left = new Set(whole.keys());
        for (const turn of turns) {
          if (left.size === 0) break;
          const which = [...left][turn % left.size] as number;
          const next = (reading[which] as Iterator<string>).next();
          if (next.done === true) left = new Set([...left].filter((other) => other !== which));
          else read[which]?.push(next.value);
        }
        expect(read).toEqual(whole.map(textTerms));
      }),
      { numRuns: 200 },
    );
  });

  test('of Chinese characters, kana and syllables of Korean, which are taken as they are, are what any other way to fold them gives', () => {
    const folded = (word: string): string => foldText(`${word}\u00ad`);
    const ranges = [
      [0x4e00, 0x9fff],
      [0x3041, 0x3096],
      [0x30a1, 0x30fa],
      [0x30fc, 0x30fc],
      [0xac00, 0xd7a3],
    ] as const;
    const all = ranges.flatMap(([from, to]) =>
      Array.from({ length: to - from + 1 }, (_, i) => String.fromCharCode(from + i)),
    );
    expect(all.filter((one) => foldText(one) !== folded(one) || foldText(one) !== one)).toEqual([]);
    // Beside them lie signs that are composed with them, or are something else.
    const signs = ['\u3099', '\u309a', '\u3097', '\u30fb', 'ｶ', 'ﾞ', '\u1161', '\u11a8', '\uf900'];
    const near = fc.constantFrom('文', 'か', 'が', 'は', 'パ', 'ウ', 'ー', '가', '각', ...signs);
    fc.assert(
      fc.property(fc.array(near, { maxLength: 8 }), (list) => {
        expect(foldText(list.join(''))).toBe(folded(list.join('')));
      }),
      { numRuns: 2_000 },
    );
  });

  test('are cut where they are long, and are what is left of them folded again', () => {
    for (const letter of ['a', 'é', 'B']) {
      for (const length of [TERM_LENGTH - 1, TERM_LENGTH, TERM_LENGTH + 1, 3 * TERM_LENGTH]) {
        const [term] = textTerms(`${letter.repeat(length)} x`);
        expect(term).toBe(foldText(letter).repeat(Math.min(length, TERM_LENGTH)));
      }
    }
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 20 }), (text) => {
        for (const term of textTerms(text)) expect(foldText(foldText(term))).toBe(foldText(term));
      }),
    );
  });

  test('lie in order, apart from each other, and leave out nothing but what parts words', () => {
    const texts = fc.string({
      unit: fc.constantFrom('a', 'é', ' ', '.', '日', '本', 'ไ', '\u{1F600}', '$', '\n'),
      maxLength: 15,
    });
    fc.assert(
      fc.property(texts, (text) => {
        let at = 0;
        for (const { start, end } of splitWords(text)) {
          expect(start).toBeGreaterThanOrEqual(at);
          expect(end).toBeGreaterThan(start);
          expect(text.slice(at, start)).toMatch(/^[ .$\n]*$/);
          expect(text.slice(start, end)).not.toMatch(/[ .$\n]/);
          at = end;
        }
        expect(text.slice(at)).toMatch(/^[ .$\n]*$/);
      }),
    );
  });

  test('of a value: strings, numbers, and those of a list, a line each', () => {
    const of: readonly (readonly [Parameters<typeof textOf>[0], string | undefined])[] = [
      ['a', 'a'],
      ['', ''],
      [5, '5'],
      [-0.5, '-0.5'],
      [['a', 5, null, ['b'], { c: 'd' }, true, ''], 'a\n5\n'],
      [[], undefined],
      [[null], undefined],
      [null, undefined],
      [true, undefined],
      [{ a: 'b' }, undefined],
      [Uint8Array.of(97), undefined],
      [undefined, undefined],
    ];
    for (const [value, text] of of) expect([value, textOf(value)]).toEqual([value, text]);
    expect(textTerms(textOf(['ab', 'cd'])!)).toEqual(['ab', 'cd']);
  });
});

/** By its definition, without a table. */
function distance(a: string, b: string): number {
  if (a === '' || b === '') return a.length + b.length;
  const rest = distance(a.slice(1), b.slice(1));
  if (a[0] === b[0]) return rest;
  return 1 + Math.min(rest, distance(a.slice(1), b), distance(a, b.slice(1)));
}

describe('SE-5, SE-9: how well a term stands for another', () => {
  const exact = { prefix: false, fuzzy: 0 };
  const weight = (wanted: string, term: string, tolerance = exact): number => termWeight(wanted, tolerance)(term);

  test('itself wholly, whatever is tolerated, and without tolerance no other at all', () => {
    for (const tolerance of [exact, { prefix: true, fuzzy: 0 }, { prefix: true, fuzzy: 3 }])
      expect(weight('milk', 'milk', tolerance)).toBe(1);
    for (const other of ['', 'mil', 'milks', 'silk', 'MILK']) expect(weight('milk', other)).toBe(0);
  });

  test('one that goes on less the longer it goes on, and one that only ends so not at all', () => {
    const going = ['milk', 'milks', 'milkshake', 'milkshakemachines'].map((term) =>
      weight('milk', term, { prefix: true, fuzzy: 0 }),
    );
    expect(going).toEqual([...going].sort((a, b) => b - a));
    expect(going.every((each, i) => each > 0 && (i === 0) === (each === 1))).toBe(true);
    expect(weight('milk', 'milks', { prefix: true, fuzzy: 0 })).toBeCloseTo((0.375 * 5) / 5.3, 12);
    expect(weight('milk', 'oatmilk', { prefix: true, fuzzy: 0 })).toBe(0);
  });

  test('one that differs by so many edits as are tolerated, and by no more', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: FUZZY_MIN_LENGTH, maxLength: 6 });
    const others = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 7 });
    fc.assert(
      fc.property(letters, others, fc.integer({ min: 1, max: MAX_EDITS }), (wanted, term, edits) => {
        const away = distance(wanted, term);
        const expected = away === 0 ? 1 : away > edits ? 0 : (0.45 * term.length) / (term.length + away);
        expect(weight(wanted, term, { prefix: false, fuzzy: edits })).toBeCloseTo(expected, 12);
      }),
      { numRuns: 300 },
    );
  });

  test('a share is one of the length that is wanted, rounded, and never of short words', () => {
    const taken = (wanted: string, fuzzy: number): number => {
      const of = termWeight(wanted, { prefix: false, fuzzy });
      return [1, 2, 3, 4].filter((edits) => of(`${'x'.repeat(edits)}${wanted}`) > 0).length;
    };
    expect([taken('abc', 0.5), taken('abcd', 0.1), taken('abcd', 0.125), taken('abcd', 0.25)]).toEqual([0, 0, 1, 1]);
    expect([taken('abcde', 0.2), taken('abcde', 0.3), taken('abcdefghij', 0.2)]).toEqual([1, 2, 2]);
    expect([taken('abcdefghijklmnopqrst', 0.9), taken('abcdefghijklmnopqrst', 0.15)]).toEqual([3, 3]);
    expect([taken('abcd', 2), taken('abc', 2)]).toEqual([2, 0]);
  });

  test('says the same again, of however many terms it was asked meanwhile', () => {
    const of = termWeight('milk', { prefix: true, fuzzy: 2 });
    const asked = ['silk', 'mill', 'milks', 'bread', 'a word that is long'];
    const first = asked.map(of);
    for (let i = 0; i < 10_000; i += 1) of(`t${i}`);
    expect(asked.map(of)).toEqual(first);
  });
});

describe('SE-2: a text without spaces', () => {
  const sentences = [
    '日本語の文章を検索するときは単語の境界がわからないので辞書を使います',
    '全文搜索是指计算机程序通过扫描文章中的每一个词对每一个词建立一个索引指明该词在文章中出现的次数和位置',
    'ภาษาไทยเป็นภาษาที่มีระดับเสียงของคำแน่นอนหรือวรรณยุกต์เช่นเดียวกับภาษาจีน',
  ];
  const whole = (text: string): number[] =>
    Array.from(new Intl.Segmenter('en', { granularity: 'word' }).segment(text), ({ index }) => index);

  test('has the words that it has as a whole, however long it is and wherever in it they lie', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...sentences),
        fc.nat(80),
        fc.integer({ min: 1, max: 30 }),
        (sentence, from, times) => {
          const text = sentence.slice(from % sentence.length) + sentence.repeat(times);
          const words = [...splitWords(text)];
          expect(words.map(({ start }) => start)).toEqual(whole(text));
          expect(words.map(({ start, end }) => text.slice(start, end)).join('')).toBe(text);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('of one character is not given to it: it is a word', () => {
    const { segment } = Intl.Segmenter.prototype;
    let asked = 0;
    Intl.Segmenter.prototype.segment = function (input) {
      asked++;
      return segment.call(this, input);
    };
    try {
      for (const character of ['文', '\u{20000}', 'ไ', 'カ', '\u0e48']) {
        expect(Array.from(splitWords(`${character} a`), ({ start, end }) => [start, end])).toEqual([
          [0, character.length],
          [character.length + 1, character.length + 2],
        ]);
        expect([...segment.call(new Intl.Segmenter('en', { granularity: 'word' }), character)]).toHaveLength(1);
      }
      expect(asked).toBe(0);
    } finally {
      Intl.Segmenter.prototype.segment = segment;
    }
  });

  test('of one word that never ends is read to its end', () => {
    for (const text of ['ー'.repeat(5_000), '\u{20000}'.repeat(5_000), `คำ${'\u0e48'.repeat(2_000)}`]) {
      expect([...splitWords(text)].map(({ start, end }) => text.slice(start, end)).join('')).toBe(text);
    }
  });

  test('is given to the dictionary in stretches of a bounded length, which overlap a little', () => {
    const text = (sentences[0] as string).repeat(100);
    const { segment } = Intl.Segmenter.prototype;
    const lengths: number[] = [];
    Intl.Segmenter.prototype.segment = function (input) {
      lengths.push(input.length);
      return segment.call(this, input);
    };
    try {
      expect([...splitWords(text)].length).toBeGreaterThan(1_000);
    } finally {
      Intl.Segmenter.prototype.segment = segment;
    }
    expect(Math.max(...lengths)).toBe(256);
    expect(lengths.reduce((a, b) => a + b, 0)).toBeLessThan(text.length * 1.5);
  });
});
