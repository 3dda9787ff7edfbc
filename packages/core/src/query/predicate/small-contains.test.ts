import { describe, expect, test } from 'vitest';
import { canonicalJson, type Value } from '../../primitives/index.js';
import { compilePath } from '../compile-path.js';
import { valueToLiteral } from '../literal.js';
import { ALWAYS, NEVER, type Literal, type Path, type Predicate } from '../query.js';
import { compileContains, compileContainsAll, compileContainsAny } from './compile-contains.js';
import { compilePredicate, compilePredicateOn } from './compile-predicate.js';

/** What may contain something, and what may not. */
const CONTAINERS: readonly (Value | undefined)[] = [
  undefined,
  null,
  true,
  7,
  '',
  'a',
  'ab',
  'Äb',
  'null',
  '7',
  [],
  ['a'],
  ['A'],
  ['ab'],
  [7],
  [null],
  [[]],
  [['a']],
  ['a', 7, null],
  [{ x: 1, y: 2 }],
  [new Uint8Array([1])],
  {},
  { a: 'a' },
  new Uint8Array([7]),
];
const WANTED: readonly Value[] = ['', 'a', 'B', 'ä', 7, null, true, [], ['a'], { y: 2, x: 1 }, new Uint8Array([1])];

/** QU-11, word by word: an array has an equal item, or a string has the string somewhere, letter case aside. */
function has(container: Value | undefined, wanted: Value): boolean {
  if (Array.isArray(container)) return container.some((item: Value) => canonicalJson(item) === canonicalJson(wanted));
  return (
    typeof container === 'string' &&
    typeof wanted === 'string' &&
    container.toLowerCase().includes(wanted.toLowerCase())
  );
}
const canContain = (value: Value | undefined): boolean => typeof value === 'string' || Array.isArray(value);

const LISTS: readonly (readonly Value[])[] = [
  [],
  ...WANTED.map((value) => [value]),
  ...WANTED.flatMap((one) => WANTED.map((other) => [one, other])),
];

describe('QU-11: every small container, asked for every value and every two', () => {
  test('one value', () => {
    for (const wanted of WANTED) {
      const test = compileContains(valueToLiteral(wanted));
      for (const container of CONTAINERS)
        expect([container, wanted, test(container)]).toEqual([container, wanted, has(container, wanted)]);
    }
  });

  test('any and all of several, none of them among these', () => {
    const wrong: unknown[] = [];
    for (const list of LISTS) {
      const literals = list.map(valueToLiteral);
      const [any, all] = [compileContainsAny(literals), compileContainsAll(literals)];
      for (const container of CONTAINERS) {
        if (any(container) !== list.some((value) => has(container, value))) wrong.push(['any', list, container]);
        const hasAll = canContain(container) && list.every((value) => has(container, value));
        if (all(container) !== hasAll) wrong.push(['all', list, container]);
      }
    }
    expect(wrong).toEqual([]);
  });
});

describe('QU-1: conditions on rows in another form', () => {
  const leaf = (type: 'eq' | 'ne', name: string, value: Literal): Predicate => ({ type, path: [name], value });
  /** Reads paths from a list of values, and remembers which it was asked for. */
  function watched(values: Readonly<Record<string, Value>>) {
    const read: string[] = [];
    const readerOf = (path: Path) => (_key: string, row: Readonly<Record<string, Value>>) => {
      read.push(path.join('.'));
      return row[path.join('.')];
    };
    return { test: (predicate: Predicate) => compilePredicateOn(predicate, readerOf)('k', values), read };
  }

  test('read each path as far as it decides, in the order it was written, and no further', () => {
    const [yes, no] = [(name: string) => leaf('eq', name, 1), (name: string) => leaf('ne', name, 1)];
    const values = { a: 1, b: 1, c: 1 };
    const cases: readonly (readonly [Predicate, boolean, readonly string[]])[] = [
      [ALWAYS, true, []],
      [NEVER, false, []],
      [yes('a'), true, ['a']],
      [{ type: 'and', of: [yes('a'), yes('b')] }, true, ['a', 'b']],
      [{ type: 'and', of: [no('a'), yes('b')] }, false, ['a']],
      [{ type: 'or', of: [yes('a'), yes('b')] }, true, ['a']],
      [{ type: 'or', of: [no('a'), yes('b'), yes('c')] }, true, ['a', 'b']],
      [{ type: 'not', of: { type: 'or', of: [no('a'), no('b')] } }, true, ['a', 'b']],
      [{ type: 'and', of: [{ type: 'or', of: [no('a'), no('b')] }, yes('c')] }, false, ['a', 'b']],
    ];
    for (const [predicate, met, paths] of cases) {
      const { test: holds, read } = watched(values);
      expect([predicate, holds(predicate), read]).toEqual([predicate, met, paths]);
    }
  });

  test('of every type are met as they are by records that hold the same', () => {
    const types: readonly Predicate[] = [
      leaf('eq', 'a', 1),
      leaf('ne', 'a', { json: '[1]' }),
      { type: 'gt', path: ['a'], value: 0 },
      { type: 'gte', path: ['a'], value: 'a' },
      { type: 'lt', path: ['a'], value: true },
      { type: 'lte', path: ['a'], value: { json: '{"$bytes":"AQ"}' } },
      { type: 'in', path: ['a'], values: [1, { json: '[1]' }, null] },
      { type: 'nin', path: ['a'], values: ['a'] },
      { type: 'exists', path: ['a'], exists: true },
      { type: 'isNull', path: ['a'], isNull: true },
      { type: 'startsWith', path: ['a'], prefix: 'a' },
      { type: 'like', path: ['a'], pattern: '_%b', caseInsensitive: true },
      { type: 'regex', path: ['a'], pattern: '^a.?$', caseInsensitive: false },
      { type: 'contains', path: ['a'], value: 'a' },
      { type: 'containsAny', path: ['a'], values: [7, 'b'] },
      { type: 'containsAll', path: ['a'], values: [] },
      { type: 'match', path: ['a'], text: 'ab' },
    ];
    for (const predicate of types) {
      const holds = compilePredicate(predicate);
      const elsewhere = compilePredicateOn(
        predicate,
        (path) => (_key, row: readonly (Value | undefined)[]) => row[path.length - 1],
      );
      for (const a of [...CONTAINERS, 1, false, new Uint8Array([1])]) {
        const record: Value = a === undefined ? {} : { a };
        expect([predicate, a, elsewhere('k', [a])]).toEqual([predicate, a, holds('k', record)]);
      }
    }
  });

  test('the key is what it is, whatever the record says', () => {
    const key: Predicate = { type: 'startsWith', path: ['_key'], prefix: 'k' };
    for (const value of [{}, { _key: 'x' }, null, 'k', [1]] as const) {
      expect(compilePredicate(key)('k1', value as Value)).toBe(true);
      expect(compilePredicate(key)('x1', value as Value)).toBe(false);
    }
    expect(compilePath(['_key'])('k', { _key: 'x' })).toBe('k');
  });
});
