import { describe, expect, test } from 'vitest';
import { encodeStamp, stampMillis } from '../clock/stamp.js';
import type { ReplicaId } from '../clock/timestamp.js';
import { applyOp, opToRecord } from './apply-op.js';
import { expiresAt, expiryStamp, isExpired, latestStamp, SERVER_REPLICA, withExpiry } from './expiry.js';
import type { LwwRecord } from './lww-record.js';
import { isVisible, materialize } from './materialize.js';
import type { RecordOp } from './op.js';
import { EMPTY_RECORD, mergeRecords } from './record-merge.js';
import { choices, created, ending, orders, patched, removed } from './small-ops.arbitrary.js';
import { canonicalRecord } from './wire-record.js';

// All choices of up to four ops that say something of a record's end, each in every order, looked at at every time.

const OPS: readonly RecordOp[] = [
  ending(created('x', 1, 'a', { f: 1 }), 5),
  created('x', 2, 'b', { f: 2 }),
  ending(patched('x', 3, 'a', {}), 8),
  ending(patched('x', 4, 'b', { g: 1 }), null),
  ending(patched('x', 4, 'a', {}), 4),
  removed('x', 3, 'b'),
  created('x', 6, 'a', { f: 3 }, true),
];
const TIMES = [0, 3, 4, 5, 6, 7, 8, 9, 100];

const stateOf = (ops: readonly RecordOp[]): LwwRecord => ops.reduce(applyOp, EMPTY_RECORD);
const all = [1, 2, 3, 4].flatMap((count) => [...choices(OPS, count)]);

/** The end by its definition: what the latest op says that says anything, of those that no later removal or restart has ended. */
function endOf(ops: readonly RecordOp[]): number | null {
  const floors = ops.filter((op) => op.kind === 'remove' || (op.kind === 'create' && op.restart));
  const floor =
    floors
      .map(({ stamp }) => stamp as string)
      .sort()
      .at(-1) ?? '';
  const said = ops.flatMap((op) => {
    return op.kind === 'remove' || op.expiresAt === undefined || op.stamp < floor
      ? []
      : [[op.stamp, op.expiresAt] as const];
  });
  const [, at] = said.sort(([a], [b]) => (a < b ? 1 : -1))[0] ?? [];
  return isVisible(stateOf(ops)) ? (at ?? null) : null;
}

describe('the end of a record', () => {
  test('CR-9: is what the latest word of its present life says, in every order', () => {
    const wrong: unknown[] = [];
    for (const ops of all) {
      const end = endOf(ops);
      for (const order of orders(ops)) if (expiresAt(stateOf(order)) !== end) wrong.push([order, end]);
    }
    expect(wrong).toEqual([]);
  });

  test('CR-9: hides it from that very ms on, and never before', () => {
    for (const ops of all) {
      const record = stateOf(ops);
      const end = endOf(ops);
      for (const now of TIMES) {
        const isOver = end !== null && end <= now;
        expect(isExpired(record, now)).toBe(isOver);
        expect(materialize(withExpiry(record, now))).toEqual(isOver ? undefined : materialize(record));
        if (!isOver) expect(withExpiry(record, now)).toBe(record);
      }
    }
  });

  test('CR-9: is one removal, whoever comes to it and when: at the end, after all that is known, by the server', () => {
    for (const ops of all) {
      const record = stateOf(ops);
      const end = endOf(ops);
      if (end === null) continue;
      const stamp = expiryStamp(record, end);
      expect(stamp > latestStamp(record)).toBe(true);
      expect(stampMillis(stamp)).toBeGreaterThanOrEqual(end);
      const removal = opToRecord({ kind: 'remove', replica: SERVER_REPLICA, seq: 1, stamp, map: 'm', key: 'x' });
      const gone = canonicalRecord(mergeRecords(record, removal));
      for (const now of TIMES.filter((time) => time >= end))
        expect(canonicalRecord(withExpiry(record, now))).toBe(gone);
    }
  });

  test('CR-9: once seen, it is not there to be seen again', () => {
    for (const ops of all) {
      for (const now of TIMES) {
        const seen = withExpiry(stateOf(ops), now);
        expect(withExpiry(seen, now)).toBe(seen);
        expect(isExpired(seen, now)).toBe(false);
      }
    }
  });

  test('CR-5, CR-9: what was written up to it does not come back with whatever arrives late', () => {
    for (const ops of all.filter((each) => endOf(each) !== null)) {
      const seen = withExpiry(stateOf(ops), 100);
      for (const late of OPS) {
        const shown = materialize(applyOp(seen, late));
        // The one that restarts at 6 is a life of its own where the record had ended before.
        const isLater = late.stamp > seen.floor && late.kind === 'create';
        expect(shown === undefined || isLater).toBe(true);
      }
    }
  });
});

test('CR-9: a stamp that is ahead of the end makes the removal later than itself', () => {
  const ahead = encodeStamp({ millis: 50, counter: 3, replica: 'z' as ReplicaId });
  const record = applyOp(EMPTY_RECORD, { ...ending(created('x', 1, 'a', {}), 5), stamp: ahead } as RecordOp);
  expect(expiryStamp(record, 5)).toBe(encodeStamp({ millis: 50, counter: 4, replica: SERVER_REPLICA }));
});
