import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { encodeStamp, stampMillis, stampReplica, type ReplicaId, type Stamp } from '../../clock/index.js';
import type { Op } from '../../crdt/index.js';
import type { OutboxEntry } from '../ports/storage.js';
import { measureOffset } from './clock-offset.js';
import { restamp } from './restamp.js';

const NOW = 1_700_000_000_000;
const REPLICAS = ['db.0', 'db.1'] as ReplicaId[];

const at = (millis: number, counter = 0, replica = REPLICAS[0]!): Stamp => encodeStamp({ millis, counter, replica });

const entryOf = (stamp: Stamp, seq: number, rest: Partial<OutboxEntry> = {}): OutboxEntry => ({
  op: { kind: 'remove', replica: stampReplica(stamp), seq, stamp, map: 'm', key: `k${seq % 3}` },
  handed: false,
  ...rest,
});

const nothingSeen = (): '' => '';
const byId = (entries: readonly OutboxEntry[]) =>
  new Map(entries.map(({ op }) => [`${op.replica}:${op.seq}`, op.stamp]));

/** Undecided ops of two tabs, as clocks that only go forward stamp them: some handed over already. */
const entries = fc
  .array(
    fc.record({
      step: fc.integer({ min: 0, max: 5_000 }),
      tab: fc.nat({ max: 1 }),
      handed: fc.boolean(),
      clockOffset: fc.constantFrom(undefined, -3_600_000, 0),
    }),
    { maxLength: 30 },
  )
  .map((steps) => {
    let millis = NOW - 60_000;
    return steps.map(({ step, tab, handed, clockOffset }, index) => {
      millis += step;
      const stamp = at(millis, index, REPLICAS[tab]);
      return entryOf(stamp, index + 1, { handed, ...(clockOffset === undefined ? {} : { clockOffset }) });
    });
  });
const offsets = fc.constantFrom(0, 400, -400, 5_000, -5_000, 3_600_000, -3_600_000);

describe('restamp', () => {
  it('CR-6, CR-11: tags are named by the stamps that the ops which gave them have now', () => {
    const id = { replica: REPLICAS[0]!, map: 'm', key: 'k' };
    const given = [at(NOW + 3_600_000), at(NOW + 3_600_001), at(NOW - 5_000, 0, REPLICAS[1])] as const;
    const ops: Op[] = [
      { ...id, kind: 'add', seq: 1, stamp: given[0], value: 'x', tags: [given[2]] },
      { ...id, kind: 'discard', seq: 2, stamp: given[1], value: 'x', tags: [given[0], given[2]] },
    ];
    const [add, discard] = restamp({
      entries: ops.map((op) => ({ op, handed: false })),
      offsetMs: -3_600_000,
      serverNow: NOW + 10,
      seenBefore: nothingSeen,
    }).map(({ op }) => op);
    expect(stampMillis(add!.stamp)).toBe(NOW);
    expect(add).toMatchObject({ tags: [given[2]] });
    expect(discard).toMatchObject({ tags: [add!.stamp, given[2]] });
  });

  it('CR-11: a fast clock is taken back, a slow one forward, by what it was off', () => {
    for (const offsetMs of [-3_600_000, 3_600_000]) {
      const written = NOW - 10_000;
      const [only] = restamp({
        entries: [entryOf(at(written - offsetMs), 1)],
        offsetMs,
        serverNow: NOW,
        seenBefore: nothingSeen,
      });
      expect(stampMillis(only!.op.stamp)).toBe(written);
      expect(only!.clockOffset).toBe(offsetMs);
    }
  });

  it('CR-11: what was stamped under the offset now measured stays as it is', () => {
    const entry = entryOf(at(NOW - 5), 1, { clockOffset: -3_600_000 });
    const [only] = restamp({ entries: [entry], offsetMs: -3_600_000, serverNow: NOW, seenBefore: nothingSeen });
    expect(only!.op).toBe(entry.op);
  });

  it('CR-11: a right clock changes no stamp', () => {
    fc.assert(
      fc.property(entries, fc.constantFrom(0, 400, -400), (all, offsetMs) => {
        const plain = all.map((entry) => ({ ...entry, clockOffset: 0 }));
        const serverNow = NOW + 1_000_000;
        const result = restamp({ entries: plain, offsetMs, serverNow, seenBefore: nothingSeen });
        const before = byId(plain);
        for (const { op } of result) expect(op.stamp).toBe(before.get(`${op.replica}:${op.seq}`));
      }),
    );
  });

  it('CR-11: handed ops are left alone; ids, order and replicas stay', () => {
    fc.assert(
      fc.property(entries, offsets, (all, offsetMs) => {
        const shuffled = [...all].reverse();
        const result = restamp({ entries: shuffled, offsetMs, serverNow: NOW, seenBefore: nothingSeen });
        expect([...byId(result).keys()].sort()).toEqual([...byId(all.filter(({ handed }) => !handed)).keys()].sort());
        const after = byId(result);
        let last = '';
        for (const { op } of all) {
          const stamp = after.get(`${op.replica}:${op.seq}`) ?? op.stamp;
          expect(stampReplica(stamp)).toBe(op.replica);
          // Among the re-stamped the order is kept, and each stays after the handed ones it followed.
          if (after.has(`${op.replica}:${op.seq}`)) {
            expect(stamp > last).toBe(true);
            last = stamp;
          } else if (stamp > last) last = stamp;
        }
      }),
    );
  });

  it('CR-11: after every stamp the op had seen, and not after server now unless that is', () => {
    fc.assert(
      fc.property(entries, offsets, fc.integer({ min: -100_000, max: 100_000 }), (all, offsetMs, distance) => {
        const seen = at(NOW + distance, 7, 'other.0' as ReplicaId);
        const seenBefore = (op: Op): Stamp | '' => (seen < op.stamp ? seen : '');
        const result = restamp({ entries: all, offsetMs, serverNow: NOW, seenBefore });
        const before = byId(all);
        const latestFixed = [...all.filter(({ handed }) => handed).map(({ op }) => op.stamp), seen].sort().at(-1)!;
        for (const { op } of result) {
          const original = before.get(`${op.replica}:${op.seq}`)!;
          if (seen < original) expect(op.stamp > seen).toBe(true);
          if (stampMillis(latestFixed) <= NOW) expect(stampMillis(op.stamp)).toBeLessThanOrEqual(NOW + 1_000);
        }
      }),
    );
  });

  it('CR-11: doing it twice is doing it once', () => {
    fc.assert(
      fc.property(entries, offsets, (all, offsetMs) => {
        const input = { offsetMs, serverNow: NOW, seenBefore: nothingSeen };
        const once = restamp({ ...input, entries: all });
        const handed = all.filter((entry) => entry.handed);
        expect(byId(restamp({ ...input, entries: [...handed, ...once] }))).toEqual(byId(once));
      }),
    );
  });
});

describe('measureOffset', () => {
  it('CR-11: is what has to be added to this clock', () => {
    expect(measureOffset(1_000, 1_200, 3_601_100, 0)).toBe(3_600_000);
    expect(measureOffset(3_601_000, 3_601_200, 1_100, 0)).toBe(-3_600_000);
  });

  it('CR-11: the offset before stays while the measurement does not contradict it', () => {
    expect(measureOffset(0, 100, 900, 0)).toBe(0);
    expect(measureOffset(0, 100, -3_600_300, -3_600_000)).toBe(-3_600_000);
    // Ten seconds on the way: the server's word may be five seconds old.
    expect(measureOffset(0, 10_000, 300, 0)).toBe(0);
    expect(measureOffset(0, 100, 2_000, 0)).toBe(1_950);
  });

  it('CR-9, CR-11: an end stays a whole number of ms, as long after the edit as it was, though the offset ends in half a ms', () => {
    for (const offsetMs of [-3_600_000.5, 3_599_999.5]) {
      const written = NOW - 10_000;
      const { op } = entryOf(at(written - Math.floor(offsetMs)), 1);
      const patch: Op = { ...op, kind: 'patch', fields: [], expiresAt: stampMillis(op.stamp) + 1_000 };
      const [only] = restamp({
        entries: [{ op: patch, handed: false }],
        offsetMs,
        serverNow: NOW + 0.25,
        seenBefore: nothingSeen,
      });
      expect(only!.op).toMatchObject({ expiresAt: stampMillis(only!.op.stamp) + 1_000 });
      expect(Math.abs(stampMillis(only!.op.stamp) - written)).toBeLessThanOrEqual(1);
    }
  });

  it('CR-9, CR-11: the end of a record moves with the edit, not with what the edit had to be stamped after', () => {
    const ending = (stamp: Stamp, ttlMs: number): OutboxEntry => ({
      op: {
        kind: 'patch',
        replica: stampReplica(stamp),
        seq: 1,
        stamp,
        map: 'm',
        key: 'k',
        fields: [],
        expiresAt: stampMillis(stamp) + ttlMs,
      },
      handed: false,
    });
    const written = NOW - 10_000;
    for (const offsetMs of [-3_600_000, 3_600_000]) {
      for (const seen of ['' as const, at(written + 5_000)]) {
        const entries = [ending(at(written - offsetMs), 60_000)];
        const [only] = restamp({ entries, offsetMs, serverNow: NOW, seenBefore: () => seen });
        expect(only!.op).toMatchObject({ expiresAt: written + 60_000 });
        expect(stampMillis(only!.op.stamp)).toBe(seen === '' ? written : written + 5_000);
      }
    }
    const right = [ending(at(written), 60_000)];
    expect(restamp({ entries: right, offsetMs: 0, serverNow: NOW, seenBefore: nothingSeen })[0]!.op).toBe(right[0]!.op);
  });
});
