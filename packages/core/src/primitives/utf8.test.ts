import { describe, expect, test } from 'vitest';
import { isWellFormed, utf8Length } from './utf8.js';

const encoder = new TextEncoder();

/** Code units at which something changes: lengths, and the two halves of the surrogates. */
const EDGES = [0x00, 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xd800, 0xdbff, 0xdc00, 0xdfff, 0xe000, 0xfffd, 0xffff];

const textOf = (...units: readonly number[]): string => String.fromCharCode(...units);

describe('UTF-8', () => {
  test('every single code unit has the length that the platform gives it', () => {
    const wrong: number[] = [];
    for (let unit = 0; unit <= 0xffff; unit += 1) {
      const text = textOf(unit);
      if (utf8Length(text) !== encoder.encode(text).length) wrong.push(unit);
    }
    expect(wrong).toEqual([]);
  });

  test('every single code unit is well-formed unless it is half of a pair', () => {
    const wrong: number[] = [];
    for (let unit = 0; unit <= 0xffff; unit += 1) {
      if (isWellFormed(textOf(unit)) !== (unit < 0xd800 || unit > 0xdfff)) wrong.push(unit);
    }
    expect(wrong).toEqual([]);
  });

  test('any three units at the edges are counted and judged together', () => {
    for (const a of EDGES) {
      for (const b of EDGES) {
        for (const c of EDGES) {
          const text = textOf(a, b, c);
          const bytes = encoder.encode(text);
          expect(utf8Length(text)).toBe(bytes.length);
          expect(isWellFormed(text)).toBe(new TextDecoder().decode(bytes) === text);
        }
      }
    }
  });

  test('the first and the last pair are four bytes', () => {
    expect(['\u{10000}', '\u{10ffff}'].map(utf8Length)).toEqual([4, 4]);
    expect(['\u{10000}', '\u{10ffff}'].map(isWellFormed)).toEqual([true, true]);
  });

  test('a half at the very end, and one before a pair, are found', () => {
    expect(isWellFormed(`${'x'.repeat(2_000)}\ud83d`)).toBe(false);
    expect(isWellFormed('\ud83d😀')).toBe(false);
    expect(isWellFormed('😀\ude00')).toBe(false);
    expect(isWellFormed('😀😀')).toBe(true);
  });
});
