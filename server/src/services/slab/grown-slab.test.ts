import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ByteWriter } from '../layout/byte-writer.js';
import { writeRecord } from '../layout/record-layout.js';
import { EMPTY_RECORD, applyOp, type Op } from '@topgun/core/crdt';
import { Slab } from './slab.js';

const record = (key: string, text: string): Buffer => {
  const op = {
    replica: 'r.0',
    seq: 1,
    stamp: '000000000001-0000-r.0',
    map: 'm',
    key,
    kind: 'create',
    restart: false,
    fields: [{ name: 'text', value: text }],
  } as unknown as Op;
  const writer = new ByteWriter(64);
  writeRecord(writer, key, applyOp(EMPTY_RECORD, op));
  return Buffer.from(writer.view());
};

test('PI-46: what a slab takes once more is set in it is known beforehand', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat({ max: 3_000 }), { maxLength: 60 }),
      fc.array(fc.nat({ max: 3_000 }), { minLength: 1, maxLength: 60 }),
      (there, coming) => {
        const slab = new Slab({ low: 1, high: 2 });
        for (const [i, length] of there.entries()) slab.set(record(`a${i}`, 'x'.repeat(length)), 0);
        const grown = slab.grown();
        const before = slab.bytes.total;
        for (const [i, length] of coming.entries()) {
          const bytes = record(`b${i}`, 'y'.repeat(length));
          // What becomes of a copy is the copy's.
          grown.copy().set(1_000_000, true);
          grown.set(bytes.length, true);
          slab.set(bytes, 0);
          expect(slab.lengthOf(`b${i}`)).toBe(bytes.length);
        }
        expect(grown.bytes).toBeGreaterThanOrEqual(slab.bytes.total - before);
        // Arrays that are there already may be larger than they would be made.
        expect(grown.bytes - (slab.bytes.total - before)).toBeLessThanOrEqual(2_048);
      },
    ),
    { numRuns: 100 },
  );
});
