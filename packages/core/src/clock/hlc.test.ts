import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createHlc, MAX_SKEW_MS, nextStamp } from './hlc.js';
import { decodeStamp, encodeStamp, MAX_COUNTER, stampMillis } from './stamp.js';
import type { ReplicaId, Stamp } from './timestamp.js';

const replica = 'tab.0' as ReplicaId;
const stampAt = (millis: number, counter = 0, by = 'other.0'): Stamp =>
  encodeStamp({ millis, counter, replica: by as ReplicaId });

const NOW = 1_700_000_000_000;

describe('the hybrid logical clock', () => {
  const events = fc.array(
    fc.oneof(
      fc.record({ type: fc.constant('tick' as const), jump: fc.integer({ min: -100_000, max: 100_000 }) }),
      fc.record({
        type: fc.constant('receive' as const),
        ahead: fc.integer({ min: -200_000, max: 200_000 }),
        counter: fc.constantFrom(0, 1, MAX_COUNTER - 1, MAX_COUNTER),
      }),
    ),
    { maxLength: 40 },
  );

  test('CR-1: every tick is after all it gave and took, however wall time jumps', () => {
    fc.assert(
      fc.property(events, (steps) => {
        const clock = createHlc({ replica });
        let now = NOW;
        let greatest: Stamp | '' = '';
        for (const step of steps) {
          if (step.type === 'tick') now += step.jump;
          const ticked = step.type === 'tick';
          const stamp = ticked ? clock.tick(now) : stampAt(now + step.ahead, step.counter);
          const taken = ticked || clock.receive(stamp, now).ok;
          expect(taken).toBe(ticked || step.ahead <= MAX_SKEW_MS);
          expect(!ticked || (stamp > greatest && decodeStamp(stamp).replica === replica)).toBe(true);
          if (taken && stamp > greatest) greatest = stamp;
          expect(clock.last).toBe(greatest);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('CR-1: each of a burst is the stamp after the last, whatever was received or taken back between, and its time is known', () => {
    const others = ['tab.0', 'tab.1', 'other.0'] as ReplicaId[];
    const bursts = fc.array(
      fc.oneof(
        {
          weight: 3,
          arbitrary: fc.record({ ticks: fc.integer({ min: 1, max: 150 }), jump: fc.integer({ min: -3, max: 3 }) }),
        },
        fc.record({ ahead: fc.integer({ min: -2, max: 2 }), counter: fc.constantFrom(0, 62, 63, 64, MAX_COUNTER) }),
        fc.record({ as: fc.constantFrom(...others), back: fc.option(fc.integer({ min: -2, max: 2 })) }),
      ),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(bursts, (steps) => {
        const clock = createHlc({ replica });
        let as = replica;
        let now = NOW;
        for (const step of steps) {
          if ('ahead' in step) clock.receive(stampAt(now + step.ahead, step.counter), now);
          else if ('as' in step)
            clock.rebase((as = step.as), step.back === null ? undefined : stampAt(now + step.back));
          else {
            now += step.jump;
            for (let i = 0; i < step.ticks; i++) {
              const expected = nextStamp(clock.last, now, as);
              if (clock.tick(now) !== expected) expect(clock.last).toBe(expected);
              if (clock.givenAt !== stampMillis(expected)) expect(clock.givenAt).toBe(stampMillis(expected));
            }
          }
          if (clock.givenAt !== -1) expect(clock.givenAt).toBe(stampMillis(clock.last as Stamp));
        }
      }),
      { numRuns: 150 },
    );
  });

  test('CR-1: wall time is kept when it runs ahead of the stamps', () => {
    const clock = createHlc({ replica });
    expect(decodeStamp(clock.tick(NOW + 0.75))).toEqual({ millis: NOW, counter: 0, replica });
    expect(decodeStamp(clock.tick(NOW))).toEqual({ millis: NOW, counter: 1, replica });
    expect(decodeStamp(clock.tick(NOW - 5_000))).toEqual({ millis: NOW, counter: 2, replica });
    expect(decodeStamp(clock.tick(NOW + 1))).toEqual({ millis: NOW + 1, counter: 0, replica });
  });

  test('CR-1: a full counter moves the millis on', () => {
    const clock = createHlc({ replica, last: stampAt(NOW, MAX_COUNTER) });
    expect(decodeStamp(clock.tick(NOW))).toEqual({ millis: NOW + 1, counter: 0, replica });
  });

  test('CR-1: 60,000 ms ahead is taken, one more is clock skew and changes nothing', () => {
    const clock = createHlc({ replica });
    const first = clock.tick(NOW);
    expect(clock.receive(stampAt(NOW + 60_001), NOW)).toEqual({ ok: false, error: 'clock-skew' });
    expect(clock.last).toBe(first);
    expect(clock.receive(stampAt(NOW + 60_000), NOW).ok).toBe(true);
    expect(stampMillis(clock.tick(NOW))).toBe(NOW + 60_000);
  });

  test('CR-1: a clock that says nonsense does not stop the stamps', () => {
    const clock = createHlc({ replica });
    let last: Stamp | '' = '';
    for (const now of [Number.NaN, -5, Number.POSITIVE_INFINITY, 0, NOW]) {
      const stamp = clock.tick(now);
      expect(stamp > last).toBe(true);
      last = stamp;
    }
  });

  test('CR-2: goes on after the last stamp that storage knows, under the replica id of the database', () => {
    const clock = createHlc({ replica: 'random' as ReplicaId });
    clock.tick(NOW);
    const stored = stampAt(NOW + 30_000, 7, 'db.0');
    clock.rebase('db.0' as ReplicaId, stored);
    const next = clock.tick(NOW);
    expect(next > stored).toBe(true);
    expect(decodeStamp(next).replica).toBe('db.0');
  });

  test('CR-11: a rebase can take a clock back that ran ahead', () => {
    const clock = createHlc({ replica });
    clock.tick(NOW + 3_600_000);
    clock.rebase(undefined, stampAt(NOW - 1));
    expect(stampMillis(clock.tick(NOW))).toBe(NOW);
    clock.rebase();
    expect(stampMillis(clock.tick(NOW))).toBe(NOW);
  });
});
