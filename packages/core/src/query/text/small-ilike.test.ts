import { describe, expect, test } from 'vitest';
import { compileContains } from '../predicate/compile-contains.js';
import { foldCase } from './fold-case.js';
import { compileLike } from './like-matcher.js';

/*
 * QU-9 and QU-11 set letter case aside as Unicode's simple folding does, which is what a `RegExp` with the flags `iu` does. Every two letters that are
 * treated in a way of their own, as a pattern and as a part, beside it.
 */

const LETTERS = [
  'a',
  'A',
  'k',
  'K',
  's',
  'ſ',
  'S',
  'Σ',
  'σ',
  'ς',
  'ß',
  'ẞ',
  'İ',
  'i',
  'ı',
  'I',
  'é',
  'É',
  'ǅ',
  '7',
  '\u{10400}',
  '\u{10428}',
] as const;
const WORDS: readonly string[] = [...LETTERS, ...LETTERS.flatMap((one) => [`${one}s`, `x${one}`, `${one}x${one}`])];

describe('letter case aside, every two letters', () => {
  test('are one pattern’s exactly where a regular expression takes them for each other', () => {
    const wrong: string[] = [];
    for (const wanted of WORDS) {
      const [whole, somewhere] = [new RegExp(`^${wanted}$`, 'iu'), new RegExp(wanted, 'iu')];
      const [like, within, begins, contains] = [
        compileLike(wanted, true),
        compileLike(`%${wanted}%`, true),
        compileLike(`${wanted}%`, true),
        compileContains(wanted),
      ];
      const begin = new RegExp(`^${wanted}`, 'iu');
      for (const text of WORDS) {
        const answers = [like(text), within(text), contains(text), begins(text)];
        const expected = [whole.test(text), somewhere.test(text), somewhere.test(text), begin.test(text)];
        if (answers.join() !== expected.join()) wrong.push(`${wanted} in ${text}: ${answers.join()}`);
      }
    }
    expect(wrong.slice(0, 5)).toEqual([]);
  });

  test('fold to the same exactly there, and what was folded is as it is', () => {
    for (const one of WORDS) {
      expect(foldCase(foldCase(one))).toBe(foldCase(one));
      for (const other of WORDS) {
        const isSame = new RegExp(`^${one}$`, 'iu').test(other);
        expect([one, other, foldCase(one) === foldCase(other)]).toEqual([one, other, isSame]);
      }
    }
  });

  test('with case they are one pattern’s only where they are one', () => {
    for (const wanted of WORDS) {
      const like = compileLike(wanted, false);
      expect(WORDS.filter((text) => like(text))).toEqual(WORDS.filter((text) => text === wanted));
    }
  });
});
