import { describe, expect, test } from 'vitest';
import { decodeBase64url, encodeBase64url } from './base64url.js';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('base64url', () => {
  /** RFC 4648 §10, without the padding. */
  test.each([
    ['', ''],
    ['f', 'Zg'],
    ['fo', 'Zm8'],
    ['foo', 'Zm9v'],
    ['foob', 'Zm9vYg'],
    ['fooba', 'Zm9vYmE'],
    ['foobar', 'Zm9vYmFy'],
  ])('VAL-2: %j is written %j', (text, encoded) => {
    expect(encodeBase64url(bytesOf(text))).toBe(encoded);
    expect(decodeBase64url(encoded)).toEqual({ ok: true, value: bytesOf(text) });
  });

  test('VAL-2: the two characters that differ from base64', () => {
    expect(encodeBase64url(Uint8Array.of(0xfb, 0xff, 0xbf))).toBe('-_-_');
    expect(decodeBase64url('+/+/').ok).toBe(false);
  });

  test('VAL-2: of all texts of two characters exactly 256 are bytes, each one’s own', () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const read = new Map<number, string>();
    for (const a of alphabet) {
      for (const b of alphabet) {
        const decoded = decodeBase64url(a + b);
        if (!decoded.ok) continue;
        expect(read.has(decoded.value[0]!)).toBe(false);
        read.set(decoded.value[0]!, a + b);
        expect(encodeBase64url(decoded.value)).toBe(a + b);
      }
    }
    expect(read.size).toBe(256);
  });

  test('VAL-2: all pairs of bytes come back', () => {
    const wrong: number[] = [];
    for (let pair = 0; pair < 65_536; pair += 1) {
      const bytes = Uint8Array.of(pair >> 8, pair & 255);
      const back = decodeBase64url(encodeBase64url(bytes));
      if (!back.ok || back.value[0] !== bytes[0] || back.value[1] !== bytes[1] || back.value.length !== 2)
        wrong.push(pair);
    }
    expect(wrong).toEqual([]);
  });

  test('VAL-2: no other character of the first 256 is one of its own', () => {
    const taken: string[] = [];
    for (let unit = 0; unit < 256; unit += 1) {
      const character = String.fromCharCode(unit);
      if (decodeBase64url(`AA${character}A`).ok) taken.push(character);
    }
    expect(taken.join('')).toBe('-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz');
  });
});
