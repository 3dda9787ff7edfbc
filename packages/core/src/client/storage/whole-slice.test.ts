import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { wholeSlice } from './whole-slice.js';

/** Items as the number of the whole they are of; those of one whole follow each other. */
const wholes = fc
  .array(fc.integer({ min: 1, max: 9 }), { maxLength: 20 })
  .map((sizes) => sizes.flatMap((size, whole) => Array<number>(size).fill(whole)));
const max = fc.integer({ min: 1, max: 12 });

const areOne = (a: number, b: number): boolean => a === b;

function slicesOf(items: readonly number[], most: number): readonly (readonly number[])[] {
  const slices: (readonly number[])[] = [];
  for (let from = 0; from < items.length;) {
    const count = wholeSlice(items, from, most, areOne);
    expect(count).toBeGreaterThan(0);
    slices.push(items.slice(from, from + count));
    from += count;
  }
  return slices;
}

describe('wholeSlice', () => {
  it('CL-1, CR-12: slices are all of it, in order, and none tears a whole apart', () => {
    fc.assert(
      fc.property(wholes, max, (items, most) => {
        const slices = slicesOf(items, most);
        expect(slices.flat()).toEqual(items);
        for (const [i, slice] of slices.entries()) expect(slice.at(-1)).not.toBe(slices[i + 1]?.[0]);
      }),
    );
  });

  it('CL-1: a slice is no longer than it may be, unless it is one whole, and the next whole would not have fitted', () => {
    fc.assert(
      fc.property(wholes, max, (items, most) => {
        const slices = slicesOf(items, most);
        for (const [i, slice] of slices.entries()) {
          if (slice.length > most) expect(new Set(slice).size).toBe(1);
          const next = items.filter((item) => item === slices[i + 1]?.[0]);
          if (next.length > 0) expect(slice.length + next.length).toBeGreaterThan(most);
        }
      }),
    );
  });
});
