import type { ReplicaId, Stamp } from '@topgun/core/clock';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { joinSegments } from './join-segments.js';
import { decodeSegment, encodeSegment } from '../../services/persistence/segment-codec.js';
import { APPLIED, type Segment, type SegmentEntry } from '../../services/persistence/segment.js';

const text = fc.constantFrom('a', '],"journal":{"at":1}', ',"entries":[', '\\"', '}}', 'ü€', ']}');

const entry: fc.Arbitrary<SegmentEntry> = fc
  .record({ partition: fc.nat(270), map: text, key: text, value: text, nested: fc.boolean() })
  .map(({ partition, map, key, value, nested }) => ({
    partition,
    replica: 'r.0' as ReplicaId,
    ops: [
      [[1, '0' as Stamp, map, key, 'c', [['f', nested ? { entries: [value], journal: { at: 1 } } : value]]], APPLIED],
    ],
  }));

const segment: fc.Arbitrary<Segment> = fc
  .record({ lineage: text, entries: fc.array(entry, { maxLength: 3 }), at: fc.option(fc.nat(9)) })
  .map(({ lineage, entries, at }) =>
    at === null ? { lineage, entries } : { lineage, entries, journal: { at, events: [] } },
  );

test('PI-26: what hosts have staged is one segment with all of it, in order, under the name of the history', () => {
  fc.assert(
    fc.property(text, fc.array(segment, { minLength: 1, maxLength: 4 }), (lineage, parts) => {
      const joined = decodeSegment(joinSegments({ lineage, position: 9 }, parts.map(encodeSegment)), 9);
      const ats = parts.flatMap(({ journal }) => journal?.at ?? []);
      expect(joined).toEqual({
        ok: true,
        value: {
          lineage,
          position: 9,
          entries: parts.flatMap(({ entries }) => entries),
          ...(ats.length === 0 ? {} : { journal: { at: Math.max(...ats), events: [] } }),
        },
      });
    }),
    { numRuns: 200 },
  );
});
