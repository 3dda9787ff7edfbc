import { describe, expect, it } from 'vitest';

import { A, createOp, entry, merge, record, rejection, unwrap, type WithDatabase } from './samples.contract.js';

/** What every storage adapter must do about who leads. */
export function describeLeadContract(withDatabase: WithDatabase): void {
  describe('leads', () => {
    it(
      'CL-4: are numbered, one after the other, whoever begins them and however many at once',
      withDatabase(async (open) => {
        const [one, two] = [await open(), await open()];
        expect(unwrap(await one.latestLead())).toBe(0);
        expect(unwrap(await one.takeLead())).toBe(1);
        expect(unwrap(await two.takeLead())).toBe(2);
        const taken = await Promise.all([one.takeLead(), two.takeLead(), one.takeLead()]);
        expect(taken.map(unwrap).toSorted()).toEqual([3, 4, 5]);
        expect(unwrap(await (await open()).latestLead())).toBe(5);
      }),
    );

    it(
      'CL-4: what is committed under an earlier one is refused, whole, and changes nothing',
      withDatabase(async (open) => {
        const [robbed, thief] = [await open(), await open()];
        const lead = unwrap(await robbed.takeLead());
        unwrap(await robbed.commit({ putOps: [entry(createOp(1))], lead }));
        const next = unwrap(await thief.takeLead());
        const late = await robbed.commit({
          lead,
          putOps: [entry(createOp(2))],
          removeOps: [{ replica: A, seq: 1 }],
          base: [{ map: 'todos', changes: [merge('k1', record(1, 1))] }],
          addRejections: [rejection(createOp(1), 1)],
          keepOps: [{ lineage: 'l', position: 1, at: 1, ops: [createOp(1)] }],
        });
        expect(late.ok ? 'ok' : late.error.code).toBe('outdated');
        unwrap(await thief.commit({ lead: next, base: [{ map: 'todos', changes: [merge('k2', record(2, 2))] }] }));
        const seen = await open();
        expect(unwrap(await seen.loadOutbox()).map(({ op }) => op.seq)).toEqual([1]);
        expect([...unwrap(await seen.loadMap('todos')).keys()]).toEqual(['k2']);
        expect(unwrap(await seen.loadRejections())).toEqual([]);
        expect(unwrap(await seen.loadKept())).toEqual([]);
      }),
    );

    it(
      'CL-4: what no leader commits is taken whoever leads, and the handle is as good as before',
      withDatabase(async (open) => {
        const [robbed, thief] = [await open(), await open()];
        const lead = unwrap(await robbed.takeLead());
        unwrap(await thief.takeLead());
        expect((await robbed.commit({ lead, removeOps: [{ replica: A, seq: 9 }] })).ok).toBe(false);
        unwrap(await robbed.commit({ putOps: [entry(createOp(1))] }));
        const again = unwrap(await robbed.takeLead());
        unwrap(await robbed.commit({ lead: again, removeOps: [{ replica: A, seq: 1 }] }));
        expect(unwrap(await thief.loadOutbox())).toEqual([]);
      }),
    );

    it(
      'CL-4: one begins in call order with commits',
      withDatabase(async (open) => {
        const storage = await open();
        const lead = unwrap(await storage.takeLead());
        const [before, , after] = await Promise.all([
          storage.commit({ lead, putOps: [entry(createOp(1))] }),
          storage.takeLead(),
          storage.commit({ lead, putOps: [entry(createOp(2))] }),
        ]);
        expect([before.ok, after.ok]).toEqual([true, false]);
        expect(unwrap(await storage.loadOutbox()).map(({ op }) => op.seq)).toEqual([1]);
      }),
    );

    it(
      'CL-8: a closed storage lets nobody lead',
      withDatabase(async (open) => {
        const storage = await open();
        await storage.close();
        expect([(await storage.takeLead()).ok, (await storage.latestLead()).ok]).toEqual([false, false]);
      }),
    );
  });
}
