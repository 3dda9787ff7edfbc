import { describe, expect, test } from 'vitest';

import type { PlainObject } from '../primitives/index.js';
import { takeAll } from '../query/index.js';
import { BestPlaces, compareHits } from './best-places.js';
import { NOTHING_RANKED, type Ranked } from './ranked.js';
import { findInSteps, searchSteps, type SearchStepsOptions } from './run-search.js';
import type { SearchAnswer } from './search-answer.js';
import { decodeSearchCursor, encodeSearchCursor, shownMark } from './search-cursor.js';
import { definedAs, everyChoice, everyList, searchFor, SearchedWorld, stepsOf } from './searched-world.arbitrary.js';
import type { SearchInput, SearchPlace } from './search-query.js';

/*
 * Pages of all small answers: of four records of up to three different scores each page of each size, from each place.
 */

const definition = definedAs({ fields: ['title'] });
const KEYS = ['a', 'b', 'c', 'd'];
const SCORES = [1, 2, 2.5];

/** Four places, in the order in which an index may rank them: by score alone. */
function* everyRanking(): Generator<readonly SearchPlace[]> {
  for (const scores of everyList(SCORES, 4)) {
    const all = scores.map((score, i) => ({ key: KEYS[i] as string, score }));
    yield all.toSorted((a, b) => b.score - a.score);
    yield all.toReversed().toSorted((a, b) => b.score - a.score);
  }
}

/** By score, the best first, and by key among equals: said anew. */
const inOrder = (all: readonly SearchPlace[]): readonly SearchPlace[] =>
  SCORES.toReversed().flatMap((score) =>
    KEYS.flatMap((key) => all.filter((one) => one.key === key && one.score === score)),
  );

const rankedOf = (all: readonly SearchPlace[]): Ranked => ({
  length: all.length,
  keyAt: (place) => all[place]?.key,
  scoreAt: (place) => all[place]?.score ?? 0,
});

const world = new SearchedWorld(definition, Object.fromEntries(KEYS.map((key) => [key, { title: 'milk', own: key }])));

function page(all: readonly SearchPlace[], input: SearchInput, options: SearchStepsOptions = {}): SearchAnswer {
  const query = searchFor(definition, 'milk', input);
  return takeAll(
    searchSteps(world.index, { text: rankedOf(all), near: NOTHING_RANKED }, query, world.valueOf, options),
  );
}
const placesOf = ({ hits }: SearchAnswer): readonly SearchPlace[] => hits.map(({ key, score }) => ({ key, score }));

describe('SE-7: the pages of four records', () => {
  test('are what is best behind each place, also behind places where nobody is', () => {
    const { shape } = searchFor(definition, 'milk');
    const places: readonly SearchPlace[] = [0.5, 1, 2, 2.2, 3].flatMap((score) =>
      ['', 'b', 'd'].map((key) => ({ key, score })),
    );
    for (const all of everyRanking()) {
      const whole = inOrder(all);
      for (const after of places) {
        const behind = whole.filter(
          ({ key, score }) => score < after.score || (score === after.score && key > after.key),
        );
        const answer = page(all, { limit: 2, cursor: encodeSearchCursor(shape, after) });
        expect(placesOf(answer)).toEqual(behind.slice(0, 2));
        expect([answer.total, answer.nextCursor !== null]).toEqual([4, behind.length > 2]);
      }
    }
  });

  test.each(['place', 'shown'] as const)(
    'are one after the other all of them, once each, in order: by cursors of a %s',
    (next) => {
      for (const all of everyRanking()) {
        const whole = inOrder(all);
        for (const limit of [1, 2, 3, 4, 5]) {
          const shown: SearchPlace[] = [];
          let [cursor, pages]: [string | null, number] = [null, 0];
          do {
            const answer: SearchAnswer = page(all, { limit, cursor }, { next });
            shown.push(...placesOf(answer));
            ({ nextCursor: cursor } = answer);
            pages++;
          } while (cursor !== null);
          expect(shown).toEqual(whole);
          expect(pages).toBe(Math.max(1, Math.ceil(4 / limit)));
        }
      }
    },
  );

  test('from a least score on are of those that have it, and so is what is counted', () => {
    for (const all of everyRanking()) {
      for (const minScore of [0, 1, 1.5, 2, 2.5, 3]) {
        const good = inOrder(all).filter(({ score }) => score >= minScore);
        const answer = page(all, { minScore, limit: 3, facets: ['own'] });
        expect(placesOf(answer)).toEqual(good.slice(0, 3));
        expect([answer.total, answer.facets['own']?.length]).toEqual([good.length, good.length]);
      }
    }
  });

  test('of those that may be seen, are as if there were no others', () => {
    for (const all of everyRanking()) {
      for (const seen of everyChoice(KEYS)) {
        const query = searchFor(definition, 'milk', { limit: 2 });
        const ranking = { text: rankedOf(all), near: NOTHING_RANKED };
        const valueOf = (key: string) => (seen.includes(key) ? world.valueOf(key) : undefined);
        const answer = takeAll(searchSteps(world.index, ranking, query, valueOf));
        const open = inOrder(all).filter(({ key }) => seen.includes(key));
        expect(placesOf(answer)).toEqual(open.slice(0, 2));
        expect([answer.total, answer.nextCursor !== null]).toEqual([open.length, open.length > 2]);
        const last = open[1];
        if (answer.nextCursor !== null) expect(decodeSearchCursor(answer.nextCursor, query.shape)).toEqual(last);
      }
    }
  });

  test('SE-45: name all that has been shown, page by page, and go on behind it when the order has turned', () => {
    for (const all of everyRanking()) {
      const first = page(all, { limit: 2 }, { next: 'shown' });
      const keys = first.hits.map(({ key }) => key);
      const { shape } = searchFor(definition, 'milk');
      expect(decodeSearchCursor(first.nextCursor, shape)).toEqual({ shown: new Set(keys.map(shownMark)) });
      // The best have become the worst.
      const turned = all.map(({ key, score }) => ({ key, score: 3.5 - score })).toSorted((a, b) => b.score - a.score);
      const rest = page(turned, { limit: 2, cursor: first.nextCursor }, { next: 'shown' });
      expect(rest.hits.map(({ key }) => key)).toEqual(
        turned.toSorted(compareHits).flatMap(({ key }) => (keys.includes(key) ? [] : [key])),
      );
      expect([rest.total, rest.nextCursor]).toEqual([4, null]);
    }
  });
});

describe('SE-7: places', () => {
  test('are in one order, whichever two are compared', () => {
    const places = SCORES.flatMap((score) => KEYS.map((key) => ({ key, score })));
    for (const [a, b] of everyList(places, 2) as Iterable<readonly [SearchPlace, SearchPlace]>) {
      const isFirst = a.score > b.score || (a.score === b.score && a.key < b.key);
      const isSame = a.score === b.score && a.key === b.key;
      expect(Math.sign(compareHits(a, b))).toBe(isSame ? 0 : isFirst ? -1 : 1);
    }
    // Of a key that is cut, as text is compared: by its units.
    expect(compareHits({ key: '\uffff', score: 1 }, { key: '🎉', score: 1 })).toBeGreaterThan(0);
  });

  test('are few that are held, however many are offered: what is told of them is right at each moment', () => {
    for (const limit of [1, 2, 7]) {
      for (let count = 0; count < 200; count += 13) {
        const best = new BestPlaces(null, limit);
        const all = Array.from({ length: count }, (_, i) => ({
          key: `k${(i * 37) % 200}`,
          score: 5 - Math.floor(i / 60),
        }));
        for (const each of all) best.offer(each);
        expect(best.take()).toEqual({
          shown: all.toSorted(compareHits).slice(0, limit),
          hasMore: count > limit,
        });
        // Taken once more it is the same, and more may be offered.
        best.offer({ key: 'z', score: 0 });
        expect(best.take().shown[0]).toEqual(all.toSorted(compareHits)[0] ?? { key: 'z', score: 0 });
      }
    }
  });
});

describe('SE-47: a look at what was found', () => {
  const many = new SearchedWorld(definition);
  for (let i = 0; i < 500; i++) many.put(`k${i}`, { title: 'milk', own: i % 3 });
  const all = Array.from({ length: 500 }, (_, i) => ({ key: `k${i}`, score: 1 }));
  const ranking = { text: rankedOf(all), near: NOTHING_RANKED };

  test.each<
    [what: string, input: SearchInput, options: { isCurrent?: boolean; isRestricted?: boolean }, isRead: boolean]
  >([
    ['at each of them', {}, {}, true],
    ['at each, where conditions are set', { where: { own: 1 } }, { isCurrent: true }, true],
    ['at each, where values are counted', { facets: ['own'] }, { isCurrent: true }, true],
    ['at each, where not all may be seen', {}, { isCurrent: true, isRestricted: true }, true],
    ['at none, where all may be seen and nothing is asked of them', {}, { isCurrent: true }, false],
  ])('is in steps of 64 records: %s', (_what, input, options, isRead) => {
    const query = searchFor(definition, 'milk', { prefix: false, fuzzy: false, ...input });
    let [reads, most, total] = [0, 0, 0];
    const valueOf = (key: string): PlainObject | undefined => {
      reads++;
      return many.valueOf(key) as PlainObject | undefined;
    };
    const [steps, found] = stepsOf(findInSteps(many.index, query, valueOf, options), () => {
      most = Math.max(most, reads - total);
      total = reads;
    });
    expect(reads > 0).toBe(isRead);
    expect(found.total).toBe(input.where === undefined ? 500 : 167);
    // Each is asked up to three times in its step: whether it is there, whether it fits, and what it is counted as.
    if (isRead) expect(most).toBeLessThanOrEqual(3 * 64);
    // Whether it has the words is as much work as three, of which 128 are a step as well.
    const words = 'isRestricted' in options ? Math.floor((500 * 3) / 128) : 0;
    expect(steps).toBe(isRead ? Math.floor(501 / 64) + words : 0);
  });

  test('then is a step for each that is shown', () => {
    const query = searchFor(definition, 'milk', { limit: 30 });
    const [steps, answer] = stepsOf(searchSteps(many.index, ranking, query, many.valueOf, { isCurrent: true }));
    expect([steps, answer.hits.length, answer.total]).toEqual([30, 30, 500]);
    const [looked] = stepsOf(searchSteps(many.index, ranking, query, many.valueOf));
    expect(looked).toBe(30 + Math.floor(501 / 64));
  });

  test('ends with the first score that is too low', () => {
    const falling = { ...rankedOf(all), scoreAt: (place: number) => 500 - place };
    const read = new Set<string>();
    const query = searchFor(definition, 'milk', { minScore: 450.5, limit: 5 });
    const valueOf = (key: string) => {
      read.add(key);
      return many.valueOf(key);
    };
    const answer = takeAll(searchSteps(many.index, { text: falling, near: NOTHING_RANKED }, query, valueOf));
    expect([answer.total, read.size]).toEqual([50, 50]);
  });

  test('SE-42: says how far what is near goes, where a vector is searched for, and nothing of it where none is', () => {
    const near = definedAs({ fields: ['title'], vectors: { field: 'at', dimensions: 2 } });
    const few = new SearchedWorld(near, { a: { title: 'milk', at: [1, 0] }, b: { title: 'oats', at: [0, 1] } });
    for (const [input, reach] of [
      [{ vector: [1, 0] }, -1],
      [{ vector: [1, 0], minSimilarity: 0.5 }, 0.5],
    ] as const) {
      const query = few.query('milk', input);
      const found = takeAll(findInSteps(few.index, query, few.valueOf));
      expect(found).toStrictEqual({ keys: reach < 0 ? ['a', 'b'] : ['a'], total: reach < 0 ? 2 : 1, reach });
      expect(few.ask('milk', input).reach).toBe(reach);
    }
    const found = takeAll(findInSteps(few.index, few.query('milk'), few.valueOf));
    expect(found).toStrictEqual({ keys: ['a'], total: 1 });
    expect(few.ask('milk')).not.toHaveProperty('reach');
  });

  test('is none where nothing is searched', () => {
    const nothing = searchFor(definition, ' ', { facets: ['own'] });
    const [steps, answer] = stepsOf(searchSteps(many.index, ranking, nothing, many.valueOf));
    expect([steps, answer]).toEqual([0, { hits: [], total: 0, facets: {}, nextCursor: null }]);
    expect(stepsOf(findInSteps(many.index, nothing, many.valueOf))).toEqual([0, { keys: [], total: 0 }]);
  });
});
