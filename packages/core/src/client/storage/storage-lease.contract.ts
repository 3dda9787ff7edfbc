import { describe, expect, it } from 'vitest';

import type { LeaseOutcome, Storage } from '../ports/storage.js';
import { A, B, createOp, entry, unwrap, type WithDatabase } from './samples.contract.js';

const TTL_MS = 1_000;

/** What every storage adapter must do about leases. */
export function describeLeaseContract(withDatabase: WithDatabase): void {
  const ask = async (storage: Storage, holder: string, now: number, replica = A): Promise<LeaseOutcome> =>
    unwrap(await storage.lease({ replica, holder, now, ttlMs: TTL_MS }));

  describe('leases', () => {
    it(
      'CL-4: one holder has a replica until its time has run out, and renews it meanwhile',
      withDatabase(async (open) => {
        const [one, two] = [await open(), await open()];
        expect(await ask(one, 'tab-1', 10_000)).toBe('taken');
        expect(await ask(two, 'tab-2', 10_999)).toBe('refused');
        expect(await ask(one, 'tab-1', 10_500)).toBe('renewed');
        expect(await ask(two, 'tab-2', 11_499)).toBe('refused');
        expect(await ask(two, 'tab-2', 11_500)).toBe('taken');
        expect(await ask(one, 'tab-1', 11_501)).toBe('refused');
        expect(await ask(await open(), 'tab-1', 12_000)).toBe('refused');
      }),
    );

    it(
      'CL-4: its own holder renews it even after its time, and each replica has its own',
      withDatabase(async (open) => {
        const storage = await open();
        expect(await ask(storage, 'tab-1', 10_000)).toBe('taken');
        expect(await ask(storage, 'tab-2', 10_000, B)).toBe('taken');
        expect(await ask(storage, 'tab-1', 50_000)).toBe('renewed');
        expect(await ask(storage, 'tab-1', 50_000, B)).toBe('taken');
      }),
    );

    it(
      'CL-4: of many who ask at once one gets it',
      withDatabase(async (open) => {
        const storages = await Promise.all(Array.from({ length: 6 }, open));
        const outcomes = await Promise.all(storages.map((storage, i) => ask(storage, `tab-${i}`, 10_000)));
        expect(outcomes.sort()).toEqual(['refused', 'refused', 'refused', 'refused', 'refused', 'taken']);
      }),
    );

    it(
      'CL-4: a lease from before the clock jumped back counts as over',
      withDatabase(async (open) => {
        const storage = await open();
        expect(await ask(storage, 'tab-1', 900_000)).toBe('taken');
        expect(await ask(storage, 'tab-2', 10_000)).toBe('taken');
        expect(await ask(storage, 'tab-1', 10_000)).toBe('refused');
      }),
    );

    it(
      'CL-4: who asks a moment before it is renewed, and is answered after that, does not get it',
      withDatabase(async (open) => {
        const [one, two] = [await open(), await open()];
        expect(await ask(one, 'tab-1', 10_000)).toBe('taken');
        expect(await ask(one, 'tab-1', 10_500)).toBe('renewed');
        expect(await ask(two, 'tab-2', 10_499)).toBe('refused');
      }),
    );

    it(
      'CL-4: is given back by its holder alone',
      withDatabase(async (open) => {
        const [one, two] = [await open(), await open()];
        expect(await ask(one, 'tab-1', 10_000)).toBe('taken');
        unwrap(await two.release(A, 'tab-2'));
        unwrap(await two.release(B, 'tab-2'));
        expect(await ask(two, 'tab-2', 10_001)).toBe('refused');
        unwrap(await one.release(A, 'tab-1'));
        expect(await ask(one, 'tab-1', 10_002)).toBe('taken');
        unwrap(await one.release(A, 'tab-1'));
        expect(await ask(two, 'tab-2', 10_003)).toBe('taken');
      }),
    );

    it(
      'CL-4: is taken in call order with commits, and touches nothing else',
      withDatabase(async (open) => {
        const storage = await open();
        const order: string[] = [];
        await Promise.all([
          storage.commit({ putOps: [entry(createOp(1))] }).then(() => order.push('commit')),
          storage.lease({ replica: A, holder: 'tab-1', now: 1, ttlMs: 1 }).then(() => order.push('lease')),
          storage.commit({ putOps: [entry(createOp(2))] }).then(() => order.push('commit')),
          storage.release(A, 'tab-1').then(() => order.push('release')),
        ]);
        expect(order).toEqual(['commit', 'lease', 'commit', 'release']);
        const again = await open();
        expect(unwrap(await again.loadOutbox()).length).toBe(2);
        expect([...again.identity.issued.keys()]).toEqual([A]);
      }),
    );

    it(
      'CL-8: a closed storage grants nothing',
      withDatabase(async (open) => {
        const storage = await open();
        await storage.close();
        expect(await storage.lease({ replica: A, holder: 'tab-1', now: 1, ttlMs: 1 })).toMatchObject({ ok: false });
        expect(await storage.release(A, 'tab-1')).toMatchObject({ ok: false });
      }),
    );
  });
}
