import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ExpiryIndex } from './expiry-index.js';

const PLACES = ['a', 'b', 'c', 'd', 'e', 'f'] as const;

type Step =
  | { readonly do: 'set'; readonly place: string; readonly at: number | null }
  | { readonly do: 'take'; readonly now: number; readonly count: number };

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    fc.record({
      do: fc.constant('set' as const),
      place: fc.constantFrom(...PLACES),
      at: fc.option(fc.integer({ min: 0, max: 12 })),
    }),
    fc.record({ do: fc.constant('take' as const), now: fc.integer({ min: -1, max: 13 }), count: fc.nat({ max: 4 }) }),
  ),
  { maxLength: 300 },
);

describe('the index of what expires', () => {
  test('CR-9: at every step it says what a list of all times says', () => {
    fc.assert(
      fc.property(steps, (list) => {
        const index = new ExpiryIndex<string>();
        const model = new Map<string, number>();
        for (const step of list) {
          if (step.do === 'set') {
            index.set(step.place, step.at);
            if (step.at === null) model.delete(step.place);
            else model.set(step.place, step.at);
          } else {
            const due = [...model].filter(([, at]) => at <= step.now).map(([, at]) => at);
            const taken = index.take(step.now, step.count);
            const times = taken.map((place) => model.get(place)!);
            expect(times).toEqual(due.sort((a, b) => a - b).slice(0, step.count));
            expect(new Set(taken).size).toBe(taken.length);
            for (const place of taken) model.delete(place);
          }
          expect(index.next()).toBe(model.size === 0 ? null : Math.min(...model.values()));
          expect([...index.places()].sort()).toEqual([...model.keys()].sort());
          expect(index.size).toBe(model.size);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('CR-9: what is extended again and again leaves nothing behind', () => {
    const index = new ExpiryIndex<string>();
    let compared = 0;
    for (let i = 0; i < 10_000; i += 1) index.set('a', i);
    index.set('a', {
      // Counts how often the index looks at this time: a heap that had kept the 10,000 would compare it often.
      valueOf() {
        compared += 1;
        return 5;
      },
    } as unknown as number);
    expect(index.size).toBe(1);
    expect(index.take(10_000, 5)).toEqual(['a']);
    expect(index.take(Number.MAX_SAFE_INTEGER, 5)).toEqual([]);
    expect(compared).toBeLessThan(300);
  });

  test('places are known by identity, and forgotten on request', () => {
    const index = new ExpiryIndex<object>();
    const [one, other] = [{}, {}];
    index.set(one, 1);
    index.set(other, 1);
    expect(index.has(one)).toBe(true);
    expect(index.take(1, 9)).toEqual([one, other]);
    index.set(one, 1);
    index.clear();
    expect([index.size, index.next()]).toEqual([0, null]);
  });
});
