import fc from 'fast-check';
import { expect, it } from 'vitest';

import { packRow, unpackRow } from './row-bytes.js';

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 100 }),
  fc.string({ unit: 'binary', minLength: 64, maxLength: 200 }).map((each) => `${each}\n`),
  // Halves of characters too, which keys may hold.
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 80 }).map((units) => String.fromCharCode(...units)),
);

it('EN-1: what rows hold comes out of their bytes as it went in, whatever its texts', () => {
  const value = fc.oneof(text, fc.integer(), fc.boolean(), fc.constant(null), fc.array(text));
  const plain = { noNullPrototype: true };
  const object = fc.dictionary(fc.string(), value, plain);
  const row = fc.dictionary(fc.string({ unit: 'grapheme' }), fc.oneof(value, object), plain);
  fc.assert(
    fc.property(row, (fields) => {
      expect(unpackRow(packRow(fields))).toEqual(fields);
    }),
  );
});

it('EN-1: a kind of value that rows do not hold is refused, and not lost', () => {
  for (const value of [new Uint8Array(1), new Date(0), () => 1, 1n]) {
    expect(() => packRow({ value })).toThrow(TypeError);
  }
});
