import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { encodeStamp, isSkewed, stampMillis, stampReplica, type ReplicaId, type Stamp } from '../../clock/index.js';
import { isWholeTransaction, transactionIdText, ttlOf, type Op, type OpTransaction } from '../../crdt/index.js';
import type { OutboxEntry } from '../ports/storage.js';
import { isRepairReplica, repairReplicaOf, repairSkewed, skewedSeqs } from './repair-skewed.js';

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

  it('CR-12: keeps a transaction together, whatever other tabs wrote between its parts, and the order within each tab', () => {
    const units = fc.array(fc.record({ tab: fc.nat({ max: 1 }), parts: fc.constantFrom(1, 1, 2, 4) }), {
      maxLength: 8,
    });
    fc.assert(
      fc.property(units, fc.infiniteStream(fc.nat({ max: 1 })), (list, turns) => {
        // Each tab's ops in its order; between those of two tabs the turns decide.
        const waiting = [0, 1].map((tab) => {
          let seq = 0;
          return list
            .filter((unit) => unit.tab === tab)
            .flatMap(({ parts }) => {
              const first = seq + 1;
              return Array.from({ length: parts }, () => ({ tab, seq: (seq += 1), first, parts }));
            });
        });
        const refused: OutboxEntry[] = [];
        while (waiting.some((ops) => ops.length > 0)) {
          const tab = turns.next().value;
          const next = waiting[tab]!.shift() ?? waiting[1 - tab]!.shift()!;
          const { op } = entryOf(NOW + 3_600_000, refused.length, next.tab, next.seq, {});
          const { first, parts } = next;
          refused.push({ handed: true, op: parts === 1 ? op : { ...op, transaction: { first, parts } } });
        }
        const moved = repairSkewed({
          refused,
          others: [],
          offsetMs: -3_600_000,
          serverNow: NOW,
          seenBefore: () => '',
          successor,
          issued: 3,
        });
        expect(moved.map(({ entry: { op } }) => op.seq)).toEqual(refused.map((_, i) => 4 + i));
        const stamps = moved.map(({ entry: { op } }) => op.stamp);
        expect(stamps).toEqual(stamps.toSorted());
        expect(new Set(stamps).size).toBe(stamps.length);
        const byFrom = new Map(refused.map(({ op }) => [`${op.replica}:${op.seq}`, op]));
        for (const {
          from,
          entry: { op },
        } of moved) {
          const was = byFrom.get(`${from.replica}:${from.seq}`)!;
          expect(op.transaction?.parts).toBe(was.transaction?.parts);
          if (op.transaction !== undefined)
            expect(op.seq - op.transaction.first).toBe(was.seq - was.transaction!.first);
        }
        const ops = moved.map(({ entry }) => entry.op);
        for (const { replica: its, transaction } of ops) {
          if (transaction === undefined) continue;
          const id = transactionIdText({ replica: its, transaction });
          const parts = ops.filter((op) => transactionIdText(op) === id).map(({ seq }) => seq);
          expect(isWholeTransaction(transaction, parts)).toBe(true);
        }
        for (const replica of REPLICAS) {
          const own = moved.filter(({ from }) => from.replica === replica).map(({ from }) => from.seq);
          expect(own).toEqual(own.toSorted((a, b) => a - b));
        }
      }),
    );
  });

  it('CR-12: takes with one part of a transaction all that was refused of it, and nothing else', () => {
    const op = (seq: number, transaction?: OpTransaction): Op => {
      const single = entryOf(NOW, 0, 0, seq, {}).op;
      return transaction === undefined ? single : { ...single, transaction };
    };
    const two = { first: 2, parts: 3 };
    const five = { first: 5, parts: 2 };
    const sent = [op(1), op(2, two), op(3, two), op(4, two), op(5, five), op(6, five), op(7)];
    const rejected = [
      { seq: 1, code: 'record-absent' },
      { seq: 2, code: 'transaction-refused' },
      { seq: 3, code: 'clock-skew' },
      { seq: 4, code: 'transaction-refused' },
      { seq: 5, code: 'too-large' },
      { seq: 6, code: 'transaction-refused' },
      { seq: 7, code: 'clock-skew' },
    ] as const;
    const opOf = (seq: number): Op | undefined => sent[seq - 1];
    expect([...skewedSeqs(rejected, opOf)].sort()).toEqual([2, 3, 4, 7]);
    expect(skewedSeqs(rejected.slice(0, 2), opOf).size).toBe(0);
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
