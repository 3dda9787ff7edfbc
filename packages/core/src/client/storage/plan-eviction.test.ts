import fc from 'fast-check';
import { expect, it } from 'vitest';

import type { StoredMap } from '../ports/storage.js';
import { EVICTED_BYTES, EVICTED_SHARE, planEviction, sumOf } from './plan-eviction.js';

const DAY_MS = 86_400_000;
const mb = (count: number): number => count * EVICTED_BYTES;
const stored = (map: string, bytes: number, day: number): StoredMap => ({ map, bytes, usedAt: day * DAY_MS });
const namesOf = (maps: readonly StoredMap[]): string[] => maps.map(({ map }) => map);

it('CL-8: what was used longest ago goes first, and of one day the largest', () => {
  const maps = [
    stored('new', mb(9), 9),
    stored('old', 10, 1),
    stored('old and large', mb(1), 1.5),
    stored('never', 10, 0),
  ];
  expect(namesOf(planEviction(maps))).toEqual(['never', 'old and large', 'old', 'new']);
});

const maps = fc.uniqueArray(
  fc.record({
    map: fc.string(),
    bytes: fc.oneof(fc.integer({ min: 0, max: 2_000 }), fc.integer({ min: 0, max: mb(5) })),
    usedAt: fc.integer({ min: 0, max: 6 * DAY_MS }),
  }),
  { selector: ({ map }) => map, maxLength: 12 },
);

it('CL-8: enough goes, no map more than that, and none before one that is older by days', () => {
  fc.assert(
    fc.property(maps, (mayGo) => {
      const planned = planEviction(mayGo);
      const wanted = Math.max(EVICTED_BYTES, sumOf(mayGo) * EVICTED_SHARE);
      const left = mayGo.filter((each) => !planned.includes(each));
      expect(mayGo).toEqual(expect.arrayContaining([...planned]));
      expect(left.length === 0 || sumOf(planned) >= wanted).toBe(true);
      expect(sumOf(planned.slice(0, -1))).toBeLessThan(wanted);
      for (const gone of planned) {
        for (const stays of left) {
          const days = Math.floor(gone.usedAt / DAY_MS) - Math.floor(stays.usedAt / DAY_MS);
          expect(days < 0 || (days === 0 && gone.bytes >= stays.bytes)).toBe(true);
        }
      }
    }),
    { numRuns: 200 },
  );
});
