import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeBase64url } from '../primitives/index.js';
import { decodeSearchCursor, encodeSearchCursor, encodeShownCursor, shownMark } from './search-cursor.js';
import type { SearchField } from './search-definition.js';
import { SEARCH_LIMITS } from './search-limits.js';
import { compileTexts } from './searched-texts.js';
import { textSignature } from './text-signature.js';
import { COSINE_SCALE, Direction, inverseLength } from './vectors/cosine.js';
import { Ranks, scoreOfRank } from './vectors/fused-score.js';

const anyText = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('', '\0', '\ud800', '\udc00x', '"\\', '🍋'));
const token = (json: string): string => encodeBase64url(new TextEncoder().encode(json));

describe('SE-7, SE-45: cursors', () => {
  test('are read back for the search they belong to, and for no other', () => {
    fc.assert(
      fc.property(
        anyText,
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        anyText,
        anyText,
        (shape, score, key, other) => {
          const cursor = encodeSearchCursor(shape, { score, key });
          expect(decodeSearchCursor(cursor, shape)).toEqual({ score: score + 0, key });
          if (other !== shape) expect(decodeSearchCursor(cursor, other)).toBeNull();
        },
      ),
      { numRuns: 200 },
    );
  });

  test('name what has been shown by marks of one length, in whatever order it was', () => {
    fc.assert(
      fc.property(fc.uniqueArray(anyText, { maxLength: 20 }), (keys) => {
        const shown = new Set(keys.map(shownMark));
        for (const mark of shown) expect(mark).toHaveLength(8);
        expect(decodeSearchCursor(encodeShownCursor('s', { shown }), 's')).toEqual({ shown });
        expect(decodeSearchCursor(encodeShownCursor('s', { shown }), 't')).toBeNull();
      }),
      { numRuns: 100 },
    );
  });

  test.each([
    undefined,
    null,
    7,
    '',
    '%',
    'AAAA',
    token('{'),
    token('null'),
    token('[]'),
    token('["s"]'),
    token('["s",1]'),
    token('["s","1","k"]'),
    token('["s",1,2]'),
    token('["s",null,"k"]'),
    token('["s",1,"k",2]'),
    token('{"0":"s","1":1,"2":"k","length":3}'),
    token('["S",1,"k"]'),
  ])('%j is none', (given) => {
    expect(decodeSearchCursor(given, 's')).toBeNull();
  });

  test('cut short or changed in one place are none, or one of the same form', () => {
    const cursor = encodeSearchCursor('shape', { score: 1.5, key: 'key' });
    for (let at = 0; at < cursor.length; at++) {
      const cut = decodeSearchCursor(cursor.slice(0, at), 'shape');
      expect(cut).toBeNull();
      const changed = decodeSearchCursor(`${cursor.slice(0, at)}_${cursor.slice(at + 1)}`, 'shape');
      if (changed !== null) expect(Object.keys(changed).sort().join()).toMatch(/^(key,score|shown)$/);
    }
  });
});

describe('SE-27: signatures of texts', () => {
  test('tell apart where one ends and another begins, and whether there is one', () => {
    const different = [
      [],
      [undefined],
      [''],
      ['', ''],
      ['', undefined],
      [undefined, ''],
      ['ab', 'c'],
      ['a', 'bc'],
      ['abc'],
      ['acb'],
      ['abc', undefined],
      ['abc', ''],
      ['\0'],
      ['\0\0'],
      ['ABC'],
      ['\ud800'],
      ['\ufffd'],
    ];
    expect(new Set(different.map(textSignature)).size).toBe(different.length);
  });

  test('are those of equal texts, and of other texts others, so far as anybody has seen', () => {
    fc.assert(
      fc.property(
        fc.array(fc.option(anyText, { nil: undefined })),
        fc.array(fc.option(anyText, { nil: undefined })),
        (a, b) => {
          expect(textSignature([...a])).toBe(textSignature(a));
          const same = a.length === b.length && a.every((text, i) => text === b[i]);
          expect(textSignature(a) === textSignature(b)).toBe(same);
        },
      ),
      { numRuns: 200 },
    );
    const many = Array.from({ length: 20_000 }, (_, i) => textSignature([`note ${i}`]));
    expect(new Set(many).size).toBe(many.length);
  });
});

describe('SE-13: what is read of a record', () => {
  const fields = ['a', 'b', 'c'].map((name) => ({ name, path: [name] }) as unknown as SearchField);
  const textsOf = compileTexts(fields);

  test.each([
    [{ a: 'x', b: 'y', c: 'z' }, ['x', 'y', 'z']],
    [{ a: 'x' }, ['x', undefined, undefined]],
    [{}, [undefined, undefined, undefined]],
    ['scalar', [undefined, undefined, undefined]],
    [null, [undefined, undefined, undefined]],
  ])('of %j is %j', (value, texts) => {
    expect(textsOf('k', value)).toEqual(texts);
  });

  test('is so much over all fields, the first ones first', () => {
    const { textLength } = SEARCH_LIMITS;
    const lengths = (value: Record<string, string>): (number | undefined)[] =>
      textsOf('k', value).map((text) => text?.length);
    expect(lengths({ a: 'x'.repeat(textLength + 5), b: 'y' })).toEqual([textLength, 0, undefined]);
    expect(lengths({ a: 'x'.repeat(textLength - 1), b: 'yy', c: 'z' })).toEqual([textLength - 1, 1, 0]);
    expect(lengths({ b: 'y'.repeat(textLength), c: 'z' })).toEqual([undefined, textLength, 0]);
  });
});

describe('SE-60, SE-61: cosines and ranks', () => {
  const numbers = (length: number): fc.Arbitrary<number[]> =>
    fc.array(fc.integer({ min: -50, max: 50 }), { minLength: length, maxLength: length });
  const pair = fc.integer({ min: 1, max: 11 }).chain((length) => fc.tuple(numbers(length), numbers(length), fc.nat(3)));

  test('are those of the definition, in millionths, wherever in a block the vector lies', () => {
    fc.assert(
      fc.property(pair, ([wanted, other, before]) => {
        const [a, b] = [Float32Array.from(wanted), Float32Array.from(other)];
        const length = (list: readonly number[]): number => Math.hypot(...list);
        if (length(wanted) === 0 || length(other) === 0) return;
        const block = new Float32Array(before * b.length + b.length + 3).fill(99);
        block.set(b, before * b.length);
        const told = new Direction(a).millionths(block, before * b.length, inverseLength(b));
        const dot = wanted.reduce((sum, one, i) => sum + one * (other[i] as number), 0);
        expect(Math.abs(told - (dot / length(wanted) / length(other)) * COSINE_SCALE)).toBeLessThanOrEqual(0.51);
        expect(Number.isInteger(told)).toBe(true);
        expect(new Direction(b).millionths(a, 0, inverseLength(a))).toBe(told);
        expect(new Direction(a).millionths(a, 0, inverseLength(a))).toBe(COSINE_SCALE);
        const opposite = a.map((one) => -one);
        expect(new Direction(a).millionths(opposite, 0, inverseLength(opposite))).toBe(-COSINE_SCALE);
      }),
      { numRuns: 200 },
    );
  });

  test('ranks are shared by equal scores, and the next is as if each had its own', () => {
    const ranks = new Ranks();
    expect([9, 9, 7, 7, 7, 1, 0, 0].map((score) => ranks.next(score))).toEqual([1, 1, 3, 3, 3, 6, 7, 7]);
  });

  test('a better rank is worth more, and none nothing', () => {
    expect(scoreOfRank(undefined)).toBe(0);
    expect(scoreOfRank(1)).toBe(1 / 61);
    for (let rank = 1; rank < 200; rank++) expect(scoreOfRank(rank)).toBeGreaterThan(scoreOfRank(rank + 1));
    // Two places among the first sixty are worth more than one first place.
    expect(2 * scoreOfRank(60)).toBeGreaterThan(scoreOfRank(1));
    expect(2 * scoreOfRank(63)).toBeLessThan(scoreOfRank(1));
  });
});
