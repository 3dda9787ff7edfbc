import { describe, expect, it, vi } from 'vitest';

import { partitionOf } from '../../primitives/index.js';
import { systemClock } from './system-clock.js';
import { systemRandom } from './system-random.js';
import { systemTimers } from './system-timers.js';
import { loadXxhash } from './xxhash.js';

describe('system adapters', () => {
  it('the clock is the wall clock', () => {
    vi.useFakeTimers({ now: 1234 });
    expect(systemClock.now()).toBe(1234);
    vi.useRealTimers();
  });

  it('timers run once, not when cancelled, and not at once however long the delay', () => {
    vi.useFakeTimers();
    const ran: string[] = [];
    systemTimers.after(10, () => ran.push('due'));
    systemTimers.after(10, () => ran.push('cancelled'))();
    systemTimers.after(-5, () => ran.push('past'));
    systemTimers.after(2 ** 40, () => ran.push('endless'));
    vi.advanceTimersByTime(20);
    expect(ran).toEqual(['past', 'due']);
    vi.clearAllTimers();
    vi.useRealTimers();
  });

  it('CR-2: ids are of the stamp alphabet and do not repeat', () => {
    const ids = Array.from({ length: 500 }, () => systemRandom.id(12));
    expect(ids.every((id) => /^[-0-9A-Z_a-z]{12}$/.test(id))).toBe(true);
    expect(new Set(ids).size).toBe(500);
    expect(new Set(ids.join('')).size).toBe(64);
    const unit = systemRandom.unit();
    expect(unit >= 0 && unit < 1).toBe(true);
  });

  it('PI-5: the hash is xxh64 with seed 0, loaded once', async () => {
    const hash = await loadXxhash();
    // The published test vectors of the algorithm.
    expect(hash('')).toBe(0xef46db3751d8e999n);
    expect(hash('abc')).toBe(0x44bc2cf5ad770999n);
    expect(hash('é')).not.toBe(hash('e'));
    expect(partitionOf(hash, 'todos', 'a')).toBe(Number(hash('todos\0a') % 271n));
    expect(await loadXxhash()).toBe(hash);
  });
});
