import * as fc from 'fast-check';
import { createContext, runInContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { canonicalJson } from './canonical-json.js';
import { checkValue } from './check-value.js';
import { sameValue } from './same-value.js';
import type { Value } from './value.js';
import { objectOf, reordered, values } from './value.arbitrary.js';

const checked = (input: unknown): Value => {
  const result = checkValue(input);
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
};

const sharesAContainer = (a: unknown, b: unknown): boolean => {
  if (typeof a !== 'object' || a === null || typeof b !== 'object' || b === null) return false;
  return a === b || Object.keys(a).some((name) => sharesAContainer(Reflect.get(a, name), Reflect.get(b, name)));
};

describe('VAL-1: values an app hands over', () => {
  test('come out equal and as a copy', () => {
    fc.assert(
      fc.property(values, (value) => {
        const copy = checked(value);
        expect(copy).toEqual(value);
        expect(sharesAContainer(copy, value)).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  test('-0 becomes 0; undefined properties are left out; a Buffer becomes plain bytes', () => {
    expect(Object.is(checked(-0), 0)).toBe(true);
    expect(Object.keys(checked({ a: undefined, b: { c: undefined } }) as object)).toEqual(['b']);
    const bytes = checked({ file: Buffer.from([1, 2]) }) as { file: Uint8Array };
    expect(Object.getPrototypeOf(bytes.file)).toBe(Uint8Array.prototype);
    expect([...bytes.file]).toEqual([1, 2]);
  });

  test('__proto__ stays plain data and touches no prototype', () => {
    const copy = checked(JSON.parse('{"__proto__":{"polluted":true},"constructor":1}')) as object;
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype);
    expect(Object.keys(copy)).toEqual(['__proto__', 'constructor']);
    expect('polluted' in copy).toBe(false);
  });

  test('objects without a prototype and of another realm are plain', () => {
    expect(checked(Object.assign(Object.create(null) as object, { a: 1 }))).toEqual({ a: 1 });
    const foreign: unknown = runInContext('({ a: [1, new Uint8Array([2])] })', createContext());
    expect(checked(foreign)).toEqual({ a: [1, new Uint8Array([2])] });
  });

  const cyclic: Record<string, unknown> = { a: {} };
  (cyclic['a'] as Record<string, unknown>)['back'] = [cyclic];

  test.each<[string, unknown, string, string]>([
    ['NaN', { a: [Number.NaN] }, 'not-a-value', '$.a[0]'],
    ['Infinity', Number.POSITIVE_INFINITY, 'not-a-value', '$'],
    ['undefined in an array', { list: [1, undefined] }, 'not-a-value', '$.list[1]'],
    ['a hole in an array', [Object.assign([] as number[], { length: 2 })], 'not-a-value', '$[0][0]'],
    ['undefined itself', undefined, 'not-a-value', '$'],
    ['a bigint', { 'odd name': 1n }, 'not-a-value', '$["odd name"]'],
    ['a function', { f: () => 1 }, 'not-a-value', '$.f'],
    ['a symbol', Symbol('s'), 'not-a-value', '$'],
    ['a symbol key', { [Symbol('s')]: 1 }, 'not-a-value', '$'],
    ['a Date', { at: new Date(0) }, 'not-a-value', '$.at'],
    ['a Map', new Map(), 'not-a-value', '$'],
    ['other typed arrays', new Uint16Array(1), 'not-a-value', '$'],
    ['a class instance', new (class Todo {})(), 'not-a-value', '$'],
    ['a cycle', cyclic, 'cycle', '$.a.back[0]'],
  ])('%s is a typed error naming the place', (_name, input, code, path) => {
    const result = checkValue(input);
    expect(!result.ok && [result.error.code, result.error.path]).toEqual([code, path]);
  });

  test('one object in two places is no cycle', () => {
    const shared = { a: 1 };
    expect(checked([shared, { shared }])).toEqual([{ a: 1 }, { shared: { a: 1 } }]);
  });

  test('the path of an error is cut when names are long', () => {
    const result = checkValue({ ['x'.repeat(100_000)]: [Number.NaN] });
    expect(!result.ok && result.error.path.length).toBeLessThan(300);
  });
});

describe('sameValue', () => {
  test('does not mind the order of properties', () => {
    fc.assert(
      fc.property(values, (value) => {
        expect(sameValue(value, reordered(value))).toBe(true);
      }),
    );
  });

  test.each<[Value, Value]>([
    [{ a: 1 }, { b: 1 }],
    [{ a: 1 }, { a: 1, b: 1 }],
    [{ toString: 1 }, {}],
    [objectOf([['__proto__', {}]]), { a: 1 }],
    [objectOf([['__proto__', {}]]), {}],
    [[], {}],
    [new Uint8Array(0), {}],
    [new Uint8Array(0), []],
    [new Uint8Array([1]), new Uint8Array([2])],
    [
      [1, 2],
      [2, 1],
    ],
    [null, {}],
    [0, ''],
    [0, false],
  ])('%o is not %o', (a, b) => {
    expect(sameValue(a, b)).toBe(false);
    expect(sameValue(b, a)).toBe(false);
  });

  test('-0 is 0', () => expect(sameValue([-0], [0])).toBe(true));

  test('what somebody has put into the prototype of all objects is no part of any', () => {
    const everyObject = Object.prototype as { intruder?: unknown };
    try {
      everyObject.intruder = 1;
      expect(sameValue({ a: {} }, { a: {} })).toBe(true);
      expect(sameValue({ intruder: 1 }, {})).toBe(false);
      expect(sameValue({ intruder: 1 }, { a: 1 })).toBe(false);
      expect(canonicalJson({ a: {} })).toBe('{"a":{}}');
      expect(checked({ a: {} })).toEqual({ a: {} });
    } finally {
      delete everyObject.intruder;
    }
  });
});
