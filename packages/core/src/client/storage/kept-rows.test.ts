import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { Op } from '../../crdt/index.js';
import type { KeptOps } from '../ports/storage.js';
import { compactKeptRows, keptToRows, readKeptRows, rowsThrough } from './kept-rows.js';
import { opIdText } from './op-id.js';
import { CHUNK_OPS } from './outbox-chunks.js';
import { A, B, createOp } from './samples.contract.js';
import type { KeptRow } from './stored-rows.js';

const DAY = 86_400_000;

/** Commits as a client hears of them: sequences that grow, some of them refused and so not here, time that jumps back now and then. */
const commits: fc.Arbitrary<readonly KeptOps[]> = fc
  .array(
    fc.record({
      replica: fc.constantFrom(A, B),
      sizes: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 4 }),
      at: fc.integer({ min: 0, max: 10 * DAY }),
      lineage: fc.constantFrom('one', 'one', 'two'),
    }),
    { maxLength: 30 },
  )
  .map((parts) => {
    const last = new Map([
      [A, 0],
      [B, 0],
    ]);
    return parts.map(({ replica, sizes, at, lineage }, index) => {
      const ops = sizes.map((step): Op => {
        last.set(replica, (last.get(replica) ?? 0) + step);
        return createOp(last.get(replica) ?? 0, { replica });
      });
      return { lineage, position: index + 1, at, ops };
    });
  });

const stored = (kept: readonly KeptOps[]): KeptRow[] => keptToRows(kept).map((row, i) => ({ ...row, id: i + 1 }));

function compact(rows: readonly KeptRow[], since: number): KeptRow[] {
  const { put, remove } = compactKeptRows(rows, since);
  const byId = new Map(rows.map((row) => [row.id, row]));
  for (const id of remove) byId.delete(id);
  for (const row of put) byId.set(row.id, row);
  return [...byId.values()].sort((a, b) => (a.id ?? 0) - (b.id ?? 0));
}

const ids = (rows: readonly KeptRow[]): string[] => readKeptRows(rows).ops.map(opIdText);

describe('kept rows', () => {
  it('SY-2: hold every op that was accepted, and say how far each replica is kept', () => {
    fc.assert(
      fc.property(commits, (kept) => {
        const rows = stored(kept);
        expect(new Set(ids(rows))).toEqual(new Set(kept.flatMap(({ ops }) => ops.map(opIdText))));
        for (const [replica, { seq }] of rowsThrough(rows)) {
          const seqs = kept.flatMap(({ ops }) => ops.filter((op) => op.replica === replica).map((op) => op.seq));
          expect(seq).toBe(Math.max(...seqs));
        }
      }),
    );
  });

  it('SY-2: compaction keeps exactly what is young enough, or up to a day more of what was joined before', () => {
    fc.assert(
      fc.property(commits, fc.array(fc.integer({ min: 0, max: 10 * DAY }), { maxLength: 4 }), (kept, times) => {
        let rows = stored(kept);
        const since = times.sort((a, b) => a - b);
        for (const time of since) rows = compact(rows, time);
        const last = since.at(-1) ?? 0;
        const left = new Set(ids(rows));
        for (const { at, ops } of kept) {
          for (const op of ops) {
            if (at >= last) expect(left).toContain(opIdText(op));
            if (at < last - DAY) expect(left).not.toContain(opIdText(op));
          }
        }
      }),
    );
  });

  it('SY-2: many small rows become few, none larger than a row may be', () => {
    const kept = Array.from({ length: 2_000 }, (_, i) => ({
      lineage: 'one',
      position: i + 1,
      at: i,
      ops: [createOp(i + 1)],
    }));
    const rows = compact(stored(kept), 0);
    expect(rows).toHaveLength(Math.ceil(2_000 / CHUNK_OPS));
    expect(rows.every(({ count }) => count <= CHUNK_OPS)).toBe(true);
    expect(ids(rows)).toHaveLength(2_000);
    expect(compactKeptRows(rows, 0)).toEqual({ put: [], remove: [] });
  });

  it('SY-2: a row that cannot be read costs no other', () => {
    const rows = stored([1, 2, 3].map((seq) => ({ lineage: 'one', position: seq, at: seq, ops: [createOp(seq)] })));
    const damaged = rows.map((row, i) => (i === 1 ? { ...row, entries: '[[1,' } : row));
    expect(readKeptRows(damaged)).toMatchObject({ corrupt: 1 });
    expect(ids(compact(damaged, 0))).toEqual(ids(damaged));
    expect(ids(damaged)).toHaveLength(2);
  });
});
