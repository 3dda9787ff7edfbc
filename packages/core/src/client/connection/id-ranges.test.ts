import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { ReplicaId } from '../../clock/index.js';
import { createIdRanges } from './id-ranges.js';

const id = (replica: number, seq: number) => ({ replica: `db.${replica}` as ReplicaId, seq });

describe('id ranges', () => {
  it('CL-5: hold exactly the ids that were added, in whatever order', () => {
    const adds = fc.array(fc.record({ replica: fc.nat({ max: 2 }), seq: fc.nat({ max: 40 }) }), { maxLength: 120 });
    fc.assert(
      fc.property(adds, (added) => {
        const ids = createIdRanges();
        for (const { replica, seq } of added) {
          ids.add(id(replica, seq));
          expect(ids.has(id(replica, seq))).toBe(true);
        }
        for (const replica of [0, 1, 2]) {
          const seqs = new Set(added.filter((add) => add.replica === replica).map(({ seq }) => seq));
          const held = Array.from({ length: 42 }, (_, seq) => seq).filter((seq) => ids.has(id(replica, seq)));
          expect(held).toEqual([...seqs].sort((a, b) => a - b));
        }
        ids.forget(id(1, 0).replica);
        for (const { replica, seq } of added) expect(ids.has(id(replica, seq))).toBe(replica !== 1);
      }),
      { numRuns: 500 },
    );
  });

  it('SY-2: hold what was added and not taken out since', () => {
    const steps = fc.array(fc.record({ adds: fc.boolean(), seq: fc.nat({ max: 20 }) }), { maxLength: 80 });
    fc.assert(
      fc.property(steps, (taken) => {
        const ids = createIdRanges();
        const model = new Set<number>();
        for (const { adds, seq } of taken) {
          if (adds) {
            ids.add(id(0, seq));
            model.add(seq);
          } else {
            ids.remove(id(0, seq));
            model.delete(seq);
          }
        }
        for (let seq = 0; seq <= 21; seq += 1) expect(ids.has(id(0, seq))).toBe(model.has(seq));
      }),
      { numRuns: 500 },
    );
  });

  it('CL-5: forget nothing of a long run, decided a window at a time', () => {
    const ids = createIdRanges();
    for (let window = 0; window < 100; window += 1) {
      for (let seq = 1; seq <= 512; seq += 2) ids.add(id(0, window * 512 + seq));
      for (let seq = 512; seq >= 2; seq -= 2) ids.add(id(0, window * 512 + seq));
    }
    const seqs = Array.from({ length: 51_200 }, (_, i) => i + 1);
    expect(seqs.filter((seq) => !ids.has(id(0, seq)))).toEqual([]);
    expect(ids.has(id(0, 0))).toBe(false);
    expect(ids.has(id(0, 51_201))).toBe(false);
  });
});
