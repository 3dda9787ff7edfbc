import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dispensability, planUnload, type HotPartition } from './plan-unload.js';

const hot = fc.uniqueArray(fc.nat({ max: 270 }), { maxLength: 30 }).chain((partitions) =>
  fc.tuple(
    ...partitions.map((partition) =>
      fc.record<HotPartition>({
        partition: fc.constant(partition),
        bytes: fc.nat({ max: 100_000 }),
        idleMs: fc.nat({ max: 1_000 }),
        isChanged: fc.boolean(),
      }),
    ),
  ),
);
const sum = (partitions: readonly HotPartition[]): number => partitions.reduce((bytes, each) => bytes + each.bytes, 0);

test('PI-46: enough goes, or everything; nothing goes that need not; and what stays would be missed more', () => {
  fc.assert(
    fc.property(hot, fc.nat({ max: 3_000_000 }), (partitions, limit) => {
      const held = sum(partitions);
      const chosen = planUnload(partitions, held, limit).map((number) =>
        partitions.find(({ partition }) => partition === number)!,
      );
      expect(new Set(chosen).size).toBe(chosen.length);
      expect(held - sum(chosen)).toBeLessThanOrEqual(limit);
      // Without the last of them it would not be enough.
      if (chosen.length > 0) expect(held - sum(chosen.slice(0, -1))).toBeGreaterThan(limit);
      const staying = partitions.filter((each) => each.bytes > 0 && !chosen.includes(each));
      const least = Math.min(Infinity, ...chosen.map(dispensability));
      for (const each of staying) expect(dispensability(each)).toBeLessThanOrEqual(least);
    }),
    { numRuns: 200 },
  );
});

test('PI-46: the order in which partitions are looked at makes no difference', () => {
  fc.assert(
    fc.property(hot, fc.nat({ max: 3_000_000 }), (partitions, limit) => {
      expect(planUnload([...partitions].reverse(), sum(partitions), limit)).toEqual(
        planUnload(partitions, sum(partitions), limit),
      );
    }),
    { numRuns: 100 },
  );
});

test('PI-46: longer idle, larger and unchanged go first', () => {
  const base: HotPartition = { partition: 1, bytes: 10_000, idleMs: 10, isChanged: false };
  const first = (a: HotPartition, b: HotPartition): number => planUnload([a, b], a.bytes + b.bytes, a.bytes)[0]!;
  expect(first(base, { ...base, partition: 2, idleMs: 20 })).toBe(2);
  expect(first(base, { ...base, partition: 2, bytes: 20_000 })).toBe(2);
  expect(first({ ...base, isChanged: true }, { ...base, partition: 2 })).toBe(2);
});
