import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { FoundPlaces } from './found-places.js';
import { shownMark } from './search-cursor.js';
import type { SearchPlace, SearchQuery } from './search-query.js';
import type { Nearness } from './vectors/nearest-steps.js';

interface Case {
  readonly texts: readonly SearchPlace[];
  readonly near: ReadonlyMap<string, Nearness>;
  readonly limit: number;
  readonly minScore: number | null;
  readonly hasVector: boolean;
  readonly after: SearchQuery['after'];
}

const key = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l');
const cases: fc.Arbitrary<Case> = fc
  .record({
    texts: fc.uniqueArray(fc.record({ key, score: fc.integer({ min: 1, max: 4 }) }), { selector: (text) => text.key }),
    near: fc.uniqueArray(key, { maxLength: 6 }),
    ties: fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }),
    limit: fc.integer({ min: 1, max: 4 }),
    minScore: fc.option(fc.constantFrom(0.016, 0.0175, 0.03, 2, 3)),
    hasVector: fc.boolean(),
    after: fc.oneof(
      fc.constant(null),
      fc.record({ key, score: fc.constantFrom(1, 2, 3, 1 / 61, 1 / 63, 2 / 61) }),
      fc.record({ shown: fc.uniqueArray(key).map((keys) => new Set(keys.map(shownMark))) }),
    ),
  })
  .map(({ near, texts, ties, ...rest }) => {
    let rank = 1;
    const nearest = near.map((each, i) => {
      if (i > 0 && ties[i] !== true) rank = i + 1;
      return [each, { rank, similarity: 1 - rank / 10 }] as const;
    });
    return {
      ...rest,
      texts: texts.toSorted((a, b) => b.score - a.score),
      near: new Map(rest.hasVector ? nearest : []),
    };
  });

/** The same by putting all of them in order: what is found, and what of it is shown. */
function plainly({ after, hasVector, limit, minScore, near, texts }: Case) {
  const rankOf = (score: number): number => 1 + texts.filter((other) => other.score > score).length;
  const scores = new Map<string, number>();
  for (const { key: own, score } of texts) scores.set(own, hasVector ? 1 / (60 + rankOf(score)) : score);
  for (const [own, { rank }] of near) scores.set(own, 1 / (60 + rank) + (scores.get(own) ?? 0));
  const found = [...scores].filter(([, score]) => minScore === null || score >= minScore);
  const isBefore = ([a, m]: readonly [string, number], [b, n]: readonly [string, number]): number =>
    n - m || (a < b ? -1 : Number(a > b));
  const behind = found.filter((each) => {
    if (after === null) return true;
    return 'shown' in after ? !after.shown.has(shownMark(each[0])) : isBefore([after.key, after.score], each) < 0;
  });
  const shown = behind.toSorted(isBefore).map(([own, score]) => ({ key: own, score }));
  return { total: found.length, shown: shown.slice(0, limit), hasMore: shown.length > limit };
}

function taken(each: Case) {
  const { after, hasVector, limit, minScore, near, texts } = each;
  const vector = hasVector ? new Float32Array([1]) : null;
  const places = new FoundPlaces({ after, limit, minScore, vector } as SearchQuery, near);
  const told: string[] = [];
  for (const { key: own, score } of texts) {
    if (places.isOver(score)) break;
    if (places.offer(own, score)) told.push(own);
  }
  told.push(...places.offerNearest());
  return { told: told.toSorted(), taken: places.take() };
}

describe('SE-5, SE-61: what is found, and what of it is shown', () => {
  test('is the page of putting all of it in order: by score or by both ranks, behind a place or behind what was shown, from a least score on', () => {
    let pages = 0;
    fc.assert(
      fc.property(cases, (each) => {
        const { hasMore, shown, total } = plainly(each);
        const found = taken(each);
        expect(found.taken.total).toBe(total);
        expect(found.told).toHaveLength(total);
        expect(found.taken.hasMore).toBe(hasMore);
        expect(found.taken.shown.map((place) => place.key)).toEqual(shown.map((place) => place.key));
        found.taken.shown.forEach(({ score }, i) => expect(score).toBeCloseTo(shown[i]?.score ?? -1, 12));
        pages += Number(each.near.size > 0 && shown.length > 0 && each.after !== null);
      }),
      { numRuns: 600 },
    );
    expect(pages).toBeGreaterThan(50);
  });

  test('stops where scores are too low only if nothing near can make up for it', () => {
    const query = { after: null, limit: 3, minScore: 2, vector: null } as unknown as SearchQuery;
    const texts = new FoundPlaces(query, new Map());
    expect([texts.isOver(1.9), texts.isOver(2), texts.isOver(2.1)]).toEqual([true, false, false]);
    expect(new FoundPlaces({ ...query, minScore: null }, new Map()).isOver(0)).toBe(false);
    expect(new FoundPlaces({ ...query, vector: new Float32Array([1]) }, new Map()).isOver(0)).toBe(false);
  });
});
