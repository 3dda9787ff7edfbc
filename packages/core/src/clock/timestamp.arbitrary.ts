import * as fc from 'fast-check';
import { MAX_COUNTER, MAX_MILLIS } from './stamp.js';
import type { ReplicaId, Timestamp } from './timestamp.js';

export const replicaIds: fc.Arbitrary<ReplicaId> = fc
  .oneof(fc.constantFrom('a', 'a.', 'a.0', 'b', '-', 'Z', 'z'), fc.stringMatching(/^[-.0-9A-Z_a-z]{1,64}$/))
  .map((id) => id as ReplicaId);

const near = (max: number): fc.Arbitrary<number> =>
  fc.oneof(fc.integer({ min: 0, max }), fc.constantFrom(0, 1, 63, 64, 65, 4095, 4096, max - 1, max));

/** Any timestamp; boundaries of digits and equal parts are frequent. */
export const timestamps: fc.Arbitrary<Timestamp> = fc.record({
  millis: near(MAX_MILLIS),
  counter: near(MAX_COUNTER),
  replica: replicaIds,
});
