import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { Ranked } from '../ranked.js';
import { VectorIndex } from './vector-index.js';
import { takeAll } from '../../query/index.js';

const KEYS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'] as const;

const vectorsOf = (dimensions: number): fc.Arbitrary<Float32Array> =>
  fc
    .array(fc.oneof(fc.integer({ min: -3, max: 3 }), fc.float({ noNaN: true, noDefaultInfinity: true })), {
      minLength: dimensions,
      maxLength: dimensions,
    })
    .map((numbers) => Float32Array.from(numbers))
    .filter((vector) => vector.some((number) => number * number > 0));

/** The cosine as a book has it, of the numbers that are kept. */
function cosine(a: Float32Array, b: Float32Array): number {
  let [product, ofA, ofB] = [0, 0, 0];
  a.forEach((x, i) => {
    const y = b[i] as number;
    product += x * y;
    ofA += x * x;
    ofB += y * y;
  });
  return product / (Math.sqrt(ofA) * Math.sqrt(ofB));
}

const told = (ranked: Ranked): (readonly [string | undefined, number])[] =>
  Array.from({ length: ranked.length }, (_, i) => [ranked.keyAt(i), ranked.scoreAt(i)]);

const byKey = (ranked: Ranked) => new Map(told(ranked));

const scripts = fc.integer({ min: 1, max: 9 }).chain((dimensions) =>
  fc.record({
    dimensions: fc.constant(dimensions),
    changes: fc.array(fc.tuple(fc.constantFrom(...KEYS), fc.option(vectorsOf(dimensions), { freq: 3, nil: null })), {
      maxLength: 40,
    }),
    wanted: vectorsOf(dimensions),
  }),
);

describe('SE-60: what is near', () => {
  test('is what a look at each record says, the nearest first, after any changes; and an index made anew of what is left says the same', () => {
    let compared = 0;
    fc.assert(
      fc.property(scripts, ({ dimensions, changes, wanted }) => {
        // Three vectors to a block.
        const index = new VectorIndex(dimensions, { numbersPerBlock: 3 * dimensions });
        const records = new Map<string, Float32Array>();
        for (const [key, vector] of changes) {
          index.put(key, vector);
          if (vector === null) records.delete(key);
          else records.set(key, vector);
        }
        const ranked = takeAll(index.nearest(wanted));
        const scores = told(ranked).map(([, score]) => score);
        expect(scores).toEqual(scores.toSorted((a, b) => b - a));
        expect(new Set(byKey(ranked).keys())).toEqual(new Set(records.keys()));
        expect(index.size).toBe(records.size);
        for (const [key, score] of byKey(ranked)) {
          compared++;
          expect(Math.abs(score - cosine(wanted, records.get(key as string) as Float32Array))).toBeLessThan(6e-7);
        }
        const anew = new VectorIndex(dimensions);
        for (const [key, vector] of records) anew.put(key, vector);
        expect(byKey(takeAll(anew.nearest(wanted)))).toEqual(byKey(ranked));
      }),
      { numRuns: 200 },
    );
    expect(compared).toBeGreaterThan(300);
  });

  test('SE-62: is told after steps of one block each, and of an index that is empty is nothing', () => {
    const index = new VectorIndex(2, { numbersPerBlock: 4 });
    expect(told(takeAll(index.nearest(Float32Array.of(1, 0))))).toEqual([]);
    for (const key of KEYS) index.put(key, Float32Array.of(1, KEYS.indexOf(key)));
    let steps = 0;
    for (const taking = index.nearest(Float32Array.of(1, 0)); taking.next().done !== true;) steps++;
    // Five blocks of two; so few are sorted in the last one.
    expect(steps).toBe(5);
    for (const key of KEYS) index.put(key, null);
    expect(index.bytes).toBe(0);
  });

  test('the greatest numbers there are have a direction, too', () => {
    const index = new VectorIndex(2);
    const most = 3.4028234663852886e38;
    index.put('a', Float32Array.of(most, most));
    index.put('b', Float32Array.of(-most, most));
    expect(told(takeAll(index.nearest(Float32Array.of(most, most))))).toEqual([
      ['a', 1],
      ['b', 0],
    ]);
  });

  test('SE-62: while records come, change and go between its steps, what nobody touches is told as ever, once; and it comes to an end', () => {
    const meanwhile = fc.array(fc.tuple(fc.integer({ min: 0, max: 39 }), fc.option(vectorsOf(2), { nil: null })), {
      minLength: 20,
      maxLength: 60,
    });
    let removals = 0;
    fc.assert(
      fc.property(meanwhile, vectorsOf(2), fc.integer({ min: 1, max: 3 }), (changes, wanted, each) => {
        const index = new VectorIndex(2, { numbersPerBlock: 8 });
        const first = new Map(Array.from({ length: 40 }, (_, i) => [`k${i}`, Float32Array.of(i + 1, 20 - i)] as const));
        for (const [key, vector] of first) index.put(key, vector);
        const due = [...changes];
        const touched = new Set<string>();
        const steps = index.nearest(wanted);
        let [step, taken] = [steps.next(), 0];
        while (step.done !== true) {
          for (const [number, vector] of due.splice(0, each)) {
            index.put(`k${number}`, vector);
            touched.add(`k${number}`);
            removals += Number(vector === null);
          }
          step = steps.next();
          taken++;
        }
        // Ten blocks at most, what had been moved, and what sorting takes.
        expect(taken).toBeLessThan(25);
        const keys = told(step.value).map(([key]) => key);
        expect(new Set(keys).size).toBe(keys.length);
        const scores = byKey(step.value);
        for (const [key, vector] of first) {
          if (touched.has(key)) continue;
          expect(Math.abs((scores.get(key) ?? NaN) - cosine(wanted, vector))).toBeLessThan(6e-7);
        }
      }),
      { numRuns: 150 },
    );
    expect(removals).toBeGreaterThan(200);
  });

  test('SE-62: where a record goes at every step, no step is more than a block, and none is begun anew', () => {
    const made = (): VectorIndex => {
      const index = new VectorIndex(2, { numbersPerBlock: 8 });
      for (let i = 0; i < 40; i++) index.put(`k${i}`, Float32Array.of(i + 1, 20 - i));
      return index;
    };
    const stepsOf = (index: VectorIndex, between: (step: number) => void): readonly [number, Ranked] => {
      const steps = index.nearest(Float32Array.of(1, 1));
      for (let taken = 0; ; taken++) {
        const step = steps.next();
        if (step.done === true) return [taken, step.value];
        between(taken);
      }
    };
    const [undisturbed, all] = stepsOf(made(), () => {});
    const index = made();
    const [disturbed, some] = stepsOf(index, (step) => index.put(`k${step}`, null));
    // As many were there when their turn came, or had been moved before it.
    expect([all.length, some.length]).toEqual([40, 40]);
    // Blocks that went with their records are not gone through; what took the place of others is compared at last, a block each step.
    expect(disturbed).toBeLessThanOrEqual(undisturbed);
  });

  test('SE-26: takes memory by blocks and records, and gives blocks back when their vectors have gone, whichever those are', () => {
    const index = new VectorIndex(3, { numbersPerBlock: 12 });
    const put = (key: string, isThere = true): number => {
      index.put(key, isThere ? Float32Array.of(1, 2, 3) : null);
      return index.bytes;
    };
    const of = (blocks: number, records: number): number => blocks * 12 * 4 + records * 150;
    expect(index.bytes).toBe(0);
    expect(['a', 'b', 'c', 'd', 'e'].map((key) => put(key))).toEqual([
      of(1, 1),
      of(1, 2),
      of(1, 3),
      of(1, 4),
      of(2, 5),
    ]);
    expect(put('a')).toBe(of(2, 5));
    expect(['a', 'zz', 'b', 'c', 'd', 'e'].map((key) => put(key, false))).toEqual([
      of(1, 4),
      of(1, 4),
      of(1, 3),
      of(1, 2),
      of(1, 1),
      0,
    ]);
    expect(put('again')).toBe(of(1, 1));
  });
});
