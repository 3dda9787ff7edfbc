import fc from 'fast-check';
import { expect, test } from 'vitest';
import { JointProgress } from './joint-progress.js';

const MEMBERS = 3;
const start = fc.tuple(fc.nat(5), fc.nat(5)).map(([through, more]) => ({ through, position: through + more }));
const step = fc.oneof(
  { weight: 2, arbitrary: fc.uniqueArray(fc.nat(MEMBERS - 1), { maxLength: MEMBERS }) },
  { weight: 3, arbitrary: fc.record({ member: fc.nat(MEMBERS - 1), back: fc.nat(3) }) },
);

test('PI-50: as far as all hosts are, and not behind them: whatever is left of the log after it, one of them needs', () => {
  fc.assert(
    fc.property(start, fc.array(step, { maxLength: 30 }), ({ through, position }, steps) => {
      const progress = new JointProgress(MEMBERS, through, position);
      /** By the plainest means: of each host the commits that it is not through with. */
      const left = Array.from(
        { length: MEMBERS },
        () => new Set(Array.from({ length: position - through }, (_, i) => through + 1 + i)),
      );
      const said = Array.from({ length: MEMBERS }, () => through);
      let end = position;
      let before = progress.through;
      for (const each of steps) {
        if (Array.isArray(each)) {
          end += 1;
          for (const member of each) left[member]!.add(end);
          progress.committed(end, each);
        } else {
          const reached = Math.max(0, end - each.back);
          for (const one of [...left[each.member]!]) if (one <= reached) left[each.member]!.delete(one);
          said[each.member] = Math.max(said[each.member]!, reached);
          const would = progress.ifReached(each.member, Math.max(said[each.member]!, reached));
          progress.reached(each.member, reached);
          expect(progress.through).toBe(would);
        }
        const needed = Math.min(...left.flatMap((of) => [...of]), end + 1);
        expect(progress.through).toBeLessThan(needed);
        expect(progress.through).toBeGreaterThanOrEqual(Math.min(needed - 1, ...said));
        expect(progress.slowest === null).toBe(needed === end + 1);
        if (progress.slowest !== null) expect(left[progress.slowest.member]!.size).toBeGreaterThan(0);
        expect(progress.through).toBeGreaterThanOrEqual(before);
        before = progress.through;
      }
    }),
    { numRuns: 200 },
  );
});
