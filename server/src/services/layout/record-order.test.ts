import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Stamp } from '@topgun/core/clock';
import type { LwwRecord } from '@topgun/core/crdt';
import { RecordOrder } from './record-order.js';

const stamps = fc.constantFrom('a', 'b', 'c', 'd', 'e') as fc.Arbitrary<Stamp>;
const names = fc.string({ unit: 'binary', maxLength: 2 });

/** Of few fields and of many. */
const records: fc.Arbitrary<LwwRecord> = fc.record({
  existence: fc.option(fc.record({ stamp: stamps, op: fc.constant('create' as const) })),
  floor: fc.oneof(fc.constant('' as const), stamps),
  expiry: fc.option(fc.record({ stamp: stamps, at: fc.constant(null) })),
  fields: fc.oneof(fields(0, 5), fields(12, 20)),
});

function fields(minLength: number, maxLength: number): fc.Arbitrary<LwwRecord['fields']> {
  return fc
    .uniqueArray(fc.tuple(names, fc.record({ stamp: stamps, value: fc.constant(1) })), {
      minLength,
      maxLength,
      selector: ([name]) => name,
    })
    .map((entries) => new Map(entries));
}

test('PI-13: names and stamps of one record after the other are in their order, each once, whatever came before', () => {
  fc.assert(
    fc.property(fc.array(records, { minLength: 1, maxLength: 4 }), (many) => {
      const order = new RecordOrder();
      for (const record of many) {
        order.arrange(record);
        const { existence, floor, expiry } = record;
        const all = [existence?.stamp, floor, expiry?.stamp, ...[...record.fields.values()].map(({ stamp }) => stamp)];
        const sorted = [...new Set(all.filter((stamp) => stamp !== undefined && stamp !== ''))].sort();
        expect(order.stamps.slice(0, order.stamped)).toEqual(sorted);
        expect(order.names.slice(0, order.fields)).toEqual([...record.fields.keys()].sort());
        for (const stamp of sorted) expect(order.stamps[order.placeOf(stamp as Stamp)]).toBe(stamp);
      }
    }),
    { numRuns: 300 },
  );
});
