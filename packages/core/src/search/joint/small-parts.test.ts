import { describe, expect, test } from 'vitest';

import type { PlainObject } from '../../primitives/index.js';
import { takeAll } from '../../query/index.js';
import { joinShares } from '../index-share.js';
import { RECORDS_PER_STEP, rankingSteps, runSearch } from '../run-search.js';
import { completionOf } from '../run-suggest.js';
import { COMPLETED_RECORDS } from '../search-facts.js';
import type { SearchInput, SearchQuery } from '../search-query.js';
import { definedAs, everyList, searchFor, SearchedWorld, stepsOf } from '../searched-world.arbitrary.js';
import { scoreOfRank } from '../vectors/fused-score.js';
import { countPartSteps, joinCounts, type CountedPart } from './counted-part.js';
import { joinParts, rankPartSteps, type RankedPart } from './ranked-part.js';

const definition = definedAs({ fields: ['title'], vectors: { field: 'at', dimensions: 2 } });
const asked = (text: string, input: SearchInput = {}): SearchQuery =>
  searchFor(definition, text, { prefix: false, fuzzy: false, ...input });

/** The records of each of so many hosts, by the host that each is at. */
const spread = (records: readonly PlainObject[], hosts: readonly number[]): readonly SearchedWorld[] =>
  [0, 1].map(
    (host) =>
      new SearchedWorld(
        definition,
        Object.fromEntries(records.map((value, i) => [`k${i}`, value] as const).filter((_, i) => hosts[i] === host)),
      ),
  );

function found(worlds: readonly SearchedWorld[], query: SearchQuery) {
  const all = joinShares(worlds.map(({ index }) => takeAll(index.shareSteps(query))));
  const parts = worlds.map(({ index, valueOf }) => takeAll(rankPartSteps(index, all, query, valueOf)));
  return joinParts(parts, query);
}

const nothing: RankedPart = { best: [], total: 0, near: [], scores: [] };
const part = (some: Partial<RankedPart>): RankedPart => ({ ...nothing, ...some });

describe('SE-70: in every world of three records on two hosts', () => {
  const records: readonly PlainObject[] = [
    { title: 'milk', at: [1, 0] },
    { title: 'milk silk', at: [0, 1] },
    { title: 'silk', at: [1, 1] },
    { at: [2, 0] },
  ];
  const queries = [
    asked('milk'),
    asked('milk silk', { combineWith: 'OR', limit: 2 }),
    asked('', { vector: [1, 0] }),
    asked('milk', { vector: [1, 0], limit: 2 }),
    { ...asked('silk', { vector: [0, 1] }), nearest: 1 },
  ];

  test('what is found, its scores, order, count and reach are those of one host with all of them', () => {
    let shown = 0;
    for (const three of everyList(records, 3)) {
      const one = new SearchedWorld(definition, Object.fromEntries(three.map((value, i) => [`k${i}`, value])));
      // Which of the two is which makes no difference: the first record is at the first.
      for (const hosts of everyList([0, 1], 2)) {
        const worlds = spread(three, [0, ...hosts]);
        for (const query of queries) {
          const { hits, total, reach } = runSearch(one.index, query, one.valueOf);
          const joined = found(worlds, query);
          expect([joined.keys, joined.scores]).toEqual([hits.map(({ key }) => key), hits.map(({ score }) => score)]);
          expect([joined.total, joined.reach]).toEqual([total, reach]);
          expect(joined.shownOf).toEqual(worlds.map(({ records: own }) => joined.keys.filter((key) => own.has(key))));
          shown += hits.length;
        }
      }
    }
    expect(shown).toBeGreaterThan(1_500);
  });
});

describe('SE-70: of what hosts have ranked', () => {
  const near = { ...asked('milk', { vector: [1, 0], limit: 3 }), nearest: 2 };

  test('the best of all are shown, of equals those whose keys come first, wherever they are', () => {
    const parts = [
      part({
        best: [
          ['b', 2],
          ['d', 1],
        ],
        total: 9,
      }),
      part({
        best: [
          ['c', 2],
          ['a', 2],
        ],
        total: 4,
      }),
    ];
    const joined = joinParts(parts, asked('milk', { limit: 3 }));
    expect(joined).toEqual({ keys: ['a', 'b', 'c'], scores: [2, 2, 2], total: 13, shownOf: [['b'], ['a', 'c']] });
  });

  test('what is near takes part only as far as it is among the nearest of all', () => {
    const parts = [
      part({
        near: [
          ['x', 0.9, null],
          ['y', 0.5, null],
        ],
      }),
      part({ near: [['z', 0.7, null]] }),
    ];
    const joined = joinParts(parts, near);
    expect(joined.keys).toEqual(['x', 'z']);
    expect(joined.scores).toEqual([scoreOfRank(1), scoreOfRank(2)]);
    expect([joined.total, joined.reach]).toEqual([2, 0.7]);
  });

  test('one that has the words shows by its words, though it is not among the nearest of all', () => {
    const parts = [
      part({
        near: [
          ['x', 0.9, null],
          ['y', 0.5, 3],
        ],
        best: [['y', 3]],
        total: 1,
        scores: [3],
      }),
      part({ near: [['z', 0.7, null]] }),
    ];
    const joined = joinParts(parts, near);
    expect(joined.total).toBe(3);
    expect(joined.keys.toSorted()).toEqual(['x', 'y', 'z']);
    expect(joined.scores[joined.keys.indexOf('y')]).toBe(scoreOfRank(1));
  });

  test('a rank by text is among the scores of all hosts, equals sharing the first of theirs', () => {
    const parts = [
      part({
        near: [['x', 0.9, 2]],
        best: [
          ['a', 5],
          ['x', 2],
        ],
        total: 2,
        scores: [5, 2],
      }),
      part({
        near: [['z', 0.8, null]],
        best: [
          ['b', 5],
          ['c', 2],
        ],
        total: 2,
        scores: [5, 2],
      }),
    ];
    const joined = joinParts(parts, { ...near, limit: 10 });
    const scores = Object.fromEntries(joined.keys.map((key, i) => [key, joined.scores[i]]));
    expect(scores).toEqual({
      x: scoreOfRank(1) + scoreOfRank(3),
      z: scoreOfRank(2),
      a: scoreOfRank(1),
      b: scoreOfRank(1),
      c: scoreOfRank(3),
    });
    expect(joined.total).toBe(5);
  });

  test('with fewer near than may take part the reach is what the search says, or all', () => {
    const few = [part({ near: [['x', 0.9, null]] }), nothing];
    expect(joinParts(few, near).reach).toBe(-1);
    expect(joinParts(few, { ...near, minSimilarity: 0.25 }).reach).toBe(0.25);
    expect(joinParts([nothing, nothing], near)).toEqual({
      keys: [],
      scores: [],
      total: 0,
      shownOf: [[], []],
      reach: -1,
    });
  });
});

describe('SE-72: of what hosts have counted', () => {
  const counted = (some: Partial<CountedPart>): CountedPart => ({
    total: 0,
    facets: [[]],
    near: [],
    words: [],
    ...some,
  });
  const query = { ...asked('mi', { facets: ['done'], prefix: true, vector: [1, 0] }), nearest: 2 };

  test('those near that have no words are counted as far as they are among the nearest of all', () => {
    const parts = [
      counted({
        total: 2,
        facets: [[[true, 2]]],
        near: [
          ['x', 0.9, null],
          ['y', 0.2, [[[false, 1]]]],
        ],
      }),
      counted({
        total: 1,
        facets: [[[true, 1]]],
        near: [
          [
            'z',
            0.5,
            [
              [
                [false, 1],
                [true, 1],
              ],
            ],
          ],
        ],
      }),
    ];
    const { total, facets, completions } = joinCounts(parts, query, null);
    expect([total, completions]).toEqual([4, []]);
    expect(facets).toEqual({
      done: [
        { value: true, count: 4 },
        { value: false, count: 1 },
      ],
    });
  });

  test('completions are made of the first by key, whichever host has them', () => {
    const completed = completionOf(definition, 'mi', query, 5);
    const words = (from: number, count: number, word: string) =>
      Array.from({ length: count }, (_, i) => [`k${String(from + 2 * i).padStart(5, '0')}`, [[word, word]]] as const);
    const half = COMPLETED_RECORDS / 2;
    const parts = [counted({ words: words(0, half + 7, 'milk') }), counted({ words: words(1, half + 7, 'mint') })];
    expect(joinCounts(parts, query, completed).completions).toEqual([
      { text: 'milk', count: half },
      { text: 'mint', count: half },
    ]);
  });

  test('of no hosts, and of hosts with nothing, is nothing', () => {
    for (const parts of [[], [counted({}), counted({})]])
      expect(joinCounts(parts, query, null)).toEqual({ total: 0, facets: { done: [] }, completions: [] });
  });
});

describe('SE-13, SE-70: a host ranks and counts in steps', () => {
  const many = new SearchedWorld(
    definition,
    Object.fromEntries(
      Array.from({ length: 10 * RECORDS_PER_STEP }, (_, i) => [`k${i}`, { title: 'milk', at: [1, i] }]),
    ),
  );
  const { index, valueOf } = many;
  const all = takeAll(index.shareSteps(asked('milk')));
  const ranked = (query: SearchQuery, options = {}) => stepsOf(rankPartSteps(index, all, query, valueOf, options));

  test('of so many records each, or of more where they need not be looked at', () => {
    const [looked, whole] = ranked(asked('milk'));
    const [counting, same] = ranked(asked('milk'), { isCurrent: true });
    expect(looked - counting).toBe(10);
    expect(same).toEqual(whole);
    expect(whole.total).toBe(10 * RECORDS_PER_STEP);
  });

  test('none where nothing is searched for', () => {
    expect(ranked(asked(''))).toEqual([0, nothing]);
    const [steps, { part: told }] = stepsOf(
      countPartSteps(index, takeAll(rankingSteps(index, asked(''))), asked(''), null, valueOf),
    );
    expect([steps, told]).toEqual([0, { total: 0, facets: [], near: [], words: [] }]);
  });

  test('and one for each that is near', () => {
    const query = asked('', { vector: [1, 0] });
    const ranking = takeAll(rankingSteps(index, query));
    const [steps, { part: told, reach }] = stepsOf(countPartSteps(index, ranking, query, null, valueOf));
    expect(told.near).toHaveLength(query.nearest);
    expect(told.near.every(([, , facets]) => facets !== null)).toBe(true);
    expect(steps).toBeGreaterThanOrEqual(query.nearest);
    expect(reach).toBe(told.near.at(-1)?.[1]);
  });
});
