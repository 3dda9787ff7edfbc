import { describe, expect, test } from 'vitest';
import { checkValue, pathText } from './check-value.js';
import { decodeValue, encodeValue } from './encode-value.js';
import { checkKey } from './names.js';
import { MAX_VALUE_DEPTH, type Value } from './value.js';

// The place and the sentence of everything that is no value, as apps read them.

const said = (result: ReturnType<typeof checkValue>): string =>
  result.ok ? 'taken' : `${result.error.code} ${result.error.path}: ${result.error.message}`;

const cyclic: unknown[] = [1];
cyclic.push({ again: cyclic });
class Point {
  readonly x = 1;
}
const nested = (depth: number, inner: unknown = 1): unknown => {
  let value = inner;
  for (let i = 0; i < depth; i += 1) value = i % 2 === 0 ? [value] : { a: value };
  return value;
};

describe('VAL-1: what an app hands over', () => {
  test.each<[string, unknown, string]>([
    ['nothing', undefined, 'not-a-value $: undefined is no value here; leave the property out or use null'],
    ['no number', Number.NaN, 'not-a-value $: NaN is not a finite number'],
    ['an endless one', [1, -Infinity], 'not-a-value $[1]: -Infinity is not a finite number'],
    ['a bigint', { a: 1n }, 'not-a-value $.a: a bigint is neither JSON nor bytes'],
    ['a function', { 'a b': [() => 1] }, 'not-a-value $["a b"][0]: a function is neither JSON nor bytes'],
    ['a symbol', [Symbol('s')], 'not-a-value $[0]: a symbol is neither JSON nor bytes'],
    ['a date', { at: new Date(0) }, 'not-a-value $.at: a Date is neither JSON nor bytes'],
    ['a map', new Map(), 'not-a-value $: a Map is neither JSON nor bytes'],
    ['a thing of a class', new Point(), 'not-a-value $: a Point is neither JSON nor bytes'],
    ['words of 16 bits', new Uint16Array(1), 'not-a-value $: a Uint16Array is neither JSON nor bytes'],
    [
      'nothing in a list',
      [1, undefined],
      'not-a-value $[1]: undefined is no value here; leave the property out or use null',
    ],
    [
      'what is named by a symbol',
      { a: { [Symbol('s')]: 1 } },
      'not-a-value $.a: a property named by a symbol cannot be stored',
    ],
    ['what holds itself', cyclic, 'cycle $[1].again: a value cannot contain itself'],
    ['the first of several', { a: 1, b: [Number.NaN], c: () => 1 }, 'not-a-value $.b[0]: NaN is not a finite number'],
  ])('%s', (_what, value, expected) => {
    expect(said(checkValue(value))).toBe(expected);
  });

  test('the same thing twice is no cycle, and is there twice', () => {
    const shared = { x: [1] };
    const checked = checkValue({ a: shared, b: [shared, shared] });
    expect(checked).toEqual({ ok: true, value: { a: { x: [1] }, b: [{ x: [1] }, { x: [1] }] } });
  });

  test('is copied: what becomes of it later changes nothing', () => {
    const given = { list: [1, { a: 1 }], bytes: Uint8Array.of(1), gone: undefined, zero: -0 };
    const checked = checkValue(given);
    given.list.push(2);
    given.bytes[0] = 9;
    expect(checked).toEqual({ ok: true, value: { list: [1, { a: 1 }], bytes: Uint8Array.of(1), zero: 0 } });
    expect(checked.ok && Object.keys(checked.value as object)).toEqual(['list', 'bytes', 'zero']);
    expect(checked.ok && Object.is((checked.value as { zero: number }).zero, 0)).toBe(true);
  });

  test('nests so deep, and no deeper; bytes and scalars are no level', () => {
    for (const inner of [1, Uint8Array.of(1)]) {
      const deepest = nested(MAX_VALUE_DEPTH, inner);
      expect(said(checkValue(deepest))).toBe('taken');
      const wire = encodeValue(deepest as Value);
      expect(decodeValue(wire)).toEqual({ ok: true, value: deepest });
      for (const read of [checkValue, decodeValue]) {
        const deeper = read(read === checkValue ? [deepest] : [wire]);
        expect(said(deeper)).toMatch(
          new RegExp(`^too-deep \\$.*: values nest at most ${MAX_VALUE_DEPTH} levels deep$`),
        );
      }
    }
  });

  test('a place of long names is cut', () => {
    const long = 'x'.repeat(200);
    expect(pathText([long])).toBe(`$.${long}`);
    expect(pathText([long, long])).toBe(`${`$.${long}.${long}`.slice(0, 256)}…`);
    expect(pathText(['a', 0, 'b c', '0', '', '_1'])).toBe('$.a[0]["b c"]["0"][""]._1');
  });
});

describe('VAL-2: what arrives', () => {
  const only = (name: string): string =>
    `an object with the single key ${JSON.stringify(name)} must be bytes or escaped`;
  test.each<[string, unknown, string]>([
    ['nothing', undefined, 'not-a-value $: undefined is not JSON'],
    ['a bigint', [1n], 'not-a-value $[0]: bigint is not JSON'],
    ['no number', { a: Number.NaN }, 'not-a-value $.a: NaN is not a finite number'],
    ['an endless one', Infinity, 'not-a-value $: Infinity is not a finite number'],
    ['bytes that are not written as such', { a: Uint8Array.of(1) }, 'not-a-value $.a: only JSON is expected here'],
    ['a date', new Date(0), 'not-a-value $: only JSON is expected here'],
    ['a mark there is not', [{ $date: 1 }], `not-a-value $[0]: ${only('$date')}`],
    ['bytes of no text', { $bytes: 1 }, `not-a-value $: ${only('$bytes')}`],
    ['bytes of another alphabet', { a: { $bytes: '+/' } }, `not-a-value $.a: ${only('$bytes')}`],
    ['a name that is not escaped', { $: 1 }, `not-a-value $: ${only('$')}`],
    [
      'what is wrong within an escaped one',
      { $$a: [Number.NaN] },
      'not-a-value $["$$a"][0]: NaN is not a finite number',
    ],
    ['the first of several', { a: [{ $x: 1 }], b: Number.NaN }, `not-a-value $.a[0]: ${only('$x')}`],
  ])('%s', (_what, json, expected) => {
    expect(said(decodeValue(json))).toBe(expected);
  });

  test('and is not written to; what needs no change is passed on as it is', () => {
    const plain = { a: [1, 'x', null, { b: true }] };
    const read = decodeValue(plain);
    expect(read.ok && read.value).toBe(plain);
    const given = { keep: [1], zero: -0, list: [1, { $bytes: 'AQ' }, 2], after: { c: 1 } };
    const before = structuredClone(given);
    const changed = decodeValue(given);
    expect(changed).toEqual({
      ok: true,
      value: { keep: [1], zero: 0, list: [1, Uint8Array.of(1), 2], after: { c: 1 } },
    });
    expect(given).toEqual(before);
    expect(changed.ok && (changed.value as { keep: unknown }).keep).toBe(given.keep);
  });
});

describe('VAL-1: what is no key', () => {
  const why = (key: unknown, maxBytes?: number): string => {
    const checked = checkKey(key, maxBytes);
    return checked.ok ? 'taken' : `${checked.error.code}: ${checked.error.message}`;
  };

  test.each<[unknown, string]>([
    [null, 'invalid-key: a key is a string, not null'],
    [undefined, 'invalid-key: a key is a string, not undefined'],
    [5, 'invalid-key: a key is a string, not number'],
    [['a'], 'invalid-key: a key is a string, not object'],
    ['', 'invalid-key: a key is not empty'],
    ['\ud83d', 'invalid-key: a key is well-formed text: this one holds half of a surrogate pair'],
    ['a\ude00b', 'invalid-key: a key is well-formed text: this one holds half of a surrogate pair'],
    ['__proto__', 'taken'],
    ['\0', 'taken'],
  ])('%j', (key, expected) => {
    expect(why(key)).toBe(expected);
  });

  test.each([
    ['a', 1],
    ['é', 2],
    ['€', 3],
    ['\u{1f600}', 4],
  ])('%s is %i bytes: as many as may be are taken, and one more is not', (character, bytes) => {
    for (const count of [1, 2, 5, 100]) {
      const key = character.repeat(count);
      expect(why(key, bytes * count)).toBe('taken');
      expect(why(key, bytes * count - 1)).toBe(
        `key-too-long: a key has at most ${bytes * count - 1} bytes; this one has ${bytes * count}`,
      );
    }
  });

  test('without a limit said, 1,024 bytes', () => {
    expect([why('a'.repeat(1_024)), why('a'.repeat(1_025)).slice(0, 12)]).toEqual(['taken', 'key-too-long']);
  });
});
