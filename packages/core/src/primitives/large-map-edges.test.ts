import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LargeMap } from './large-map.js';
import { LargeSet } from './large-set.js';
import { partOf, PARTS, SPLIT_AT } from './text-part.js';

// Where one map becomes many: one key less, one more, while it is gone through, and never back.

const keyOf = (i: number): string => `key ${i}`;
const sorted = <T>(items: Iterable<T>): T[] => [...items].sort();

describe.each([0, 1, 2, 5, 40])('QU-8: a large map and set that are in parts beyond %i keys', (splitAt) => {
  test('hold the same one key before, at and after that, and on the way back', () => {
    const [map, set] = [new LargeMap<number>(splitAt), new LargeSet(splitAt)];
    const model = new Map<string, number>();
    const check = (): void => {
      expect([map.size, set.size]).toEqual([model.size, model.size]);
      expect(sorted(map.keys())).toEqual(sorted(model.keys()));
      expect(sorted(map.values())).toEqual(sorted(model.values()));
      expect(sorted(set)).toEqual(sorted(model.keys()));
      for (let i = 0; i < splitAt + 4; i += 1) {
        expect(map.get(keyOf(i))).toBe(model.get(keyOf(i)));
        expect([map.has(keyOf(i)), set.has(keyOf(i))]).toEqual([model.has(keyOf(i)), model.has(keyOf(i))]);
      }
    };
    check();
    for (let i = 0; i < splitAt + 3; i += 1) {
      map.set(keyOf(i), i);
      set.add(keyOf(i));
      model.set(keyOf(i), i);
      check();
    }
    for (let i = 0; i < splitAt + 3; i += 1) {
      expect([map.delete(keyOf(i)), set.delete(keyOf(i)), model.delete(keyOf(i))]).toEqual([true, true, true]);
      expect([map.delete(keyOf(i)), set.delete(keyOf(i))]).toEqual([false, false]);
      check();
    }
  });

  test('keep one order: that in which keys came until they are in parts, then that of the parts', () => {
    const [map, set] = [new LargeMap<number>(splitAt), new LargeSet(splitAt)];
    const keys: string[] = [];
    for (let i = 0; i < splitAt + 3; i += 1) {
      map.set(keyOf(i), i);
      set.add(keyOf(i));
      keys.push(keyOf(i));
      const parts = keys.map((key, at) => [partOf(key), at] as const).sort(([a, i1], [b, i2]) => a - b || i1 - i2);
      const inOrder = keys.length <= splitAt ? keys : parts.map(([, at]) => keys[at]!);
      expect([...map.keys()]).toEqual(inOrder);
      expect([...set]).toEqual(inOrder);
      expect([...map]).toEqual(inOrder.map((key) => [key, keys.indexOf(key)]));
    }
  });

  test('a value that is written again is in the place of the one before, be it undefined', () => {
    const map = new LargeMap<number | undefined>(splitAt);
    for (let i = 0; i < splitAt + 2; i += 1) map.set(keyOf(i), i);
    const { size } = map;
    for (const value of [7, undefined]) {
      map.set(keyOf(0), value);
      expect([map.get(keyOf(0)), map.has(keyOf(0)), map.size]).toEqual([value, true, size]);
    }
  });

  test('what was there when one began to go through it is met once, though it comes into parts meanwhile', () => {
    const [map, set] = [new LargeMap<number>(splitAt), new LargeSet(splitAt)];
    for (let i = 0; i < splitAt; i += 1) {
      map.set(keyOf(i), i);
      set.add(keyOf(i));
    }
    const [walk, walkOfSet] = [map[Symbol.iterator](), set[Symbol.iterator]()];
    const met = [walk.next(), walkOfSet.next()];
    for (let i = 0; i < 3; i += 1) {
      map.set(`new ${i}`, i);
      set.add(`new ${i}`);
    }
    const rest = [
      [...{ [Symbol.iterator]: () => walk }].map(([key]) => key),
      [...{ [Symbol.iterator]: () => walkOfSet }],
    ];
    const all = Array.from({ length: splitAt }, (_, i) => keyOf(i)).sort();
    for (const [i, first] of met.entries()) {
      const keys = first.done === true ? [] : [typeof first.value === 'string' ? first.value : first.value[0]];
      expect([...keys, ...rest[i]!].filter((key) => key.startsWith('key')).sort()).toEqual(all);
    }
  });
});

test('QU-8: beyond 32,768 keys they are in parts, and hold what they held', () => {
  expect([SPLIT_AT, PARTS]).toEqual([32_768, 64]);
  const [map, set] = [new LargeMap<number>(), new LargeSet()];
  const add = (i: number): void => {
    map.set(String(i), i);
    set.add(String(i));
  };
  for (let i = 0; i < SPLIT_AT; i += 1) add(i);
  const isInOrder = (keys: Iterable<string>): boolean => [...keys].every((key, i) => key === String(i));
  expect([isInOrder(map.keys()), isInOrder(set)]).toEqual([true, true]);
  add(SPLIT_AT);
  expect([isInOrder(map.keys()), isInOrder(set), map.size, set.size]).toEqual([
    false,
    false,
    SPLIT_AT + 1,
    SPLIT_AT + 1,
  ]);
  expect([map.get('0'), map.get(String(SPLIT_AT)), set.has('1'), map.get('-1')]).toEqual([
    0,
    SPLIT_AT,
    true,
    undefined,
  ]);
});

describe('QU-8: in which part a text is', () => {
  /** The same by whole numbers without bits: FNV-1a of the last 64 code units, folded, by the logarithm of its last ten bits. */
  function partByNumbers(text: string): number {
    let hash = 0x811c_9dc5n;
    for (const unit of text.slice(-64).split('')) {
      hash = BigInt.asUintN(32, (hash ^ BigInt(unit.charCodeAt(0))) * 0x0100_0193n);
    }
    // As JavaScript shifts: the sign is not carried on.
    const folded = Number((hash ^ (hash / 2n ** 15n)) % 1_024n);
    return Math.floor(64 * Math.log2(1 + folded / 1_024));
  }

  test('is what its last 64 code units come to', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 100 }), fc.string({ maxLength: 20 }), (text, before) => {
        expect(partOf(text)).toBe(partByNumbers(text));
        const long = text + 'x'.repeat(64);
        expect(partOf(before + long)).toBe(partOf(long));
      }),
      { numRuns: 300 },
    );
    for (const length of [0, 1, 63, 64, 65, 66])
      expect(partOf('ab'.repeat(40).slice(0, length))).toBe(partByNumbers('ab'.repeat(40).slice(0, length)));
  });

  test('is one there is, and each of them has some', () => {
    const parts = new Set(Array.from({ length: 4_000 }, (_, i) => partOf(`user ${i}`)));
    expect(sorted(parts)).toEqual(sorted(Array.from({ length: PARTS }, (_, i) => i)));
  });
});
