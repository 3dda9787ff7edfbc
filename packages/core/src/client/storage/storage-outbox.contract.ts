import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { Op } from '../../crdt/index.js';
import type { Storage } from '../ports/storage.js';
import {
  A,
  B,
  compactAll,
  createOp,
  entry,
  rejection,
  stampOf,
  unwrap,
  type WithDatabase,
} from './samples.contract.js';

/** The part of the storage contract that is about undecided ops. */
export function describeOutboxContract(withDatabase: WithDatabase): void {
  describe('outbox', () => {
    const outboxOf = async (storage: Storage): Promise<string[]> =>
      unwrap(await storage.loadOutbox()).map(({ op, handed }) => `${op.replica.at(-1)}${op.seq}${handed ? '!' : ''}`);

    it(
      'CL-2: comes back in (replica, seq) order, whole',
      withDatabase(async (open) => {
        const storage = await open();
        const odd = createOp(2, {
          replica: B,
          map: '__proto__',
          key: '__proto__',
          title: JSON.parse('{"__proto__":[1]}'),
        });
        unwrap(await storage.commit({ putOps: [entry(odd, true), entry(createOp(1, { replica: B }))] }));
        unwrap(await storage.commit({ putOps: [entry(createOp(1)), entry(createOp(2))] }));
        unwrap(await storage.commit({ putOps: [entry({ ...createOp(3), kind: 'patch' } as never)] }));
        const { replica, stamp, map, key } = createOp(4);
        unwrap(await storage.commit({ putOps: [entry({ kind: 'remove', seq: 4, replica, stamp, map, key })] }));
        const again = await open();
        expect(await outboxOf(again)).toEqual(['01', '02', '03', '04', '11', '12!']);
        const ops = unwrap(await again.loadOutbox()).map(({ op }) => op);
        expect(ops[0]).toEqual(createOp(1));
        expect(ops[3]).toEqual({ kind: 'remove', seq: 4, replica, stamp, map, key });
        expect(ops[5]).toEqual(odd);
      }),
    );

    it(
      'CR-11: a put of a stored op replaces it',
      withDatabase(async (open) => {
        const storage = await open();
        unwrap(await storage.commit({ putOps: [1, 2, 3, 4].map((seq) => entry(createOp(seq))) }));
        unwrap(await storage.commit({ putOps: [entry(createOp(2, { millis: 9999 }), true), entry(createOp(5))] }));
        expect(await outboxOf(storage)).toEqual(['01', '02!', '03', '04', '05']);
        expect(unwrap(await storage.loadOutbox())[1]?.op.stamp).toBe(stampOf(9999));
      }),
    );

    it(
      'CR-12: keeps what transaction an op is in, and a rejection keeps it too',
      withDatabase(async (open) => {
        const storage = await open();
        const transaction = { first: 2, parts: 2 };
        const parts = [2, 3].map((seq): Op => ({ ...createOp(seq), transaction }));
        const putOps = [entry(createOp(1)), { ...entry(parts[0]!), clockOffset: -5 }, entry(parts[1]!, true)];
        unwrap(await storage.commit({ putOps }));
        const again = await open();
        expect(unwrap(await again.loadOutbox())).toMatchObject(putOps);
        expect(unwrap(await again.loadOutbox())[0]?.op.transaction).toBeUndefined();
        unwrap(await again.commit({ removeOps: parts, addRejections: parts.map((op) => rejection(op, 7)) }));
        expect(unwrap(await (await open()).loadRejections())).toEqual(parts.map((op) => rejection(op, 7)));
      }),
    );

    it(
      'CR-11: keeps the clock offset an op was stamped with, 0 and none included',
      withDatabase(async (open) => {
        const storage = await open();
        const putOps = [
          { ...entry(createOp(1)), clockOffset: -1500 },
          { ...entry(createOp(2)), clockOffset: 0 },
          entry(createOp(3), true),
        ];
        unwrap(await storage.commit({ putOps }));
        expect(unwrap(await (await open()).loadOutbox())).toEqual(putOps);
      }),
    );

    it(
      'CL-5: removes exactly the ops named, and puts them back where they were when asked',
      withDatabase(async (open) => {
        const storage = await open();
        unwrap(await storage.commit({ putOps: [1, 2, 3, 4, 5].map((seq) => entry(createOp(seq))) }));
        unwrap(
          await storage.commit({
            removeOps: [
              { replica: A, seq: 2 },
              { replica: A, seq: 5 },
              { replica: B, seq: 1 },
              { replica: A, seq: 77 },
            ],
          }),
        );
        expect(await outboxOf(storage)).toEqual(['01', '03', '04']);
        unwrap(
          await storage.commit({
            putOps: [entry(createOp(2)), entry(createOp(6))],
            removeOps: [{ replica: A, seq: 6 }],
          }),
        );
        expect(await outboxOf(storage)).toEqual(['01', '02', '03', '04']);
        unwrap(await storage.commit({ removeOps: [1, 2, 3, 4].map((seq) => ({ replica: A, seq })) }));
        expect(await outboxOf(await open())).toEqual([]);
      }),
    );

    it(
      'CL-2: equals a model under random puts, re-puts, removes and compactions, over many rows',
      withDatabase(async (open) => {
        const storage = await open();
        const step = fc.oneof(
          {
            weight: 4,
            arbitrary: fc.record({ add: fc.integer({ min: 1, max: 700 }), replica: fc.constantFrom(A, B) }),
          },
          {
            weight: 6,
            arbitrary: fc.record({
              touch: fc.array(fc.nat(1500), { minLength: 1, maxLength: 40 }),
              how: fc.constantFrom('put', 'remove'),
              replica: fc.constantFrom(A, B),
            }),
          },
          { weight: 1, arbitrary: fc.constant({ compact: true }) },
        );
        await fc.assert(
          fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
            const left = unwrap(await storage.loadOutbox()).map(({ op: { replica, seq } }) => ({ replica, seq }));
            unwrap(await storage.commit({ removeOps: left }));
            const model = new Map<string, boolean>();
            const next = new Map(
              [A, B].map((replica) => [replica, 1 + (storage.identity.issued.get(replica)?.seq ?? 0)]),
            );
            for (const one of steps) {
              if ('compact' in one) await compactAll(storage);
              else if ('add' in one) {
                const start = next.get(one.replica) ?? 1;
                const putOps = Array.from({ length: one.add }, (_, i) =>
                  entry(createOp(start + i, { replica: one.replica })),
                );
                next.set(one.replica, start + one.add);
                for (const { op } of putOps) model.set(`${op.replica}:${String(op.seq).padStart(9)}`, false);
                unwrap(await storage.commit({ putOps }));
              } else {
                const known = one.touch.filter((seq) => seq > 0 && seq < (next.get(one.replica) ?? 1));
                const ids = [...new Set(known)].map((seq) => ({ replica: one.replica, seq }));
                for (const { replica, seq } of ids) {
                  const id = `${replica}:${String(seq).padStart(9)}`;
                  if (one.how === 'put') model.set(id, true);
                  else model.delete(id);
                }
                if (one.how === 'put')
                  unwrap(
                    await storage.commit({
                      putOps: ids.map(({ replica, seq }) => entry(createOp(seq, { replica }), true)),
                    }),
                  );
                else unwrap(await storage.commit({ removeOps: ids }));
              }
            }
            const stored = unwrap(await storage.loadOutbox()).map(({ op, handed }) => [
              `${op.replica}:${String(op.seq).padStart(9)}`,
              handed,
            ]);
            expect(stored).toEqual([...model].sort(([a], [b]) => (a < b ? -1 : 1)));
          }),
          { numRuns: 15 },
        );
      }),
    );

    it(
      'CL-1: takes a commit of 10,000 ops, and their removal in parts',
      withDatabase(async (open) => {
        const storage = await open();
        unwrap(await storage.commit({ putOps: Array.from({ length: 10_000 }, (_, i) => entry(createOp(i + 1))) }));
        const again = await open();
        const stored = unwrap(await again.loadOutbox());
        expect(stored.length).toBe(10_000);
        expect(stored.every(({ op }, i) => op.seq === i + 1)).toBe(true);
        const odd = stored.filter(({ op }) => op.seq % 2 === 1).map(({ op }) => ({ replica: op.replica, seq: op.seq }));
        unwrap(await again.commit({ removeOps: odd }));
        expect(unwrap(await storage.loadOutbox()).map(({ op }) => op.seq)).toEqual(
          Array.from({ length: 5000 }, (_, i) => 2 * i + 2),
        );
      }),
    );

    it(
      'CL-2: joining many single writes into fewer rows changes nothing one can see',
      withDatabase(async (open) => {
        const storage = await open();
        for (let seq = 1; seq <= 60; seq++)
          unwrap(await storage.commit({ putOps: [entry(createOp(seq), seq % 3 === 0)] }));
        unwrap(await storage.commit({ removeOps: [{ replica: A, seq: 30 }] }));
        const before = unwrap(await storage.loadOutbox());
        await compactAll(storage);
        expect(unwrap(await storage.loadOutbox())).toEqual(before);
        unwrap(
          await storage.commit({
            putOps: [entry(createOp(30)), entry(createOp(61))],
            removeOps: [{ replica: A, seq: 1 }],
          }),
        );
        expect(unwrap(await storage.loadOutbox()).map(({ op }) => op.seq)).toEqual(
          Array.from({ length: 60 }, (_, i) => i + 2),
        );
      }),
    );
  });
}
