import { describe, expect, it } from 'vitest';

import type { Op } from '../../crdt/index.js';
import type { KeptOps, Storage } from '../ports/storage.js';
import { MAX_KEPT_OPS } from './kept-rows.js';
import { A, B, compactAll, createOp, entry, unwrap, type WithDatabase } from './samples.contract.js';

const keep = (position: number, ops: readonly Op[], at = position * 1000, lineage = 'one'): KeptOps => ({
  lineage,
  position,
  at,
  ops,
});

const idsOf = async (storage: Storage): Promise<string[]> =>
  unwrap(await storage.loadKept()).map(({ replica, seq }) => `${replica.at(-1)}${seq}`);

/** SY-2: the part of the storage contract that is about accepted ops, kept for a while. */
export function describeKeptContract(withDatabase: WithDatabase): void {
  describe('kept ops', () => {
    it(
      'SY-2: in the step in which an op leaves the outbox it is kept, whole, in (replica, seq) order',
      withDatabase(async (open) => {
        const storage = await open();
        const parts = [2, 3].map((seq): Op => ({ ...createOp(seq), transaction: { first: 2, parts: 2 } }));
        const ops = [createOp(7, { replica: B }), createOp(1), ...parts];
        unwrap(await storage.commit({ putOps: ops.map((op) => entry(op, true)) }));
        unwrap(await storage.commit({ removeOps: ops, keepOps: [keep(4, ops)] }));
        const again = await open();
        expect(unwrap(await again.loadOutbox())).toEqual([]);
        expect(unwrap(await again.loadKept())).toEqual([createOp(1), ...parts, createOp(7, { replica: B })]);
      }),
    );

    it(
      'SY-2: says of each replica how far it is kept, by which ledger and where',
      withDatabase(async (open) => {
        const storage = await open();
        expect(unwrap(await storage.keptThrough()).size).toBe(0);
        unwrap(await storage.commit({ keepOps: [keep(4, [createOp(1), createOp(2)]), keep(5, [createOp(3)])] }));
        unwrap(await storage.commit({ keepOps: [keep(2, [createOp(9, { replica: B })], 6000, 'two')] }));
        expect([...unwrap(await (await open()).keptThrough())].sort()).toEqual([
          [A, { seq: 3, lineage: 'one', position: 5, at: 5000 }],
          [B, { seq: 9, lineage: 'two', position: 2, at: 6000 }],
        ]);
      }),
    );

    it(
      'SY-2: what another ledger accepts once more is there once',
      withDatabase(async (open) => {
        const storage = await open();
        unwrap(await storage.commit({ keepOps: [keep(4, [createOp(1), createOp(2)])] }));
        unwrap(await storage.commit({ keepOps: [keep(3, [createOp(2)], 9000, 'two')] }));
        expect(await idsOf(storage)).toEqual(['01', '02']);
      }),
    );

    it(
      'SY-2: compaction forgets what is old, and changes nothing else, however the rest is joined',
      withDatabase(async (open) => {
        const storage = await open();
        for (let seq = 1; seq <= 40; seq++) {
          const replica = seq % 3 === 0 ? B : A;
          unwrap(await storage.commit({ keepOps: [keep(seq, [createOp(seq, { replica })])] }));
        }
        unwrap(await storage.compact(0));
        const all = await idsOf(storage);
        expect(all).toHaveLength(40);
        const through = unwrap(await storage.keptThrough());
        expect([...through].map(([replica, { seq, position }]) => [replica, seq, position]).sort()).toEqual([
          [A, 40, 40],
          [B, 39, 39],
        ]);
        unwrap(await storage.commit({ keepOps: [keep(99, [createOp(41)], 8 * 86_400_000)] }));
        unwrap(await storage.compact(41_000));
        expect(await idsOf(storage)).toEqual(['041']);
        await compactAll(storage);
        expect(await idsOf(storage)).toEqual(['041']);
      }),
    );

    it(
      'SY-2: there is a bound; beyond it the oldest go',
      withDatabase(async (open) => {
        const storage = await open();
        const half = MAX_KEPT_OPS / 2;
        const opsFrom = (first: number): Op[] => Array.from({ length: half }, (_, i) => createOp(first + i));
        for (const [i, first] of [1, half + 1, 2 * half + 1].entries()) {
          unwrap(await storage.commit({ keepOps: [keep(i + 1, opsFrom(first))] }));
        }
        unwrap(await storage.compact(0));
        const seqs = unwrap(await storage.loadKept()).map(({ seq }) => seq);
        expect(seqs.length).toBeLessThanOrEqual(MAX_KEPT_OPS);
        expect(seqs.at(-1)).toBe(3 * half);
        expect(seqs).not.toContain(1);
      }),
    );
  });
}
