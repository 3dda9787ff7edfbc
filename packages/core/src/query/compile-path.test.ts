import { describe, expect, test } from 'vitest';
import type { Value } from '../primitives/index.js';
import { compilePath, readField } from './compile-path.js';
import { place } from './evaluate/values.js';
import type { Path } from './query.js';

/*
 * QU-1: a path names a field, through plain objects. What is written here by hand comes first, then every short path through every small record.
 */

const BYTES = new Uint8Array([7, 8]);
/** As it comes from storage: `__proto__` is a field like any other. */
const read = (json: string): Value => JSON.parse(json) as Value;

describe('QU-1: what a path leads to', () => {
  test.each<[string, Value, Path, Value | undefined]>([
    ['a field', { a: 1 }, ['a'], 1],
    ['a field that is null', { a: null }, ['a'], null],
    ['a field that is false', { a: false }, ['a'], false],
    ['a field of a field', { a: { b: 2 } }, ['a', 'b'], 2],
    ['four names deep', { a: { b: { c: { d: 'x' } } } }, ['a', 'b', 'c', 'd'], 'x'],
    ['a name with a dot', { 'a.b': 3 }, ['a.b'], 3],
    ['not a name with a dot, where names are asked for', { 'a.b': 3 }, ['a', 'b'], undefined],
    ['not a field of a field, where a name with a dot is', { a: { b: 2 } }, ['a.b'], undefined],
    ['an empty name', { '': { '': 5 } }, ['', ''], 5],
    ['no field', { a: 1 }, ['b'], undefined],
    ['no field of what is missing', { a: 1 }, ['b', 'c', 'd'], undefined],
    ['no field of null', { a: null }, ['a', 'b'], undefined],
    ['no field of a number', { a: 1 }, ['a', 'toFixed'], undefined],
    ['no part of a text', { a: 'text' }, ['a', '0'], undefined],
    ['nor its length', { a: 'text' }, ['a', 'length'], undefined],
    ['no item of a list', { a: [5] }, ['a', '0'], undefined],
    ['nor its length', { a: [5] }, ['a', 'length'], undefined],
    ['no field of an item of a list', { a: [{ b: 1 }] }, ['a', 'b'], undefined],
    ['no byte', { a: BYTES }, ['a', '0'], undefined],
    ['nor how many there are', { a: BYTES }, ['a', 'byteLength'], undefined],
    ['nothing that all objects have', {}, ['toString'], undefined],
    ['nor anything within it', {}, ['constructor', 'name'], undefined],
    ['not the prototype', {}, ['__proto__'], undefined],
    ['a field of its name', read('{"__proto__":7}'), ['__proto__'], 7],
    ['a field in a field of its name', read('{"__proto__":{"x":1}}'), ['__proto__', 'x'], 1],
    ['a field named as what all objects have', { toString: 'mine' }, ['toString'], 'mine'],
    ['the key', { a: 1 }, ['_key'], 'k'],
    ['the key, not a field of its name', { _key: 'field' }, ['_key'], 'k'],
    ['the key of a record that is no object', 7, ['_key'], 'k'],
    ['a field of its name further in', { a: { _key: 'inner' } }, ['a', '_key'], 'inner'],
    ['a field within a field of its name', { _key: { a: 1 } }, ['_key', 'a'], 1],
    ['no field of a record that is a text', 'text', ['length'], undefined],
    ['no item of a record that is a list', [1], ['0'], undefined],
    ['no field of a record that is null', null, ['a'], undefined],
  ])('%s', (_what, record, path, found) => {
    expect(compilePath(path)('k', record)).toStrictEqual(found);
  });

  test('no name at all leads to the record itself', () => {
    const record = { a: 1 };
    expect(compilePath([])('k', record)).toBe(record);
    expect(compilePath([])('k', null)).toBeNull();
  });

  test('what is found is the very object, and nothing is written', () => {
    const inner = Object.freeze({ list: Object.freeze([1]) });
    const record = Object.freeze({ a: inner });
    expect(compilePath(['a'])('k', record)).toBe(inner);
    expect(compilePath(['a', 'list'])('k', record)).toBe(inner.list);
  });

  test('a path that is changed later still leads where it did', () => {
    const path = ['a', 'b'];
    const reader = compilePath(path);
    path[1] = 'c';
    expect(reader('k', { a: { b: 1, c: 2 } })).toBe(1);
  });
});

const NAMES = ['a', '_key', '__proto__'] as const;
const LEAVES: readonly Value[] = [null, 1, 'ab', [{ a: 1 }], BYTES];

/** Every object with at most two of the names, and of these values. */
function objectsOf(values: readonly Value[]): Value[] {
  const one = NAMES.flatMap((name) => values.map((value) => Object.fromEntries([[name, value]]) as Value));
  const two = values.flatMap((value, i) => {
    const other = values[(i + 1) % values.length] as Value;
    return NAMES.map((name, j) =>
      Object.fromEntries([
        [name, value],
        [NAMES[(j + 1) % NAMES.length] as string, other],
      ]),
    ) as Value[];
  });
  return [{}, ...one, ...two];
}

const SMALL = objectsOf(LEAVES);
const RECORDS: readonly Value[] = [...LEAVES, ...SMALL, ...objectsOf(SMALL)];
const PATHS: readonly Path[] = NAMES.flatMap((one): Path[] => [
  [one],
  ...NAMES.flatMap((two): Path[] => [[one, two], ...NAMES.map((three): Path => [one, two, three])]),
]);

describe('QU-1: every short path through every small record', () => {
  test('leads where the oracle goes, name after name', () => {
    const wrong: unknown[] = [];
    for (const path of PATHS) {
      const reader = compilePath(path);
      for (const value of RECORDS)
        if (reader('k', value) !== place(path, { key: 'k', value })) wrong.push([path, value]);
    }
    expect(wrong.slice(0, 3)).toEqual([]);
  });

  test('is two paths one after the other, wherever it is cut in two', () => {
    const wrong: unknown[] = [];
    for (const [first, ...rest] of PATHS) {
      // Alone that name is the key, which has no fields.
      if (rest.length === 0 || first === '_key') continue;
      const whole = compilePath([first as string, ...rest]);
      const [begin, end] = [compilePath([first as string]), compilePath(rest)];
      const isKey = rest.length === 1 && rest[0] === '_key';
      for (const value of RECORDS) {
        const between = begin('k', value);
        const found = isKey ? readField(between, '_key') : between === undefined ? undefined : end('k', between);
        if (whole('k', value) !== found) wrong.push([first, rest, value]);
      }
    }
    expect(wrong.slice(0, 3)).toEqual([]);
  });

  test('of one name is that field, and what is no plain object has none', () => {
    for (const value of RECORDS) {
      const isPlain = typeof value === 'object' && value !== null && !Array.isArray(value) && value !== BYTES;
      const fields = new Map(isPlain ? Object.entries(value as { readonly [name: string]: Value }) : []);
      for (const name of NAMES) expect(readField(value, name)).toBe(fields.get(name));
    }
    expect(readField(undefined, 'a')).toBeUndefined();
  });
});
