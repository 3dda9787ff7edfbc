import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { SEARCH_LIMITS } from './search-limits.js';
import { definedAs } from './searched-world.arbitrary.js';
import { TextTerms } from './text-terms.js';

const words = new TextTerms(definedAs({ fields: ['title'] }));

describe('SE-2: the words of a text', () => {
  test.each<[what: string, text: string, words: readonly string[]]>([
    ['of nothing', '', []],
    ['of blanks of all kinds', ' \t\n\u00a0\u2003\u3000', []],
    ['of signs alone', '!?… — (“”) $ + €', []],
    ['between blanks of all kinds', 'oat\tmilk\u00a0bread\u3000rye', ['oat', 'milk', 'bread', 'rye']],
    [
      'between ends of lines',
      'oat\nmilk\r\nbread\u2028rye\u2029bran\u0085end',
      ['oat', 'milk', 'bread', 'rye', 'bran', 'end'],
    ],
    ['between punctuation', 'oat-milk, (bread); rye/bran: “end”', ['oat', 'milk', 'bread', 'rye', 'bran', 'end']],
    ['apart at apostrophes of both kinds', "don't l’eau", ['don', 't', 'l', 'eau']],
    ['apart at signs of mathematics and money', '3+4=7 5€ £6', ['3', '4', '7', '5', '6']],
    ['apart at underscores', 'snake_case __proto__', ['snake', 'case', 'proto']],
    ['apart at what is not written', 'oat\0milk\u0007bread\u001frye\u007fend', ['oat', 'milk', 'bread', 'rye', 'end']],
    ['as often as they occur', 'milk MILK milk', ['milk', 'milk', 'milk']],
    ['with digits in them', 'mp3 2nd 007', ['mp3', '2nd', '007']],
    ['of numbers apart at their points', '1.5 10,000', ['1', '5', '10', '000']],
    ['of addresses', 'Mail x.y@example.com!', ['mail', 'x', 'y', 'example', 'com']],
    ['of patterns', '.*(a+)+$ [^b]{1,}|c?', ['a', 'b', '1', 'c']],
    ['of tags', '<b class="x">milk</b>', ['b', 'class', 'x', 'milk', 'b']],
    ['without accents', 'Crème Brûlée Ångström Żółć', ['creme', 'brulee', 'angstrom', 'zolc']],
    ['without accents that stand beside', 'cre\u0300me', ['creme']],
    ['with letters that people type in two', 'Straße Ærø Œuvre Þing', ['strasse', 'aero', 'oeuvre', 'thing']],
    ['with letters that people type as others', 'Łódź Đà Ísafjörður ħal', ['lodz', 'da', 'isafjordur', 'hal']],
    ['with the Turkish i, with a point and without', 'İstanbul ılık IŞIK', ['istanbul', 'ilik', 'isik']],
    ['with the Greek s at the end of a word', 'ΟΔΟΣ οδός', ['οδοσ', 'οδοσ']],
    ['in wide letters and in narrow ones', 'ｍｉｌｋ ﾊﾟﾝ', ['milk', 'パン']],
    ['with ligatures taken apart', 'oﬃce ﬁn', ['office', 'fin']],
    ['with what is small or in a circle', 'm² ①②', ['m2', '12']],
    ['without what is not seen', 'co\u00adop zero\u200bwidth a\u2060b', ['coop', 'zerowidth', 'ab']],
    ['without marks of direction', '\u202emilk\u202c \u2067oat\u2069', ['milk', 'oat']],
    ['of what alone is not seen', '\u200b \u2060 \ufeff', []],
    ['of Hebrew without its points', 'שָׁלוֹם עוֹלָם', ['שלום', 'עולם']],
    ['of Arabic without its vowels', 'مَرْحَبًا بِكَ', ['مرحبا', 'بك']],
    ['of both directions', 'abc שלום 123', ['abc', 'שלום', '123']],
    ['of Cyrillic', 'Ёлка ЙОГУРТ', ['елка', 'иогурт']],
    ['of Korean, however it is put together', '한국어 \u1112\u1161\u11ab', ['한국어', '한']],
    ['of Hindi, with the signs that make other letters', 'कि का', ['कि', 'का']],
    ['of Japanese, where a sign makes another letter', 'が か', ['が', 'か']],
    ['of emoji', 'party 🎉 and 🎉🎊', ['party', '🎉', 'and', '🎉🎊']],
    ['of families of emoji, as one', '👩‍👩‍👧 👍🏽 🇩🇪', ['👩👩👧', '👍', '🇩🇪']],
    ['beside half characters', 'oat\ud83cmilk\udf89', ['oat', 'milk']],
    ['of half characters alone', '\ud800 \udc00\ud800', []],
  ])('%s', (_what, text, terms) => {
    expect([...words.indexed(text)]).toEqual(terms);
    expect(Array.from(words.of(text), ({ term }) => term)).toEqual(terms);
  });

  test('are read no further than 64 characters, and those that go on alike are one', () => {
    const long = 'x'.repeat(SEARCH_LIMITS.termLength);
    expect([...words.indexed(`${long} ${long}y ${long}z X${long}`)]).toEqual([long, long, long, long]);
    expect([...words.indexed(`é${long}`)]).toEqual([`e${long.slice(1)}`]);
    // What was folded to more letters is cut where those are too many.
    expect([...words.indexed('ß'.repeat(40))]).toEqual(['s'.repeat(64)]);
    const [place] = words.of(` ${long}y`);
    expect(place).toEqual({ start: 1, end: 66, term: long });
  });

  test('of a text in small letters are as those of the same in capitals, wherever each letter has one', () => {
    const letters = fc.constantFrom(...'abcdefghijklmnopqrstuvwxyzàéîõüçñżşğαβγδжийк0123456789 .-'.split(''));
    fc.assert(
      fc.property(fc.string({ unit: letters, maxLength: 40 }), (text) => {
        expect([...words.indexed(text.toUpperCase())]).toEqual([...words.indexed(text)]);
      }),
      { numRuns: 300 },
    );
  });

  test('of ASCII alone are those between what is neither letter nor digit, for each of its characters', () => {
    for (let code = 0; code < 0x80; code++) {
      const sign = String.fromCharCode(code);
      const isPart = /[a-z0-9]/i.test(sign);
      expect([...words.indexed(`oat${sign}milk`)]).toEqual(isPart ? [`oat${sign.toLowerCase()}milk`] : ['oat', 'milk']);
      // A letter beyond them changes nothing about the others.
      expect([...words.indexed(`oat${sign}milk é`)]).toEqual([...words.indexed(`oat${sign}milk`), 'e']);
    }
  });
});

describe('SE-2, SE-3: words as a definition makes them', () => {
  const byCommas = {
    name: 'commas',
    *split(text: string) {
      for (const { 0: part, index } of text.matchAll(/[^,]+/g)) yield { start: index, end: index + part.length };
    },
  };

  test('stand where its tokenizer says, and are folded all the same', () => {
    const own = new TextTerms(definedAs({ fields: ['title'], tokenizer: byCommas }));
    expect([...own.of('New York,Île-de-France,,x')]).toEqual([
      { start: 0, end: 8, term: 'new york' },
      { start: 9, end: 22, term: 'ile-de-france' },
      { start: 24, end: 25, term: 'x' },
    ]);
    expect([...own.indexed('New York,Île-de-France')]).toEqual(['new york', 'ile-de-france']);
  });

  test('are given to the stemmer folded, and are none where it leaves nothing', () => {
    const given: string[] = [];
    const stem = (word: string): string => {
      given.push(word);
      return word === 'gone' ? '' : word.replace(/(ing|s)$/, '');
    };
    const own = new TextTerms(definedAs({ fields: ['title'], stemmer: { name: 'some', stem } }));
    expect([...own.indexed('Walking CAFÉS gone s')]).toEqual(['walk', 'cafe']);
    expect(given).toEqual(['walking', 'cafes', 'gone', 's']);
    expect([...own.of('gone cats')]).toEqual([{ start: 5, end: 9, term: 'cat' }]);
  });

  test('are not indexed where they are stop words, in any of their forms, but have their places', () => {
    const stemmer = { name: 'plural', stem: (word: string) => word.replace(/s$/, '') };
    const own = new TextTerms(definedAs({ fields: ['title'], stopWords: ['Thé', 'things'], stemmer }));
    expect([...own.indexed('the THÉ thing things theatre')]).toEqual(['theatre']);
    expect(Array.from(own.of('the thing x'), ({ term }) => term)).toEqual(['the', 'thing', 'x']);
    expect(['the', 'thing', 'things', 'x', ''].map((term) => own.isStopTerm(term))).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });

  test('of the same definition are the same, whether their places are asked for or not', () => {
    const anyText = fc.string({ unit: 'grapheme', maxLength: 30 });
    for (const input of [{}, { stemmer: { name: 'same', stem: (word: string) => word } }, { tokenizer: byCommas }]) {
      const own = new TextTerms(definedAs({ fields: ['title'], ...input }));
      fc.assert(
        fc.property(anyText, (text) => {
          expect([...own.indexed(text)]).toEqual(Array.from(own.of(text), ({ term }) => term));
        }),
        { numRuns: 150 },
      );
    }
  });
});
