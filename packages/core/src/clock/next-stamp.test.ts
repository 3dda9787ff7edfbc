import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isSkewed, MAX_SKEW_MS, nextStamp } from './hlc.js';
import { decodeStamp, encodeStamp, MAX_COUNTER, MAX_MILLIS, stampMillis, withCounter } from './stamp.js';
import { replicaIds, timestamps } from './timestamp.arbitrary.js';
import type { ReplicaId, Stamp, Timestamp } from './timestamp.js';

const replica = 'me.0' as ReplicaId;
const at = (millis: number, counter = 0, by = replica): Stamp => encodeStamp({ millis, counter, replica: by });

/** Times as clocks give them, and as they do not. */
const times = fc.oneof(
  fc.integer({ min: -10, max: MAX_MILLIS + 10 }),
  fc.double({ min: -10, max: 1e13, noNaN: true }),
  fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, MAX_MILLIS, 0),
);
const wallOf = (now: number): number => (Number.isFinite(now) ? Math.min(Math.max(Math.floor(now), 0), MAX_MILLIS) : 0);
const hasRoom = ({ millis, counter }: Timestamp): boolean => millis < MAX_MILLIS || counter < MAX_COUNTER;

describe('the stamp after another', () => {
  test('CR-1: is after that one, not before the wall time, and the replica’s own', () => {
    fc.assert(
      fc.property(timestamps.filter(hasRoom), times, replicaIds, (last, now, by) => {
        const before = encodeStamp(last);
        const next = nextStamp(before, now, by);
        expect(next > before).toBe(true);
        expect(decodeStamp(next).replica).toBe(by);
        expect(stampMillis(next)).toBeGreaterThanOrEqual(Math.max(last.millis, wallOf(now)));
      }),
      { numRuns: 1_000 },
    );
  });

  test('CR-1: runs ahead of both by one counter, or by one ms when that is full, and never by more', () => {
    fc.assert(
      fc.property(timestamps.filter(hasRoom), times, (last, now) => {
        const { millis, counter } = decodeStamp(nextStamp(encodeStamp(last), now, replica));
        if (wallOf(now) > last.millis) expect([millis, counter]).toEqual([wallOf(now), 0]);
        else if (last.counter < MAX_COUNTER) expect([millis, counter]).toEqual([last.millis, last.counter + 1]);
        else expect([millis, counter]).toEqual([last.millis + 1, 0]);
      }),
      { numRuns: 1_000 },
    );
  });

  test('CR-1: is no earlier when the clock is later, nor when the one before was', () => {
    fc.assert(
      fc.property(timestamps.filter(hasRoom), timestamps.filter(hasRoom), times, times, (a, b, one, other) => {
        const [early, late] = [encodeStamp(a), encodeStamp(b)].sort() as [Stamp, Stamp];
        const [sooner, later] = wallOf(one) <= wallOf(other) ? [one, other] : [other, one];
        expect(nextStamp(early, sooner, replica) <= nextStamp(early, later, replica)).toBe(true);
        expect(nextStamp(early, sooner, replica) <= nextStamp(late, sooner, replica)).toBe(true);
      }),
    );
  });

  test.each<[string, Stamp | '', number, Stamp]>([
    ['nothing', '', 5, at(5)],
    ['nothing, by a clock before 1970', '', -5, at(0)],
    ['nothing, by a clock beyond all stamps', '', 2 ** 60, at(MAX_MILLIS)],
    ['one of the same ms', at(5), 5, at(5, 1)],
    ['one of the same ms by another', at(5, 3, 'other.0' as ReplicaId), 5, at(5, 4)],
    ['a later one', at(9, 2), 5, at(9, 3)],
    ['an earlier one', at(4, 77), 5, at(5)],
    ['a full counter', at(5, MAX_COUNTER), 5, at(6)],
    ['a full counter, a ms ago', at(5, MAX_COUNTER), 6, at(6)],
    ['a part of a ms', at(5), 5.999, at(5, 1)],
  ])('CR-1: after %s', (_case, last, now, next) => {
    expect(nextStamp(last, now, replica)).toBe(next);
  });

  test('CR-1: after the last stamp that can be written there is none: a defect, not a stamp out of order', () => {
    expect(() => nextStamp(at(MAX_MILLIS, MAX_COUNTER), 0, replica)).toThrow(RangeError);
  });
});

describe('another counter at the same time', () => {
  test('CR-1: is what encoding the parts gives', () => {
    fc.assert(
      fc.property(timestamps, fc.nat({ max: MAX_COUNTER }), replicaIds, (parts, counter, by) => {
        const expected = encodeStamp({ millis: parts.millis, counter, replica: by });
        expect(withCounter(encodeStamp(parts), counter, by)).toBe(expected);
      }),
    );
  });

  test.each([-1, 0.5, MAX_COUNTER + 1, Number.NaN])('CR-1: %d is no counter', (counter) => {
    expect(() => withCounter(at(1), counter, replica)).toThrow(RangeError);
  });

  test.each(['', 'a b', 'é', 'x'.repeat(65)])('CR-1: %j is no replica, known or not', (id) => {
    expect(() => withCounter(at(1), 1, id as ReplicaId)).toThrow(RangeError);
  });
});

describe('skew', () => {
  test.each([
    [0, false],
    [MAX_SKEW_MS, false],
    [MAX_SKEW_MS + 1, true],
    [-3_600_000, false],
  ])('CR-1: a stamp %i ms ahead of the server is skewed: %s', (ahead, skewed) => {
    expect(isSkewed(at(1_000_000_000 + ahead), 1_000_000_000)).toBe(skewed);
  });

  test('CR-1: part of a ms counts', () => {
    expect(isSkewed(at(60_001), 0.999)).toBe(true);
    expect(isSkewed(at(60_001), 1)).toBe(false);
  });
});
