import { describe, expect, test } from 'vitest';
import { applyOp, opToRecord } from './apply-op.js';
import type { LwwRecord } from './lww-record.js';
import { materialize } from './materialize.js';
import type { RecordOp } from './op.js';
import { modelRecord } from './record-model.arbitrary.js';
import { EMPTY_RECORD, mergeRecords } from './record-merge.js';
import { choices, orders, SMALL_OPS } from './small-ops.arbitrary.js';
import { canonicalRecord, decodeRecord, encodeRecord } from './wire-record.js';

// All choices of up to four of a dozen ops over two records, each in every order: against the definition of what a set of ops means.

type Records = ReadonlyMap<string, LwwRecord>;

function delivered(ops: readonly RecordOp[]): Records {
  const records = new Map<string, LwwRecord>();
  for (const op of ops) records.set(op.key, applyOp(records.get(op.key) ?? EMPTY_RECORD, op));
  return records;
}

const textOf = (records: Records): string =>
  ['x', 'y'].map((key) => canonicalRecord(records.get(key) ?? EMPTY_RECORD)).join(' ');

const meaningOf = (ops: readonly RecordOp[]): string =>
  ['x', 'y'].map((key) => canonicalRecord(modelRecord(ops.filter((op) => op.key === key)))).join(' ');

/** What is wrong, told by the ops; there may be thousands. */
class Findings {
  readonly found: string[] = [];
  looked = 0;

  expect(holds: boolean, ops: readonly RecordOp[]): void {
    this.looked += 1;
    if (!holds && this.found.length < 5) this.found.push(JSON.stringify(ops));
  }
}

describe('every order of every few ops', () => {
  test.each([1, 2, 3, 4])('CR-3, CR-8: of %i of them: the state is what the set of them means', (count) => {
    const findings = new Findings();
    for (const ops of choices(SMALL_OPS, count)) {
      const meant = meaningOf(ops);
      for (const order of orders(ops)) findings.expect(textOf(delivered(order)) === meant, order);
    }
    expect(findings.found).toEqual([]);
    expect(findings.looked).toBeGreaterThanOrEqual(SMALL_OPS.length);
  });

  test('CR-8: with one of them delivered once more, at any place, nothing changes', () => {
    const findings = new Findings();
    for (const ops of choices(SMALL_OPS, 3)) {
      const meant = meaningOf(ops);
      for (const again of ops) {
        for (let at = 0; at <= ops.length; at += 1) {
          const twice = [...ops.slice(0, at), again, ...ops.slice(at)];
          findings.expect(textOf(delivered(twice)) === meant, twice);
        }
      }
    }
    expect(findings.found).toEqual([]);
  });

  test('CR-8: split between two replicas in every way, each of which merges the other’s state over the wire', () => {
    const overTheWire = (record: LwwRecord): LwwRecord => {
      const read = decodeRecord(JSON.parse(JSON.stringify(encodeRecord(record))));
      if (!read.ok) throw new Error(read.error.message);
      return read.value;
    };
    const findings = new Findings();
    for (const ops of choices(
      SMALL_OPS.filter(({ key }) => key === 'x'),
      4,
    )) {
      const meant = canonicalRecord(modelRecord(ops));
      for (let bits = 0; bits < 2 ** ops.length; bits += 1) {
        const [here, there] = [1, 0].map((side) =>
          ops.filter((_op, i) => ((bits >> i) & 1) === side).reduce(applyOp, EMPTY_RECORD),
        ) as [LwwRecord, LwwRecord];
        const both = [mergeRecords(here, overTheWire(there)), mergeRecords(overTheWire(there), here)];
        findings.expect(
          both.every((record) => canonicalRecord(record) === meant),
          ops,
        );
      }
    }
    expect(findings.found).toEqual([]);
  });

  test('CR-5: whatever was written up to a removal, nothing of it shows after, in any order', () => {
    const removal = SMALL_OPS.find((op) => op.kind === 'remove' && op.key === 'x')!;
    const earlier = SMALL_OPS.filter((op) => op.key === 'x' && op.stamp < removal.stamp);
    for (const ops of choices(earlier, 2)) {
      for (const order of orders([...ops, removal])) {
        expect(materialize(delivered(order).get('x'))).toBeUndefined();
      }
    }
  });

  test('the same look finds a merge that takes whatever comes last', () => {
    const lastWins = (record: LwwRecord, op: RecordOp): LwwRecord => {
      const delta = opToRecord(op);
      return {
        ...delta,
        existence: delta.existence ?? record.existence,
        fields: new Map([...record.fields, ...delta.fields]),
      };
    };
    const findings = new Findings();
    for (const ops of choices(SMALL_OPS, 2)) {
      const record = ops.filter(({ key }) => key === 'x').reduce(lastWins, EMPTY_RECORD);
      findings.expect(
        canonicalRecord(record) === canonicalRecord(modelRecord(ops.filter(({ key }) => key === 'x'))),
        ops,
      );
    }
    expect(findings.found.length).toBeGreaterThan(0);
  });
});
