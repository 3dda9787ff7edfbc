import { describe, expect, test } from 'vitest';
import { canonicalJson, canonicalText } from './canonical-json.js';
import type { JsonValue } from './encode-value.js';
import type { Value } from './value.js';

/** Digests and ledgers are made of these bytes: they never change. */
const VECTORS: readonly (readonly [value: Value, text: string])[] = [
  [null, 'null'],
  [true, 'true'],
  [-0, '0'],
  [1e21, '1e+21'],
  [1e-7, '1e-7'],
  [123456789012345680000, '123456789012345680000'],
  [0.1 + 0.2, '0.30000000000000004'],
  [2 ** 53 - 1, '9007199254740991'],
  [-1.5, '-1.5'],
  [5e-324, '5e-324'],
  ['', '""'],
  ['"\\/', '"\\"\\\\/"'],
  ['\b\f\n\r\t\u0000\u001f', '"\\b\\f\\n\\r\\t\\u0000\\u001f"'],
  ['\u007f\u2028\u2029é😀', '"\u007f\u2028\u2029é😀"'],
  ['\ud800', '"\\ud800"'],
  [[], '[]'],
  [[[], [null]], '[[],[null]]'],
  [{}, '{}'],
  [{ b: 1, a: 2 }, '{"a":2,"b":1}'],
  [{ a10: 1, a2: 1, a1: 1 }, '{"a1":1,"a10":1,"a2":1}'],
  [{ 10: 1, 9: 2, a: 3 }, '{"10":1,"9":2,"a":3}'],
  [{ '': 1, ' ': 2, '\u0000': 3 }, '{"":1,"\\u0000":3," ":2}'],
  [{ é: 1, z: 2, Z: 3, '😀': 4, '\uffff': 5 }, '{"Z":3,"z":2,"é":1,"😀":4,"\uffff":5}'],
  [new Uint8Array(0), '{"$bytes":""}'],
  [new Uint8Array([0, 255, 16]), '{"$bytes":"AP8Q"}'],
  [{ $: null }, '{"$$":null}'],
  [{ $bytes: [] }, '{"$$bytes":[]}'],
  [{ $a: 1, $b: 2 }, '{"$a":1,"$b":2}'],
  [[{ x: new Uint8Array([1]), $y: 0 }], '[{"$y":0,"x":{"$bytes":"AQ"}}]'],
];

describe('canonical JSON', () => {
  test.each(VECTORS)('VAL-3: %j is written %s', (value, text) => {
    expect(canonicalJson(value)).toBe(text);
  });

  test.each(VECTORS)('VAL-3: the text of %j is its own canonical form', (_value, text) => {
    expect(canonicalText(JSON.parse(text) as JsonValue)).toBe(text);
  });

  test('VAL-3: an own __proto__ is a name like any other, in its place', () => {
    const value = JSON.parse('{"a":1,"__proto__":{"z":0,"y":0},"Z":2}') as Value;
    expect(canonicalJson(value)).toBe('{"Z":2,"__proto__":{"y":0,"z":0},"a":1}');
  });

  test('VAL-3: what an app’s object inherits is no part of it', () => {
    expect(canonicalJson(Object.create(null) as Value)).toBe('{}');
  });
});
