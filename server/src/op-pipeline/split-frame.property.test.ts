import type { ReplicaId } from '@topgun/core/clock';
import type { SubmitBatch, WireOp } from '@topgun/core/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';

import { opsOf, splitFrame } from './split-frame.js';
import type { Loaded } from './stages.js';

const wire = (seq: number): WireOp => [seq, 's' as never, 'todos', `k${seq}`, 'd'];

/** Messages as clients make them: of each replica consecutive ops, by partition. */
const messages = fc
  .array(
    fc.record({
      first: fc.integer({ min: 1, max: 50 }),
      partitions: fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 40 }),
    }),
    { minLength: 1, maxLength: 3 },
  )
  .map((replicas) =>
    replicas.flatMap(({ first, partitions }, r): SubmitBatch[] =>
      [...new Set(partitions)].map((partition) => ({
        replica: `r.${r}` as ReplicaId,
        partition,
        ops: partitions.flatMap((of, i) => (of === partition ? [wire(first + i)] : [])),
      })),
    ),
  );

const frameOf = (batches: readonly SubmitBatch[], more: object = {}): Loaded =>
  ({ session: { id: 's' }, bytes: 1_001, batches, ...more }) as unknown as Loaded;

const idsOf = ({ batches }: Loaded): string[] =>
  batches.flatMap(({ replica, partition, ops }) => ops.map(([seq]) => `${replica} ${partition} ${seq}`));

const sizes = fc.integer({ min: 1, max: 20 });

test('PI-39: the pieces hold what the message held, each op once and where it was, and none is too large', () => {
  fc.assert(
    fc.property(messages, sizes, (batches, atMost) => {
      const frame = frameOf(batches);
      const pieces = splitFrame(frame, atMost);
      expect(pieces.flatMap(idsOf).sort()).toEqual(idsOf(frame).sort());
      for (const piece of pieces) {
        expect(opsOf(piece)).toBeGreaterThan(0);
        expect(opsOf(piece)).toBeLessThanOrEqual(atMost);
        expect(piece.session).toBe(frame.session);
      }
      expect(pieces.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(frame.bytes);
    }),
  );
});

test('PI-11, PI-39: of each replica every piece is before the next by sequence, and a partition gets its ops in their order', () => {
  fc.assert(
    fc.property(messages, sizes, (batches, atMost) => {
      const last = new Map<string, number>();
      for (const piece of splitFrame(frameOf(batches), atMost)) {
        const until = new Map(last);
        const inPiece = new Map<string, number>();
        for (const { replica, partition, ops } of piece.batches) {
          for (const [seq] of ops) {
            expect(seq).toBeGreaterThan(until.get(replica) ?? 0);
            expect(seq).toBeGreaterThan(inPiece.get(`${replica} ${partition}`) ?? 0);
            inPiece.set(`${replica} ${partition}`, seq);
            last.set(replica, Math.max(last.get(replica) ?? 0, seq));
          }
        }
      }
    }),
  );
});

test('PI-39: pieces are about equally large: none is less than half of another but by rounding', () => {
  const batches = [
    { replica: 'r.0' as ReplicaId, partition: 1, ops: Array.from({ length: 65 }, (_, i) => wire(i + 1)) },
  ];
  expect(splitFrame(frameOf(batches), 64).map(opsOf)).toEqual([33, 32]);
  expect(splitFrame(frameOf(batches), 65)).toHaveLength(1);
});

test('CR-12: a transaction is never in pieces, nor what is left of one that several hosts share', () => {
  const batches = [{ replica: 'r.0' as ReplicaId, partition: 1, ops: [wire(1), wire(2), wire(3)] }];
  for (const more of [{ transaction: { first: 1, parts: 3 } }, { joint: 'j' }]) {
    const frame = frameOf(batches, more);
    expect(splitFrame(frame, 1)).toEqual([frame]);
  }
});

test('an op that is there twice stays with itself', () => {
  const batches = [{ replica: 'r.0' as ReplicaId, partition: 1, ops: [wire(1), wire(1), wire(2)] }];
  expect(splitFrame(frameOf(batches), 2).map(opsOf)).toEqual([3]);
});
