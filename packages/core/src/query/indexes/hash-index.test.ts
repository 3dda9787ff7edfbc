import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sameValue, type Value } from '../../primitives/index.js';
import { entries, key, record, value } from '../query.arbitrary.js';
import type { Path } from '../query.js';
import { at } from '../views/naive-rows.arbitrary.js';
import { HashIndex } from './hash-index.js';

const PATHS: readonly Path[] = [['a'], ['n'], ['a', 'b'], ['_key'], ['__proto__']];

const ops = fc.array(fc.tuple(key, fc.option(record, { nil: undefined })), { maxLength: 60 });

describe('QU-26: a hash index', () => {
  /** Runs the same changes on the index and on a list of records, and says where the two differ. */
  function findFault(
    create: (path: Path) => HashIndex,
    path: Path,
    changes: readonly (readonly [string, Value | undefined])[],
    probes: readonly Value[],
  ): string | null {
    const index = create(path);
    const records = new Map<string, Value>();
    for (const [name, after] of changes) {
      index.change(name, records.get(name), after);
      if (after !== undefined) records.set(name, after);
      else records.delete(name);
      const held = [...records].map(([k, v]) => ({ key: k, value: v }));
      const placed = held.flatMap((entry) => at(path, entry) ?? []);
      if (index.size !== held.filter((entry) => at(path, entry) !== undefined).length) return 'wrong size';
      for (const probe of [...probes, ...placed]) {
        const expected = held.filter((entry) => {
          const place = at(path, entry);
          return place !== undefined && sameValue(place, probe);
        });
        const found = [...index.find(probe)];
        if (index.count(probe) !== expected.length) return 'wrong count';
        if (found.length !== expected.length) return 'other keys';
        if (!expected.every((entry) => found.includes(entry.key))) return 'other keys';
      }
    }
    for (const [name, last] of records) index.remove({ key: name, value: last });
    return index.size === 0 && index.values === 0 && index.bytes === 0 ? null : 'something is left of nothing';
  }

  test('finds what has a value, after any changes, and nothing else', () => {
    fc.assert(
      fc.property(fc.constantFrom(...PATHS), ops, fc.array(value, { maxLength: 5 }), (path, changes, probes) => {
        expect(findFault((place) => new HashIndex(place), path, changes, probes)).toBeNull();
      }),
      { numRuns: 400 },
    );
  });

  const defects: readonly (readonly [string, RegExp, (path: Path) => HashIndex])[] = [
    [
      'removes nothing',
      /wrong|is left/,
      (path) => {
        const index = new HashIndex(path);
        index.remove = () => undefined;
        return index;
      },
    ],
    [
      'forgets whoever had the value before',
      /wrong count|other keys|wrong size/,
      (path) => {
        const index = new HashIndex(path);
        const { find, count } = index;
        index.find = (probe) => [...find.call(index, probe)].slice(-1);
        index.count = (probe) => Math.min(1, count.call(index, probe));
        return index;
      },
    ],
    [
      'takes texts and numbers for the same',
      /wrong count|other keys/,
      (path) => {
        const index = new HashIndex(path);
        const { find } = index;
        index.find = (probe) => find.call(index, typeof probe === 'number' ? `${probe}` : probe);
        return index;
      },
    ],
  ];

  test.each(defects)('that %s is found out', (_what, fault, create) => {
    const property = fc.property(fc.constantFrom(...PATHS), ops, (path, changes) => {
      const found = findFault(create, path, changes, [1, '1']);
      if (found !== null) throw new Error(found);
    });
    expect(String(fc.check(property, { numRuns: 300, seed: 1 }).errorInstance)).toMatch(fault);
  });

  const keysOf = (index: HashIndex, probe: Value): string[] => [...index.find(probe)].sort();

  test('tells apart what only looks alike', () => {
    const index = new HashIndex(['a']);
    const values: Value[] = [1, '1', true, 'true', null, 'null', { b: 1 }, '{"b":1}', [1], '[1]', Uint8Array.of(1)];
    for (const [i, a] of values.entries()) index.add({ key: `k${i}`, value: { a } });
    expect(index.values).toBe(values.length);
    for (const [i, a] of values.entries()) expect(keysOf(index, a)).toEqual([`k${i}`]);
  });

  test('takes objects for equal whatever the order of their fields, and -0 for 0', () => {
    const index = new HashIndex(['a']);
    index.add({ key: 'one', value: { a: { b: 1, c: 2 } } });
    index.add({ key: 'two', value: { a: { c: 2, b: 1 } } });
    index.add({ key: 'zero', value: { a: 0 } });
    expect(keysOf(index, { c: 2, b: 1 })).toEqual(['one', 'two']);
    expect(keysOf(index, -0)).toEqual(['zero']);
  });

  test('holds a record once, and lets go of it once', () => {
    const index = new HashIndex(['a']);
    for (const a of [7, { deep: true }]) {
      for (const name of ['x', 'y', 'x', 'y']) index.add({ key: name, value: { a } });
      expect(index.size).toBe(2);
      for (const name of ['x', 'x', 'nobody']) index.remove({ key: name, value: { a } });
      expect(keysOf(index, a)).toEqual(['y']);
      index.remove({ key: 'y', value: { a } });
      index.remove({ key: 'y', value: { a } });
      expect([index.size, index.values, index.bytes]).toEqual([0, 0, 0]);
    }
  });

  test('knows nothing of records without a value there', () => {
    const index = new HashIndex(['a', 'b']);
    index.load([
      { key: 'x', value: { a: { b: null } } },
      { key: 'y', value: { a: [] } },
      { key: 'z', value: 'a' },
    ]);
    expect(index.size).toBe(1);
    expect(keysOf(index, null)).toEqual(['x']);
    index.remove({ key: 'z', value: 'a' });
    expect(index.size).toBe(1);
  });

  test('loads what adding would give', () => {
    fc.assert(
      fc.property(fc.constantFrom(...PATHS), entries, (path, start) => {
        const loaded = new HashIndex(path);
        const added = new HashIndex(path);
        loaded.load(start);
        for (const entry of start) added.add(entry);
        expect(loaded.bytes).toBe(added.bytes);
        for (const entry of start) {
          const place = at(path, entry);
          if (place !== undefined) expect(keysOf(loaded, place)).toEqual(keysOf(added, place));
        }
      }),
      { numRuns: 100 },
    );
  });

  test('says about how much it takes: more for more keys, and for longer texts', () => {
    const index = new HashIndex(['a']);
    index.add({ key: 'x', value: { a: 'v' } });
    const one = index.bytes;
    index.add({ key: 'y', value: { a: 'v' } });
    const two = index.bytes;
    index.add({ key: 'z', value: { a: ['x'.repeat(1000)] } });
    expect(one).toBeGreaterThan(0);
    expect(two).toBeGreaterThan(one);
    expect(index.bytes).toBeGreaterThan(two + 2000);
  });
});
