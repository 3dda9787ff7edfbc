import { describe, expect, test } from 'vitest';
import { compareStamps, decodeStamp, encodeStamp, stampCounter, stampMillis, stampReplica } from './stamp.js';
import type { ReplicaId, Stamp } from './timestamp.js';

/** Worked out by another program. They are in ledgers and local databases, so they never change; and they are in their order. */
const VECTORS: readonly (readonly [millis: number, counter: number, replica: string, stamp: string])[] = [
  [0, 0, 'a', '-----------a'],
  [0, 1, 'a', '----------0a'],
  [1, 0, 'a', '-------0---a'],
  [63, 63, 'Z', '-------z--zZ'],
  [64, 64, 'z', '------0--0-z'],
  [4_095, 4_096, '-', '------zz0---'],
  [2 ** 32, 2 ** 12, '.0', '--3-----0--.0'],
  [999_999_999_999, 262_142, '_', '-DYJdFzzzzy_'],
  [1_700_000_000_000, 0, 'tab.0', '-NjEtLV----tab.0'],
  [1_700_000_000_000, 7, 'db.12', '-NjEtLV---6db.12'],
  [2 ** 42, 1, 'x', '0---------0x'],
  [2 ** 48 - 1, 2 ** 18 - 1, 'a.0', 'zzzzzzzzzzza.0'],
];

describe('stamps as they are stored', () => {
  test.each(VECTORS)('CR-1: (%i, %i, %s) is %s, and back', (millis, counter, replica, stamp) => {
    expect(encodeStamp({ millis, counter, replica: replica as ReplicaId })).toBe(stamp);
    expect(decodeStamp(stamp as Stamp)).toEqual({ millis, counter, replica });
  });

  test.each(VECTORS)('CR-1: the parts of (%i, %i, %s) are read one by one', (millis, counter, replica, stamp) => {
    expect(stampMillis(stamp as Stamp)).toBe(millis);
    expect(stampCounter(stamp as Stamp)).toBe(counter);
    expect(stampReplica(stamp as Stamp)).toBe(replica);
  });

  test('CR-1: of any two of them the one that is later by its numbers is later as text', () => {
    for (const [i, [, , , a]] of VECTORS.entries()) {
      for (const [j, [, , , b]] of VECTORS.entries()) {
        expect(compareStamps(a as Stamp, b as Stamp)).toBe(Math.sign(i - j));
      }
    }
  });

  test('CR-1: each digit has a character of its own, in the order of the characters', () => {
    const digits = Array.from({ length: 64 }, (_, millis) => {
      return encodeStamp({ millis, counter: 0, replica: 'a' as ReplicaId })[7]!;
    });
    expect(new Set(digits).size).toBe(64);
    expect([...digits].sort()).toEqual(digits);
  });

  test('CR-1: at equal times the replica decides, the shorter of two that begin alike first', () => {
    const stamps = ['-', '.', '0', 'A', '_', 'a', 'a.', 'a.0', 'a.1', 'a.10', 'a.2', 'b'].map((replica) =>
      encodeStamp({ millis: 5, counter: 5, replica: replica as ReplicaId }),
    );
    expect([...stamps].reverse().sort(compareStamps)).toEqual(stamps);
  });
});
