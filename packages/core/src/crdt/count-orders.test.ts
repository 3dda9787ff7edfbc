import { describe, expect, test } from 'vitest';
import { encodeStamp } from '../clock/stamp.js';
import type { ReplicaId } from '../clock/timestamp.js';
import { applyDecided, applyOp } from './apply-op.js';
import type { LwwRecord } from './lww-record.js';
import { materialize } from './materialize.js';
import type { CountOp } from './op.js';
import { planCount } from './plan-count.js';
import { advanceCounter, counterValue, isCounted, pendingCounterValue, staysExact } from './pn-counter.js';
import { EMPTY_RECORD, mergeRecords } from './record-merge.js';
import { choices, orders } from './small-ops.arbitrary.js';

const count = (by: string, seq: number, delta: number): CountOp => {
  const replica = by as ReplicaId;
  const stamp = encodeStamp({ millis: seq, counter: 0, replica });
  return { kind: 'count', replica, seq, stamp, map: 'm', key: 'k', delta };
};

const OPS = [count('a', 1, 5), count('a', 2, -7), count('b', 1, 100), count('b', 2, 1), count('c', 1, -1)] as const;

/** Of one replica the ops are decided in their order. */
const inSequence = (order: readonly CountOp[]): boolean =>
  order.every((op, i) => order.slice(i).every((later) => later.replica !== op.replica || later.seq >= op.seq));

const sum = (ops: readonly CountOp[]): number => ops.reduce((total, { delta }) => total + delta, 0);

describe('counts in every order', () => {
  test('CR-7: the total is the sum, whoever is decided first', () => {
    for (const ops of [1, 2, 3, 4, 5].flatMap((size) => [...choices(OPS, size)])) {
      for (const order of [...orders(ops)].filter(inSequence)) {
        const record = order.reduce<LwwRecord | undefined>(applyDecided, undefined);
        expect(materialize(record)).toBe(sum(ops));
      }
    }
  });

  test('CR-7: while some are decided and some are not, everybody shows the sum of all it knows, each once', () => {
    for (const order of [...orders(OPS)].filter(inSequence)) {
      for (let decided = 0; decided <= order.length; decided += 1) {
        const record = order.slice(0, decided).reduce<LwwRecord | undefined>(applyDecided, undefined);
        // Told of the verdicts late: those that are counted may be pending still.
        for (let told = 0; told <= decided; told += 1) {
          expect(pendingCounterValue(record, order.slice(told))).toBe(sum(OPS));
        }
      }
    }
  });

  test('CR-7: one is counted from its decision on, and not before', () => {
    let record: LwwRecord | undefined;
    for (const [i, op] of OPS.entries()) {
      expect(OPS.map((each) => isCounted(record, each))).toEqual(OPS.map((_each, j) => j < i));
      record = advanceCounter(record, op);
    }
  });

  test('CR-7: of two totals on their way the later one stays, in either order, and a delta is never merged', () => {
    const totals = OPS.map((_op, i) => OPS.slice(0, i + 1).reduce<LwwRecord | undefined>(applyDecided, undefined)!);
    for (const [i, a] of totals.entries()) {
      for (const [j, b] of totals.entries()) {
        expect(counterValue(mergeRecords(a, b))).toBe(counterValue(totals[Math.max(i, j)]!));
      }
    }
    for (const op of OPS) expect(applyOp(totals[0]!, op)).toBe(totals[0]);
  });

  test('CR-7: without a server each tab counts in its own register, and the value is the sum of them', () => {
    const bySlot = OPS.map((op) => advanceCounter(undefined, op, op.replica + op.seq));
    for (const order of orders(bySlot)) expect(counterValue(order.reduce(mergeRecords, EMPTY_RECORD))).toBe(sum(OPS));
  });
});

describe('the edge of the exact whole numbers', () => {
  const MAX = Number.MAX_SAFE_INTEGER;

  test.each([
    [0, MAX, true],
    [1, MAX, false],
    [-1, MAX, true],
    [0, -MAX, true],
    [-1, -MAX, false],
    [MAX, -MAX, true],
    [MAX, 1, false],
    [-MAX, 1, true],
  ])('CR-7: from %d by %d: within %s, for who writes and for who decides', (value, delta, isWithin) => {
    const held = value === 0 ? undefined : advanceCounter(undefined, count('a', 1, value));
    expect(staysExact(held, count('b', 1, delta))).toBe(isWithin);
    expect(planCount(value, delta).ok).toBe(isWithin);
  });

  test.each([0.5, Number.NaN, Infinity, 2 ** 53, '1', null, undefined, 1n, {}])('CR-7: %s is no delta', (delta) => {
    expect(planCount(0, delta)).toMatchObject({ ok: false, error: { code: 'invalid-value' } });
  });

  test('CR-7: 0 is nothing to do', () => expect(planCount(3, 0)).toEqual({ ok: true, value: null }));
});
