import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson, sameValue, type Value } from '../primitives/index.js';
import { isScalar, literalValue, valueToLiteral } from './literal.js';
import { value } from './query.arbitrary.js';
import type { Literal } from './query.js';

/*
 * QU-2: a query is plain JSON and holds no object with names chosen by a user. So what is more than a scalar is in it as text.
 */

describe('QU-2: a constant in a query', () => {
  test.each<[Value, Literal]>([
    [null, null],
    [true, true],
    [false, false],
    [0, 0],
    [-1.5, -1.5],
    ['', ''],
    ['{"json":"1"}', '{"json":"1"}'],
    [[], { json: '[]' }],
    [[1, 'a', null], { json: '[1,"a",null]' }],
    [{}, { json: '{}' }],
    [{ b: 1, a: [2] }, { json: '{"a":[2],"b":1}' }],
    [{ json: 'x' }, { json: '{"json":"x"}' }],
    [JSON.parse('{"__proto__":1}') as Value, { json: '{"__proto__":1}' }],
  ])('%j is %j, and is read as what it was', (plain, literal) => {
    expect(valueToLiteral(plain)).toStrictEqual(literal);
    expect(literalValue(literal)).toStrictEqual(plain);
    expect(isScalar(literal)).toBe(typeof plain !== 'object' || plain === null);
  });

  test('is what it was of every value, over JSON too', () => {
    fc.assert(
      fc.property(value, (one) => {
        const literal = valueToLiteral(one);
        expect(sameValue(literalValue(literal), one)).toBe(true);
        const sent = JSON.parse(JSON.stringify(literal)) as Literal;
        expect(sent).toStrictEqual(literal);
        // The only object there is has one name, which is not the user's.
        if (typeof sent === 'object' && sent !== null) expect(Object.keys(sent)).toEqual(['json']);
      }),
      { numRuns: 300 },
    );
  });

  test('is the same for what is equal by content, and for nothing else', () => {
    fc.assert(
      fc.property(value, value, (one, other) => {
        const isSame = JSON.stringify(valueToLiteral(one)) === JSON.stringify(valueToLiteral(other));
        expect(isSame).toBe(canonicalJson(one) === canonicalJson(other));
      }),
      { numRuns: 300 },
    );
  });

  test('of bytes is read as bytes', () => {
    for (const bytes of [[], [0], [255, 0, 128]].map((list) => Uint8Array.from(list))) {
      const again = literalValue(valueToLiteral(bytes));
      expect(again).toBeInstanceOf(Uint8Array);
      expect(again).toStrictEqual(bytes);
    }
  });

  test('does not change with the object it was made of, nor is what is read shared', () => {
    const list = [1, 2];
    const literal = valueToLiteral(list);
    list.push(3);
    const [one, other] = [literalValue(literal), literalValue(literal)];
    expect([one, other]).toEqual([
      [1, 2],
      [1, 2],
    ]);
    expect(one).not.toBe(other);
  });

  test.each(['', '{', 'undefined', '[1,]', 'NaN', '1 2', "'a'"])('whose text is %j is a defect', (json) => {
    expect(() => literalValue({ json })).toThrow(SyntaxError);
  });
});
