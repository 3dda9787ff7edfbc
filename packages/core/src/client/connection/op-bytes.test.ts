import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { encodeStamp, type ReplicaId } from '../../clock/index.js';
import { opToWire, type Op } from '../../crdt/index.js';
import { utf8Length, type Value } from '../../primitives/index.js';
import { opBytes } from './op-bytes.js';

const replica = 'x'.repeat(64) as ReplicaId;
const stamp = encodeStamp({ millis: 1, counter: 0, replica });
const opWith = (name: string, value: Value, key = 'k'): Op => ({
  kind: 'patch',
  replica,
  seq: Number.MAX_SAFE_INTEGER,
  stamp,
  map: 'm'.repeat(128),
  key,
  fields: [{ name, value }],
});
const exact = (op: Op): number => utf8Length(JSON.stringify(opToWire(op)));

const values = fc.oneof(
  fc.jsonValue().map((value) => value as Value),
  fc.string({ unit: 'binary' }),
  fc.uint8Array({ maxLength: 500 }),
  fc.constant('\u0000'.repeat(50)),
);

describe('opBytes', () => {
  it('is never below what the op takes on the wire', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), values, fc.string(), (name, value, key) => {
        const op = opWith(name, value, key);
        expect(opBytes(op, 1_000_000)).toBeGreaterThanOrEqual(exact(op));
      }),
    );
  });

  it('is exact where it matters: only an op that is too large counts as such', () => {
    const op = opWith('text', 'x'.repeat(10_000));
    expect(opBytes(op, 12_000)).toBe(exact(op) + 1);
    expect(opBytes(op, 1_000_000)).toBeGreaterThan(exact(op) * 5);
  });
});
