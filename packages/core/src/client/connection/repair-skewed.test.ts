import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { encodeStamp, isSkewed, stampMillis, stampReplica, type ReplicaId, type Stamp } from '../../clock/index.js';
import { ttlOf, type Op } from '../../crdt/index.js';
import type { OutboxEntry } from '../ports/storage.js';
import { isRepairReplica, repairReplicaOf, repairSkewed } from './repair-skewed.js';

const NOW = 1_700_000_000_000;
const REPLICAS = ['db.0', 'db.1'] as ReplicaId[];
const successor = repairReplicaOf(REPLICAS[0]!, 'abcdefgh');

const entryOf = (
  millis: number,
  counter: number,
  tab: number,
  seq: number,
  part: Partial<OutboxEntry>,
): OutboxEntry => {
  const replica = REPLICAS[tab]!;
  const stamp = encodeStamp({ millis, counter, replica });
  const op: Op = {
    kind: 'patch',
    replica,
    seq,
    stamp,
    map: 'm',
    key: `k${seq % 3}`,
    fields: [],
    expiresAt: millis + 777,
  };
  return { op, handed: true, ...part };
};

/** A clock that is `ahead` of the server's, and of what it knew the offset to be. */
const clocks = fc.constantFrom(61_000, 3_600_000, 86_400_000);
const steps = fc.array(fc.record({ step: fc.nat({ max: 2_000 }), tab: fc.nat({ max: 1 }) }), {
  minLength: 1,
  maxLength: 20,
});

describe('repairing what was refused for its stamp', () => {
  it('CR-1, CR-11: gives the times of a right clock, in the order of the edits, never beyond the server’s', () => {
    fc.assert(
      fc.property(steps, clocks, fc.boolean(), fc.nat({ max: 9 }), (list, ahead, isMeasured, issued) => {
        let millis = NOW - 5_000;
        const refused = list.map(({ step, tab }, i) => {
          millis = Math.min(millis + step, NOW);
          return entryOf(millis + ahead, i, tab, i + 1, {});
        });
        const moved = repairSkewed({
          refused: refused.toReversed(),
          others: [],
          offsetMs: isMeasured ? -ahead : 0,
          serverNow: NOW,
          seenBefore: () => '',
          successor,
          issued,
        });
        expect(moved.map(({ from }) => from)).toEqual(refused.map(({ op: { replica, seq } }) => ({ replica, seq })));
        let last: Stamp | '' = '';
        moved.forEach(({ entry: { op, handed, clockOffset } }, i) => {
          const was = refused[i]!.op;
          expect([op.replica, stampReplica(op.stamp), op.seq, handed]).toEqual([
            successor,
            successor,
            issued + i + 1,
            true,
          ]);
          expect(clockOffset).toBe(isMeasured ? -ahead : 0);
          expect(op.stamp > last).toBe(true);
          expect(isSkewed(op.stamp, NOW)).toBe(false);
          if (isMeasured) {
            expect(stampMillis(op.stamp)).toBe(stampMillis(was.stamp) - ahead);
            expect(ttlOf(op)).toBe(ttlOf(was));
          }
          expect({ ...op, replica: 0, seq: 0, stamp: 0, expiresAt: 0 }).toEqual({
            ...was,
            replica: 0,
            seq: 0,
            stamp: 0,
            expiresAt: 0,
          });
          last = op.stamp;
        });
      }),
      { numRuns: 300 },
    );
  });

  it('CR-11: stays after what the op had seen and after earlier ops under way, but not after others as wrong as itself', () => {
    const seen = encodeStamp({ millis: NOW - 10, counter: 3, replica: 'other' as ReplicaId });
    const repairOne = (others: readonly OutboxEntry[], seenStamp: Stamp | '') =>
      repairSkewed({
        refused: [entryOf(NOW + 3_600_000 - 5_000, 0, 0, 5, {})],
        others,
        offsetMs: -3_600_000,
        serverNow: NOW,
        seenBefore: () => seenStamp,
        successor,
        issued: 0,
      })[0]!.entry.op.stamp;
    expect(stampMillis(repairOne([], ''))).toBe(NOW - 5_000);
    expect(repairOne([], seen) > seen).toBe(true);
    const underWay = entryOf(NOW - 1_000, 0, 1, 1, {});
    expect(repairOne([underWay], '') > underWay.op.stamp).toBe(true);
    const asWrong = entryOf(NOW + 3_600_000 - 6_000, 0, 1, 1, {});
    expect(stampMillis(repairOne([asWrong], ''))).toBe(NOW - 5_000);
  });

  it('CR-1: says by its replica what has been repaired, whatever the random part is', () => {
    for (const suffix of ['abcdefgh', '--------', '-_-_-_-_']) {
      const repaired = repairReplicaOf('dbdbdbdbdbdb.3' as ReplicaId, suffix);
      expect(isRepairReplica(repaired)).toBe(true);
      expect(repaired.split('.')[0]).toBe('dbdbdbdbdbdb');
      expect(repairReplicaOf(repaired, 'x').startsWith('dbdbdbdbdbdb.')).toBe(true);
    }
    for (const replica of ['dbdbdbdbdbdb.0', 'dbdbdbdbdbdb.--------', 'provisional1'] as ReplicaId[]) {
      expect(isRepairReplica(replica)).toBe(false);
    }
  });
});
