import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeStamp, MAX_MILLIS, stampMillis, stampReplica } from '../clock/stamp.js';
import type { ReplicaId, Stamp } from '../clock/timestamp.js';
import { applyOp, opToRecord } from './apply-op.js';
import {
  expiresAt,
  expiryStamp,
  isExpired,
  isServerReplica,
  latestStamp,
  MAX_TTL_MS,
  restampOp,
  SERVER_REPLICA,
  ttlOf,
  withExpiry,
} from './expiry.js';
import type { LwwRecord } from './lww-record.js';
import { isVisible, materialize } from './materialize.js';
import { opLists, ops } from './op.arbitrary.js';
import type { CreateOp, Op, OpBody, PatchOp } from './op.js';
import { planTtl } from './plan-ttl.js';
import { planPatch, planRemove, planSet } from './plan-write.js';
import { EMPTY_RECORD, mergeRecords } from './record-merge.js';
import { canonicalRecord } from './wire-record.js';

const stampAt = (millis: number, replica = 'a.0', counter = 0): Stamp =>
  encodeStamp({ millis, counter, replica: replica as ReplicaId });
const base = (millis: number, replica = 'a.0') => ({
  replica: replica as ReplicaId,
  seq: millis,
  stamp: stampAt(millis, replica),
  map: 'm',
  key: 'k',
});
const create = (millis: number, part: Partial<CreateOp> = {}): Op => ({
  kind: 'create',
  ...base(millis),
  fields: [{ name: 'a', value: millis }],
  restart: false,
  ...part,
});
const extend = (millis: number, end: number | null, replica = 'a.0'): Op => ({
  kind: 'patch',
  ...base(millis, replica),
  fields: [],
  expiresAt: end,
});
const removal = (stamp: Stamp): Op => ({ kind: 'remove', ...base(1, SERVER_REPLICA), stamp });
const stateOf = (...list: readonly Op[]) => list.reduce(applyOp, EMPTY_RECORD);

describe('the expiry register', () => {
  test('CR-9: the later word counts, whatever the order; what says nothing leaves it', () => {
    const list = [create(1, { expiresAt: 50 }), extend(2, 90, 'b.0'), create(3, { fields: [] })];
    expect(expiresAt(stateOf(...list))).toBe(90);
    expect(expiresAt(stateOf(...list.toReversed()))).toBe(90);
    expect(expiresAt(stateOf(...list, extend(4, null)))).toBeNull();
    expect(expiresAt(stateOf(...list, extend(4, 10), extend(5, 20)))).toBe(20);
  });

  test('CR-9: at one stamp the later end wins, and none is least', () => {
    expect(expiresAt(stateOf(create(1), extend(2, 30), extend(2, 20), extend(2, null)))).toBe(30);
    expect(expiresAt(stateOf(create(1), extend(2, null), extend(2, 0)))).toBe(0);
  });

  test('CR-9, CR-5: a record created again after its removal lives without the end of the life before', () => {
    const again = create(6, { restart: true });
    expect(expiresAt(stateOf(create(1, { expiresAt: 50 }), again))).toBeNull();
    expect(expiresAt(stateOf(again, create(1, { expiresAt: 50 })))).toBeNull();
  });

  test('CR-9: it says nothing of a record that does not show', () => {
    expect(expiresAt(stateOf(extend(1, 5)))).toBeNull();
    expect(expiresAt(stateOf(create(1, { expiresAt: 5 }), removal(stampAt(3, '.0'))))).toBeNull();
    expect(expiresAt(undefined)).toBeNull();
  });
});

describe('an expired record', () => {
  test('CR-9: is one whose time has come, to the millisecond', () => {
    const record = stateOf(create(1, { expiresAt: 50 }));
    expect([49, 50, 51].map((now) => isExpired(record, now))).toEqual([false, true, true]);
    expect(withExpiry(record, 49)).toBe(record);
    expect(materialize(withExpiry(record, 50))).toBeUndefined();
  });

  test('CR-9: merges to the same as with the removal the server decides, whoever looks, and however late', () => {
    fc.assert(
      fc.property(opLists, fc.nat({ max: 9 }), (list, now) => {
        const record = list.reduce(applyOp, EMPTY_RECORD);
        const end = expiresAt(record);
        const seen = withExpiry(record, now);
        if (end === null || end > now) {
          expect(seen).toBe(record);
          return;
        }
        const stamp = expiryStamp(record, end);
        expect(stampReplica(stamp)).toBe(SERVER_REPLICA);
        expect(stamp > latestStamp(record)).toBe(true);
        expect(stampMillis(stamp)).toBeGreaterThanOrEqual(end);
        expect(isVisible(seen)).toBe(false);
        const removed = applyOp(record, removal(stamp));
        expect(canonicalRecord(seen)).toBe(canonicalRecord(removed));
        // A second look, and the removal that arrives later, change nothing.
        expect(withExpiry(removed, now)).toBe(removed);
        expect(mergeRecords(seen, opToRecord(removal(stamp)))).toBe(seen);
      }),
      { numRuns: 1000 },
    );
  });

  test('CR-9: its removal is stamped at its end, or just after what is later in the record', () => {
    expect(expiryStamp(stateOf(create(1, { expiresAt: 50 })), 50)).toBe(stampAt(50, SERVER_REPLICA));
    const late = stateOf(create(1, { expiresAt: 50 }), { ...extend(70, 50) });
    expect(expiryStamp(late, 50)).toBe(stampAt(70, SERVER_REPLICA, 1));
  });

  test('CR-5, CR-9: its removal wins over an extension that arrives after it, and one that arrived before wins', () => {
    const record = stateOf(create(1, { expiresAt: 50 }));
    const gone = removal(expiryStamp(record, 50));
    for (const late of [extend(40, 900), extend(70, 900)]) {
      expect(isVisible(stateOf(create(1, { expiresAt: 50 }), gone, late))).toBe(false);
    }
    expect(isExpired(stateOf(create(1, { expiresAt: 50 }), extend(40, 900)), 60)).toBe(false);
  });

  test('CR-9: what is created after its end lives, whether the server had come to removing it or not', () => {
    const life = create(1, { expiresAt: 50 });
    const gone = removal(expiryStamp(stateOf(life), 50));
    const again = create(51, { restart: true, fields: [{ name: 'b', value: 1 }] });
    for (const order of [
      [life, gone, again],
      [life, again, gone],
      [again, gone, life],
    ]) {
      expect(materialize(stateOf(...order))).toEqual({ b: 1 });
    }
  });

  test('CR-9: to a writer it is a removed record: set starts clean, patch is refused; a removal says what an end alone may not', () => {
    const held = stateOf(create(1, { expiresAt: 50, fields: [{ name: 'old', value: 1 }] }));
    const seen = withExpiry(held, 60);
    const set = planSet(seen, { a: 2 });
    expect(set.ok && set.value.body).toEqual({ kind: 'create', restart: true, fields: [{ name: 'a', value: 2 }] });
    const patch = planPatch(seen, { a: 2 });
    expect(!patch.ok && patch.error.code).toBe('record-absent');
    expect(planRemove(held)).toEqual({ ok: true, value: { kind: 'remove' } });
  });
});

describe('what a writer says of the end', () => {
  const NOW = 1_000;
  const fields = [{ name: 'a', value: 1 }];
  const patch: OpBody = { kind: 'patch', fields };

  test.each<[unknown, string]>([
    [0, '0'],
    [-1, '-1'],
    [1.5, '1.5'],
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, 'Infinity'],
    [MAX_TTL_MS + 1, '3155760000001'],
    ['5', 'a string'],
    [true, 'a boolean'],
    [{}, 'a object'],
    [5n, 'a bigint'],
  ])('CR-9: ttlMs %s is a typed error that says so', (ttlMs, said) => {
    const message = `ttlMs is null or a whole number of ms from 1 to 3155760000000, not ${said}`;
    const error = { code: 'invalid-ttl', path: '$', message };
    expect(planTtl(undefined, patch, ttlMs, NOW)).toEqual({ ok: false, error });
  });

  test.each([1, 60_000, MAX_TTL_MS, null])('CR-9: ttlMs %j is taken', (ttlMs) => {
    expect(planTtl(undefined, patch, ttlMs, NOW)).toEqual({ ok: true, value: { ...patch, ttlMs } });
    const created: OpBody = { kind: 'create', fields, restart: true };
    expect(planTtl(undefined, created, ttlMs, NOW)).toEqual({ ok: true, value: { ...created, ttlMs } });
  });

  test('CR-9: without ttlMs the end is left as it is, and an op says nothing of it', () => {
    expect(planTtl(stateOf(create(1, { expiresAt: 50 })), patch, undefined, NOW)).toEqual({ ok: true, value: patch });
    expect(planTtl(undefined, null, undefined, NOW)).toEqual({ ok: true, value: null });
    expect(planTtl(undefined, { kind: 'remove' }, 5, NOW)).toEqual({ ok: true, value: { kind: 'remove' } });
  });

  test('CR-9: a write that changes nothing else extends; there is nothing to clear where there is no end', () => {
    const ending = stateOf(create(1, { expiresAt: 50 }));
    expect(planTtl(ending, null, 5, NOW)).toEqual({ ok: true, value: { kind: 'patch', fields: [], ttlMs: 5 } });
    expect(planTtl(ending, null, null, NOW)).toEqual({ ok: true, value: { kind: 'patch', fields: [], ttlMs: null } });
    expect(planTtl(stateOf(create(1)), null, null, NOW)).toEqual({ ok: true, value: null });
    expect(planTtl(stateOf(create(1), extend(2, null)), null, null, NOW)).toEqual({ ok: true, value: null });
  });
});

describe('a create where nothing is known but an end', () => {
  const created: OpBody = { kind: 'create', fields: [{ name: 'a', value: 1 }], restart: false };

  test('CR-9: says that there is no end, once that has come, and shows', () => {
    const held = stateOf(extend(1, 50));
    const plan = planTtl(held, created, undefined, 50);
    expect(plan).toEqual({ ok: true, value: { ...created, ttlMs: null } });
    expect(isExpired(applyOp(held, create(60)), 60)).toBe(true);
    expect(isExpired(applyOp(held, create(60, { expiresAt: null })), 60)).toBe(false);
  });

  test('CR-9: leaves an end that is to come, one that was cleared, one of a record that is known, and what the author says of it', () => {
    expect(planTtl(stateOf(extend(1, 50)), created, undefined, 49)).toEqual({ ok: true, value: created });
    expect(planTtl(stateOf(extend(1, null)), created, undefined, 50)).toEqual({ ok: true, value: created });
    expect(planTtl(stateOf(create(1, { expiresAt: 50 })), created, undefined, 50)).toEqual({
      ok: true,
      value: created,
    });
    expect(planTtl(stateOf(extend(1, 50)), created, 7, 50)).toEqual({ ok: true, value: { ...created, ttlMs: 7 } });
  });
});

describe('the latest stamp of a record', () => {
  const [early, late] = [stampAt(1), stampAt(2)];
  const whole = (latest: string): LwwRecord => ({
    floor: latest === 'floor' ? late : early,
    existence: { op: 'create', stamp: latest === 'existence' ? late : early },
    expiry: { at: 9, stamp: latest === 'expiry' ? late : early },
    fields: new Map(['a', 'b', 'c'].map((name) => [name, { stamp: latest === name ? late : early, value: 1 }])),
  });

  test.each(['floor', 'existence', 'expiry', 'a', 'b', 'c'])('CR-9: may be that of its %s', (part) => {
    expect(latestStamp(whole(part))).toBe(late);
    expect(latestStamp(whole(''))).toBe(early);
  });

  test.each<[Partial<LwwRecord>, string]>([
    [{}, ''],
    [{ floor: early }, early],
    [{ existence: { op: 'set', stamp: early } }, early],
    [{ expiry: { at: null, stamp: early } }, early],
    [{ fields: new Map([['a', { stamp: early, value: undefined }]]) }, early],
  ])('CR-9: of %j alone', (part, stamp) => expect(latestStamp({ ...EMPTY_RECORD, ...part })).toBe(stamp));
});

describe('the time to live of an op', () => {
  const id = { replica: 'a' as ReplicaId, seq: 1, stamp: stampAt(100), map: 'm', key: 'k' };
  test.each<[Op['kind'], Op, number | null | undefined]>([
    ['create', { ...id, kind: 'create', fields: [], restart: false, expiresAt: 150 }, 50],
    ['create', { ...id, kind: 'create', fields: [], restart: false, expiresAt: null }, null],
    ['create', { ...id, kind: 'create', fields: [], restart: false }, undefined],
    ['patch', { ...id, kind: 'patch', fields: [], expiresAt: 90 }, -10],
    ['patch', { ...id, kind: 'patch', fields: [], expiresAt: null }, null],
    ['patch', { ...id, kind: 'patch', fields: [] }, undefined],
    ['remove', { ...id, kind: 'remove' }, undefined],
    ['add', { ...id, kind: 'add', value: 1, tags: [] }, undefined],
    ['count', { ...id, kind: 'count', delta: 1 }, undefined],
  ])('CR-9: of a %s is counted from its stamp, and kept under another', (_kind, op, ttlMs) => {
    expect(ttlOf(op)).toBe(ttlMs);
    const moved = restampOp(op, stampAt(107), 7);
    expect([moved.stamp, ttlOf(moved)]).toEqual([stampAt(107), ttlMs]);
    expect(Object.keys(moved).sort()).toEqual(Object.keys(op).sort());
  });
});

describe('an op under another stamp', () => {
  test('CR-11: keeps its time to live when both move alike', () => {
    fc.assert(
      fc.property(ops, fc.integer({ min: -3, max: 1000 }), (op, shift) => {
        const end = op.kind === 'remove' ? undefined : op.expiresAt;
        fc.pre(typeof end !== 'number' || (end + shift >= 0 && end + shift <= MAX_MILLIS));
        const stamp = stampAt(Math.max(0, stampMillis(op.stamp) + shift), op.replica);
        fc.pre(stampMillis(op.stamp) + shift >= 0);
        const moved = restampOp(op, stamp, shift);
        expect(moved.stamp).toBe(stamp);
        expect(ttlOf(moved)).toBe(ttlOf(op));
        expect({ ...moved, stamp: op.stamp, expiresAt: end }).toEqual({ ...op, expiresAt: end });
      }),
    );
  });

  test('CR-9: no shift leads out of the range of times', () => {
    const op = extend(5, 10) as PatchOp;
    expect(restampOp(op, stampAt(1), -100).expiresAt).toBe(0);
    expect(restampOp({ ...op, expiresAt: MAX_MILLIS }, stampAt(9), 4).expiresAt).toBe(MAX_MILLIS);
  });

  test('CR-9: the ids of servers begin with a dot, and no others do', () => {
    expect(isServerReplica(SERVER_REPLICA)).toBe(true);
    expect(isServerReplica('abcdefghijkl.0')).toBe(false);
  });
});
