import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { endOf, nextPosition, placeOf, sequenceOf } from './sequence.js';

const positions = fc.integer({ min: 0, max: 2 ** 37 - 1 });
const indexes = fc.oneof(fc.constantFrom(0, 1, 65_534, 65_535), fc.integer({ min: 0, max: 65_535 }));
const places = fc.record({ position: positions, index: indexes });

test('JO-2: a sequence is a safe number that says its place', () => {
  fc.assert(
    fc.property(places, (place) => {
      expect(Number.isSafeInteger(sequenceOf(place))).toBe(true);
      expect(placeOf(sequenceOf(place))).toEqual(place);
    }),
  );
});

test('JO-2: sequences are in the order of commits, and in those of ops', () => {
  fc.assert(
    fc.property(places, places, (a, b) => {
      const before = a.position < b.position || (a.position === b.position && a.index < b.index);
      expect(sequenceOf(a) < sequenceOf(b)).toBe(before);
    }),
  );
});

test('JO-3: what is after a sequence begins in its commit, or in the next when that is over', () => {
  fc.assert(
    fc.property(places, positions, (place, position) => {
      const after = sequenceOf(place);
      const hasMore = [0, 65_535].some((index) => sequenceOf({ position, index }) > after);
      expect(position >= nextPosition(after)).toBe(hasMore);
    }),
  );
  expect(nextPosition(endOf(7))).toBe(8);
});
