import { describe, expect, test } from 'vitest';
import { Ban, LONGEST_BAN_MS } from './ban.js';

const NOW = 1_700_000_000_000;

/** Offends as soon as it may come back, so many times: how long each kept it out. */
function offend(ban: Ban, times: number, from: number = NOW, longestMs?: number): readonly number[] {
  let now = from;
  return Array.from({ length: times }, () => {
    const ms = ban.begin(5_000, now, true, longestMs);
    now += ms;
    return ms;
  });
}

describe('AB-9: who asks for too much again and again', () => {
  test('is kept out for twice as long each time, but for five minutes at most', () => {
    expect(offend(new Ban(), 8)).toEqual([5_000, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000]);
    expect(offend(new Ban(), 8, NOW, 60_000).at(-1)).toBe(60_000);
    expect(LONGEST_BAN_MS).toBe(300_000);
  });

  test('is told the rest of the time, and none when it is over', () => {
    const ban = new Ban();
    expect(ban.leftMs(NOW)).toBe(0);
    ban.begin(5_000, NOW, true);
    expect([0, 1_999.5, 5_000].map((ms) => ban.leftMs(NOW + ms))).toEqual([5_000, 3_001, 0]);
  });

  test('begins anew after a minute of peace, or as long as it was kept out if that is longer', () => {
    const ban = new Ban();
    const [first, second] = offend(ban, 2);
    const over = NOW + first! + second!;
    expect([over + 59_999, over + 60_000].map((now) => ban.isForgotten(now))).toEqual([false, true]);
    expect(ban.begin(5_000, over + 60_000, true)).toBe(5_000);
    const long = new Ban();
    const end = NOW + offend(long, 7).reduce((sum, ms) => sum + ms, 0);
    expect([end + 299_999, end + 300_000].map((now) => long.isForgotten(now))).toEqual([false, true]);
  });

  test('connections of one user that end together are one offence, and the longest time counts', () => {
    const ban = new Ban();
    expect([5_000, 4_000, 7_000].map((ms) => ban.begin(ms, NOW, true))).toEqual([5_000, 5_000, 7_000]);
    expect(ban.begin(5_000, NOW + 7_000, true)).toBe(10_000);
  });

  test('what is merely large keeps it out as long as it is told to, however often', () => {
    const ban = new Ban();
    let now = NOW;
    for (let i = 0; i < 3; i += 1) {
      expect(ban.begin(5_000, now, false)).toBe(5_000);
      now += 5_000;
    }
    expect(ban.begin(5_000, now, true)).toBe(5_000);
  });

  test('a clock that is put back keeps nobody out for longer than once more', () => {
    const ban = new Ban();
    ban.begin(5_000, NOW, true);
    const back = NOW - 3_600_000;
    expect([back, back + 4_000, back + 5_000].map((now) => ban.leftMs(now))).toEqual([5_000, 1_000, 0]);
  });
});
