import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findCounterexample } from '../query.arbitrary.js';
import { checkRegex, compileRegex, createQuickRun } from './compile-regex.js';
import { parseRegex } from './parse-regex.js';
import { buildProgram, programSize } from './regex-program.js';
import { regexPattern, regexText } from './regex.arbitrary.js';
import { createRun } from './run-program.js';

/** What JavaScript's own engine says, `null` where it does not read the pattern. */
function native(pattern: string, caseInsensitive: boolean): RegExp | null {
  try {
    return new RegExp(pattern, caseInsensitive ? 'iu' : 'u');
  } catch {
    return null;
  }
}

describe('QU-10: a regular expression', () => {
  test('finds what JavaScript finds', () => {
    let found = 0;
    let missed = 0;
    fc.assert(
      fc.property(regexPattern, fc.boolean(), fc.array(regexText, { maxLength: 5 }), (pattern, ci, texts) => {
        const expected = native(pattern, ci);
        expect(expected).not.toBeNull();
        const finds = compileRegex(pattern, ci);
        for (const text of texts) {
          const wanted = (expected as RegExp).test(text);
          if (wanted) found += 1;
          else missed += 1;
          expect([text, finds(text)]).toEqual([text, wanted]);
        }
      }),
      { numRuns: 3000 },
    );
    expect(Math.min(found, missed)).toBeGreaterThan(500);
  });

  test('finds what JavaScript finds between two characters that are both of words or both not', () => {
    let compared = 0;
    fc.assert(
      fc.property(regexPattern, regexText, (source, given) => {
        const pattern = source.replaceAll('\\b', '\\B');
        const text = given.replaceAll('\u{1F600}', '');
        const expected = native(pattern, false);
        if (expected === null || pattern === source) return;
        compared += 1;
        expect([text, compileRegex(pattern, false)(text)]).toEqual([text, expected.test(text)]);
      }),
      { numRuns: 2000 },
    );
    expect(compared).toBeGreaterThan(50);
  });

  test('that comparison notices an engine that forgets one thing', () => {
    const differs = (wrong: (pattern: string) => string) =>
      findCounterexample(
        fc.property(regexPattern, regexText, (pattern, text) => {
          expect(compileRegex(pattern, false)(text)).toBe((native(wrong(pattern), false) as RegExp).test(text));
        }),
        3000,
        7,
      );
    expect(differs((pattern) => pattern)).toBeNull();
    expect(differs((pattern) => pattern.replaceAll('\\b', ''))).not.toBeNull();
    expect(differs((pattern) => pattern.replaceAll('{2}', '{1}'))).not.toBeNull();
    expect(differs((pattern) => pattern.replaceAll('[^', '[').replaceAll('[]', '[^]'))).not.toBeNull();
  });

  test.each<[string, readonly string[], readonly string[]]>([
    ['abc', ['abc', 'xxabcxx'], ['ab', 'acb', '']],
    ['^abc$', ['abc'], ['abcd', 'xabc', 'abc\n']],
    ['^$', [''], ['a']],
    ['', ['', 'a'], []],
    ['a|b|', ['', 'x'], []],
    ['^(?:ab|cd)+$', ['ab', 'abcdab'], ['', 'abc']],
    ['colou?r', ['color', 'colour'], ['colouur']],
    ['^a{2,3}$', ['aa', 'aaa'], ['a', 'aaaa']],
    ['^a{0}$', [''], ['a']],
    ['^(?:a{2}){2,}$', ['aaaa', 'aaaaaa'], ['aa', 'aaaaa']],
    ['^.$', ['a', '\u{1F600}', 'é'], ['', 'ab', '\n']],
    ['^[^a-c]$', ['d', '\n'], ['a', 'b', '']],
    ['^\\0$', ['\0'], ['0']],
    ['[]', [], ['', 'a']],
    ['^[^]$', ['\n', 'x'], ['']],
    ['^[a-]$', ['a', '-'], ['b']],
    ['^[-a]$', ['a', '-'], ['b']],
    ['^[\\]\\\\]$', [']', '\\'], ['[']],
    ['o\\B', ['ox', 'foo'], ['o', 'o x']],
    ['\\bfoo\\b', ['a foo b', 'foo'], ['food', 'afoo', '_foo']],
    ['^\\w+@\\w+\\.\\w{2,}$', ['ann@example.org'], ['ann@example', 'an n@example.org']],
    ['^\\u{1F600}$', ['\u{1F600}'], ['\uFFFD']],
    ['^[\\u{1F600}-\\u{1F610}]$', ['\u{1F605}'], ['\u{1F620}']],
    ['(?<year>\\d{4})-(?<month>\\d\\d)', ['on 2024-05-01'], ['24-05']],
    ['^(?:a*)*$', ['', 'aaa'], ['b']],
    ['^(?:a?){3}$', ['', 'a', 'aaa'], ['aaaa']],
    ['(?:^)*a', ['a', 'ba'], ['b']],
  ])('%s', (pattern, fitting, others) => {
    const finds = compileRegex(pattern, false);
    expect(fitting.filter((text) => !finds(text))).toEqual([]);
    expect(others.filter((text) => finds(text))).toEqual([]);
    expect(native(pattern, false)).not.toBeNull();
  });

  test.each<[string, string, boolean]>([
    ['abc', 'xABCx', true],
    ['^[a-z]+$', 'ABC', true],
    ['^[^a-z]+$', 'ABC', false],
    ['^é$', 'É', true],
    ['^σ+$', 'Σςσ', true],
    ['^\\w$', 'ſ', true],
    ['^\\W$', 'ſ', false],
    ['^[s]$', 'ſ', true],
    ['^ſ$', 'S', true],
    ['^[^k]$', 'K', false],
    ['^ß$', 'SS', false],
    ['^i$', 'ı', false],
    ['\\bſ', 'ſ', true],
  ])('without regard to case, %s in %s: %s', (pattern, text, found) => {
    expect(compileRegex(pattern, true)(text)).toBe(found);
    expect(native(pattern, true)?.test(text)).toBe(found);
  });

  test.each<[string, RegExp]>([
    ['(?=a)', /looks ahead or behind/],
    ['(?!a)', /looks ahead or behind/],
    ['(?<=a)', /looks ahead or behind/],
    ['(?<!a)', /looks ahead or behind/],
    ['(a)\\1', /refers back/],
    ['(?<x>a)\\k<x>', /refers back/],
    ['\\p{L}', /property/],
    ['[\\P{L}]', /property/],
    ['(a', /does not end/],
    ['(?:a', /does not end/],
    ['(?i:a)', /unknown kind/],
    ['(?<1>a)', /unknown kind/],
    ['(?<x>a)(?<x>b)', /same name/],
    ['a)', /not opened/],
    ['[a', /class that does not end/],
    ['[a-', /class that does not end/],
    ['[b-a]', /before its start/],
    ['[\\d-z]', /more than two/],
    ['[a-\\w]', /more than two/],
    ['a{2,1}', /before its start/],
    ['a{', /without a count/],
    ['a{,2}', /without a count/],
    ['a{2', /without a count/],
    ['a{2,', /without a count/],
    ['*a', /repeats nothing/],
    ['a**', /repeats nothing/],
    ['{1}', /repeats nothing/],
    ['^*', /repeats a place/],
    ['\\b+', /repeats a place/],
    ['}', /alone/],
    [']', /alone/],
    ['\\', /unknown escape/],
    ['\\a', /unknown escape/],
    ['\\-', /unknown escape/],
    ['\\_', /unknown escape/],
    ['\\x4', /unknown escape/],
    ['\\u12', /unknown escape/],
    ['\\u{110000}', /unknown escape/],
    ['\\u{}', /unknown escape/],
    ['\\c1', /unknown escape/],
    ['\\00', /unknown escape/],
    ['[\\B]', /unknown escape/],
  ])('%s is refused', (pattern, reason) => {
    const checked = checkRegex(pattern, false, 1000);
    expect(checked.ok ? '' : checked.error.reason).toMatch(reason);
    expect(() => compileRegex(pattern, false)).toThrow(reason);
  });

  test('whatever JavaScript refuses is refused here: what is taken means the same there', () => {
    const soup = fc.array(
      fc.constantFrom(
        ...'ab(){}[]^$*+?|\\-.,:<=!0129dDwWbBkux_'.split(''),
        '(?',
        '\\u',
        '{1',
        '[^',
        '\\x4',
        'é',
        '\u{1F600}',
      ),
      { maxLength: 8 },
    );
    let taken = 0;
    fc.assert(
      fc.property(soup, fc.boolean(), regexText, (parts, ci, text) => {
        const pattern = parts.join('');
        const checked = checkRegex(pattern, ci, 1000);
        if (!checked.ok) return;
        taken += 1;
        expect([pattern, native(pattern, ci)?.test(text)]).toEqual([pattern, compileRegex(pattern, ci)(text)]);
      }),
      { numRuns: 4000 },
    );
    expect(taken).toBeGreaterThan(200);
  });
});

describe('QU-10: what a regular expression may cost', () => {
  const steps = (pattern: string, text: string, caseInsensitive = false): number => {
    const node = parseRegex(pattern, caseInsensitive);
    if (!node.ok) throw new Error(node.error.reason);
    let count = 0;
    createRun(buildProgram(node.value, caseInsensitive))(text, () => {
      count += 1;
    });
    return count;
  };

  test.each([
    '(a+)+$',
    '(a*)*$',
    '(a|a)*b',
    '(a|aa)+$',
    '(.*a){12}$',
    '^(([a-z])+.)+[A-Z]([a-z])+$',
    '(?:a?){30}a{30}b',
    '(x+x+)+y',
    '((a*)*)*b',
    '(\\w+\\s?)*$',
  ])('%s takes steps in proportion to the text, no more', (pattern) => {
    const evil = (length: number) => `${'a'.repeat(length)}!`;
    const parsed = parseRegex(pattern, false);
    if (!parsed.ok) throw new Error('refused');
    const size = programSize(parsed.value);
    for (const length of [10, 100, 1000]) {
      expect(steps(pattern, evil(length))).toBeLessThanOrEqual((length + 2) * size);
    }
    // As many characters more, as many steps more at most: nothing is tried again.
    const first = steps(pattern, evil(2000)) - steps(pattern, evil(1000));
    expect(steps(pattern, evil(3000)) - steps(pattern, evil(2000))).toBe(first);
  });

  test('never more than characters and one, times states', () => {
    fc.assert(
      fc.property(regexPattern, regexText, (pattern, text) => {
        const node = parseRegex(pattern, false);
        if (!node.ok) throw new Error(node.error.reason);
        expect(steps(pattern, text)).toBeLessThanOrEqual((Array.from(text).length + 1) * programSize(node.value));
      }),
    );
  });

  /** How many steps a run takes for each of the texts in turn, remembering what it has seen. */
  const quickSteps = (pattern: string, texts: readonly string[]): number[] => {
    const node = parseRegex(pattern, false);
    if (!node.ok) throw new Error(node.error.reason);
    const run = createQuickRun(buildProgram(node.value, false));
    return texts.map((text) => {
      let count = 0;
      run(text, () => {
        count += 1;
      });
      return count;
    });
  };

  test('remembering where characters lead costs no more than a few times that, and then a step a character', () => {
    fc.assert(
      fc.property(regexPattern, fc.array(regexText, { maxLength: 6 }), (pattern, texts) => {
        const node = parseRegex(pattern, false);
        if (!node.ok) throw new Error(node.error.reason);
        const size = programSize(node.value);
        for (const [i, count] of quickSteps(pattern, texts).entries()) {
          expect(count).toBeLessThanOrEqual(3 * (Array.from(texts[i] as string).length + 2) * (size + 1));
        }
      }),
    );
    const text = `${'a'.repeat(1000)}!`;
    expect(quickSteps('(a+)+$', [text, text])[1]).toBe(1001);
    // What it is in after each character is the same again, so that a short text has shown all there is to a long one.
    expect(quickSteps('(a+)+$', ['aaa!', text])[1]).toBe(1001);
  });

  test('a pattern that leads to ever new situations is still answered, and no slower than without remembering', () => {
    const pattern = '^(?:a|b)*a(?:a|b){9}$';
    const node = parseRegex(pattern, false);
    if (!node.ok) throw new Error(node.error.reason);
    const program = buildProgram(node.value, false);
    const remembered = createQuickRun(program);
    const text = fc.array(fc.constantFrom('a', 'b'), { minLength: 8, maxLength: 60 }).map((list) => list.join(''));
    let found = 0;
    fc.assert(
      fc.property(text, (one) => {
        const wanted = /^[ab]*a[ab]{9}$/.test(one);
        if (wanted) found += 1;
        expect(remembered(one)).toBe(wanted);
        expect(createRun(program)(one)).toBe(wanted);
      }),
      { numRuns: 500 },
    );
    expect(found).toBeGreaterThan(50);
    const texts = Array.from({ length: 40 }, (_, i) =>
      (0x9e3779b1 * (i + 1)).toString(2).replaceAll('0', 'a').replaceAll('1', 'b'),
    );
    const last = quickSteps(pattern, texts).at(-1) as number;
    expect(last).toBeLessThanOrEqual(((texts.at(-1) as string).length + 1) * program.length);
    // By then it has given up, for good.
    expect(last).toBe(steps(pattern, texts.at(-1) as string));
  });

  test('is known before the pattern is written out', () => {
    fc.assert(
      fc.property(regexPattern, fc.boolean(), (pattern, ci) => {
        const node = parseRegex(pattern, ci);
        if (!node.ok) throw new Error(node.error.reason);
        expect(buildProgram(node.value, ci)).toHaveLength(programSize(node.value));
      }),
    );
    for (const pattern of ['a{100000}', '(?:a{1000}){1000}', '(((a{99}){99}){99}){99}', `a{${'9'.repeat(400)}}`]) {
      const checked = checkRegex(pattern, false, 1000);
      expect(checked.ok ? '' : checked.error.reason).toMatch(/longer than 1000 steps/);
    }
    expect(checkRegex('(?:){99999999}', false, 1000).ok).toBe(true);
  });
});
