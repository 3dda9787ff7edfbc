import { describe, expect, test } from 'vitest';
import { createHlc, nextStamp } from './hlc.js';
import { decodeStamp, encodeStamp, MAX_COUNTER, MAX_MILLIS, stampHead, withLastDigit } from './stamp.js';
import type { ReplicaId, Stamp } from './timestamp.js';

const [mine, other] = ['a.0', 'b.0'] as ReplicaId[] as [ReplicaId, ReplicaId];
const at = (millis: number, counter: number, replica = mine): Stamp => encodeStamp({ millis, counter, replica });

describe('CR-1: a stamp that differs from another in the last digit of its counter alone', () => {
  test.each([0, 62, 63, 64, 127, 4_095, 4_096, MAX_COUNTER - 1, MAX_COUNTER])(
    'of counter %i is what encoding its parts gives',
    (counter) => {
      for (let digit = 0; digit < 64; digit += 1) {
        const next = counter - (counter % 64) + digit;
        expect(withLastDigit(stampHead(at(5, counter)), next, mine)).toBe(at(5, next));
      }
    },
  );
});

describe('CR-1: a clock that gives many stamps at one time', () => {
  test('gives each after the other, over every digit of the counter, and then at the next millisecond', () => {
    for (const counter of [60, 4_092, MAX_COUNTER - 3]) {
      const clock = createHlc({ replica: mine, last: at(9, counter) });
      for (let i = 1; i <= 8; i += 1) {
        const expected =
          counter + i <= MAX_COUNTER
            ? { millis: 9, counter: counter + i }
            : { millis: 10, counter: counter + i - MAX_COUNTER - 1 };
        const stamp = clock.tick(9);
        expect(decodeStamp(stamp)).toEqual({ ...expected, replica: mine });
        expect([clock.last, clock.givenAt]).toEqual([stamp, expected.millis]);
      }
    }
  });

  test.each([8, 9, 9.9, -1, Number.NaN, -Infinity])('goes on at the time it had where the clock says %d', (now) => {
    const clock = createHlc({ replica: mine });
    expect(clock.givenAt).toBe(-1);
    clock.tick(9);
    for (let counter = 1; counter < 130; counter += 1) expect(clock.tick(now)).toBe(at(9, counter));
  });

  test.each([10, 10.5, 1_000, MAX_MILLIS])('begins anew where it says %d', (now) => {
    const clock = createHlc({ replica: mine });
    for (let i = 0; i < 3; i += 1) clock.tick(9);
    expect(clock.tick(now)).toBe(at(Math.floor(now), 0));
    expect(clock.tick(now)).toBe(at(Math.floor(now), 1));
    expect(clock.givenAt).toBe(Math.floor(now));
  });

  test('goes on after what it has received, if that is greater, and else as if it had received nothing', () => {
    for (const received of [
      at(9, 1, other),
      at(9, 3, other),
      at(9, 70, other),
      at(12, 0, other),
      at(8, MAX_COUNTER, other),
    ]) {
      const clock = createHlc({ replica: mine });
      for (let i = 0; i < 4; i += 1) clock.tick(9);
      const last = clock.last;
      clock.receive(received, 9);
      const isGreater = received > last;
      expect([clock.last, clock.givenAt]).toEqual(isGreater ? [received, -1] : [last, 9]);
      expect(clock.tick(9)).toBe(nextStamp(isGreater ? received : last, 9, mine));
      expect(clock.tick(9)).toBe(nextStamp(nextStamp(isGreater ? received : last, 9, mine), 9, mine));
    }
  });

  test('goes on as another replica from the next stamp on, and after what it is told', () => {
    const clock = createHlc({ replica: mine });
    for (let i = 0; i < 3; i += 1) clock.tick(9);
    clock.rebase(other);
    expect([clock.last, clock.givenAt]).toEqual([at(9, 2), -1]);
    expect([clock.tick(9), clock.tick(9)]).toEqual([at(9, 3, other), at(9, 4, other)]);
    clock.rebase(undefined, at(4, 7));
    expect([clock.tick(4), clock.tick(4)]).toEqual([at(4, 8, other), at(4, 9, other)]);
    clock.rebase(mine, '');
    expect([clock.last, clock.tick(2), clock.tick(1)]).toEqual(['', at(2, 0), at(2, 1)]);
  });
});
