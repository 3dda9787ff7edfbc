import type { StandardSchemaV1 } from '@standard-schema/spec';
import * as fc from 'fast-check';
import type { RecordOp } from '../crdt/index.js';
import { encodeStamp } from '../clock/stamp.js';
import type { ReplicaId, Stamp } from '../clock/timestamp.js';
import { isPlainObject, type Value } from '../primitives/index.js';

type Validate = StandardSchemaV1['~standard']['validate'];

/** A validator by hand: what a library's would be, or what none of them would do. */
export const validatorOf = (validate: Validate): StandardSchemaV1 => ({
  '~standard': { version: 1, vendor: 'test', validate },
});

/** Of `{ a: text, b?: number }`, and of both the number is at most as large as the text is long. Written by hand, so that a test can ask the same of a record. */
export const pairIssue = (value: Value): string | null => {
  if (!isPlainObject(value)) return 'no record';
  const { a, b } = value;
  if (typeof a !== 'string') return 'a';
  if (b !== undefined && typeof b !== 'number') return 'b';
  return b !== undefined && b > a.length ? 'both' : null;
};

export const pairValidator = validatorOf((value) => {
  const issue = pairIssue(value as Value);
  if (issue === null) return { value };
  return { issues: [{ message: issue, path: issue.length === 1 ? [issue] : [] }] };
});

const stamps: fc.Arbitrary<Stamp> = fc
  .record({
    millis: fc.integer({ min: 1, max: 9 }),
    counter: fc.constant(0),
    replica: fc.constantFrom('a.0' as ReplicaId, 'b.0' as ReplicaId),
  })
  .map(encodeStamp);

const fields = fc
  .record(
    {
      a: fc.constantFrom<Value | undefined>('', 'x', 'xxx', 5),
      b: fc.constantFrom<Value | undefined>(0, 1, 2, 'x', undefined),
    },
    { requiredKeys: [] },
  )
  .map((given) => Object.entries(given).map(([name, value]) => ({ name, value })));

/** Ops on one record of {@link pairValidator}, right and wrong ones. */
export const pairOps: fc.Arbitrary<readonly RecordOp[]> = fc.uniqueArray(
  fc
    .tuple(stamps, fc.constantFrom('create', 'patch', 'patch', 'remove', 'restart'), fields)
    .map(([stamp, kind, written]): RecordOp => {
      const id = { replica: stamp.slice(11) as ReplicaId, seq: 1, stamp, map: 'm', key: 'k' };
      if (kind === 'remove') return { ...id, kind };
      if (kind === 'patch') return { ...id, kind, fields: written };
      return { ...id, kind: 'create', fields: written, restart: kind === 'restart' };
    }),
  { selector: ({ stamp }) => stamp, maxLength: 10 },
);
