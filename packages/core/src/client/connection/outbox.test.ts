import { describe, expect, it } from 'vitest';

import { encodeStamp, type ReplicaId } from '../../clock/index.js';
import type { OutboxEntry } from '../ports/storage.js';
import { fakeHash } from '../testing/fake-hash.js';
import { createOutbox } from './outbox.js';

const replica = 'db.0' as ReplicaId;
const entry = (seq: number, handed = true): OutboxEntry => ({
  op: { kind: 'remove', replica, seq, stamp: encodeStamp({ millis: seq, counter: 0, replica }), map: 'm', key: 'k' },
  handed,
});

describe('the leader’s outbox', () => {
  it('PI-11: an op that was decided does not come in again, by a late message or an older read', () => {
    const outbox = createOutbox(fakeHash);
    outbox.add([entry(1), entry(2)]);
    outbox.add([entry(1)]);
    expect(outbox.size()).toBe(2);
    expect(outbox.remove({ replica, seq: 1 })?.entry.op.seq).toBe(1);
    outbox.add([entry(1)]);
    expect(outbox.entries().map(({ op }) => op.seq)).toEqual([2]);
    expect(outbox.remove({ replica, seq: 1 })).toBeUndefined();
  });

  it('SY-2, CL-4: what was decided of a replica that another tab speaks for meanwhile may come in again', () => {
    const outbox = createOutbox(fakeHash);
    outbox.add([entry(1), entry(2)]);
    outbox.remove({ replica, seq: 1 });
    outbox.drop(replica);
    expect([outbox.size(), outbox.wasDecided({ replica, seq: 1 })]).toEqual([0, false]);
    outbox.add([entry(1)]);
    expect(outbox.has({ replica, seq: 1 })).toBe(true);
  });

  it('CR-11: knows what is not handed over, through replacement and removal', () => {
    const outbox = createOutbox(fakeHash);
    outbox.add([entry(1, false), entry(2), entry(3, false)]);
    expect(outbox.unhanded().map(({ op }) => op.seq)).toEqual([1, 3]);
    outbox.replace([entry(1), entry(9)]);
    expect(outbox.unhanded().map(({ op }) => op.seq)).toEqual([3]);
    outbox.remove({ replica, seq: 3 });
    expect(outbox.hasUnhanded()).toBe(false);
    expect(outbox.has({ replica, seq: 9 })).toBe(false);
  });

  it('CL-6: is caught up when all that was there at the reset is decided, whatever came since', () => {
    const outbox = createOutbox(fakeHash);
    outbox.add([entry(1), entry(2)]);
    outbox.reset();
    outbox.add([entry(3)]);
    outbox.remove({ replica, seq: 1 });
    expect(outbox.isCaughtUp()).toBe(false);
    outbox.remove({ replica, seq: 2 });
    expect(outbox.isCaughtUp()).toBe(true);
    outbox.reset();
    expect(outbox.isCaughtUp()).toBe(false);
  });
});
