import * as fc from 'fast-check';
import { encodeStamp } from '../clock/stamp.js';
import type { ReplicaId, Stamp } from '../clock/timestamp.js';
import { isPlainObject, type Value } from '../primitives/value.js';
import { values } from '../primitives/value.arbitrary.js';
import type { FieldWrite, RecordOp } from './op.js';

/** Few enough that ops meet: equal millis, equal counters, whole stamps shared by different ops. */
export const stamps: fc.Arbitrary<Stamp> = fc
  .record({
    millis: fc.integer({ min: 1, max: 6 }),
    counter: fc.integer({ min: 0, max: 1 }),
    replica: fc.constantFrom('a.0' as ReplicaId, 'b.0' as ReplicaId),
  })
  .map(encodeStamp);

const fieldValues: fc.Arbitrary<Value | undefined> = fc.oneof(
  // Mostly plain ones: these laws are about stamps, and deep values are slow to make.
  {
    weight: 9,
    arbitrary: fc.constantFrom<Value | undefined>(undefined, null, 0, 1, '', 'x', false, [1], { b: 1, a: 2 }),
  },
  { weight: 1, arbitrary: values },
);

const fieldWrites: fc.Arbitrary<FieldWrite> = fc.oneof(
  fc.record({ name: fc.constantFrom('a', 'b', '__proto__'), value: fieldValues }),
  // The scalar field holds anything but a plain object: that would be fields.
  fc.record({ name: fc.constant(''), value: fieldValues.filter((value) => !isPlainObject(value)) }),
);

/** Distinct names. */
const fields: fc.Arbitrary<readonly FieldWrite[]> = fc.uniqueArray(fieldWrites, {
  maxLength: 3,
  selector: ({ name }) => name,
});

/** Few times, so that they meet, and the absence of one. */
const expiries: fc.Arbitrary<{ readonly expiresAt?: number | null }> = fc.oneof(
  { weight: 3, arbitrary: fc.constant({}) },
  { weight: 2, arbitrary: fc.constantFrom(null, 0, 4, 2 ** 48 - 1).map((expiresAt) => ({ expiresAt })) },
);

/** An op on the one record `m/k`. Its sequence says nothing: merging does not look at it. */
export const ops: fc.Arbitrary<RecordOp> = stamps.chain((stamp): fc.Arbitrary<RecordOp> => {
  const id = { replica: stamp.slice(11) as ReplicaId, seq: 1, stamp, map: 'm', key: 'k' };
  return fc.oneof(
    fc
      .record({ fields, restart: fc.boolean(), expiry: expiries })
      .map(({ expiry, ...body }): RecordOp => ({ ...id, kind: 'create', ...body, ...expiry })),
    fc
      .record({ fields, expiry: expiries })
      .map((body): RecordOp => ({ ...id, kind: 'patch', fields: body.fields, ...body.expiry })),
    fc.constant<RecordOp>({ ...id, kind: 'remove' }),
  );
});

export const opLists: fc.Arbitrary<readonly RecordOp[]> = fc.array(ops, { maxLength: 12 });
