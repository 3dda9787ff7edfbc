import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { StoredMap } from '../ports/storage.js';
import { compareForEviction, sumOf } from './plan-eviction.js';
import { planSweep, type CacheLimits } from './plan-sweep.js';

const DAY_MS = 86_400_000;
const NOW = 20 * DAY_MS;

/** Some of them used never, and some in a future that a wrong clock has noted. */
const maps = fc.uniqueArray(
  fc.record({
    map: fc.string(),
    bytes: fc.integer({ min: 0, max: 1_000 }),
    usedAt: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: NOW + 3 * DAY_MS })),
  }),
  { selector: ({ map }) => map, maxLength: 12 },
);
const limits: fc.Arbitrary<CacheLimits> = fc.record({
  unusedForMs: fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.integer({ min: 1, max: NOW })),
  maxBytes: fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.integer({ min: 0, max: 6_000 })),
});
/** Whose turn it is not: in use, or with something unsent or refused. */
const needed = fc.func(fc.boolean());

const namesOf = (all: readonly StoredMap[]): readonly string[] => all.map(({ map }) => map);

describe('planSweep', () => {
  it('SY-6: only what may go goes, each once, and all of it that is old', () => {
    fc.assert(
      fc.property(maps, needed, limits, (stored, isNeeded, limit) => {
        const mayGo = (map: string): boolean => !isNeeded(map);
        const swept = planSweep(stored, mayGo, limit, NOW);
        expect(new Set(namesOf(swept)).size).toBe(swept.length);
        expect(namesOf(swept).every(mayGo)).toBe(true);
        const old = stored.filter(({ map, usedAt }) => mayGo(map) && usedAt > 0 && NOW - usedAt >= limit.unusedForMs);
        expect(namesOf(swept.filter(({ reason }) => reason === 'age')).toSorted()).toEqual(namesOf(old).toSorted());
      }),
    );
  });

  it('SY-6: what is too much goes, no more of it than that, and what was used longest ago first', () => {
    fc.assert(
      fc.property(maps, needed, limits, (stored, isNeeded, limit) => {
        const mayGo = (map: string): boolean => !isNeeded(map);
        const swept = planSweep(stored, mayGo, limit, NOW);
        const left = stored.filter(({ map }) => !namesOf(swept).includes(map));
        expect(sumOf(left) <= limit.maxBytes || left.every(({ map }) => !mayGo(map))).toBe(true);
        const bySize = swept.filter(({ reason }) => reason === 'size');
        const last = bySize.at(-1);
        if (last !== undefined) expect(sumOf(left) + last.bytes).toBeGreaterThan(limit.maxBytes);
        for (const gone of bySize) {
          for (const stays of left) if (mayGo(stays.map)) expect(compareForEviction(gone, stays)).toBeLessThan(0);
        }
      }),
    );
  });
});
