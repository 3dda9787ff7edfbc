import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { stampCounter, stampMillis, stampReplica, type ReplicaId, type Stamp } from '../../clock/index.js';
import { setOpLists } from '../../crdt/set-op.arbitrary.js';
import type { Op } from '../../crdt/index.js';
import type { OutboxEntry, StorageIdentity, StoredRejection } from '../ports/storage.js';
import { planAdoption, type UnclaimedWork } from './plan-adoption.js';

const TARGET: StorageIdentity = { databaseId: 'annannannann', issued: new Map() };
const IDLE = (): boolean => false;

/** Ops of several replicas that name each other's adds; any of them sent, refused, or in transactions of two. */
const works: fc.Arbitrary<UnclaimedWork> = fc
  .tuple(setOpLists, fc.array(fc.constantFrom('handed', 'unsent', 'refused'), { minLength: 12, maxLength: 12 }))
  .map(([ops, fates]) => {
    const outbox: OutboxEntry[] = [];
    const rejections: StoredRejection[] = [];
    ops.forEach((op, i) => {
      const whole: Op = { ...op, transaction: { first: op.seq, parts: 1 } };
      if (fates[i] === 'refused') rejections.push({ op, code: 'too-large', reason: 'It is.', at: i });
      else outbox.push({ op: i % 2 === 0 ? whole : op, handed: fates[i] === 'handed', clockOffset: i });
    });
    return { outbox, rejections, isTaken: IDLE };
  });

const unsentOf = ({ outbox }: UnclaimedWork): readonly OutboxEntry[] => outbox.filter(({ handed }) => !handed);

describe('a plan of what a user adopts', () => {
  it('CL-10: keeps all of an op but whose it is, and takes away exactly what it brings', () => {
    fc.assert(
      fc.property(works, (work) => {
        const { bring, take, left } = planAdoption(work, TARGET);
        const unsent = unsentOf(work);
        expect(left).toBe(work.outbox.length - unsent.length);
        expect(take.removeOps).toEqual(unsent.map(({ op }) => op));
        expect(take.removeRejections).toEqual(work.rejections.map(({ op }) => op));
        const before = [...unsent, ...work.rejections];
        const after = [...bring.putOps, ...bring.addRejections];
        expect(after).toHaveLength(before.length);
        before.forEach((one, i) => {
          const { op } = after[i]!;
          expect(op.replica).toBe(`annannannann.${one.op.replica}`);
          expect(stampReplica(op.stamp)).toBe(op.replica);
          const time = (stamp: Stamp): readonly number[] => [stampMillis(stamp), stampCounter(stamp)];
          expect(time(op.stamp)).toEqual(time(one.op.stamp));
          const { replica, stamp } = one.op;
          const own = 'tags' in one.op ? { ...op, replica, stamp, tags: one.op.tags } : { ...op, replica, stamp };
          expect({ ...after[i], op: own }).toEqual(one);
        });
      }),
    );
  });

  it('CR-6: an op that takes out what is adopted with it names it as it is called then, and what stays as before', () => {
    fc.assert(
      fc.property(works, (work) => {
        const { bring } = planAdoption(work, TARGET);
        const before = [...unsentOf(work), ...work.rejections].map(({ op }) => op);
        const after = [...bring.putOps, ...bring.addRejections].map(({ op }) => op);
        const names = new Map(before.map((op, i) => [op.stamp, after[i]!.stamp]));
        before.forEach((op, i) => {
          const tags = 'tags' in op ? op.tags.map((tag) => names.get(tag) ?? tag) : undefined;
          expect(after[i]).toMatchObject({ tags });
        });
      }),
    );
  });

  it('CL-10: what was brought before a crash is not brought again, even when it has been decided since', () => {
    fc.assert(
      fc.property(works, (work) => {
        const first = planAdoption(work, TARGET);
        const issued = new Map<ReplicaId, { seq: number; stamp: Stamp }>();
        for (const { op } of first.bring.putOps) issued.set(op.replica, op);
        const again = planAdoption(work, { ...TARGET, issued });
        expect(again.bring.putOps).toEqual([]);
        expect(again.take).toEqual(first.take);
      }),
    );
  });

  it('CL-4: what a living tab speaks for is not touched', () => {
    fc.assert(
      fc.property(works, (work) => {
        const isTaken = (replica: ReplicaId): boolean => replica === 'a.0';
        const { bring, take, left } = planAdoption({ ...work, isTaken }, TARGET);
        const touched = [...bring.putOps, ...bring.addRejections].map(({ op }) => op.replica);
        expect([...touched, ...take.removeOps.map(({ replica }) => replica)]).not.toContain('annannannann.a.0');
        expect(take.removeOps.length + left).toBe(work.outbox.length);
      }),
    );
  });
});
