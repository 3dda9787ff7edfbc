import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { SeqMap } from './seq-map.js';

type Step =
  | { readonly act: 'set'; readonly seq: number; readonly value: number }
  | { readonly act: 'take'; readonly seq: number }
  | { readonly act: 'clear' };

function check(steps: readonly Step[]): void {
  const map = new SeqMap<number>();
  const model = new Map<number, number>();
  for (const step of steps) {
    if (step.act === 'clear') {
      map.clear();
      model.clear();
    } else if (step.act === 'set') {
      map.set(step.seq, step.value);
      model.set(step.seq, step.value);
    } else {
      expect(map.get(step.seq)).toBe(model.get(step.seq));
      expect(map.take(step.seq)).toBe(model.get(step.seq));
      model.delete(step.seq);
      expect(map.get(step.seq)).toBeUndefined();
    }
    expect(map.size).toBe(model.size);
  }
  expect([...map.values()]).toEqual([...model].sort(([a], [b]) => a - b).map(([, value]) => value));
}

const steps = (seq: fc.Arbitrary<number>): fc.Arbitrary<Step[]> =>
  fc.array(
    fc.oneof(
      { weight: 5, arbitrary: fc.record({ act: fc.constant('set' as const), seq, value: fc.nat() }) },
      { weight: 5, arbitrary: fc.record({ act: fc.constant('take' as const), seq }) },
      { weight: 1, arbitrary: fc.record({ act: fc.constant('clear' as const) }) },
    ),
    { maxLength: 80 },
  );

describe('seq map', () => {
  it('CR-2: is a map in the order of the sequences, where they lie close', () => {
    fc.assert(
      fc.property(steps(fc.nat({ max: 12 })), (all) => check(all)),
      { numRuns: 500 },
    );
  });

  it('CR-2: is the same map where they lie far apart', () => {
    const far = fc.oneof(fc.nat({ max: 4 }), fc.integer({ min: 1_000, max: 3_000 }), fc.maxSafeNat());
    fc.assert(
      fc.property(steps(far), (all) => check(all)),
      { numRuns: 500 },
    );
  });

  it('CL-5: takes a long queue in, and out again from its front, with some that stay behind', () => {
    const map = new SeqMap<number>();
    for (let seq = 5; seq < 5_005; seq += 1) map.set(seq, seq);
    for (let seq = 5; seq < 5_005; seq += 1) if (seq % 1_000 !== 0) expect(map.take(seq)).toBe(seq);
    expect([...map.values()]).toEqual([1_000, 2_000, 3_000, 4_000, 5_000]);
    map.set(5_005, 1);
    expect(map.get(5_005)).toBe(1);
    expect(map.get(5_004)).toBeUndefined();
    expect(map.size).toBe(6);
  });
});
