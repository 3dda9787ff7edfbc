import fc from 'fast-check';
import { expect, it } from 'vitest';

import { SegmentArea } from './segment-area.js';

const SIZE = new SegmentArea().memory.byteLength;

it('what was laid is read as it was, whatever lay there before and whatever becomes of the bytes it was copied from', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 8 }), (segments) => {
      const area = new SegmentArea();
      for (const segment of segments) {
        const expected = [...segment];
        expect(area.lay(segment)).toBe(true);
        segment.fill(0);
        expect([...new Uint8Array(area.memory, 0, segment.length)]).toEqual(expected);
        area.clear();
      }
    }),
  );
});

it('as long as one lies there, no other is laid over it', () => {
  const area = new SegmentArea();
  expect(area.lay(Uint8Array.of(1, 2))).toBe(true);
  expect(area.lay(Uint8Array.of(3))).toBe(false);
  expect([...new Uint8Array(area.memory, 0, 2)]).toEqual([1, 2]);
  area.clear();
  expect(area.lay(Uint8Array.of(3))).toBe(true);
});

it('one of exactly its length fits, a longer one does not and takes no place', () => {
  const area = new SegmentArea();
  expect(area.lay(new Uint8Array(SIZE + 1))).toBe(false);
  expect(area.lay(new Uint8Array(SIZE).fill(7))).toBe(true);
  expect(new Uint8Array(area.memory).every((byte) => byte === 7)).toBe(true);
});
