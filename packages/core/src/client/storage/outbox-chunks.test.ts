import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { OpId } from '../../crdt/index.js';
import type { OutboxEntry } from '../ports/storage.js';
import { compareOpIds, opIdText } from './op-id.js';
import {
  CHUNK_OPS,
  editOutboxRows,
  groupOutboxEdits,
  joinOutboxRows,
  readOutboxRow,
  type RowChanges,
} from './outbox-chunks.js';
import { A, B, createOp, entry } from './samples.contract.js';
import type { OutboxRow } from './stored-rows.js';

/** A table of rows under the same rules as the stored one: a row that is put without an id gets the next. */
function createTable() {
  const table = new Map<number, OutboxRow>();
  let nextId = 1;
  const write = (changes: RowChanges<OutboxRow>): void => {
    for (const row of changes.put) {
      const id = row.id ?? nextId++;
      table.set(id, { ...row, id });
    }
    for (const id of changes.remove) table.delete(id);
  };
  const sorted = (): OutboxRow[] =>
    [...table.values()].sort((a, b) => (a.replica === b.replica ? a.last - b.last : a.replica < b.replica ? -1 : 1));
  return {
    sorted,
    commit(putOps: readonly OutboxEntry[], removeOps: readonly OpId[]): void {
      for (const edit of groupOutboxEdits(putOps, removeOps)) {
        const { replica, first, last } = edit;
        const ofReplica = sorted().filter((row) => row.replica === replica);
        // What the index gives: rows that end within the edit's range, and the next one.
        const within = ofReplica.filter((row) => row.last >= first && row.last <= last);
        const next = ofReplica.find((row) => row.last > last);
        write(editOutboxRows(edit, next === undefined ? within : [...within, next]));
      }
    },
    join: () => write(joinOutboxRows(sorted())),
    /** So many rows at a time, each time from the last of those before on. */
    joinBySteps(size: number): void {
      for (let last: OutboxRow | undefined, isEnd = false; !isEnd;) {
        const at =
          last === undefined ? 0 : sorted().findIndex((row) => row.replica === last?.replica && row.last === last.last);
        const rows = sorted().slice(at, at + size);
        isEnd = at + size >= sorted().length;
        last = rows.at(-1);
        write(joinOutboxRows(rows));
      }
    },
    read: () => sorted().flatMap((row) => readOutboxRow(row).entries),
  };
}

describe('outbox rows', () => {
  const ids = fc.record({ replica: fc.constantFrom(A, B), seq: fc.integer({ min: 1, max: 60 }) });
  const steps = fc.array(
    fc.oneof(
      fc.record({
        puts: fc.array(ids, { maxLength: 12 }),
        removes: fc.array(ids, { maxLength: 6 }),
        handed: fc.boolean(),
      }),
      fc.constant('join' as const),
      fc.integer({ min: 2, max: 5 }),
    ),
    { maxLength: 20 },
  );

  it('CL-2: hold what a model holds, whatever order and gaps the sequences come in, and never overlap', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const table = createTable();
        const model = new Map<string, OutboxEntry>();
        for (const step of all) {
          if (step === 'join') table.join();
          else if (typeof step === 'number') table.joinBySteps(step);
          else {
            const puts = step.puts.map(({ replica, seq }) => entry(createOp(seq, { replica }), step.handed));
            table.commit(puts, step.removes);
            for (const put of puts) model.set(opIdText(put.op), put);
            for (const id of step.removes) model.delete(opIdText(id));
          }
          expect(table.read()).toEqual([...model.values()].sort((a, b) => compareOpIds(a.op, b.op)));
          let before: OutboxRow | undefined;
          for (const row of table.sorted()) {
            expect(row.first).toBeLessThanOrEqual(row.last);
            if (before?.replica === row.replica) expect(row.first).toBeGreaterThan(before.last);
            expect(readOutboxRow(row).entries.length).toBe(row.count);
            before = row;
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('CL-2: are full ones for a large commit, and joined ones are no fuller', () => {
    const [edit] = groupOutboxEdits(
      Array.from({ length: 1200 }, (_, i) => entry(createOp(i + 1))),
      [],
    );
    expect(edit?.freshRows.map(({ count }) => count)).toEqual([CHUNK_OPS, CHUNK_OPS, 1200 - 2 * CHUNK_OPS]);
    const table = createTable();
    for (let seq = 1; seq <= 700; seq++) table.commit([entry(createOp(seq))], []);
    expect(table.sorted().length).toBe(700);
    table.join();
    expect(table.sorted().map(({ count }) => count)).toEqual([CHUNK_OPS, 700 - CHUNK_OPS]);
    table.join();
    expect(table.sorted().length).toBe(2);
  });

  it('CL-8: one that cannot be read is left alone by edits and joins, and counted', () => {
    const table = createTable();
    for (const seq of [1, 2, 3]) table.commit([entry(createOp(seq))], []);
    const rows = table.sorted().map((row) => (row.first === 2 ? { ...row, entries: '[[' } : row));
    expect(joinOutboxRows(rows)).toEqual({ put: [], remove: [] });
    const [edit] = groupOutboxEdits([], [{ replica: A, seq: 2 }]);
    if (edit === undefined) throw new Error('no edit');
    expect(editOutboxRows(edit, rows)).toEqual({ put: [], remove: [] });
    expect(rows.map((row) => readOutboxRow(row).corrupt)).toEqual([0, 1, 0]);
    const oneBad = { ...rows[0], entries: `[[0,[1,"no stamp","m","k","d"]],${rows[2]?.entries.slice(1)}` } as OutboxRow;
    expect(readOutboxRow(oneBad)).toEqual({ entries: [entry(createOp(3))], corrupt: 1 });
  });

  it('CL-2: joined by steps of any size they are as full as joined at once', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(sizes, fc.integer({ min: 2, max: 8 }), (counts, size) => {
        const [atOnce, bySteps] = [createTable(), createTable()];
        let seq = 0;
        for (const [i, count] of counts.entries()) {
          const replica = i % 7 < 5 ? A : B;
          const entries = Array.from({ length: count }, () => entry(createOp(++seq, { replica })));
          for (const table of [atOnce, bySteps]) table.commit(entries, []);
        }
        atOnce.join();
        bySteps.joinBySteps(size);
        expect(bySteps.sorted()).toEqual(atOnce.sorted());
        const rows = bySteps.sorted();
        for (const [i, row] of rows.entries()) {
          const next = rows[i + 1];
          if (next?.replica === row.replica) expect(row.count + next.count).toBeGreaterThan(CHUNK_OPS);
        }
      }),
      { numRuns: 30 },
    );
  });
});
