import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { Value } from '../../primitives/index.js';
import { compileVector, parseVector, readBytes, vectorBytes } from './read-vector.js';

const VECTORS = { field: 'meaning.at', path: ['meaning', 'at'], dimensions: 3 };
const vectorOf = compileVector(VECTORS);
const read = (at: unknown): Float32Array | null => vectorOf('k', { meaning: { at } } as Value);

describe('SE-60: the vector of a record', () => {
  test('is a list of numbers, or the bytes of a Float32Array wherever they lie: both are the same', () => {
    fc.assert(
      fc.property(
        fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 3, maxLength: 3 }),
        fc.nat(7),
        (numbers, offset) => {
          fc.pre(numbers.some((number) => number * number > 0));
          const vector = Float32Array.from(numbers);
          const around = new Uint8Array(offset + 12);
          around.set(vectorBytes(vector), offset);
          expect(read(numbers)).toEqual(vector);
          expect(read(around.subarray(offset))).toEqual(vector);
          expect(readBytes(vectorBytes(vector), 3)).toEqual(vector);
        },
      ),
    );
    // As every machine has them that browsers run on.
    expect(vectorBytes(Float32Array.of(1, -2))).toEqual(new Uint8Array(Float32Array.of(1, -2).buffer));
  });

  test.each([
    ['nothing', undefined],
    ['null', null],
    ['a text', '1,2,3'],
    ['an object', { 0: 1, 1: 2, 2: 3 }],
    ['too few numbers', [1, 2]],
    ['too many', [1, 2, 3, 4]],
    ['something among them that is none', [1, '2', 3]],
    ['all zeros', [0, 0, 0]],
    ['what is zero as numbers of 32 bits', [1e-300, 0, 0]],
    ['what is infinite as numbers of 32 bits', [1e300, 0, 0]],
    ['bytes of another length', new Uint8Array(13)],
    ['bytes of zeros', new Uint8Array(12)],
    ['bytes of what is not finite', vectorBytes(Float32Array.of(NaN, 1, 1))],
    ['bytes of infinity', vectorBytes(Float32Array.of(1, -Infinity, 1))],
  ])('is none where there is %s', (_, at) => {
    expect(read(at)).toBeNull();
  });

  test('is none where no vectors are defined', () => {
    expect(compileVector(null)('k', { meaning: { at: [1, 2, 3] } })).toBeNull();
  });
});

describe('SE-12: a vector that is searched for', () => {
  test.each([
    ['wrong-type', 'x'],
    ['wrong-type', null],
    ['wrong-type', { length: 3 }],
    ['wrong-type', [1, '2', 3]],
    ['wrong-type', new Uint8Array(3)],
    ['wrong-dimensions', []],
    ['wrong-dimensions', [1, 2]],
    ['not-finite', [1, NaN, 3]],
    ['not-finite', [1, Infinity, 3]],
    ['not-finite', [1, 1e300, 3]],
    ['no-direction', [0, -0, 0]],
    ['no-direction', [1e-300, 0, 0]],
  ])('is refused as %s: %j', (code, input) => {
    expect(parseVector(VECTORS, input)).toMatchObject({ ok: false, error: { code } });
    expect(parseVector(null, input)).toMatchObject({ ok: false, error: { code: 'no-vectors' } });
  });

  test('is refused by its length before anything of it is read', () => {
    expect(parseVector(VECTORS, Array(4e9))).toMatchObject({ error: { code: 'wrong-dimensions', given: 4e9 } });
    expect(parseVector(VECTORS, Array(3))).toMatchObject({ error: { code: 'wrong-type' } });
    expect(parseVector(VECTORS, new BigInt64Array(3))).toMatchObject({ error: { code: 'wrong-type' } });
  });

  test('may be a list or what models give', () => {
    for (const input of [[1, 2, 3], Float32Array.of(1, 2, 3), Float64Array.of(1, 2, 3)])
      expect(parseVector(VECTORS, input)).toEqual({ ok: true, value: Float32Array.of(1, 2, 3) });
  });
});
