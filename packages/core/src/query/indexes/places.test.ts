import { describe, expect, test } from 'vitest';
import type { Value } from '../../primitives/index.js';
import { evaluate } from '../evaluate/evaluate.js';
import type { Entry } from '../entry.js';
import { valueToLiteral } from '../literal.js';
import type { Path } from '../query.js';
import { HashIndex } from './hash-index.js';
import { OrderedIndex } from './ordered-index.js';

/*
 * QU-26: what an index has of a record, at paths of every kind. Written by hand from QU-1, which says what a path leads to and what equals what. Both
 * kinds of index have the same records, for the one that is in order has all values.
 */

const read = (json: string): Value => JSON.parse(json) as Value;
const BYTES = new Uint8Array([1, 2]);

/** Of these records, each under its number. */
const RECORDS: readonly Value[] = [
  /* 0 */ { a: 1 },
  /* 1 */ { a: '1' },
  /* 2 */ { a: null },
  /* 3 */ {},
  /* 4 */ { a: { b: 1 } },
  /* 5 */ { 'a.b': 1 },
  /* 6 */ { a: [1, { b: 1 }] },
  /* 7 */ { a: { c: 2, b: 1 } },
  /* 8 */ { a: { b: 1, c: 2 } },
  /* 9 */ read('{"__proto__":1}'),
  /* 10 */ read('{"__proto__":{"b":1}}'),
  /* 11 */ { a: BYTES },
  /* 12 */ { a: Uint8Array.from(BYTES) },
  /* 13 */ 'a',
  /* 14 */ [1],
  /* 15 */ { a: true, toString: 1 },
  /* 16 */ { a: { b: null } },
  /* 17 */ { a: -0 },
  /* 18 */ { a: 0, _key: 'mine' },
  /* 19 */ { a: '' },
];
const keyOf = (i: number): string => `r${String(i).padStart(2, '0')}`;
const ENTRIES: readonly Entry[] = RECORDS.map((value, i) => ({ key: keyOf(i), value }));

/** A path, a value, and which records have it there. */
const TABLE: readonly (readonly [path: Path, value: Value, records: readonly number[]])[] = [
  [['a'], 1, [0]],
  [['a'], '1', [1]],
  [['a'], true, [15]],
  [['a'], false, []],
  // Null is a value; what is missing is none.
  [['a'], null, [2]],
  [['a', 'b'], null, [16]],
  // There is one zero, and an empty text is another thing.
  [['a'], 0, [17, 18]],
  [['a'], -0, [17, 18]],
  [['a'], '', [19]],
  // By content, whatever the turn of the fields.
  [['a'], { b: 1 }, [4]],
  [['a'], { c: 2, b: 1 }, [7, 8]],
  [['a'], [1, { b: 1 }], [6]],
  [['a'], [{ b: 1 }, 1], []],
  [['a'], Uint8Array.from([1, 2]), [11, 12]],
  [['a'], [1, 2], []],
  // Through plain objects: not into lists, and not by a name with a dot.
  [['a', 'b'], 1, [4, 7, 8]],
  [['a', 'b', 'c'], 1, []],
  [['a', '0'], 1, []],
  [['a', '1', 'b'], 1, []],
  [['a.b'], 1, [5]],
  // Names like any other.
  [['__proto__'], 1, [9]],
  [['__proto__', 'b'], 1, [10]],
  [['toString'], 1, [15]],
  [['constructor'], 1, []],
  [['length'], 1, []],
  [['0'], 1, []],
  // The key is every record's own, whatever fields it has.
  [['_key'], 'mine', []],
  [['_key'], keyOf(13), [13]],
];

describe.each([
  ['hash', () => new HashIndex(['a'])],
  ['ordered', () => new OrderedIndex(['a'])],
] as const)('QU-26: of records without a value at its path, the %s index', (_type, create) => {
  test('has none, whether they are loaded, added, changed or taken out', () => {
    const index = create();
    const without = ENTRIES.filter((_, i) => [3, 5, 9, 10, 13, 14].includes(i));
    index.load(without);
    for (const entry of without) {
      index.add(entry);
      for (const other of without) index.change(entry.key, entry.value, other.value);
      index.remove(entry);
    }
    expect([index.size, index.bytes]).toEqual([0, 0]);
    index.load(ENTRIES);
    expect(index.size).toBe(RECORDS.length - without.length);
  });

  test('a record comes in and goes as its value does', () => {
    const index = create();
    const steps: readonly (readonly [before: Value | undefined, after: Value | undefined, size: number])[] = [
      [undefined, {}, 0],
      [{}, { a: 1 }, 1],
      [{ a: 1 }, { a: 1, b: 2 }, 1],
      [{ a: 1, b: 2 }, { a: null }, 1],
      [{ a: null }, { a: [1] }, 1],
      [{ a: [1] }, { b: 2 }, 0],
      [{ b: 2 }, 'a text', 0],
      ['a text', { a: 'x' }, 1],
      [{ a: 'x' }, undefined, 0],
    ];
    for (const [before, after, size] of steps) {
      index.change('k', before, after);
      expect([before, after, index.size]).toEqual([before, after, size]);
    }
    expect(index.bytes).toBe(0);
  });
});

describe('QU-26: what is at a path', () => {
  test.each(TABLE)('%j equals %j in the records %j', (path, value, records) => {
    const keys = records.map(keyOf);
    const hash = new HashIndex(path);
    hash.load(ENTRIES);
    expect([[...hash.find(value)].toSorted(), hash.count(value)]).toEqual([keys, keys.length]);
    // One by one, from the other end, and some of them twice.
    const slow = new HashIndex(path);
    for (const entry of [...ENTRIES.toReversed(), ...ENTRIES.slice(5)]) slow.add(entry);
    expect([[...slow.find(value)].toSorted(), slow.size, slow.bytes]).toEqual([keys, hash.size, hash.bytes]);
    // The evaluation says so, too.
    const where = { type: 'eq', path, value: valueToLiteral(value) } as const;
    expect(evaluate({ where, sort: [], limit: null }, ENTRIES).map(({ key }) => key)).toEqual(keys);
  });

  test.each(TABLE.filter(([, value]) => typeof value !== 'object'))(
    '%j from %j up to it is in the records %j',
    (path, value, records) => {
      const index = new OrderedIndex(path);
      index.load(ENTRIES);
      const bound = { value, isIncluded: true };
      const range = { lower: bound, upper: bound };
      expect([[...index.find(range)], index.count(range)]).toEqual([records.map(keyOf), records.length]);
      const none = { lower: { value, isIncluded: false }, upper: bound };
      expect([[...index.find(none)], index.count(none)]).toEqual([[], 0]);
    },
  );

  test('in the order of all values, written by hand', () => {
    const index = new OrderedIndex(['a']);
    index.load(ENTRIES);
    // null, true, the zeros, 1, the empty text, '1', bytes, a list, and objects by their fields: null before 1, and fewer before more.
    const wanted = [2, 15, 17, 18, 0, 19, 1, 11, 12, 6, 16, 4, 7, 8].map(keyOf);
    expect([...index.find(null)]).toEqual(wanted);
    expect([...index.find(null, 'desc')]).toEqual(wanted.toReversed());
    const inner = new OrderedIndex(['a', 'b']);
    inner.load(ENTRIES);
    expect([...inner.find(null)]).toEqual([16, 4, 7, 8].map(keyOf));
  });
});
