import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeStamp } from '../clock/stamp.js';
import type { ReplicaId } from '../clock/timestamp.js';
import { applyDecided, applyOp, opToRecord } from './apply-op.js';
import type { LwwRecord, Register } from './lww-record.js';
import { materialize } from './materialize.js';
import type { CountOp } from './op.js';
import { planCount } from './plan-count.js';
import { advanceCounter, counterValue, isCounted, pendingCounterValue, staysExact } from './pn-counter.js';
import { diffRecords, EMPTY_RECORD, mergeRecords, sameRecord } from './record-merge.js';
import { canonicalRecord, decodeRecord, encodeRecord } from './wire-record.js';

const countOp = (by: string, seq: number, delta: number, millis = seq): CountOp => {
  const replica = by as ReplicaId;
  return {
    kind: 'count',
    replica,
    seq,
    stamp: encodeStamp({ millis, counter: 0, replica }),
    map: 'm',
    key: 'k',
    delta,
  };
};

const viaWire = (record: LwwRecord): LwwRecord => {
  const decoded = decodeRecord(JSON.parse(JSON.stringify(encodeRecord(record))));
  if (!decoded.ok) throw new Error(decoded.error.message);
  return decoded.value;
};

/** Deltas of three replicas, in the order of decision. Clocks differ, and one may fall back. */
const decidedLists: fc.Arbitrary<readonly { readonly op: CountOp; readonly accepted: boolean }[]> = fc
  .array(
    fc.record({
      by: fc.constantFrom('a.0', 'b.0', 'c.0'),
      delta: fc.integer({ min: -50, max: 50 }).filter((delta) => delta !== 0),
      millis: fc.integer({ min: 1, max: 20 }),
      accepted: fc.boolean(),
    }),
    { maxLength: 15 },
  )
  .map((list) =>
    list.map(({ by, delta, millis, accepted }, at) => ({ op: countOp(by, at + 1, delta, millis), accepted })),
  );

const sum = (ops: readonly CountOp[]): number => ops.reduce((total, { delta }) => total + delta, 0);

/** Every state the server goes through. */
function statesOf(list: readonly { readonly op: CountOp; readonly accepted: boolean }[]): readonly LwwRecord[] {
  const states: LwwRecord[] = [EMPTY_RECORD];
  for (const { op, accepted } of list) {
    const before = states.at(-1)!;
    states.push(accepted ? applyDecided(before, op) : before);
  }
  return states;
}

describe('a counter as registers', () => {
  test('CR-7: its value is the sum of the accepted deltas', () => {
    fc.assert(
      fc.property(decidedLists, (list) => {
        const accepted = list.filter(({ accepted: taken }) => taken).map(({ op }) => op);
        expect(counterValue(statesOf(list).at(-1)!)).toBe(sum(accepted));
      }),
    );
  });

  test('CR-7, CR-8: whatever states arrive, in whatever order, how often and how grouped: the latest is what they merge to', () => {
    const deliveries = decidedLists.chain((list) => {
      const states = statesOf(list);
      return fc.record({
        states: fc.constant(states),
        arrive: fc.array(fc.integer({ min: 0, max: states.length - 1 }), { minLength: 1, maxLength: 20 }),
        asDelta: fc.array(fc.boolean(), { minLength: 20, maxLength: 20 }),
      });
    });
    fc.assert(
      fc.property(deliveries, ({ states, arrive, asDelta }) => {
        let held = EMPTY_RECORD;
        arrive.forEach((at, i) => {
          const state = states[at]!;
          // A delta is what a subscriber gets who holds the state before.
          const isDelta = asDelta[i] === true && at > 0 && sameRecord(held, states[at - 1]!);
          held = mergeRecords(held, viaWire(isDelta ? diffRecords(states[at - 1]!, state) : state));
        });
        const latest = states[Math.max(...arrive)]!;
        expect(canonicalRecord(held)).toBe(canonicalRecord(latest));
      }),
      { numRuns: 1000 },
    );
  });

  test('CR-7: whoever waits for verdicts sees each delta once, whether the total or the verdict arrives first', () => {
    const moments = decidedLists.chain((list) =>
      fc.record({
        list: fc.constant(list),
        // The total that has arrived, and the replica that looks at it: all its ops may still be pending.
        at: fc.integer({ min: 0, max: list.length }),
        own: fc.constantFrom('a.0', 'b.0', 'c.0'),
      }),
    );
    fc.assert(
      fc.property(moments, ({ list, at, own }) => {
        const base = statesOf(list)[at]!;
        const pending = list.filter(({ op }) => op.replica === own).map(({ op }) => op);
        const decided = list.slice(0, at);
        const counted = decided.filter(({ accepted }) => accepted).map(({ op }) => op);
        // Of those that were refused before one that counts, the total says so; of later ones nobody knows.
        const lastCounted = Math.max(0, ...counted.filter((op) => op.replica === own).map(({ seq }) => seq));
        const open = pending.filter(({ seq }) => seq > lastCounted);
        expect(pendingCounterValue(base, pending)).toBe(sum(counted) + sum(open));
        for (const op of pending) expect(isCounted(base, op)).toBe(op.seq <= lastCounted);
      }),
      { numRuns: 1000 },
    );
  });

  test('the oracle can fail: a delta that is merged, or always added, counts twice', () => {
    const op = countOp('a.0', 1, 5);
    const base = applyDecided(EMPTY_RECORD, op);
    expect(counterValue(base) + op.delta).not.toBe(pendingCounterValue(base, [op]));
  });

  test('CR-7: a delta alone merges nothing', () => {
    const op = countOp('a.0', 1, 5);
    const base = advanceCounter(undefined, countOp('b.0', 1, 2));
    expect(opToRecord(op)).toBe(EMPTY_RECORD);
    expect(applyOp(base, op)).toBe(base);
    expect(pendingCounterValue(undefined, [op])).toBe(5);
  });

  test('CR-7: a replica whose clock fell back still moves the total on', () => {
    const first = advanceCounter(undefined, countOp('a.0', 1, 1, 1_000));
    const second = advanceCounter(first, countOp('a.0', 2, 1, 10));
    expect(counterValue(mergeRecords(first, second))).toBe(2);
    expect(canonicalRecord(mergeRecords(second, first))).toBe(canonicalRecord(second));
  });

  test('CR-7: a counter is one register, and names the replicas that wrote last', () => {
    let record: LwwRecord | undefined;
    for (let i = 1; i <= 200; i += 1) record = advanceCounter(record, countOp(`r${i}.0`, 1, 1, i));
    expect([record!.fields.size, counterValue(record!)]).toEqual([1, 200]);
    const named = Array.from({ length: 200 }, (_, i) => isCounted(record, countOp(`r${i + 1}.0`, 1, 1)));
    expect(named.filter(Boolean)).toHaveLength(32);
    expect(named.slice(-32).every(Boolean)).toBe(true);
    for (let seq = 2; seq <= 100; seq += 1) record = advanceCounter(record, countOp('r1.0', seq, 1, 200 + seq));
    expect(isCounted(record, countOp('r200.0', 1, 1))).toBe(true);
  });

  test('CR-7: without a server each tab advances its own register, and they add up', () => {
    const tabs = fc.array(fc.record({ by: fc.constantFrom('a.0', 'b.0'), delta: fc.integer({ min: -9, max: 9 }) }), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(tabs, (list) => {
        const held: Record<string, LwwRecord> = { 'a.0': EMPTY_RECORD, 'b.0': EMPTY_RECORD };
        list.forEach(({ by, delta }, at) => {
          held[by] = advanceCounter(held[by], countOp(by, at + 1, delta), by);
        });
        const both = mergeRecords(held['a.0']!, viaWire(held['b.0']!));
        expect(materialize(both) ?? 0).toBe(list.reduce((total, { delta }) => total + delta, 0));
        expect(canonicalRecord(mergeRecords(held['b.0']!, held['a.0']!))).toBe(canonicalRecord(both));
      }),
    );
  });

  test.each([[['', 'a.0']], [['a.0', '']]])(
    'CR-7: of what registers %j say of one replica the latest counts, in whatever order they stand',
    ([later, earlier]) => {
      const { stamp } = countOp('a.0', 1, 1);
      const held = (seq: number): Register => ({ stamp, value: [seq, ['b.0', seq]] });
      const fields = new Map([
        [later!, held(7)],
        [earlier!, held(3)],
      ]);
      const record: LwwRecord = { existence: { stamp, op: 'counter' }, floor: '', fields, expiry: null };
      expect([3, 7, 8].map((seq) => isCounted(record, countOp('b.0', seq, 1)))).toEqual([true, true, false]);
      const pending = [3, 7, 8].map((seq) => countOp('b.0', seq, 100));
      expect([counterValue(record), pendingCounterValue(record, pending)]).toEqual([10, 110]);
    },
  );

  test('registers that no counter wrote count nothing', () => {
    const stamp = countOp('a.0', 1, 1).stamp;
    const fields = new Map([
      ['', { stamp, value: 'x' }],
      ['a', { stamp, value: ['x'] }],
      ['b', { stamp, value: [5, 'x', null, 7, ['a.0'], ['a.0', 'x'], ['a.0', 3]] }],
      ['c', { stamp, value: undefined }],
    ]);
    const record: LwwRecord = { existence: { stamp, op: 'counter' }, floor: '', fields, expiry: null };
    expect(counterValue(record)).toBe(5);
    expect([isCounted(record, countOp('a.0', 3, 1)), isCounted(record, countOp('a.0', 4, 1))]).toEqual([true, false]);
  });
});

describe('what is refused', () => {
  test('CR-7: only whole numbers, within what stays exact', () => {
    for (const delta of [0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, '1', null, undefined]) {
      expect(planCount(0, delta)).toMatchObject({ ok: false, error: { code: 'invalid-value', path: '$' } });
    }
    expect(planCount(Number.MAX_SAFE_INTEGER, 1)).toMatchObject({ ok: false, error: { code: 'too-large' } });
    expect(planCount(Number.MIN_SAFE_INTEGER, -1)).toMatchObject({ ok: false, error: { code: 'too-large' } });
    expect(planCount(3, -5)).toEqual({ ok: true, value: { kind: 'count', delta: -5 } });
    expect(planCount(3, 0)).toEqual({ ok: true, value: null });
    expect(planCount(3, -0)).toEqual({ ok: true, value: null });
  });

  test('CR-7: a total that would not be exact', () => {
    const full = advanceCounter(undefined, countOp('a.0', 1, Number.MAX_SAFE_INTEGER));
    expect(staysExact(full, countOp('a.0', 2, 1))).toBe(false);
    expect(staysExact(full, countOp('a.0', 2, -1))).toBe(true);
    expect(staysExact(undefined, countOp('a.0', 1, 1))).toBe(true);
  });
});
