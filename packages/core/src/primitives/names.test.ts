import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkKey, isMapName } from './names.js';
import { isWellFormed, utf8Length } from './utf8.js';

describe('VAL-4: map names', () => {
  test.each(['todos', 'a', 'Team-1_x.y:z/w', 'x'.repeat(128), '__proto__', '.', '/'])('%s is one', (name) => {
    expect(isMapName(name)).toBe(true);
  });

  test.each(['', 'x'.repeat(129), 'a b', 'ä', 'a\n', 'a\u0000', '\n', 'a,b', 7, null, undefined, ['todos'], {}])(
    '%j is none',
    (name) => expect(isMapName(name)).toBe(false),
  );
});

describe('VAL-4: keys', () => {
  test.each(['a', '__proto__', ' ', '\u0000', 'ключ', '😀', 'x'.repeat(1024), 'é'.repeat(512)])('%j is one', (key) => {
    expect(checkKey(key)).toEqual({ ok: true, value: key });
  });

  test.each<[unknown, string]>([
    ['', 'invalid-key'],
    [7, 'invalid-key'],
    [null, 'invalid-key'],
    [undefined, 'invalid-key'],
    ['a\ud800', 'invalid-key'],
    ['\udc00\ud800', 'invalid-key'],
    ['x'.repeat(1025), 'key-too-long'],
    ['é'.repeat(513), 'key-too-long'],
    ['😀'.repeat(257), 'key-too-long'],
  ])('%j is none', (key, code) => {
    const result = checkKey(key);
    expect(!result.ok && result.error.code).toBe(code);
  });

  test.each<[unknown, string]>([
    [null, 'a key is a string, not null'],
    [7, 'a key is a string, not number'],
    ['', 'a key is not empty'],
    ['é'.repeat(513), 'a key has at most 1024 bytes; this one has 1026'],
    ['\ud800', 'a key is well-formed text: this one holds half of a surrogate pair'],
  ])('of %j it is said: %s', (key, message) => {
    expect(checkKey(key)).toMatchObject({ ok: false, error: { message } });
  });

  test('the limit is in bytes of UTF-8 and an argument', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), fc.integer({ min: 1, max: 20 }), (key, maxBytes) => {
        expect(checkKey(key, maxBytes).ok).toBe(Buffer.byteLength(key) <= maxBytes);
      }),
    );
  });
});

describe('UTF-8', () => {
  const anyText = fc.string({ unit: fc.oneof(fc.constantFrom('\ud800', '\udfff', 'é', '€', '😀'), fc.string()) });

  test('utf8Length counts as the platform does, lone surrogates included', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(utf8Length(text)).toBe(new TextEncoder().encode(text).length);
      }),
    );
  });

  test('isWellFormed says as the platform does', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(isWellFormed(text)).toBe(new TextDecoder().decode(new TextEncoder().encode(text)) === text);
      }),
    );
  });
});
