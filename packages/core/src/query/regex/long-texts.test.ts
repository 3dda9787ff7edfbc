import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Value } from '../../primitives/index.js';
import { holds } from '../evaluate/holds.js';
import { compilePredicate } from '../predicate/compile-predicate.js';
import type { Predicate } from '../query.js';
import { compileRegex, createQuickRun } from './compile-regex.js';
import { parseRegex } from './parse-regex.js';
import { PatternReader } from './pattern-reader.js';
import { regexPattern, regexText } from './regex.arbitrary.js';
import { buildProgram } from './regex-program.js';
import { createRun } from './run-program.js';

describe('QU-10: long texts, many of them, and one expression', () => {
  /** Texts made of few pieces, so that what was seen in one is met in the next. */
  const pieces = fc.array(regexText, { minLength: 1, maxLength: 4 });
  const texts = pieces.chain((list) =>
    fc.array(
      fc.array(fc.constantFrom(...list), { maxLength: 60 }).map((parts) => parts.join('')),
      { minLength: 1, maxLength: 5 },
    ),
  );

  test('what was remembered of one text says the same of the next as reading it anew', () => {
    let found = 0;
    let longest = 0;
    fc.assert(
      fc.property(regexPattern, texts, fc.boolean(), (pattern, list, ci) => {
        const node = parseRegex(pattern, ci);
        if (!node.ok) throw new Error(node.error.reason);
        const program = buildProgram(node.value, ci);
        const [quick, plain] = [createQuickRun(program), createRun(program)];
        // Twice: the second time all has been seen.
        for (const text of [...list, ...list.toReversed()]) {
          const wanted = plain(text);
          found += Number(wanted);
          longest = Math.max(longest, text.length);
          expect([text, quick(text)]).toEqual([text, wanted]);
        }
      }),
      { numRuns: 300 },
    );
    expect(found).toBeGreaterThan(300);
    expect(longest).toBeGreaterThan(80);
  });

  test('letters in a row are found where some stretch of the text is they, as long as they are', () => {
    // Of one letter after another: a text has what it has in some window of that length.
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 3 });
    const long = fc.string({ unit: fc.constantFrom('a', 'b', 'c', ' '), maxLength: 200 });
    fc.assert(
      fc.property(letters, long, (part, text) => {
        const finds = compileRegex(part, false);
        const windows = Array.from({ length: text.length }, (_, i) => text.slice(i, i + part.length));
        expect(finds(text)).toBe(windows.some((window) => finds(window)));
      }),
    );
  });
});

describe('QU-10: an expression as a condition', () => {
  const VALUES: readonly (Value | undefined)[] = [
    ...[undefined, null, true, 1, '', 'a', 'A', 'ab\n', '\u{1F600}', '1', 'null', 'true'],
    ...[['a'], { a: 'a' }, new Uint8Array([97]), []],
  ];

  test.each(['', 'a', '^a$', '.', '[^]', '^$', '1', 'null|true', '\\w', '(?:)'])(
    '%j is met by texts that it finds, and by nothing that is no text',
    (pattern) => {
      for (const caseInsensitive of [false, true]) {
        const predicate: Predicate = { type: 'regex', path: ['v'], pattern, caseInsensitive };
        const meets = compilePredicate(predicate);
        for (const v of VALUES) {
          const value: Value = v === undefined ? {} : { v };
          const expected = typeof v === 'string' && new RegExp(pattern, caseInsensitive ? 'iu' : 'u').test(v);
          expect([v, meets('k', value)]).toEqual([v, expected]);
          expect([v, holds(predicate, { key: 'k', value })]).toEqual([v, expected]);
        }
      }
    },
  );
});

describe('an escape of a character, read by itself', () => {
  test.each<[string, number | null, string]>([
    ['0041', 0x41, ''],
    ['00412', 0x41, '2'],
    ['{41}', 0x41, ''],
    ['{41}2', 0x41, '2'],
    ['{110000}', 0x110000, ''],
    ['D83D', 0xd83d, ''],
    ['D83D\\uDE00', 0x1f600, ''],
    ['d83d\\ude00x', 0x1f600, 'x'],
    ['DE00\\uD83D', 0xde00, '\\'],
    ['D83D\\uD83D', 0xd83d, '\\'],
    ['D83D\\u0041', 0xd83d, '\\'],
    ['D83D\\u{DE00}', 0xd83d, '\\'],
    ['D83D\\uDE0', 0xd83d, '\\'],
    ['D83D\\u', 0xd83d, '\\'],
    ['D83D\\n', 0xd83d, '\\'],
    ['{D83D}\\uDE00', 0xd83d, '\\'],
    ['004', null, '0'],
    ['', null, ''],
    ['g041', null, 'g'],
  ])('of %j is %s, and then comes %j', (rest, point, next) => {
    const reader = new PatternReader(rest, false);
    expect([reader.takeUnicode(), reader.next()]).toEqual([point, next]);
  });
});
