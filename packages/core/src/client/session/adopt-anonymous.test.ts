import { describe, expect, it } from 'vitest';

import { MemoryAdapter } from '../adapters/memory-storage.js';
import type { ReplicaId } from '../../clock/index.js';
import type { StorageAdapter, StorageError } from '../ports/storage.js';
import { A, B, createOp, entry, unwrap } from '../storage/samples.contract.js';
import { createFaultyStorage } from '../testing/faulty-storage.js';
import { createSeededRandom } from '../testing/seeded-random.js';
import { adoptAnonymous } from './adopt-anonymous.js';

const FULL: StorageError = { code: 'quota', message: 'Full.' };
const PLACES = { from: 'nobody', to: 'ann', isExclusive: true };

async function createPlaces() {
  const random = createSeededRandom(3);
  const disk = new MemoryAdapter({ random });
  const faulty = { [PLACES.from]: createFaultyStorage(disk), [PLACES.to]: createFaultyStorage(disk) };
  const storage: StorageAdapter = { open: (name) => faulty[name]!.open(name) };
  const source = unwrap(await storage.open(PLACES.from));
  const target = unwrap(await storage.open(PLACES.to));
  const putOps = [createOp(1), createOp(2), createOp(3, { replica: B })].map((op) => entry(op));
  unwrap(await source.commit({ putOps }));
  const outboxes = async () => [
    unwrap(await source.loadOutbox()).map(({ op }) => op.key),
    unwrap(await target.loadOutbox()).map(({ op }) => op.key),
  ];
  return { environment: { clock: { now: () => 5_000 }, random, storage }, faulty, source, target, outboxes };
}

describe('adopting what nobody wrote', () => {
  it('CL-4, CL-10: where no lock keeps tabs apart, what a living one speaks for is left, and the leases are given back', async () => {
    const { environment, source, outboxes } = await createPlaces();
    await source.lease({ replica: B, holder: 'a living tab', now: 4_000, ttlMs: 120_000 });
    const adopted = await adoptAnonymous(environment, { ...PLACES, isExclusive: false });
    expect(adopted).toMatchObject({ ok: true, value: { taken: 2, left: 1 } });
    expect(await outboxes()).toEqual([['k3'], ['k1', 'k2']]);
    const asked = (replica: ReplicaId) => source.lease({ replica, holder: 'next', now: 5_000, ttlMs: 120_000 });
    expect([await asked(A), await asked(B)]).toMatchObject([{ value: 'taken' }, { value: 'refused' }]);
  });

  it('CL-10: what was brought and decided before an interrupted run went on is not brought again', async () => {
    const { environment, faulty, target, outboxes } = await createPlaces();
    faulty[PLACES.from]!.failCommits(FULL);
    expect(await adoptAnonymous(environment, PLACES)).toEqual({ ok: false, error: FULL });
    expect(await outboxes()).toEqual([
      ['k1', 'k2', 'k3'],
      ['k1', 'k2', 'k3'],
    ]);
    unwrap(await target.commit({ removeOps: unwrap(await target.loadOutbox()).map(({ op }) => op) }));
    expect(await adoptAnonymous(environment, PLACES)).toMatchObject({ ok: true, value: { taken: 3, entries: [] } });
    expect(await outboxes()).toEqual([[], []]);
  });

  it('CL-8: storage that fails is a value, and leaves everything where it was', async () => {
    const { environment, faulty, outboxes } = await createPlaces();
    faulty[PLACES.to]!.failCommits(FULL);
    expect(await adoptAnonymous(environment, PLACES)).toEqual({ ok: false, error: FULL });
    faulty[PLACES.to]!.failOpen(FULL);
    expect(await adoptAnonymous(environment, PLACES)).toEqual({ ok: false, error: FULL });
    expect(await outboxes()).toEqual([['k1', 'k2', 'k3'], []]);
  });
});
