import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { encodeBase64url } from '../primitives/index.js';
import { decodeSearchCursor, encodeSearchCursor, encodeShownCursor, shownMark } from './search-cursor.js';

/** Halves of pairs, too: a key is any text. */
const key = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('\ud83d', '\udca9\ud83d', '"', '\\u0041', '\0'),
);
const score = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true, min: 0 }), fc.constantFrom(0, 1e-9, 2 / 61));
const shape = fc.constantFrom('00ff', 'a', 'shape');

const tokenOf = (parts: unknown): string =>
  encodeBase64url(Uint8Array.from(JSON.stringify(parts), (character) => character.charCodeAt(0)));

describe('SE-7: a cursor', () => {
  test('is read as the place that it was made of, whatever the key, and has only letters that addresses may have', () => {
    fc.assert(
      fc.property(shape, score, key, (of, at, own) => {
        const token = encodeSearchCursor(of, { score: at, key: own });
        expect(token).toMatch(/^[\w-]+$/);
        expect(decodeSearchCursor(token, of)).toEqual({ score: at, key: own });
      }),
    );
  });

  test('belongs to one search', () => {
    fc.assert(
      fc.property(shape, shape, score, key, (of, other, at, own) => {
        fc.pre(of !== other);
        expect(decodeSearchCursor(encodeSearchCursor(of, { score: at, key: own }), other)).toBeNull();
        expect(decodeSearchCursor(encodeShownCursor(of, { shown: new Set([shownMark(own)]) }), other)).toBeNull();
      }),
    );
  });

  test('tells places apart', () => {
    fc.assert(
      fc.property(fc.tuple(score, key), fc.tuple(score, key), ([m, a], [n, b]) => {
        const [one, other] = [
          encodeSearchCursor('s', { score: m, key: a }),
          encodeSearchCursor('s', { score: n, key: b }),
        ];
        expect(one === other).toBe(m === n && a === b);
      }),
    );
  });

  test.each<[what: string, parts: unknown]>([
    ['nothing', []],
    ['the shape alone', ['s']],
    ['a number of marks', ['s', 8]],
    ['a list of marks', ['s', ['00000000']]],
    ['a score that is a text', ['s', '1', 'k']],
    ['no score', ['s', null, 'k']],
    ['a key that is a number', ['s', 1, 2]],
    ['no key', ['s', 1, null]],
    ['more than a place', ['s', 1, 'k', 0]],
    ['an object', { 0: 's', 1: 1, 2: 'k', length: 3 }],
    ['a text', 's1k'],
    ['a number', 1],
    ['`null`', null],
    ['a place without a shape', [1, 'k']],
    ['another shape', ['t', 1, 'k']],
  ])('is not %s', (_, parts) => {
    expect(decodeSearchCursor(tokenOf(['s', 1, 'k']), 's')).toEqual({ score: 1, key: 'k' });
    expect(decodeSearchCursor(tokenOf(parts), 's')).toBeNull();
  });

  test('that was cut, or is no text, is none', () => {
    const token = encodeSearchCursor('shape', { score: 1.5, key: 'milk' });
    for (let length = 0; length < token.length; length++) {
      expect(decodeSearchCursor(token.slice(0, length), 'shape')).toBeNull();
    }
    for (const other of [undefined, null, 7, [token], { token }, `${token}!`, 'ü']) {
      expect(decodeSearchCursor(other, 'shape')).toBeNull();
    }
  });

  test('of any letters is a place, what has been shown, or none, and nothing is thrown', () => {
    const json = fc.oneof(
      fc.json(),
      fc.jsonValue().map((value) => JSON.stringify(['s', value])),
    );
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 20 }),
      json.map((text) => new TextEncoder().encode(text)),
    );
    fc.assert(
      fc.property(fc.oneof(fc.string(), bytes.map(encodeBase64url)), (token) => {
        const read = decodeSearchCursor(token, 's');
        if (read === null) return;
        if ('shown' in read) for (const mark of read.shown) expect(mark).toHaveLength(8);
        else expect([typeof read.score, typeof read.key]).toEqual(['number', 'string']);
      }),
    );
  });
});

describe('SE-45: a cursor of what has been shown', () => {
  test('has the marks of all of it, each eight letters long, and says nothing of their order', () => {
    fc.assert(
      fc.property(shape, fc.uniqueArray(key, { maxLength: 30 }), (of, keys) => {
        const shown = new Set(keys.map(shownMark));
        for (const mark of shown) expect(mark).toMatch(/^.{8}$/);
        const token = encodeShownCursor(of, { shown });
        expect(token).toMatch(/^[\w-]+$/);
        expect(decodeSearchCursor(token, of)).toEqual({ shown });
      }),
    );
  });

  test('tells records apart: of ten thousand keys that are near each other no two have one mark', () => {
    const marks = new Set(Array.from({ length: 10_000 }, (_, i) => shownMark(`todo-${i}`)));
    expect(marks.size).toBe(10_000);
  });

  test('grows by eight letters for a record', () => {
    const lengthOf = (records: number): number => {
      const marks = Array.from({ length: records }, (_, i) => shownMark(`k${i}`));
      return encodeShownCursor('s', { shown: new Set(marks) }).length;
    };
    expect(lengthOf(300) - lengthOf(0)).toBe((300 * 8 * 4) / 3);
  });
});
