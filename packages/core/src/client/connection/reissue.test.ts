import { describe, expect, it } from 'vitest';

import { decodeStamp, encodeStamp, type ReplicaId, type Stamp } from '../../clock/index.js';
import type { OutboxEntry } from '../ports/storage.js';
import { isSpent, reissue, successorOf } from './reissue.js';
import { createReplicaQueue, enqueueOp } from './replica-queue.js';

const replica = 'database.3' as ReplicaId;
const entry = (seq: number, handed: boolean): OutboxEntry => ({
  op: {
    kind: 'remove',
    replica,
    seq,
    stamp: encodeStamp({ millis: seq * 10, counter: 2, replica }),
    map: 'm',
    key: `k${seq}`,
  },
  handed,
});

function queueOf(options: { issued: number; decided: number | null; announced: boolean; entries?: OutboxEntry[] }) {
  const queue = createReplicaQueue(replica);
  for (const one of options.entries ?? []) enqueueOp(queue, { entry: one, partition: 0, owed: false });
  return Object.assign(queue, { issued: options.issued, decided: options.decided, announced: options.announced });
}

describe('CR-2: a replica whose sequences are issued a second time', () => {
  it('is one of which the server has decided more than its living author issued', () => {
    expect(isSpent(queueOf({ issued: 5, decided: 6, announced: true }))).toBe(true);
    expect(isSpent(queueOf({ issued: 6, decided: 6, announced: true }))).toBe(false);
    // Of a tab that is not here nobody knows what it issued.
    expect(isSpent(queueOf({ issued: 0, decided: 6, announced: false }))).toBe(false);
    expect(isSpent(queueOf({ issued: 5, decided: null, announced: true }))).toBe(false);
  });

  it('is one of which the server has decided an op that never left', () => {
    const entries = [entry(7, true), entry(8, false)];
    expect(isSpent(queueOf({ issued: 9, decided: 8, announced: false, entries }))).toBe(true);
    expect(isSpent(queueOf({ issued: 9, decided: 7, announced: false, entries }))).toBe(false);
  });

  it('moves the never-sent ops, in order and with their times, to a replica of the same database', () => {
    const successor = successorOf(replica, 'abcdefgh');
    expect(successor).toBe('database.abcdefgh');
    const moved = reissue([entry(9, false), entry(7, true), entry(8, false)], successor);
    expect(moved.map(({ from, entry: { op } }) => [from, op.seq, op.key, decodeStamp(op.stamp)])).toEqual([
      [{ replica, seq: 8 }, 1, 'k8', { millis: 80, counter: 2, replica: successor }],
      [{ replica, seq: 9 }, 2, 'k9', { millis: 90, counter: 2, replica: successor }],
    ]);
    for (const { entry: one } of moved) expect([one.op.replica, one.handed]).toEqual([successor, false]);
  });

  it('CR-12: moves a transaction as a whole', () => {
    const transaction = { first: 8, parts: 2 };
    const part = (seq: number): OutboxEntry => ({ ...entry(seq, false), op: { ...entry(seq, false).op, transaction } });
    const moved = reissue([part(9), entry(7, false), part(8)], successorOf(replica, 'abcdefgh'));
    expect(moved.map(({ entry: { op } }) => [op.seq, op.key, op.transaction])).toEqual([
      [1, 'k7', undefined],
      [2, 'k8', { first: 2, parts: 2 }],
      [3, 'k9', { first: 2, parts: 2 }],
    ]);
  });

  it('CR-6: and what these say of each other’s tags goes along', () => {
    const successor = successorOf(replica, 'abcdefgh');
    const stampAt = (millis: number): Stamp => encodeStamp({ millis, counter: 0, replica });
    const id = { replica, map: 'm', key: 'k', value: 'x' };
    const entries: OutboxEntry[] = [
      { op: { ...id, kind: 'add', seq: 8, stamp: stampAt(80), tags: [] }, handed: false },
      { op: { ...id, kind: 'discard', seq: 9, stamp: stampAt(90), tags: [stampAt(70), stampAt(80)] }, handed: false },
    ];
    const [add, discard] = reissue(entries, successor).map(({ entry: { op } }) => op);
    // The tag of op 7, which was sent, is that of the replica that gave it.
    expect(discard).toMatchObject({ tags: [stampAt(70), add!.stamp] });
  });
});
