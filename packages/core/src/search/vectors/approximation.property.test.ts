import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { takeAll } from '../../query/index.js';
import type { ApproximateIndex, CreateApproximateIndex } from './approximate-index.js';
import { approximateBy } from './approximation.js';
import { nearestSteps } from './nearest-steps.js';
import type { SearchQuery } from '../search-query.js';
import { VectorIndex, type VectorIndexOptions } from './vector-index.js';

const KEYS = Array.from({ length: 24 }, (_, i) => `k${i}`);

/** A library: what it names of the numbers that are nearest to the vector by its own vectors, the nearest first. */
type Named = (nearest: readonly number[], count: number) => readonly number[];
const ALL: Named = (nearest, count) => nearest.slice(0, count);

function library(named: Named) {
  const made: Float32Array[][] = [];
  const create = (): ApproximateIndex => {
    const vectors: Float32Array[] = [];
    made.push(vectors);
    return {
      bytes: 0,
      add(vector) {
        vectors.push(vector.slice());
        return true;
      },
      nearest(vector, count) {
        const dots = vectors.map((one) => one.reduce((sum, x, i) => sum + x * (vector[i] as number), 0));
        return named(
          [...dots.keys()].toSorted((a, b) => (dots[b] as number) - (dots[a] as number)),
          count,
        );
      },
    };
  };
  return { create, made };
}

/** Asks for the nearest two, of which four are looked for. */
const small = (create: CreateApproximateIndex, perPart = 5): VectorIndexOptions => ({
  approximate: approximateBy(create, { fromNumbers: 8, widths: [4], measuredNearest: 2, perPart }),
});
const vectors = fc
  .tuple(fc.integer({ min: -9, max: 9 }), fc.integer({ min: -9, max: 9 }))
  .filter(([x, y]) => x !== 0 || y !== 0)
  .map((numbers) => Float32Array.from(numbers));

const changes = fc.array(
  fc.record({
    key: fc.constantFrom(...KEYS),
    vector: fc.option(vectors, { nil: null, freq: 4 }),
    steps: fc.integer({ min: 0, max: 12 }),
  }),
  { minLength: 20, maxLength: 120 },
);

const query = (nearest: number, minSimilarity: number | null): SearchQuery =>
  ({ nearest, minSimilarity }) as unknown as SearchQuery;

interface Told {
  readonly key: string;
  readonly similarity: number;
}

/** The nearest as a search finds them, of those that are seen. */
function found(index: VectorIndex, vector: Float32Array, seen: ReadonlySet<string>, least: number | null): Told[] {
  const definition = { vectors: { field: 'at', dimensions: 2, path: ['at'] } };
  const accepted = function* (key: string): Generator<void, { at: number[] } | undefined> {
    yield;
    return seen.has(key) ? { at: [1, 1] } : undefined;
  };
  const near = takeAll(index.nearest(vector, 2));
  const nearest = takeAll(nearestSteps(definition as never, near, query(2, least), accepted));
  return Array.from(nearest, ([key, { similarity }]) => ({ key, similarity }));
}

interface Run {
  readonly options: VectorIndexOptions;
  readonly look: (index: VectorIndex, exact: VectorIndex, records: ReadonlyMap<string, Float32Array>) => void;
}

/** Writes all, with so many steps of tending after each, and looks after each. */
function run(script: readonly { key: string; vector: Float32Array | null; steps: number }[], { look, options }: Run) {
  const index = new VectorIndex(2, options);
  const exact = new VectorIndex(2);
  const records = new Map<string, Float32Array>();
  let tending: Iterator<void> | null = null;
  const first = KEYS.slice(0, 16).map((key, i) => ({ key, vector: Float32Array.of(i + 1, 9 - i), steps: 4 }));
  for (const { key, steps, vector } of [...first, ...script]) {
    index.put(key, vector);
    exact.put(key, vector);
    if (vector === null) records.delete(key);
    else records.set(key, vector);
    for (let taken = 0; taken < steps && (tending !== null || index.isBehind); taken++) {
      tending ??= index.tendSteps();
      if (tending.next().done === true) tending = null;
    }
    look(index, exact, records);
  }
}

describe('SE-63: an approximate index', () => {
  test('of a library that errs in nothing makes no difference to what is found, whatever is written, seen, near enough, and made by then', () => {
    let [asked, short] = [0, 0];
    fc.assert(
      fc.property(
        changes,
        vectors,
        fc.subarray(KEYS),
        fc.constantFrom(null, 0.5),
        fc.constantFrom(5, 50),
        (script, wanted, some, least, perPart) => {
          const { create } = library((nearest, count) => {
            asked++;
            return ALL(nearest, count);
          });
          const seen = new Set(some);
          run(script, {
            options: small(create, perPart),
            look(index, exact) {
              expect(found(index, wanted, seen, least)).toEqual(found(exact, wanted, seen, least));
              const ranked = takeAll(index.nearest(wanted, 2));
              if (ranked.further !== undefined && ranked.length < index.size) short++;
            },
          });
        },
      ),
      { numRuns: 150 },
    );
    expect([asked > 1_000, short > 300]).toEqual([true, true]);
  });

  test('that names anything, or nothing, is never believed: no record is found that is gone, none with a vector that it had, and none twice', () => {
    fc.assert(
      fc.property(changes, vectors, fc.array(fc.nat({ max: 40 }), { maxLength: 6 }), (script, wanted, any) => {
        // Good while it is measured, and then not.
        let isGood = true;
        const { create } = library((nearest, count) => (isGood ? ALL(nearest, count) : any));
        run(script, {
          options: small(create),
          look(index, exact, records) {
            isGood = false;
            const ranked = takeAll(index.nearest(wanted, 2));
            const exactly = takeAll(exact.nearest(wanted));
            isGood = true;
            const scores = new Map(
              Array.from({ length: exactly.length }, (_, i) => [exactly.keyAt(i), exactly.scoreAt(i)]),
            );
            const told = Array.from({ length: ranked.length }, (_, i) => ranked.keyAt(i) as string);
            expect(new Set(told).size).toBe(told.length);
            for (const [i, key] of told.entries()) {
              expect(records.has(key)).toBe(true);
              expect(ranked.scoreAt(i)).toBe(scores.get(key));
            }
          },
        });
      }),
      { numRuns: 100 },
    );
  });

  test('that finds too few of what is nearest is not asked, until there are twice as many', () => {
    const { create, made } = library((nearest, count) => nearest.toReversed().slice(0, count));
    const index = new VectorIndex(2, small(create, 1_000));
    const put = (from: number, to: number): void => {
      for (let i = from; i < to; i++) index.put(`k${i}`, Float32Array.of(Math.cos(i), Math.sin(i)));
      takeAll(index.tendSteps());
    };
    const isAll = (): boolean => takeAll(index.nearest(Float32Array.of(1, 0), 2)).further === undefined;
    put(0, 20);
    expect([made.length, isAll(), index.isBehind, index.bytes < 600_000]).toEqual([1, true, false, true]);
    put(20, 39);
    expect([made.length, index.isBehind]).toEqual([1, false]);
    put(39, 40);
    expect([made.length, isAll()]).toEqual([2, true]);
  });

  test('is made anew when a quarter of what it has is of no use, and is asked meanwhile; of few vectors there is none', () => {
    const { create, made } = library(ALL);
    const index = new VectorIndex(2, small(create, 1_000));
    const put = (i: number, by: number): void =>
      index.put(`k${i}`, Float32Array.of(Math.cos(i + by), Math.sin(i + by)));
    for (let i = 0; i < 3; i++) put(i, 0);
    expect(index.isBehind).toBe(false);
    for (let i = 3; i < 100; i++) put(i, 0);
    takeAll(index.tendSteps());
    expect(made.map((one) => one.length)).toEqual([100]);
    for (let i = 0; i < 25; i++) put(i, 0.5);
    takeAll(index.tendSteps());
    expect(made.map((one) => one.length)).toEqual([125]);
    for (let i = 0; i < 20; i++) put(i, 0.25);
    const steps = index.tendSteps();
    let isAsked = true;
    for (let step = steps.next(); step.done !== true; step = steps.next()) {
      isAsked &&= takeAll(index.nearest(Float32Array.of(1, 0), 2)).further !== undefined;
    }
    expect([isAsked, made.at(-1)?.length, index.isBehind]).toEqual([true, 100, false]);
    for (let i = 1; i < 100; i++) index.put(`k${i}`, null);
    takeAll(index.tendSteps());
    expect(takeAll(index.nearest(Float32Array.of(1, 0), 2)).further).toBeUndefined();
  });

  test('is none where there is no library, or it takes no more; and then nothing is tried again', () => {
    let tried = 0;
    const none = new VectorIndex(
      2,
      small(() => (tried++, null)),
    );
    let taken = 0;
    const full = new VectorIndex(
      2,
      small(() => ({ bytes: 0, add: () => ++taken < 4, nearest: () => [] })),
    );
    for (const index of [none, full]) {
      for (let i = 0; i < 30; i++) index.put(`k${i}`, Float32Array.of(i, 1));
      takeAll(index.tendSteps());
      for (let i = 30; i < 90; i++) index.put(`k${i}`, Float32Array.of(i, 1));
      takeAll(index.tendSteps());
      expect(takeAll(index.nearest(Float32Array.of(1, 0), 2)).length).toBe(90);
    }
    expect([tried, taken]).toEqual([1, 4]);
  });
});
