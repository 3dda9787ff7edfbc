import { describe, expect, test } from 'vitest';
import { applyOp } from './apply-op.js';
import type { LwwRecord } from './lww-record.js';
import { diffRecords, EMPTY_RECORD, mergeRecords, sameRecord } from './record-merge.js';
import { choices, SMALL_OPS } from './small-ops.arbitrary.js';
import { canonicalRecord, decodeRecord, encodeDelta, isEmptyWireRecord } from './wire-record.js';

// The states that up to two small ops make, each once: a small lattice, looked through whole.

const STATES: readonly LwwRecord[] = [
  ...new Map(
    [0, 1, 2]
      .flatMap((count) => [
        ...choices(
          SMALL_OPS.filter(({ key }) => key === 'x'),
          count,
        ),
      ])
      .map((ops) => ops.reduce(applyOp, EMPTY_RECORD))
      .map((record) => [canonicalRecord(record), record] as const),
  ).values(),
];

const isBelow = (a: LwwRecord, b: LwwRecord): boolean => mergeRecords(b, a) === b;

describe('the order of states', () => {
  test('CR-8: there are enough of them to say anything', () => expect(STATES.length).toBeGreaterThan(30));

  test('CR-8: every state is below itself, and nothing is below the empty one', () => {
    for (const a of STATES) {
      expect(isBelow(a, a)).toBe(true);
      expect(isBelow(EMPTY_RECORD, a)).toBe(true);
      expect(isBelow(a, EMPTY_RECORD)).toBe(a === STATES[0]);
    }
  });

  test('CR-8: two that are below each other are one state', () => {
    for (const a of STATES)
      for (const b of STATES) if (isBelow(a, b) && isBelow(b, a)) expect(sameRecord(a, b)).toBe(true);
  });

  test('CR-8: what is below something that is below a third is below that', () => {
    const wrong: unknown[] = [];
    for (const a of STATES) {
      for (const b of STATES.filter((state) => isBelow(a, state))) {
        for (const c of STATES) if (isBelow(b, c) && !isBelow(a, c)) wrong.push([a, b, c]);
      }
    }
    expect(wrong).toEqual([]);
  });

  test('CR-8: the merge of two is above both, and below all that is above both', () => {
    const wrong: unknown[] = [];
    for (const a of STATES) {
      for (const b of STATES) {
        const both = mergeRecords(a, b);
        if (!isBelow(a, both) || !isBelow(b, both)) wrong.push([a, b]);
        for (const c of STATES) if (isBelow(a, c) && isBelow(b, c) && !isBelow(both, c)) wrong.push([a, b, c]);
      }
    }
    expect(wrong).toEqual([]);
  });

  test('CR-8: merging in three groupings and six orders is one thing', () => {
    const texts = new Map<string, Set<string>>();
    const few = STATES.filter((_state, i) => i % 3 === 0);
    for (const a of few) {
      for (const b of few) {
        for (const c of few) {
          const name = [a, b, c].map(canonicalRecord).sort().join(' ');
          const seen = texts.get(name) ?? new Set();
          texts.set(name, seen);
          seen.add(canonicalRecord(mergeRecords(mergeRecords(a, b), c)));
          seen.add(canonicalRecord(mergeRecords(a, mergeRecords(b, c))));
        }
      }
    }
    expect([...texts.values()].filter(({ size }) => size !== 1)).toEqual([]);
  });
});

describe('deltas between states', () => {
  test('SY-1: from a state to one above it: merged into the first they give the second, in memory and over the wire', () => {
    for (const a of STATES) {
      for (const b of STATES) {
        const after = mergeRecords(a, b);
        expect(canonicalRecord(mergeRecords(a, diffRecords(a, after)))).toBe(canonicalRecord(after));
        const read = decodeRecord(JSON.parse(JSON.stringify(encodeDelta(a, after))));
        expect(read.ok && canonicalRecord(mergeRecords(a, read.value))).toBe(canonicalRecord(after));
      }
    }
  });

  test('SY-1: say nothing exactly when nothing has changed, and never more than the whole state', () => {
    for (const a of STATES) {
      for (const b of STATES) {
        const after = mergeRecords(a, b);
        const delta = encodeDelta(a, after);
        expect(isEmptyWireRecord(delta)).toBe(after === a);
        expect(delta[3].length).toBeLessThanOrEqual(after.fields.size);
      }
    }
  });
});
