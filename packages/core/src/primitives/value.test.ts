import { createContext, runInContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { isBytes, isPlainObject, setOwn } from './value.js';

const foreign = (code: string): unknown => runInContext(code, createContext());
class Todo {}
class MoreBytes extends Uint8Array {}

describe('plain objects', () => {
  test.each<[string, unknown]>([
    ['a literal', {}],
    ['one without a prototype', Object.create(null)],
    ['one of another realm', foreign('({ a: 1 })')],
    ['one of another realm without a prototype', foreign('Object.create(null)')],
    ['one that was parsed', JSON.parse('{"__proto__":1}')],
    ['a frozen one', Object.freeze({ a: 1 })],
  ])('VAL-1: %s is one', (_what, value) => expect(isPlainObject(value)).toBe(true));

  test.each<[string, unknown]>([
    ['null', null],
    ['undefined', undefined],
    ['a text', 'x'],
    ['a number', 1],
    ['a function', () => 1],
    ['an array', []],
    ['an array of another realm', foreign('[]')],
    ['bytes', new Uint8Array(1)],
    ['a date', new Date(0)],
    ['a date of another realm', foreign('new Date(0)')],
    ['a map', new Map()],
    ['an error', new Error('x')],
    ['a promise', Promise.resolve()],
    ['a class instance', new Todo()],
    ['one that inherits from a plain one', Object.create({ a: 1 })],
    ['one that inherits from one without a prototype', Object.create(Object.create(null) as object)],
    ['one whose prototype has a method that all objects have', Object.create({ hasOwnProperty: 1 })],
    ['a boxed text', Object('x')],
  ])('VAL-1: %s is none', (_what, value) => expect(isPlainObject(value)).toBe(false));
});

describe('bytes', () => {
  test.each<[string, unknown]>([
    ['Uint8Array', new Uint8Array(2)],
    ['a Buffer', Buffer.from('x')],
    ['a subclass', new MoreBytes(1)],
    ['those of another realm', foreign('new Uint8Array(1)')],
    ['a part of a buffer', new Uint8Array(new ArrayBuffer(8), 2, 3)],
  ])('VAL-1: %s are', (_what, value) => expect(isBytes(value)).toBe(true));

  test.each<[string, unknown]>([
    ['a DataView', new DataView(new ArrayBuffer(1))],
    ['an ArrayBuffer', new ArrayBuffer(1)],
    ['clamped bytes', new Uint8ClampedArray(1)],
    ['signed bytes', new Int8Array(1)],
    ['words', new Uint16Array(1)],
    ['a list of numbers', [1, 2]],
    ['what says that it is', { [Symbol.toStringTag]: 'Uint8Array' }],
    ['null', null],
    ['nothing', undefined],
  ])('VAL-1: %s are not', (_what, value) => expect(isBytes(value)).toBe(false));
});

describe('setting an own property', () => {
  test.each(['a', '__proto__', 'constructor', 'hasOwnProperty', 'toString', '', '0'])(
    'VAL-1: %j becomes one that can be listed, changed and deleted, and no prototype',
    (name) => {
      const target: Record<string, unknown> = {};
      setOwn(target, name, { polluted: 1 });
      expect(Object.keys(target)).toEqual([name]);
      expect(Object.getPrototypeOf(target)).toBe(Object.prototype);
      expect('polluted' in target).toBe(false);
      setOwn(target, name, 2);
      expect(Object.entries(target)).toEqual([[name, 2]]);
      expect(Reflect.deleteProperty(target, name)).toBe(true);
      expect(Object.keys(target)).toEqual([]);
    },
  );
});
