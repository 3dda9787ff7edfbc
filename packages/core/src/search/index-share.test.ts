import { describe, expect, test } from 'vitest';

import { takeAll } from '../query/index.js';
import { joinShares, type IndexShare, type TermShare } from './index-share.js';
import { POSTINGS_PER_STEP } from './rank-steps.js';
import { SearchIndex } from './search-index.js';
import type { SearchInput, SearchQuery } from './search-query.js';
import { definedAs, everyList, searchFor, stepsOf } from './searched-world.arbitrary.js';

const definition = definedAs({ fields: ['title', 'body'] });
const asked = (text: string, input: SearchInput = {}): SearchQuery =>
  searchFor(definition, text, { prefix: false, fuzzy: false, ...input });
const NOTHING: IndexShare = { documents: 0, lengths: [], terms: [] };

type Doc = Readonly<{ title?: string; body?: string }>;

const indexOf = (docs: readonly Doc[], from = 0): SearchIndex => {
  const index = new SearchIndex(definition);
  docs.forEach((doc, i) => index.put(`k${from + i}`, doc));
  return index;
};
const shareOf = (index: SearchIndex, query: SearchQuery): IndexShare => takeAll(index.shareSteps(query));

/** What a look at each document says: no index, and no other order than that of words. */
function naiveShare(docs: readonly Doc[], terms: readonly string[], begins = false): IndexShare {
  const words = (doc: Doc, field: number): readonly string[] =>
    ((field === 0 ? doc.title : doc.body) ?? '').split(' ').filter((word) => word !== '');
  const all = [...new Set(docs.flatMap((doc) => [...words(doc, 0), ...words(doc, 1)]))].toSorted();
  const lengths = [0, 1].map(
    (field) => [field, docs.reduce((sum, doc) => sum + new Set(words(doc, field)).size, 0)] as const,
  );
  const shares = (wanted: string): readonly TermShare[] =>
    all
      .filter((term) => term === wanted || (begins && term.startsWith(wanted)))
      .map((term): TermShare => {
        const having = [0, 1]
          .map((field) => [field, docs.filter((doc) => words(doc, field).includes(term)).length] as const)
          .filter(([, documents]) => documents > 0);
        const longer = term.length - wanted.length;
        return [term, longer === 0 ? 1 : (0.375 * term.length) / (term.length + 0.3 * longer), having];
      });
  return { documents: docs.length, lengths, terms: terms.map(shares) };
}

const DOCS: readonly Doc[] = [
  {},
  { title: 'milk' },
  { title: 'milk milk silk', body: 'milk' },
  { body: 'silk milky' },
  { title: 'milky', body: 'oats' },
];

describe('SE-70: what an index has of what a search is scored by', () => {
  test('is what a look at each document says, of all worlds of three', () => {
    let counted = 0;
    for (const docs of everyList(DOCS, 3)) {
      const index = indexOf(docs);
      for (const prefix of [false, true]) {
        const share = shareOf(index, asked('milk silk', { prefix }));
        expect(share).toEqual(naiveShare(docs, ['milk', 'silk'], prefix));
        counted += share.terms.flat().length;
      }
    }
    expect(counted).toBeGreaterThan(300);
  });

  test('does not count what is left over of documents that have changed or are gone', () => {
    for (const [before, now] of everyList([...DOCS], 2)) {
      const index = indexOf([before as Doc, before as Doc, { title: 'silk' }]);
      index.put('k0', now);
      index.put('k1', undefined);
      expect(shareOf(index, asked('milk silk'))).toEqual(naiveShare([now as Doc, { title: 'silk' }], ['milk', 'silk']));
      takeAll(index.vacuumSteps());
      expect(shareOf(index, asked('milk silk'))).toEqual(naiveShare([now as Doc, { title: 'silk' }], ['milk', 'silk']));
    }
  });

  test('is of the fields alone that are searched, whatever they count', () => {
    const index = indexOf(DOCS);
    const whole = naiveShare(DOCS, ['milk']);
    expect(shareOf(index, asked('milk', { fields: ['body'], boost: { body: 7 } }))).toEqual({
      documents: DOCS.length,
      lengths: whole.lengths.slice(1),
      terms: [[['milk', 1, [[1, 1]]]]],
    });
    expect(shareOf(index, asked('milk', { fields: [] }))).toEqual({ documents: DOCS.length, lengths: [], terms: [] });
  });

  test('is nothing of terms that it does not have, in their places', () => {
    const share = shareOf(indexOf([{ title: 'silk' }]), asked('milk silk oats'));
    expect(share.terms).toEqual([[], [['silk', 1, [[0, 1]]]], []]);
    expect(shareOf(new SearchIndex(definition), asked('milk'))).toEqual({
      documents: 0,
      lengths: [
        [0, 0],
        [1, 0],
      ],
      terms: [[]],
    });
  });

  test('is counted in steps where much is left over, and the same with searches between them', () => {
    const index = indexOf(Array.from({ length: POSTINGS_PER_STEP + 10 }, () => ({ title: 'milk' })));
    expect(stepsOf(index.shareSteps(asked('milk')))[0]).toBe(0);
    index.put('k0', undefined);
    const [steps, share] = stepsOf(index.shareSteps(asked('milk')), () => shareOf(index, asked('milk')));
    expect(steps).toBe(1);
    expect(share.terms).toEqual([[['milk', 1, [[0, POSTINGS_PER_STEP + 9]]]]]);
  });
});

describe('SE-70: shares of several indexes', () => {
  const query = asked('mil silk', { prefix: true });

  test('are together that of one index of all documents, however those are spread', () => {
    for (const places of everyList([0, 1, 2], DOCS.length)) {
      const parts = [0, 1, 2].map((part) => DOCS.filter((_, i) => places[i] === part));
      const shares = parts.map((docs, part) => shareOf(indexOf(docs, 10 * part), query));
      expect(joinShares(shares)).toEqual(shareOf(indexOf(DOCS), query));
    }
  });

  test('are the same in any order and however they are bracketed, and stay what they are', () => {
    const [a, b, c] = [DOCS.slice(0, 2), DOCS.slice(2, 3), DOCS.slice(3)].map((docs) =>
      shareOf(indexOf(docs), query),
    ) as [IndexShare, IndexShare, IndexShare];
    const kept = JSON.stringify([a, b, c]);
    const all = joinShares([a, b, c]);
    for (const [x, y, z] of [
      [a, b, c],
      [b, c, a],
      [c, b, a],
    ] as const) {
      expect(joinShares([x, y, z])).toEqual(all);
      expect(joinShares([joinShares([x, y]), z])).toEqual(all);
      expect(joinShares([x, joinShares([y, z])])).toEqual(all);
    }
    expect(JSON.stringify([a, b, c])).toBe(kept);
  });

  test('one alone is itself, and what has nothing adds nothing', () => {
    const share = shareOf(indexOf(DOCS), query);
    expect(joinShares([share])).toEqual(share);
    expect(joinShares([NOTHING, share, NOTHING])).toEqual(share);
    expect(joinShares([])).toEqual(NOTHING);
  });

  test('have what they stand for in the order of the words, wherever it was met first', () => {
    const share = (...terms: readonly string[]): IndexShare => ({
      documents: 1,
      lengths: [[0, 1]],
      terms: [terms.map((term): TermShare => [term, 1, [[0, 1]]])],
    });
    const told = (...shares: IndexShare[]): readonly string[] =>
      joinShares(shares).terms[0]?.map(([term]) => term) ?? [];
    expect(told(share('z', 'b'), share('a'), share('b', 'é'))).toEqual(['a', 'b', 'z', 'é']);
    expect(joinShares([share('b'), share('b')]).terms).toEqual([[['b', 1, [[0, 2]]]]]);
  });

  test('add up by field, and fields are in order', () => {
    const one: IndexShare = {
      documents: 2,
      lengths: [
        [3, 5],
        [1, 1],
      ],
      terms: [[['a', 0.5, [[3, 2]]]]],
    };
    const other: IndexShare = {
      documents: 3,
      lengths: [
        [0, 4],
        [3, 6],
      ],
      terms: [
        [
          [
            'a',
            0.5,
            [
              [0, 1],
              [3, 1],
            ],
          ],
        ],
      ],
    };
    expect(joinShares([one, other])).toEqual({
      documents: 5,
      lengths: [
        [0, 4],
        [1, 1],
        [3, 11],
      ],
      terms: [
        [
          [
            'a',
            0.5,
            [
              [0, 1],
              [3, 3],
            ],
          ],
        ],
      ],
    });
  });
});
