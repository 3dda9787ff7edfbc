import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { reordered } from '../primitives/value.arbitrary.js';
import { applyDecided, applyOp, opToRecord } from './apply-op.js';
import type { LwwRecord } from './lww-record.js';
import { opLists, ops } from './op.arbitrary.js';
import type { Op, RecordOp } from './op.js';
import { modelRecord } from './record-model.arbitrary.js';
import { diffRecords, EMPTY_RECORD, mergeRecords, sameRecord } from './record-merge.js';
import { canonicalRecord, decodeRecord, encodeDelta, encodeRecord } from './wire-record.js';
import { opToWire, wireToOp, type WireOp } from './wire-op.js';

const stateOf = (list: readonly Op[]): LwwRecord => list.reduce(applyOp, EMPTY_RECORD);
const states = opLists.map(stateOf);

const viaWire = (record: LwwRecord): LwwRecord => {
  const decoded = decodeRecord(JSON.parse(JSON.stringify(encodeRecord(record))));
  if (!decoded.ok) throw new Error(`${decoded.error.at}: ${decoded.error.message}`);
  return decoded.value;
};

const opViaWire = (op: Op): Op => {
  const decoded = wireToOp(op.replica, JSON.parse(JSON.stringify(opToWire(op))) as WireOp);
  if (!decoded.ok) throw new Error(`${decoded.error.at}: ${decoded.error.message}`);
  return decoded.value;
};

/** Writes nothing, and no author issues it. */
const isEmptyPatch = (op: Op): boolean => op.kind === 'patch' && op.fields.length === 0 && op.expiresAt === undefined;

const withReorderedValues = (op: RecordOp): RecordOp =>
  op.kind === 'remove'
    ? op
    : {
        ...op,
        fields: [...op.fields]
          .reverse()
          .map(({ name, value }) => ({ name, value: value === undefined ? undefined : reordered(value) })),
      };

describe('merging records', () => {
  test('CR-3, CR-8: the merge of any ops is what the set of them means', () => {
    fc.assert(
      fc.property(opLists, (list) => {
        expect(canonicalRecord(stateOf(list))).toBe(canonicalRecord(modelRecord(list)));
      }),
      { numRuns: 3000 },
    );
  });

  test('CR-8: shuffled, duplicated, grouped, re-encoded deliveries give the same bytes', () => {
    const deliveries = opLists.chain((list) =>
      fc.record({
        list: fc.constant(list),
        extra: fc.subarray([...list]),
        seed: fc.array(fc.integer({ min: 0, max: 999 }), { minLength: 40, maxLength: 40 }),
      }),
    );
    fc.assert(
      fc.property(deliveries, ({ list, extra, seed }) => {
        let turn = 0;
        const roll = (below: number): number => seed[turn++ % seed.length]! % below;
        const shuffled = [...list, ...extra].map((op) => ({ op, at: roll(999) })).sort((a, b) => a.at - b.at);
        // A pool of records, merged pair by pair in any order, some of them sent over the wire in between.
        const pool = shuffled.map(({ op }) => {
          const sent = isEmptyPatch(op) ? op : opViaWire(op);
          return opToRecord(roll(2) === 0 ? sent : withReorderedValues(op));
        });
        while (pool.length > 1) {
          const [a] = pool.splice(roll(pool.length), 1);
          const [b] = pool.splice(roll(pool.length), 1);
          const merged = mergeRecords(a!, b!);
          pool.push(roll(3) === 0 ? viaWire(merged) : merged);
        }
        expect(canonicalRecord(pool[0] ?? EMPTY_RECORD)).toBe(canonicalRecord(stateOf(list)));
      }),
      { numRuns: 1500 },
    );
  });

  test('CR-8: commutative, associative, idempotent', () => {
    fc.assert(
      fc.property(states, states, states, (a, b, c) => {
        const ab = mergeRecords(a, b);
        expect(canonicalRecord(mergeRecords(b, a))).toBe(canonicalRecord(ab));
        expect(canonicalRecord(mergeRecords(ab, c))).toBe(canonicalRecord(mergeRecords(a, mergeRecords(b, c))));
        expect(mergeRecords(ab, b)).toBe(ab);
        expect(mergeRecords(ab, viaWire(a))).toBe(ab);
      }),
      { numRuns: 1000 },
    );
  });

  test('CR-8: the result is the first argument exactly when the second adds nothing', () => {
    fc.assert(
      fc.property(states, states, (a, b) => {
        const merged = mergeRecords(a, b);
        expect(merged === a).toBe(sameRecord(merged, a));
      }),
      { numRuns: 1000 },
    );
  });

  test('CR-3: no register is ever below the floor, and the floor never falls', () => {
    fc.assert(
      fc.property(states, states, (a, b) => {
        const merged = mergeRecords(a, b);
        expect(merged.floor >= a.floor && merged.floor >= b.floor).toBe(true);
        for (const { stamp } of merged.fields.values()) expect(stamp >= merged.floor).toBe(true);
        if (merged.expiry !== null) expect(merged.expiry.stamp >= merged.floor).toBe(true);
      }),
    );
  });

  test('merging changes neither of what it was given', () => {
    fc.assert(
      fc.property(states, states, (a, b) => {
        const before = [canonicalRecord(a), canonicalRecord(b)];
        mergeRecords(a, b);
        expect([canonicalRecord(a), canonicalRecord(b)]).toEqual(before);
      }),
    );
  });

  test('CR-3: applying an op is merging the record it is, in identity too', () => {
    fc.assert(
      fc.property(states, ops, (state, op) => {
        const applied = applyOp(state, op);
        const merged = mergeRecords(state, opToRecord(op));
        expect(canonicalRecord(applied)).toBe(canonicalRecord(merged));
        expect(applied === state).toBe(merged === state);
        expect(canonicalRecord(applyDecided(state, op))).toBe(canonicalRecord(merged));
        expect(canonicalRecord(applyDecided(undefined, op))).toBe(canonicalRecord(opToRecord(op)));
      }),
      { numRuns: 1000 },
    );
  });
});

describe('equality and canonical form', () => {
  test('CR-8: sameRecord, canonical bytes and wire form tell the same states apart', () => {
    fc.assert(
      fc.property(states, states, (a, b) => {
        expect(sameRecord(a, b)).toBe(canonicalRecord(a) === canonicalRecord(b));
        expect(sameRecord(a, viaWire(a))).toBe(true);
        expect(JSON.parse(canonicalRecord(a))).toEqual(JSON.parse(JSON.stringify(encodeRecord(a))));
      }),
      { numRuns: 1000 },
    );
  });
});

describe('deltas', () => {
  test('merge(before, diff(before, after)) is after', () => {
    fc.assert(
      fc.property(states, states, (before, change) => {
        const after = mergeRecords(before, change);
        const delta = diffRecords(before, after);
        expect(canonicalRecord(mergeRecords(before, delta))).toBe(canonicalRecord(after));
        expect(canonicalRecord(mergeRecords(before, viaWire(delta)))).toBe(canonicalRecord(after));
      }),
      { numRuns: 1500 },
    );
  });

  test('a delta holds only what changed, and none is the empty record itself', () => {
    fc.assert(
      fc.property(states, states, (before, change) => {
        const after = mergeRecords(before, change);
        const delta = diffRecords(before, after);
        expect(delta === EMPTY_RECORD).toBe(after === before);
        for (const [name, register] of delta.fields) {
          expect(after.fields.get(name)).toBe(register);
          const held = before.fields.get(name);
          expect(held !== undefined && sameRecord(only(name, held), only(name, register))).toBe(false);
        }
        if (delta.expiry !== null) {
          expect(after.expiry).toBe(delta.expiry);
          expect(before.expiry).not.toEqual(delta.expiry);
        }
        expect(diffRecords(before, viaWire(before))).toBe(EMPTY_RECORD);
      }),
      { numRuns: 1000 },
    );
  });

  test('a delta is encoded without being made', () => {
    fc.assert(
      fc.property(states, states, (before, change) => {
        const after = mergeRecords(before, change);
        expect(encodeDelta(before, after)).toEqual(encodeRecord(diffRecords(before, after)));
        expect(encodeDelta(viaWire(before), after)).toEqual(encodeDelta(before, after));
      }),
      { numRuns: 1000 },
    );
  });

  const only = (name: string, register: LwwRecord['fields'] extends ReadonlyMap<string, infer R> ? R : never) => ({
    ...EMPTY_RECORD,
    fields: new Map([[name, register]]),
  });
});
