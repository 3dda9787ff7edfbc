import { describe, expect, test } from 'vitest';

import type { PlainObject, Value } from '../../primitives/index.js';
import { takeAll } from '../../query/index.js';
import { NOTHING_RANKED, type Ranked } from '../ranked.js';
import { definedAs, everyList, searchFor, SearchedWorld, stepsOf } from '../searched-world.arbitrary.js';
import { scoreOfRank } from './fused-score.js';
import { nearestSteps, reachOf } from './nearest-steps.js';
import type { AcceptedValue, ValueOf } from '../run-search.js';
import { vectorBytes } from './read-vector.js';
import { compileSimilarity } from './record-near.js';
import { VectorIndex } from './vector-index.js';

/*
 * Vectors on a circle, an eighth of it apart, whose cosines are in every table: all small worlds of them.
 */

const definition = definedAs({ fields: ['title'], vectors: { field: 'at', dimensions: 2 } });
const EIGHTHS = [
  [1, 0],
  [1, 1],
  [0, 1],
  [-1, 1],
  [-1, 0],
  [-1, -1],
  [0, -1],
  [1, -1],
] as const;
const HALF_ROOT = 0.707107;
/** Of two directions that lie so many eighths apart. */
const COSINES = [1, HALF_ROOT, 0, -HALF_ROOT, -1, -HALF_ROOT, 0, HALF_ROOT];
const between = (a: number, b: number): number => COSINES[Math.abs(a - b) % 8] as number;
/** `times`: the length of a vector says nothing. */
const at = (eighth: number, times = 1): Float32Array => Float32Array.from(EIGHTHS[eighth] ?? [], (n) => n * times);

const told = ({ length, keyAt, scoreAt }: Ranked): (readonly [string | undefined, number])[] =>
  Array.from({ length }, (_, i) => [keyAt(i), scoreAt(i)]);

/** Records without conditions that would have to be read in steps. */
const atOnce = (valueOf: ValueOf): AcceptedValue =>
  // oxlint-disable-next-line require-yield
  function* (key) {
    return valueOf(key);
  };

describe('SE-60: how near', () => {
  test.each([1, 0.001, 1e18, 3e-20])(
    'two directions are is what is in the tables, of vectors %d times as long',
    (times) => {
      for (const [a = 0, b = 0] of everyList([0, 1, 2, 3, 4, 5, 6, 7], 2)) {
        const index = new VectorIndex(2);
        index.put('k', at(b, times));
        // To 0, and not to its negative: both are told alike.
        expect(told(takeAll(index.nearest(at(a))))).toEqual([['k', between(a, b) + 0]]);
        const query = searchFor(definition, '', { vector: at(a) });
        const near = compileSimilarity(definition, query);
        for (const value of [[...at(b, times)], vectorBytes(at(b, times))])
          expect(near('k', { at: value as Value })).toBe(between(a, b) + 0);
      }
    },
  );

  test('a record is that has no vector, or where none is searched for, is not said', () => {
    const near = compileSimilarity(definition, searchFor(definition, '', { vector: [1, 0] }));
    for (const value of [{}, { at: null }, { at: [1] }, { at: [0, 0] }, null, 7, [1, 0]])
      expect(near('k', value as Value)).toBeNull();
    expect(compileSimilarity(definition, searchFor(definition, 'milk'))('k', { at: [1, 0] })).toBeNull();
    const bare = definedAs({ fields: ['title'] });
    expect(compileSimilarity(bare, searchFor(bare, 'milk'))('k', { at: [1, 0] })).toBeNull();
  });

  test('numbers of any count are is their sum of products: the last ones are not left out, nor do others come in', () => {
    for (let dimensions = 1; dimensions <= 9; dimensions++) {
      for (let place = 0; place < dimensions; place++) {
        const one = new Float32Array(dimensions);
        one[place] = 2;
        const index = new VectorIndex(dimensions, { numbersPerBlock: 2 * dimensions });
        for (let i = 0; i < dimensions; i++) {
          const other = new Float32Array(dimensions).fill(0);
          other[i] = 3;
          index.put(`k${i}`, other);
        }
        const scores = new Map(told(takeAll(index.nearest(one))));
        for (let i = 0; i < dimensions; i++) expect(scores.get(`k${i}`)).toBe(i === place ? 1 : 0);
      }
    }
  });
});

describe('SE-60: the vectors of three records', () => {
  const CHANGES = ['a', 'b', 'c'].flatMap((key) => [null, 0, 3].map((eighth) => [key, eighth] as const));

  test('are after every history of four changes those that were put last, in blocks of two and of many', () => {
    for (const changes of everyList(CHANGES, 4)) {
      const [small, large] = [new VectorIndex(2, { numbersPerBlock: 4 }), new VectorIndex(2)];
      const now = new Map<string, number>();
      for (const [key, eighth] of changes) {
        for (const index of [small, large]) index.put(key, eighth === null ? null : at(eighth));
        if (eighth === null) now.delete(key);
        else now.set(key, eighth);
      }
      const expected = [...now].map(([key, eighth]) => `${key} ${between(eighth, 0)}`).toSorted();
      for (const index of [small, large]) {
        const ranked = told(takeAll(index.nearest(at(0))));
        expect(ranked.map(([key, score]) => `${key} ${score}`).toSorted()).toEqual(expected);
      }
      expect([small.size, small.bytes]).toEqual([now.size, Math.ceil(now.size / 2) * 16 + now.size * 150]);
    }
  });
});

describe('SE-61: the nearest', () => {
  const keys = ['a', 'b', 'c', 'd'];
  const valuesOf = (eighths: readonly number[]): ReadonlyMap<string, PlainObject> =>
    new Map(eighths.map((eighth, i) => [keys[i] as string, { at: [...at(eighth)] }]));
  const rankedOf = (values: ReadonlyMap<string, PlainObject>): Ranked => {
    const index = new VectorIndex(2);
    for (const [key, value] of values) index.put(key, Float32Array.from(value['at'] as number[]));
    return takeAll(index.nearest(at(0)));
  };
  /** As the rules have it: the best of those that are accepted and near enough, equals by key; ranks are shared by equals. */
  const plainly = (
    eighths: readonly number[],
    nearest: number,
    least: number | null,
    isOpen: (key: string) => boolean,
  ) => {
    const all = eighths
      .map((eighth, i) => ({ key: keys[i] as string, similarity: between(eighth, 0) }))
      .filter(({ key, similarity }) => isOpen(key) && (least === null || similarity >= least))
      .toSorted((a, b) => b.similarity - a.similarity || (a.key < b.key ? -1 : 1))
      .slice(0, nearest);
    return all.map(({ key, similarity }) => {
      const rank = 1 + all.filter((other) => other.similarity > similarity).length;
      return [key, { rank, similarity }] as const;
    });
  };

  test('of every four records are as many as take part, near enough, and seen; ranks are those among them', () => {
    for (const eighths of everyList([0, 1, 2, 4], 4)) {
      const values = valuesOf(eighths);
      const ranked = rankedOf(values);
      for (const nearest of [1, 2, 4]) {
        for (const minSimilarity of [null, -1, 0, 0.5, 1]) {
          for (const hidden of [null, 'a', 'c']) {
            const isOpen = (key: string): boolean => key !== hidden;
            const query = { ...searchFor(definition, ''), nearest, minSimilarity };
            const found = takeAll(
              nearestSteps(
                definition,
                ranked,
                query,
                atOnce((key) => (isOpen(key) ? values.get(key) : undefined)),
              ),
            );
            const expected = plainly(eighths, nearest, minSimilarity, isOpen);
            expect([...found]).toEqual(expected);
            const farthest = expected.at(-1)?.[1].similarity;
            const isFull = expected.length === nearest;
            expect(reachOf(query, found)).toBe(isFull ? farthest : (minSimilarity ?? -1));
          }
        }
      }
    }
  });

  test('are looked for 64 records a step, and no further than need be', () => {
    const values = new Map<string, number>(
      Array.from({ length: 1_000 }, (_, i) => [`k${String(i).padStart(3, '0')}`, i] as const),
    );
    const near: Ranked = {
      length: 1_000,
      keyAt: (place) => `k${String(place).padStart(3, '0')}`,
      scoreAt: (place) => 1 - Math.floor(place / 10) / 100,
    };
    for (const [query, looked] of [
      // With ten equals each: those of the last score are all looked at.
      [{ nearest: 100, minSimilarity: null }, 100],
      [{ nearest: 95, minSimilarity: null }, 100],
      [{ nearest: 91, minSimilarity: null }, 100],
      [{ nearest: 1_000, minSimilarity: null }, 1_000],
      [{ nearest: 1_000, minSimilarity: 0.505 }, 500],
    ] as const) {
      const asked: string[] = [];
      const [steps, found] = stepsOf(
        nearestSteps(
          definition,
          near,
          { ...searchFor(definition, ''), ...query },
          atOnce((key) => {
            asked.push(key);
            return values.has(key) ? { at: [1, 0] } : undefined;
          }),
        ),
      );
      expect(asked).toHaveLength(looked);
      expect(steps).toBe(Math.floor((looked + 1) / 64));
      expect(found.size).toBe(Math.min(query.nearest, looked));
    }
  });

  test('are none of what is there no longer, has no vector now, or is of no list', () => {
    const near: Ranked = { length: 4, keyAt: (i) => [undefined, 'gone', 'bare', 'k'][i], scoreAt: () => 0.5 };
    const values = new Map<string, Value>([
      ['bare', { title: 'x' }],
      ['k', { at: [1, 1] }],
    ]);
    const query = searchFor(definition, '', { vector: [1, 0] });
    const found = takeAll(
      nearestSteps(
        definition,
        near,
        query,
        atOnce((key) => values.get(key)),
      ),
    );
    expect([...found]).toEqual([['k', { rank: 1, similarity: 0.5 }]]);
    expect(
      takeAll(
        nearestSteps(
          definition,
          NOTHING_RANKED,
          query,
          atOnce(() => null),
        ),
      ).size,
    ).toBe(0);
  });
});

describe('SE-61: the score of text and nearness', () => {
  /** What is searched for lies at 0; `title`: has the word or not. */
  const answer = (records: Readonly<Record<string, PlainObject>>, text = 'milk') =>
    new SearchedWorld(definition, records)
      .ask(text, { vector: [1, 0], prefix: false, fuzzy: false })
      .hits.map(({ key, score, similarity, terms }) => [key, score, similarity ?? null, terms.length]);
  const fused = (...ranks: readonly number[]): number => ranks.reduce((sum, rank) => sum + 1 / (60 + rank), 0);

  test.each<[string, Readonly<Record<string, PlainObject>>, readonly (readonly unknown[])[]]>([
    [
      'is the sum over both ranks, of one that is the best in both 0.0328',
      { a: { title: 'milk', at: [1, 0] }, b: { title: 'oats', at: [0, 1] } },
      [
        ['a', fused(1, 1), 1, 1],
        ['b', fused(2), 0, 0],
      ],
    ],
    [
      'is that of one list where a record is in one alone',
      { a: { title: 'milk' }, b: { title: 'oats', at: [1, 0] }, c: { title: 'oats' } },
      [
        ['a', fused(1), null, 1],
        ['b', fused(1), 1, 0],
      ],
    ],
    [
      'shares a rank among equals, and the next is as if each had its own',
      { a: { at: [1, 0] }, b: { at: [2, 0] }, c: { at: [0, 5] } },
      [
        ['a', fused(1), 1, 0],
        ['b', fused(1), 1, 0],
        ['c', fused(3), 0, 0],
      ],
    ],
    [
      'puts one that is good in both before one that is the best in one',
      {
        a: { title: 'milk', at: [-1, 0] },
        b: { title: 'oats', at: [1, 0] },
        c: { title: 'milk oats', at: [1, 1] },
      },
      [
        ['a', fused(1, 3), -1, 1],
        ['c', fused(2, 2), HALF_ROOT, 1],
        ['b', fused(1), 1, 0],
      ],
    ],
  ])('%s', (_what, records, expected) => {
    const order = expected.toSorted(([, a], [, b]) => (b as number) - (a as number));
    expect(answer(records)).toEqual(order);
    expect(Math.max(...expected.map(([, score]) => score as number))).toBeLessThanOrEqual(0.0328);
  });

  test('is that of nearness alone where the text is blank, or has no words', () => {
    const records = { a: { title: 'milk', at: [1, 1] }, b: { title: '!', at: [1, 0] } };
    for (const text of ['', ' ', '!?'])
      expect(answer(records, text)).toEqual([
        ['b', fused(1), 1, 0],
        ['a', fused(2), HALF_ROOT, 0],
      ]);
  });

  test('falls with each rank, and is nothing where there is none', () => {
    expect(scoreOfRank(undefined)).toBe(0);
    for (let rank = 1; rank < 200; rank++) {
      expect(scoreOfRank(rank)).toBe(1 / (60 + rank));
      expect(scoreOfRank(rank)).toBeGreaterThan(scoreOfRank(rank + 1));
    }
  });
});
