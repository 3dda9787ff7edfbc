import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { ReplicaId } from '../../clock/index.js';
import { createRecentIds } from './recent-ids.js';

const id = (replica: number, seq: number) => ({ replica: `db.${replica}` as ReplicaId, seq });

describe('recent ids', () => {
  it('CL-5: remembers the last ids of each replica, and forgets those twice as old', () => {
    const adds = fc.array(fc.record({ replica: fc.nat({ max: 2 }), seq: fc.nat({ max: 60 }) }), { maxLength: 120 });
    fc.assert(
      fc.property(adds, fc.integer({ min: 1, max: 10 }), (added, minPerReplica) => {
        const ids = createRecentIds(minPerReplica);
        for (const { replica, seq } of added) ids.add(id(replica, seq));
        for (const replica of [0, 1, 2]) {
          const seqs = added.filter((add) => add.replica === replica).map(({ seq }) => seq);
          for (const seq of seqs.slice(-minPerReplica)) expect(ids.has(id(replica, seq))).toBe(true);
          for (let seq = 0; seq <= 60; seq += 1) if (!seqs.includes(seq)) expect(ids.has(id(replica, seq))).toBe(false);
        }
      }),
    );
  });

  it('holds no more than twice what it must remember', () => {
    const ids = createRecentIds(100);
    for (let seq = 1; seq <= 10_000; seq += 1) ids.add(id(0, seq));
    const remembered = Array.from({ length: 10_000 }, (_, i) => i + 1).filter((seq) => ids.has(id(0, seq)));
    expect(remembered.length).toBeLessThanOrEqual(200);
    expect(remembered.length).toBeGreaterThanOrEqual(100);
  });
});
