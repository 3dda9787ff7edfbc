import { describe, expect, test } from 'vitest';
import { checkRegex, compileRegex } from './compile-regex.js';

/*
 * A character of two units may be written in one escape, in two, in braces or as it is, and half of one may stand alone. Every short pattern of such
 * pieces, and of what they stand beside, on every short text of them.
 */

const HIGH = '\ud83d';
const LOW = '\ude00';
const PIECES = ['\\uD83D', '\\uDE00', '\\u{D83D}', '\\u{DE00}', '\\u{1F600}', '\\u0041', HIGH, LOW, 'A'] as const;
const TEXTS: readonly string[] = (() => {
  let last = [''];
  const all = last.slice();
  for (let i = 0; i < 3; i += 1) {
    last = last.flatMap((text) => [HIGH, LOW, 'A'].map((piece) => text + piece));
    all.push(...last);
  }
  return all;
})();

/** The patterns that do not mean what they mean in JavaScript, with a text that shows it. */
function differing(patterns: readonly string[]): string[] {
  return patterns.flatMap((pattern) => {
    const checked = checkRegex(pattern, false, 1_000);
    let native: RegExp | null = null;
    try {
      native = new RegExp(pattern, 'u');
    } catch {
      // Refused there; it has to be here.
    }
    if (!checked.ok || native === null)
      return checked.ok === (native !== null) ? [] : [`${pattern} is taken: ${checked.ok}`];
    const finds = compileRegex(pattern, false);
    const other = TEXTS.find((text) => finds(text) !== native.test(text));
    return other === undefined ? [] : [`${pattern} on ${JSON.stringify(other)}`];
  });
}

const pairs = PIECES.flatMap((one) => PIECES.map((other) => one + other));

describe('QU-10: halves of a character', () => {
  test('are one where two escapes or two units stand together, and two however else they are written', () => {
    expect(differing(PIECES.map((piece) => `^${piece}$`))).toEqual([]);
    expect(differing(pairs.map((pair) => `^${pair}$`))).toEqual([]);
    const triples = pairs.flatMap((pair) => PIECES.map((piece) => `^${pair}${piece}$`));
    expect(differing(triples)).toEqual([]);
  });

  test('in a class, outside of it, and as the ends of a range', () => {
    expect(differing([...PIECES, ...pairs].flatMap((pieces) => [`^[${pieces}]$`, `^[^${pieces}]+$`]))).toEqual([]);
    expect(differing(PIECES.flatMap((first) => PIECES.map((last) => `^[${first}-${last}]$`)))).toEqual([]);
  });

  test('are repeated as a whole, and parted by a group', () => {
    expect(differing(pairs.flatMap((pair) => [`^${pair}+$`, `^${pair}{2}$`, `^(?:${pair})+$`]))).toEqual([]);
    expect(differing(PIECES.flatMap((one) => PIECES.map((other) => `^(${one})(?:${other})$`)))).toEqual([]);
    expect(differing(PIECES.flatMap((one) => PIECES.map((other) => `${one}|^${other}`)))).toEqual([]);
  });

  test.each<[string, readonly string[]]>([
    ['\\uD83D', [HIGH, `${HIGH}A`, `A${HIGH}`, HIGH + HIGH]],
    ['\\uDE00', [LOW, `${LOW}A`, `A${LOW}`, LOW + HIGH, LOW + LOW, HIGH + LOW + LOW]],
    ['\\uD83D\\u0041', [`${HIGH}A`, `${HIGH}${HIGH}A`]],
    ['\\uD83D\\u{41}', [`${HIGH}A`]],
    ['\\uD83D\\uD83D\\uDE00', [HIGH + HIGH + LOW]],
    ['\\uD83D\\u{DE00}', []],
    ['\\u{D83D}\\uDE00', []],
    ['\\uD83D\\uDE00', [HIGH + LOW, HIGH + LOW + LOW, `A${HIGH}${LOW}`]],
    ['[\\uD83D\\u0041]', [HIGH, 'A', `${HIGH}A`]],
  ])('%s finds %j', (pattern, found) => {
    const finds = compileRegex(pattern, false);
    expect(found.filter((text) => !finds(text))).toEqual([]);
    expect(found.filter((text) => !new RegExp(pattern, 'u').test(text))).toEqual([]);
    const whole = compileRegex(`^(?:${pattern})$`, false);
    expect(TEXTS.filter((text) => whole(text))).toEqual(
      TEXTS.filter((text) => new RegExp(`^(?:${pattern})$`, 'u').test(text)),
    );
  });

  test.each(['\\uD83D\\u', '\\uD83D\\u00', '\\uD83D\\u{', '\\uD83D\\u{110000}', '\\uD83D\\x', '[\\uD83D\\u]'])(
    '%s is no pattern: what comes after a half is read by itself',
    (pattern) => {
      expect(() => new RegExp(pattern, 'u')).toThrow(SyntaxError);
      const checked = checkRegex(pattern, false, 1_000);
      expect(checked.ok ? '' : checked.error.reason).toBe('has an unknown escape');
    },
  );
});

describe('QU-10: the names of groups', () => {
  const NAMES: readonly (readonly [string, boolean])[] = [
    ['a', true],
    ['$', true],
    ['_', true],
    ['aé', true],
    ['𝒜', true],
    ['a1', true],
    ['1a', false],
    ['', false],
    ['a b', false],
    ['a\u200d', true],
    ['a\u200c', true],
    ['\u200da', false],
    ['\\u0061', true],
    ['\\u{61}', true],
    ['\\u{000061}', true],
    ['b\\u0031', true],
    ['\\u0031', false],
    ['\\uD835\\uDC9C', true],
    ['\\uD835', false],
    ['\\uD835\\u0061', false],
    ['\\u{110000}', false],
    ['\\u{}', false],
    ['\\u61', false],
    ['\\x61', false],
    ['\\', false],
    ['a\\u002d', false],
    ['a\\u200d', true],
    ['a-', false],
  ];
  test.each(NAMES)('%j: %s', (name, isName) => {
    const pattern = `(?<${name}>x)`;
    let native = true;
    try {
      expect(new RegExp(pattern, 'u').test('x')).toBe(true);
    } catch {
      native = false;
    }
    expect(native).toBe(isName);
    const checked = checkRegex(pattern, false, 1_000);
    expect(checked.ok ? null : checked.error.reason).toBe(isName ? null : 'has a group of an unknown kind');
    if (isName) expect([compileRegex(pattern, false)('x'), compileRegex(pattern, false)('y')]).toEqual([true, false]);
  });

  test('are the same however they are written, so that no two groups have one', () => {
    for (const [one, other] of [
      ['a', '\\u0061'],
      ['\\u{61}', '\\u0061'],
      ['𝒜', '\\uD835\\uDC9C'],
      ['𝒜', '\\u{1D49C}'],
    ]) {
      const pattern = `(?<${one}>x)(?<${other}>y)`;
      expect(() => new RegExp(pattern, 'u')).toThrow(SyntaxError);
      const checked = checkRegex(pattern, false, 1_000);
      expect(checked.ok ? '' : checked.error.reason).toBe('has two groups of the same name');
    }
  });
});
