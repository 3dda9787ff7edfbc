import { describe, expect, it } from 'vitest';
import { createSeededRandom } from './seeded-random.js';

describe('seeded random', () => {
  it('gives one run per seed', () => {
    const run = (seed: number) => {
      const random = createSeededRandom(seed);
      return [random.unit(), random.id(12), random.integer(1000), random.pick(['a', 'b', 'c'])];
    };
    expect(run(7)).toEqual(run(7));
    expect(run(7)).not.toEqual(run(8));
  });

  it('spreads over [0, 1) and over the stamp alphabet', () => {
    const random = createSeededRandom(1);
    const tenths = Array.from({ length: 10 }, () => 0);
    for (let i = 0; i < 10_000; i++) {
      const unit = random.unit();
      expect(unit).toBeGreaterThanOrEqual(0);
      expect(unit).toBeLessThan(1);
      const tenth = Math.floor(unit * 10);
      tenths[tenth] = (tenths[tenth] ?? 0) + 1;
    }
    for (const count of tenths) expect(count).toBeGreaterThan(800);
    const id = random.id(4000);
    expect(id).toMatch(/^[-0-9A-Z_a-z]{4000}$/);
    expect(new Set(id).size).toBe(64);
  });

  it('throws rather than pick from nothing', () => {
    expect(() => createSeededRandom(1).pick([])).toThrow('nothing');
  });
});
