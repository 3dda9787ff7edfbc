import {
  canonicalRecord,
  encodeDelta,
  decodeRecord,
  materialize,
  mergeRecords,
  type LwwRecord,
} from '@topgun/core/crdt';
import { canonicalJson, type Value } from '@topgun/core/primitives';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { groupRecord, groupStamp } from './group-record.js';

const field = fc.oneof(
  fc.integer({ min: 0, max: 3 }),
  fc.constantFrom<Value[]>(null, 'x', true, { a: [1] }, Uint8Array.of(1)),
);
/** The values that one group has had, one after the other: which fields it has is given by its query and its key. */
const history = fc
  .subarray(['by', '__proto__', 'sum', '', '_key'])
  .chain((names) =>
    fc
      .array(fc.tuple(...names.map(() => field)), { minLength: 1, maxLength: 6 })
      .map((rows) => rows.map((row) => valueOf(names, row))),
  );

function valueOf(names: readonly string[], row: readonly Value[]): Value {
  return Object.fromEntries(names.map((name, at) => [name, row[at]!]));
}

test('QU-41: the record of a group shows as its value', () => {
  fc.assert(
    fc.property(history, ([value]) => {
      const record = groupRecord(value!, groupStamp(5));
      expect(canonicalJson(materialize(record)!)).toBe(canonicalJson(value!));
    }),
  );
});

test('QU-41: who merges what changed from commit to commit, in any order, has the record by its latest commit', () => {
  fc.assert(
    fc.property(history, fc.infiniteStream(fc.nat()), (values, order) => {
      let latest: LwwRecord | undefined;
      const told: { readonly at: number; readonly delta: LwwRecord }[] = [];
      for (const [commit, value] of values.entries()) {
        const next = groupRecord(value, groupStamp(commit + 1), latest);
        const isSame = latest !== undefined && canonicalJson(value) === canonicalJson(materialize(latest)!);
        expect(next === latest, 'the same says nothing').toBe(isSame);
        const delta = decodeRecord(encodeDelta(latest ?? { ...next, existence: null, fields: new Map() }, next));
        if (!delta.ok) throw new Error(delta.error.message);
        told.push({ at: order.next().value, delta: delta.value });
        latest = next;
      }
      const merged = told
        .sort((a, b) => a.at - b.at)
        .reduce((held, { delta }) => mergeRecords(held, delta), told[0]!.delta);
      expect(canonicalRecord(merged)).toBe(canonicalRecord(latest!));
    }),
  );
});

test('QU-41: a register keeps the stamp of the commit since when it says what it says', () => {
  const first = groupRecord({ of: 'a', rows: 1, sum: 3 }, groupStamp(7));
  const then = groupRecord({ of: 'a', rows: 2, sum: 3 }, groupStamp(9), first);
  expect(Object.fromEntries(then.fields)).toEqual({
    of: { stamp: groupStamp(7), value: 'a' },
    rows: { stamp: groupStamp(9), value: 2 },
    sum: { stamp: groupStamp(7), value: 3 },
  });
  expect(then.existence).toEqual({ stamp: groupStamp(7), op: 'create' });
});
