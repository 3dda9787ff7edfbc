import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  compareStamps,
  decodeStamp,
  encodeStamp,
  isReplicaId,
  isStamp,
  REPLICA_PATTERN,
  STAMP_PATTERN,
} from './stamp.js';
import { timestamps } from './timestamp.arbitrary.js';
import type { ReplicaId, Stamp, Timestamp } from './timestamp.js';

const order = (a: Timestamp, b: Timestamp): number => {
  if (a.millis !== b.millis) return Math.sign(a.millis - b.millis);
  if (a.counter !== b.counter) return Math.sign(a.counter - b.counter);
  if (a.replica === b.replica) return 0;
  return a.replica < b.replica ? -1 : 1;
};

describe('stamps', () => {
  test('CR-1: the codec keeps the order of (millis, counter, replica)', () => {
    fc.assert(
      fc.property(timestamps, timestamps, (a, b) => {
        expect(compareStamps(encodeStamp(a), encodeStamp(b))).toBe(order(a, b));
      }),
      { numRuns: 5000 },
    );
  });

  test('CR-1: the order is total: antisymmetric and transitive', () => {
    fc.assert(
      fc.property(timestamps, timestamps, timestamps, (...three) => {
        const [a, b, c] = three.map(encodeStamp).sort(compareStamps) as [Stamp, Stamp, Stamp];
        expect(compareStamps(a, b)).toBeLessThanOrEqual(0);
        expect(compareStamps(a, c)).toBeLessThanOrEqual(0);
        expect(compareStamps(b, a) + compareStamps(a, b)).toBe(0);
      }),
    );
  });

  test('CR-1: what was encoded comes back', () => {
    fc.assert(
      fc.property(timestamps, (timestamp) => {
        const stamp = encodeStamp(timestamp);
        expect(isStamp(stamp)).toBe(true);
        expect(decodeStamp(stamp)).toEqual(timestamp);
      }),
    );
  });

  test('CR-1: every text that is a stamp is the one its parts encode to', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[-0-9A-Z_a-z]{11}[-.0-9A-Z_a-z]{1,64}$/), (text) => {
        expect(isStamp(text) && encodeStamp(decodeStamp(text))).toBe(text);
      }),
    );
  });

  test('CR-1: what is a stamp, or a replica id, is what the patterns say that messages are checked by', () => {
    const near = fc.oneof(
      fc.stringMatching(/^[-.0-9A-Z_a-z]{0,80}$/),
      fc.string({ maxLength: 80 }),
      fc.tuple(timestamps, fc.nat(80), fc.string({ unit: 'binary', maxLength: 1 })).map(([timestamp, at, other]) => {
        const stamp = encodeStamp(timestamp);
        return stamp.slice(0, at) + other + stamp.slice(at + 1);
      }),
    );
    fc.assert(
      fc.property(near, (text) => {
        expect(isStamp(text)).toBe(STAMP_PATTERN.test(text));
        expect(isReplicaId(text)).toBe(REPLICA_PATTERN.test(text));
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    '',
    '-----------',
    '----------.a',
    '-----------a b',
    `-----------${'a'.repeat(65)}`,
    '-----------a\n',
    7,
    null,
  ])('%j is no stamp', (text) => expect(isStamp(text)).toBe(false));

  test.each(['', 'a'.repeat(65), 'a b', 'ä', 'a\n', 7, null, undefined])('%j is no replica id', (id) => {
    expect(isReplicaId(id)).toBe(false);
  });

  test.each([
    [-1, 0, 'a'],
    [0.5, 0, 'a'],
    [2 ** 48, 0, 'a'],
    [Number.NaN, 0, 'a'],
    [0, -1, 'a'],
    [0, 2 ** 18, 'a'],
    [0, 0, ''],
  ])('encoding (%d, %d, %j) is a defect', (millis, counter, replica) => {
    expect(() => encodeStamp({ millis, counter, replica: replica as ReplicaId })).toThrow(RangeError);
  });
});
