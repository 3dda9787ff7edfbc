import type { ReplicaId } from '@topgun/core/clock';
import type { SubmitBatch } from '@topgun/core/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cutToRoom, roomFor } from './cut-to-room.js';
import { createOpSession } from './op-session.js';
import { receive } from './receive.js';
import type { Received } from './stages.js';

const SHARE = 1_000;
const sizes = fc.array(fc.nat({ max: 1_500 }), { minLength: 8, maxLength: 8 });
const message = fc.array(fc.tuple(fc.constantFrom('r.0', 's.0'), fc.nat({ max: 7 })), { minLength: 1, maxLength: 40 });

function frameOf(ops: readonly (readonly [string, number])[], bytes: number): Received {
  const batches: { replica: ReplicaId; partition: number; ops: SubmitBatch['ops'][number][] }[] = [];
  const seqs = new Map<string, number>();
  for (const [replica, partition] of ops) {
    const seq = (seqs.get(replica) ?? 0) + 1;
    seqs.set(replica, seq);
    const wire = [seq, 'stamp', 'm', `k${seq}`, 'd'] as unknown as SubmitBatch['ops'][number];
    const batch = batches.find((each) => each.replica === replica && each.partition === partition);
    if (batch === undefined) batches.push({ replica: replica as ReplicaId, partition, ops: [wire] });
    else batch.ops.push(wire);
  }
  const session = createOpSession('s');
  const received = receive({ type: 'submit', session: 's', batches, bytes }, session, 1_000);
  if (received?.ok !== true) throw new Error('not received');
  return received.value;
}

const partitionsOf = ({ batches }: Received): ReadonlySet<number> => new Set(batches.map(({ partition }) => partition));
const opsOf = (frames: readonly Received[]) =>
  frames.flatMap(({ batches }) =>
    batches.flatMap(({ replica, partition, ops }) => ops.map(([seq]) => [replica, partition, seq] as const)),
  );

test('PI-46, PI-11: a message is divided into pieces that take no more than a share, or are of one partition; nothing is missing, and of each replica what comes first stays first', () => {
  fc.assert(
    fc.property(sizes, message, fc.nat({ max: 4_000 }), (bytesOf, ops, bytes) => {
      const room = { shareBytes: SHARE, bytesOf: (partition: number) => bytesOf[partition]! };
      const frame = frameOf(ops, bytes);
      const pieces = cutToRoom(frame, room, partitionsOf);
      const sorted = (list: readonly (readonly [string, number, number])[]) => list.map(String).toSorted();
      expect(sorted(opsOf(pieces))).toEqual(sorted(opsOf([frame])));
      expect(pieces.reduce((sum, piece) => sum + piece.bytes, 0)).toBe(bytes);
      for (const [i, piece] of pieces.entries()) {
        for (const [by, partition, seq] of opsOf([piece])) {
          const later = opsOf(pieces.slice(i + 1)).filter(([replica]) => replica === by);
          for (const [, , other] of later) expect(other).toBeGreaterThan(seq);
          const seqs = opsOf([piece]).flatMap((op) => (op[0] === by && op[1] === partition ? [op[2]] : []));
          expect(seqs).toEqual(seqs.toSorted((x, y) => x - y));
        }
      }
      for (const piece of pieces) {
        const taken = roomFor(piece, room, partitionsOf(piece), new Set());
        // Of what is left over when bytes are divided, each op has less than one.
        if (opsOf([piece]).length > 1) expect(taken).toBeLessThanOrEqual(SHARE + 2 * ops.length);
      }
      if (roomFor(frame, room, partitionsOf(frame), new Set()) <= SHARE) expect(pieces).toEqual([frame]);
    }),
    { numRuns: 200 },
  );
});

test('CR-12: a transaction is never divided', () => {
  const frame = {
    ...frameOf(
      [
        ['r.0', 1],
        ['r.0', 2],
      ],
      4_000,
    ),
    transaction: { first: 1, parts: 2 },
  };
  const room = { shareBytes: SHARE, bytesOf: () => 900 };
  expect(cutToRoom(frame as unknown as Received, room, partitionsOf)).toEqual([frame]);
});
