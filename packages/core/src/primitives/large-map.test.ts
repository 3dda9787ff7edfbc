import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LargeMap } from './large-map.js';
import { LargeSet } from './large-set.js';
import { partOf, PARTS } from './text-part.js';

/** Split at once, or so many keys would have to be written in each run. */
const SPLIT = 3;

const key = fc.oneof(
  fc.constantFrom('', 'a', 'b', '__proto__', 'constructor', '\ud83d', '\0'),
  fc.nat({ max: 30 }).map((i) => `k${i}`),
);
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ type: fc.constant('put' as const), key, value: fc.nat({ max: 3 }) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('delete' as const), key }) },
);
const steps = fc.array(step, { maxLength: 60, size: 'max' });

describe('QU-8: a large map', () => {
  test('holds what a Map holds after any steps, and a large set what a Set does', () => {
    fc.assert(
      fc.property(steps, key, (taken, asked) => {
        const [map, model] = [new LargeMap<number>(SPLIT), new Map<string, number>()];
        const [set, keys] = [new LargeSet(SPLIT), new Set<string>()];
        for (const each of taken) {
          if (each.type === 'put') {
            map.set(each.key, each.value);
            model.set(each.key, each.value);
            set.add(each.key);
            keys.add(each.key);
          } else {
            expect(map.delete(each.key)).toBe(model.delete(each.key));
            expect(set.delete(each.key)).toBe(keys.delete(each.key));
          }
          const isRight = map.size === model.size && map.get(asked) === model.get(asked);
          expect(isRight && map.has(asked) === model.has(asked)).toBe(true);
          expect(set.size === keys.size && set.has(asked) === keys.has(asked)).toBe(true);
        }
        expect([...map].sort()).toEqual([...model].sort());
        expect([...map.keys()].sort()).toEqual([...model.keys()].sort());
        expect([...map.values()].sort()).toEqual([...model.values()].sort());
        expect([...set].sort()).toEqual([...keys].sort());
      }),
      { numRuns: 100 },
    );
  });

  test('gives each key once that stays, whatever comes and goes while it is gone through', () => {
    fc.assert(
      fc.property(fc.uniqueArray(key, { minLength: 5, maxLength: 20 }), steps, (held, meanwhile) => {
        const map = new LargeMap<number>(SPLIT);
        const set = new LargeSet(SPLIT);
        for (const name of held) {
          map.set(name, 9);
          set.add(name);
        }
        const touched = new Set<string>();
        const met: string[] = [];
        const metInSet: string[] = [];
        const [walk, walkOfSet] = [map.keys()[Symbol.iterator](), set[Symbol.iterator]()];
        const next = (): boolean => {
          const [one, other] = [walk.next(), walkOfSet.next()];
          if (one.done !== true) met.push(one.value);
          if (other.done !== true) metInSet.push(other.value);
          return one.done !== true || other.done !== true;
        };
        for (const each of meanwhile) {
          next();
          touched.add(each.key);
          if (each.type === 'put') {
            map.set(each.key, each.value);
            set.add(each.key);
          } else {
            map.delete(each.key);
            set.delete(each.key);
          }
        }
        while (next());
        const stayed = held.filter((name) => !touched.has(name)).sort();
        expect(met.filter((name) => !touched.has(name)).sort()).toEqual(stayed);
        expect(metInSet.filter((name) => !touched.has(name)).sort()).toEqual(stayed);
      }),
      { numRuns: 100 },
    );
  });
});

describe('QU-8: the parts of a large map', () => {
  test.each([
    ['numbers', (i: number) => `t${i}`],
    ['numbers of one length', (i: number) => String(i).padStart(12, '0')],
    ['what ends alike', (i: number) => `user:${i}:profile`],
    ['ids', (i: number) => (i * 2_654_435_761).toString(36)],
    ['dates', (i: number) => new Date(1_700_000_000_000 + i * 61_000).toISOString()],
  ])('take their share of %s, and none of them grows with all the others', (_what, nameOf) => {
    const sizes = new Uint32Array(PARTS);
    const count = 40_000;
    for (let i = 0; i < count; i++) sizes[partOf(nameOf(i))]! += 1;
    // Between a half and twice an even share, and the last part more than the first by half or more.
    expect(Math.min(...sizes)).toBeGreaterThan(count / PARTS / 2);
    expect(Math.max(...sizes)).toBeLessThan((count / PARTS) * 2);
    const ofEighth = (from: number): number => sizes.slice(from, from + 8).reduce((sum, size) => sum + size, 0);
    expect(ofEighth(PARTS - 8)).toBeGreaterThan(ofEighth(0) * 1.4);
  });
});
