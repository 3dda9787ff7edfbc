import { describe, expect, test } from 'vitest';
import { encodeStamp } from '../clock/stamp.js';
import type { ReplicaId, Stamp } from '../clock/timestamp.js';
import { canonicalJson } from '../primitives/canonical-json.js';
import type { Value } from '../primitives/value.js';
import { applyOp } from './apply-op.js';
import type { LwwRecord } from './lww-record.js';
import { materialize } from './materialize.js';
import type { AddOp } from './op.js';
import { liveTags } from './or-set.js';
import { EMPTY_RECORD, mergeRecords } from './record-merge.js';
import { modelSet } from './set-model.arbitrary.js';
import type { SetOp } from './set-op.arbitrary.js';
import { choices, orders } from './small-ops.arbitrary.js';
import { canonicalRecord } from './wire-record.js';

// Two replicas and a third on one set, all choices of up to five of their ops, in every order.

const tag = (millis: number, replica: string): Stamp =>
  encodeStamp({ millis, counter: 0, replica: replica as ReplicaId });

function op(kind: SetOp['kind'], millis: number, by: string, value: Value, tags: readonly Stamp[] = []): SetOp {
  const replica = by as ReplicaId;
  return { kind, replica, seq: millis, stamp: tag(millis, by), map: 'm', key: 'k', value, tags };
}

const OPS: readonly SetOp[] = [
  op('add', 1, 'a', 'v'),
  op('add', 1, 'b', 'v'),
  op('discard', 2, 'c', 'v', [tag(1, 'a')]),
  op('discard', 3, 'b', 'v', [tag(1, 'a'), tag(1, 'b')]),
  op('add', 4, 'a', 'v', [tag(1, 'b')]),
  op('discard', 5, 'c', 'v', [tag(4, 'a')]),
  op('add', 2, 'c', 'w'),
];

const textsOf = (record: LwwRecord): readonly string[] =>
  ((materialize(record) ?? []) as readonly Value[]).map(canonicalJson);

describe('every order of every few ops on a set', () => {
  test.each([1, 2, 3, 4, 5])(
    'CR-6, CR-8: of %i of them: it holds what the set of them means, in one state',
    (count) => {
      const wrong: unknown[] = [];
      for (const ops of choices(OPS, count)) {
        const states = new Set<string>();
        const meant = modelSet(ops).join();
        for (const order of orders(ops)) {
          const record = order.reduce(applyOp, EMPTY_RECORD);
          states.add(canonicalRecord(record));
          if (textsOf(record).join() !== meant) wrong.push([order, textsOf(record)]);
        }
        if (states.size !== 1) wrong.push(ops);
      }
      expect(wrong).toEqual([]);
    },
  );

  test('CR-6: an add that a removal had not seen stays, whichever comes first', () => {
    const [seen, unseen, removal] = [OPS[0]!, OPS[1]!, OPS[2]!];
    for (const order of orders([seen, unseen, removal])) {
      expect(textsOf(order.reduce(applyOp, EMPTY_RECORD))).toEqual(['"v"']);
    }
    for (const order of orders([seen, removal])) expect(textsOf(order.reduce(applyOp, EMPTY_RECORD))).toEqual([]);
  });

  test('CR-6: a tag is live exactly while it makes its value show', () => {
    for (const ops of choices(OPS, 4)) {
      const record = ops.reduce(applyOp, EMPTY_RECORD);
      for (const value of ['v', 'w', 'x']) {
        expect(liveTags(record, value).length > 0).toBe(textsOf(record).includes(canonicalJson(value)));
      }
    }
  });

  test('CR-6: the registers are as many as values times the replicas that added them, however often', () => {
    let record = EMPTY_RECORD;
    for (let i = 1; i <= 50; i += 1) {
      for (const by of ['a', 'b']) {
        const tags = liveTags(record, 'v').filter((held) => !held.endsWith(by));
        record = applyOp(record, op('add', i, by, 'v', tags) as AddOp);
      }
    }
    expect(record.fields.size).toBe(2);
    expect(textsOf(record)).toEqual(['"v"']);
  });

  test('CR-6: merging states is merging ops: any split of them comes to the same', () => {
    for (const ops of choices(OPS, 4)) {
      const whole = canonicalRecord(ops.reduce(applyOp, EMPTY_RECORD));
      for (let bits = 0; bits < 16; bits += 1) {
        const [one, other] = [0, 1].map((side) =>
          ops.filter((_op, i) => ((bits >> i) & 1) === side).reduce(applyOp, EMPTY_RECORD),
        ) as [LwwRecord, LwwRecord];
        expect(canonicalRecord(mergeRecords(one, other))).toBe(whole);
      }
    }
  });
});
