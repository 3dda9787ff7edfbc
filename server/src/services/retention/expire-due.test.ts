import { encodeStamp, stampMillis, type ReplicaId } from '@topgun/core/clock';
import {
  applyOp,
  canonicalRecord,
  EMPTY_RECORD,
  expiresAt,
  latestStamp,
  SERVER_REPLICA,
  wireToOp,
  withExpiry,
  type Op,
} from '@topgun/core/crdt';
import fc from 'fast-check';
import { expect, test } from 'vitest';

import { GridState } from '../crdt/grid-state.js';
import { replaySegment } from '../crdt/replay-segment.js';
import { expireDue } from './expire-due.js';

const KEYS = ['a', 'b', 'c', 'd'] as const;

const ops: fc.Arbitrary<Op> = fc
  .record({
    millis: fc.integer({ min: 1, max: 20 }),
    key: fc.constantFrom(...KEYS),
    kind: fc.constantFrom('create' as const, 'restart' as const, 'patch' as const, 'remove' as const),
    end: fc.constantFrom(undefined, null, 0, 5, 10, 30),
  })
  .map(({ millis, key, kind, end }): Op => {
    const replica = 'r.0' as ReplicaId;
    const id = { replica, seq: 1, stamp: encodeStamp({ millis, counter: 0, replica }), map: 'm', key };
    if (kind === 'remove') return { ...id, kind };
    const expiry = end === undefined ? {} : { expiresAt: end };
    const fields = [{ name: 'f', value: millis }];
    return kind === 'patch'
      ? { ...id, kind, fields, ...expiry }
      : { ...id, kind: 'create', fields, restart: kind === 'restart', ...expiry };
  });

const partitionOfKey = (key: string): number => (key < 'c' ? 1 : 2);

function stateOf(list: readonly Op[]): GridState {
  const state = new GridState();
  for (const op of list) {
    const partition = partitionOfKey(op.key);
    const before = state.record(partition, op.map, op.key) ?? EMPTY_RECORD;
    state.putRecord(partition, op.map, op.key, applyOp(before, op));
  }
  return state;
}

const texts = (state: GridState): (string | null)[] =>
  KEYS.map((key) => {
    const record = state.record(partitionOfKey(key), 'm', key);
    return record === undefined ? null : canonicalRecord(record);
  });

test('CR-9: exactly the records that have ended are removed, as every client sees it, and a replay does the same', () => {
  fc.assert(
    fc.property(fc.array(ops, { maxLength: 15 }), fc.nat({ max: 40 }), (list, now) => {
      const state = stateOf(list);
      const before = new Map(KEYS.map((key) => [key, state.record(partitionOfKey(key), 'm', key)]));
      const places = [...KEYS, 'never'].map((key) => ({ partition: partitionOfKey(key), map: 'm', key }));
      let seq = 10;
      const entries = expireDue(places, state, now, () => ++seq);
      for (const key of KEYS) {
        const was = before.get(key);
        const is = state.record(partitionOfKey(key), 'm', key);
        expect(is && canonicalRecord(is)).toBe(was && canonicalRecord(withExpiry(was, now)));
      }
      const removed = entries.flatMap(({ replica, ops: pairs }) => pairs.map(([wire]) => wireToOp(replica, wire)));
      const ended = KEYS.filter((key) => (expiresAt(before.get(key)) ?? Infinity) <= now);
      expect(removed.map((op) => op.ok && op.value.key).sort()).toEqual([...ended].sort());
      for (const op of removed) {
        if (!op.ok) throw new Error(op.error.message);
        const record = before.get(op.value.key as (typeof KEYS)[number])!;
        expect(op.value.stamp > latestStamp(record)).toBe(true);
        expect(stampMillis(op.value.stamp)).toBeGreaterThanOrEqual(expiresAt(record)!);
      }
      expect(state.decidedAnywhere(SERVER_REPLICA)).toBe(removed.length === 0 ? 0 : seq);
      const replayed = stateOf(list);
      expect(replaySegment({ entries }, replayed)).toEqual({ ok: true, value: undefined });
      expect(texts(replayed)).toEqual(texts(state));
      expect(replayed.decidedAnywhere(SERVER_REPLICA)).toBe(state.decidedAnywhere(SERVER_REPLICA));
      // Done once, there is nothing left to do.
      expect(expireDue(places, state, now, () => ++seq)).toEqual([]);
    }),
    { numRuns: 500 },
  );
});
