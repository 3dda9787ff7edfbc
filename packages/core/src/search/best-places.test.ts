import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { BestPlaces, compareHits } from './best-places.js';
import { decodeSearchCursor, encodeSearchCursor } from './search-cursor.js';
import type { SearchPlace } from './search-query.js';

/** Few scores, so that many places have the same; keys differ. */
const places: fc.Arbitrary<readonly SearchPlace[]> = fc.uniqueArray(
  fc.record({ score: fc.constantFrom(0.25, 0.5, 1, 1.5), key: fc.string({ maxLength: 3 }) }),
  { selector: ({ key }) => key, maxLength: 120 },
);
const after = fc.option(fc.record({ score: fc.constantFrom(0.25, 0.5, 1, 2), key: fc.string({ maxLength: 3 }) }));

/** By score, the best first, as an index gives them: those of one score in any order. */
const ranked = (all: readonly SearchPlace[]): readonly SearchPlace[] => all.toSorted((a, b) => b.score - a.score);

describe('SE-7: the places of a page', () => {
  test('are the first of the whole order behind a place, and there are more exactly where the order goes on', () => {
    fc.assert(
      fc.property(places, after, fc.integer({ min: 1, max: 5 }), (all, place, limit) => {
        const best = new BestPlaces(place, limit);
        for (const each of ranked(all)) best.offer(each);
        const behind = all.filter((each) => place === null || compareHits(place, each) < 0).toSorted(compareHits);
        expect(best.take()).toEqual({ shown: behind.slice(0, limit), hasMore: behind.length > limit });
      }),
      { numRuns: 300 },
    );
  });

  test('are found among any number of equals', () => {
    const best = new BestPlaces(null, 2);
    for (let i = 5_000; i > 0; i--) best.offer({ score: 1, key: String(i) });
    best.offer({ score: 0.5, key: '0' });
    expect(best.take().shown.map(({ key }) => key)).toEqual(['1', '10']);
  });

  test('one cut at the limit before equals are told apart by key is found out', () => {
    const hasty = (all: readonly SearchPlace[], limit: number) => ranked(all).slice(0, limit).toSorted(compareHits);
    const failing = fc.check(
      fc.property(places, fc.integer({ min: 1, max: 5 }), (all, limit) => {
        expect(hasty(all, limit)).toEqual(all.toSorted(compareHits).slice(0, limit));
      }),
      { numRuns: 300 },
    );
    expect(failing.failed).toBe(true);
  });

  test('as text are read back for their search, and for no other; any other text is none', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.string({ unit: 'binary' }), (score, key) => {
        const place = { score: score === 0 ? 0 : score, key };
        const text = encodeSearchCursor('shape', place);
        expect(text).toMatch(/^[\w-]+$/);
        expect(decodeSearchCursor(text, 'shape')).toEqual(place);
        expect(decodeSearchCursor(text, 'another')).toBeNull();
      }),
    );
    fc.assert(
      fc.property(fc.anything(), (anything) => {
        expect(decodeSearchCursor(anything, 'shape')).toBeNull();
      }),
    );
  });
});
