import fc from 'fast-check';
import { expect, it } from 'vitest';

import { AREA_BYTES, SegmentArea } from './segment-area.js';

const LARGE = 2 ** 40;

it('what was laid is found as it was by whoever has the memory, whatever lay there before and whatever becomes of the bytes it was copied from', () => {
  const appends = fc.array(fc.tuple(fc.nat(LARGE), fc.uint8Array({ maxLength: 300 })), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(appends, (laid) => {
      const area = new SegmentArea();
      const other = new SegmentArea(area.memory);
      for (const [epoch, segment] of laid) {
        const expected = { epoch, segment: segment.slice() };
        expect(area.lay(epoch, segment)).toBe(true);
        segment.fill(0);
        expect(other.take()).toEqual(expected);
        area.clear();
      }
    }),
  );
});

it('a segment is found once, and none where nothing was laid', () => {
  const area = new SegmentArea();
  const other = new SegmentArea(area.memory);
  expect(other.take()).toBeNull();
  area.lay(1, Uint8Array.of(1));
  expect(other.take()).not.toBeNull();
  expect(other.take()).toBeNull();
  area.clear();
  expect(other.take()).toBeNull();
});

it('as long as one lies there, taken or not, no other is laid over it', () => {
  const area = new SegmentArea();
  const other = new SegmentArea(area.memory);
  expect(area.lay(1, Uint8Array.of(1, 2))).toBe(true);
  expect(area.lay(2, Uint8Array.of(3))).toBe(false);
  const taken = other.take();
  expect(area.lay(2, Uint8Array.of(3))).toBe(false);
  expect(taken).toEqual({ epoch: 1, segment: Uint8Array.of(1, 2) });
  area.clear();
  expect(area.lay(2, Uint8Array.of(3))).toBe(true);
});

it('one of exactly its length fits, a longer one does not and takes no place', () => {
  const area = new SegmentArea();
  expect(area.lay(1, new Uint8Array(AREA_BYTES + 1))).toBe(false);
  expect(area.lay(1, new Uint8Array(AREA_BYTES).fill(7))).toBe(true);
  const laid = new SegmentArea(area.memory).take();
  expect(laid?.segment).toHaveLength(AREA_BYTES);
  expect(laid?.segment.every((byte) => byte === 7)).toBe(true);
});
