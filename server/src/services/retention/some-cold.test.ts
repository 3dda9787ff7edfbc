import fc from 'fast-check';
import { expect, test } from 'vitest';
import { coldOf } from './some-cold.js';

test('PI-48: what is brought in for one piece of work is cold, first come first, and no more than a few', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 30 })), fc.uniqueArray(fc.nat({ max: 30 })), (partitions, hot) => {
      const state = { isHot: (partition: number) => hot.includes(partition) };
      const cold = [
        ...coldOf(
          state,
          partitions.map((partition) => ({ partition })),
        ),
      ];
      const all = [...new Set(partitions)].filter((partition) => !hot.includes(partition));
      expect(cold).toEqual(all.slice(0, 4));
    }),
    { numRuns: 100 },
  );
});
