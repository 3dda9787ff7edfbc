import { describe, expect, test } from 'vitest';
import { encodeStamp } from '../clock/stamp.js';
import type { ReplicaId, Stamp } from '../clock/timestamp.js';
import type { Value } from '../primitives/value.js';
import type { Existence, LwwRecord, Register } from './lww-record.js';
import { isVisible, materialize } from './materialize.js';
import type { CountOp } from './op.js';
import { liveTags } from './or-set.js';
import {
  advanceCounter,
  COVERED_REPLICAS,
  countedThrough,
  counterValue,
  isCounted,
  pendingCounterValue,
  SERVER_SLOT,
  staysExact,
} from './pn-counter.js';

// Registers of sets and counters arrive with their form checked alone: whatever is in them means something or nothing, and never throws.

const stampAt = (millis: number, replica = 'a'): Stamp =>
  encodeStamp({ millis, counter: 0, replica: replica as ReplicaId });
const stateOf = (op: Existence['op'], fields: Readonly<Record<string, Register>>): LwwRecord => ({
  existence: { stamp: stampAt(1), op },
  floor: '',
  // Each is read once, so none is in two places.
  fields: new Map(Object.entries(fields).map(([name, register]) => [name, { ...register }])),
  expiry: null,
});
const counterOf = (...values: readonly (Value | undefined)[]): LwwRecord =>
  stateOf('counter', Object.fromEntries(values.map((value, i) => [`r${i}`, { stamp: stampAt(1), value }])));
const count = (replica: string, seq: number, delta: number, millis = seq): CountOp => ({
  kind: 'count',
  replica: replica as ReplicaId,
  seq,
  stamp: stampAt(millis, replica),
  map: 'm',
  key: 'k',
  delta,
});

describe('CR-7: registers of a counter', () => {
  test.each<[string, readonly (Value | undefined)[], number]>([
    ['one total', [[3]], 3],
    ['totals of several', [[3], [4, ['a', 1]]], 7],
    ['a total of nothing', [[0]], 0],
    ['one that is unset', [undefined, [2]], 2],
    ['a number that is no list', [5, [2]], 2],
    ['an empty list', [[], [2]], 2],
    ['a total in text', [['3'], [2]], 2],
    ['a total in a list', [[[3]], [2]], 2],
    ['an object', [{ 0: 3 }, [2]], 2],
    ['null', [null, [2]], 2],
  ])('%s', (_what, values, expected) => {
    expect(counterValue(counterOf(...values))).toBe(expected);
    expect(materialize(counterOf(...values))).toBe(expected);
    expect(isVisible(counterOf(...values))).toBe(true);
  });

  test.each<[string, Value, number]>([
    ['a replica and its sequence', [0, ['a', 5]], 5],
    ['the greater of two', [0, ['a', 5], ['a', 3]], 5],
    ['the greater of two, whichever comes first', [0, ['a', 3], ['a', 5]], 5],
    ['another replica', [0, ['b', 5]], 0],
    ['a sequence in text', [0, ['a', '5']], 0],
    ['a replica that is none', [0, [1, 5]], 0],
    ['no list', [0, 'a', 5], 0],
    ['an object', [0, { 0: 'a', 1: 5 }], 0],
    ['null', [0, null], 0],
    ['what is covered without a total', ['x', ['a', 5]], 0],
  ])('say through which op of a replica they count: %s', (_what, value, through) => {
    const state = counterOf(value);
    expect(countedThrough(state, 'a' as ReplicaId)).toBe(through);
    for (const seq of [1, through, through + 1]) expect(isCounted(state, count('a', seq, 1))).toBe(seq <= through);
  });

  test('what several of them cover is covered', () => {
    const state = counterOf([1, ['a', 2], ['b', 9]], [1, ['a', 4]]);
    expect(['a', 'b', 'c'].map((replica) => countedThrough(state, replica as ReplicaId))).toEqual([4, 9, 0]);
    expect(countedThrough(undefined, 'a' as ReplicaId)).toBe(0);
  });

  test('pending ops are shown until a total has them, each by itself', () => {
    const pending = [count('a', 3, 10), count('a', 4, 100), count('b', 1, 1_000)];
    expect(pendingCounterValue(undefined, pending)).toBe(1_110);
    expect(pendingCounterValue(counterOf([7]), pending)).toBe(1_117);
    expect(pendingCounterValue(counterOf([7, ['a', 3]]), pending)).toBe(1_107);
    expect(pendingCounterValue(counterOf([7, ['a', 4], ['b', 1]]), pending)).toBe(7);
    expect(pendingCounterValue(counterOf([7, ['a', 4]]), [])).toBe(7);
  });
});

describe('CR-7: a step of a counter', () => {
  const valueOf = (state: LwwRecord, slot = SERVER_SLOT): Value | undefined => state.fields.get(slot)?.value;

  test('begins with what is there, be it nothing that a counter has written', () => {
    expect(valueOf(advanceCounter(undefined, count('a', 1, 5)))).toEqual([5, ['a', 1]]);
    const odd = stateOf('counter', { '': { stamp: stampAt(1), value: 'odd' } });
    expect(valueOf(advanceCounter(odd, count('a', 2, 5)))).toEqual([5, ['a', 2]]);
    const known = stateOf('counter', { '': { stamp: stampAt(1), value: [7, 'odd', ['b', 1], ['a', 1]] } });
    expect(valueOf(advanceCounter(known, count('a', 2, -2)))).toEqual([5, ['b', 1], ['a', 2]]);
  });

  test('is in its own slot, and leaves the others', () => {
    const first = advanceCounter(undefined, count('a', 1, 5), 'tab');
    const second = advanceCounter(first, count('a', 2, 1), 'other');
    expect([valueOf(second, 'tab'), valueOf(second, 'other')]).toEqual([
      [5, ['a', 1]],
      [1, ['a', 2]],
    ]);
    expect(counterValue(second)).toBe(6);
  });

  test('has the stamp of its op, or the next one where that is not later', () => {
    const first = advanceCounter(undefined, count('a', 1, 5, 10));
    expect(first.fields.get('')!.stamp).toBe(stampAt(10));
    for (const [millis, counter] of [
      [3, 1],
      [10, 0],
    ] as const) {
      const next = advanceCounter(first, count('b', 1, 5, millis));
      const stamp = encodeStamp({ millis: 10, counter, replica: 'b' as ReplicaId });
      expect(next.fields.get('')!.stamp).toBe(stamp);
      expect(stamp > stampAt(10)).toBe(true);
      expect(counterValue(next)).toBe(10);
    }
  });

  test('names so many replicas, those that wrote last', () => {
    let state: LwwRecord | undefined;
    for (let i = 0; i < COVERED_REPLICAS + 3; i += 1) {
      state = advanceCounter(state, count(`r${i}`, 1, 1, i + 1));
      const named = (valueOf(state) as readonly Value[]).length - 1;
      expect(named).toBe(Math.min(i + 1, COVERED_REPLICAS));
    }
    const through = (i: number): number => countedThrough(state, `r${i}` as ReplicaId);
    expect([0, 1, 2, 3, COVERED_REPLICAS + 2].map(through)).toEqual([0, 0, 0, 1, 1]);
    // One of them that writes again makes nobody forgotten.
    state = advanceCounter(state, count('r3', 2, 1, 99));
    expect([3, 4].map(through)).toEqual([2, 1]);
    expect((valueOf(state) as readonly Value[]).at(-1)).toEqual(['r3', 2]);
  });

  test.each<[number, number, boolean]>([
    [Number.MAX_SAFE_INTEGER - 1, 1, true],
    [Number.MAX_SAFE_INTEGER, 1, false],
    [Number.MIN_SAFE_INTEGER + 1, -1, true],
    [Number.MIN_SAFE_INTEGER, -1, false],
    [0.5, 1, false],
  ])('from %d by %d stays exact: %s', (total, delta, expected) => {
    const state = stateOf('counter', {
      '': { stamp: stampAt(1), value: [total] },
      r: { stamp: stampAt(1), value: [9] },
    });
    expect(staysExact(state, count('a', 1, delta))).toBe(expected);
    expect(staysExact(state, count('a', 1, delta), 'r')).toBe(true);
    expect(staysExact(undefined, count('a', 1, delta))).toBe(true);
  });
});

describe('CR-6: registers of a set', () => {
  const live: Register = { stamp: stampAt(1), value: undefined };
  const gone: Register = { stamp: stampAt(1), value: stampAt(2) };

  test.each<[string, Readonly<Record<string, Register>>, Value | undefined]>([
    ['one value', { '"v" a': live }, ['v']],
    ['one of two replicas', { '"v" a': live, '"v" b': live }, ['v']],
    ['one of which a tag was taken away', { '"v" a': gone, '"v" b': live }, ['v']],
    ['one of which all were', { '"v" a': gone, '"v" b': gone }, undefined],
    [
      'several, in the order of their texts',
      { '2 a': live, '10 a': live, '"b" a': live, 'null a': live },
      ['b', 10, 2, null],
    ],
    ['a text with spaces in it', { '"a b c" a': live }, ['a b c']],
    ['bytes', { '{"$bytes":"AQ"} a': live }, [Uint8Array.of(1)]],
    ['what is no JSON', { 'v a': live, '1 a': live }, [1]],
    ['what is no value', { '{"$x":1} a': live, '1 a': live }, [1]],
    ['a name without a space', { a: live, '1 a': live }, [1]],
    ['a name of nothing', { '': live, '1 a': live }, [1]],
    ['only what is no value', { 'v a': live }, undefined],
  ])('%s', (_what, fields, expected) => {
    expect(materialize(stateOf('set', fields))).toEqual(expected);
  });

  test('what one value is named by does not name one that begins like it', () => {
    const state = stateOf('set', { '1 a': live, '1 b': gone, '10 a': live, '"1" a': live, '[1] a': live });
    expect(liveTags(state, 1)).toEqual([live.stamp]);
    expect(liveTags(state, 10)).toEqual([live.stamp]);
    expect(liveTags(state, 2)).toEqual([]);
    expect(liveTags(stateOf('set', { '{"a":1,"b":2} a': live }), { b: 2, a: 1 })).toEqual([live.stamp]);
  });
});
