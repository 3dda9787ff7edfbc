import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyOp, EMPTY_RECORD, isVisible, materialize, type LwwRecord, type RecordOp } from '../crdt/index.js';
import { modelRecord } from '../crdt/record-model.arbitrary.js';
import { isPlainObject } from '../primitives/index.js';
import { defineSchema } from './define-schema.js';
import { judgeOpEffect } from './judge-write.js';
import { pairIssue, pairOps, pairValidator } from './pair-schema.arbitrary.js';

const schema = defineSchema({ m: pairValidator }).of('m')!;

/** The record that a set of ops means, by the definition that shares no code with the merge. */
const modelValue = (ops: readonly RecordOp[]) => {
  const record = modelRecord(ops);
  return isVisible(record) ? materialize(record) : undefined;
};

/** Takes what is judged right, in this order, as a server does. */
function take(ops: readonly RecordOp[], judge: (op: RecordOp, before: LwwRecord, after: LwwRecord) => boolean) {
  const accepted: RecordOp[] = [];
  let record: LwwRecord = EMPTY_RECORD;
  for (const op of ops) {
    const after = applyOp(record, op);
    if (!judge(op, record, after)) continue;
    accepted.push(op);
    record = after;
  }
  return { record, accepted };
}

const isRight = (op: RecordOp, before: LwwRecord, after: LwwRecord): boolean =>
  judgeOpEffect(schema, op, before, after).length === 0;

describe('SC-4: the effect of an op', () => {
  test('is judged as the naive merged record is, whatever came before and in whatever order', () => {
    fc.assert(
      fc.property(pairOps, (ops) => {
        const accepted: RecordOp[] = [];
        take(ops, (op, before, after) => {
          const shows = modelValue([...accepted, op]);
          const hidden = shows === undefined;
          const said = isRight(op, before, after);
          // What shows is right exactly when the whole record is: it was before.
          if (!hidden && after !== before) expect(said).toBe(pairIssue(shows) === null);
          if (hidden && op.kind === 'remove') expect(said).toBe(true);
          if (said) accepted.push(op);
          return said;
        });
      }),
      { numRuns: 1_000 },
    );
  });

  test('leaves a record that is right, whatever shows of it, once what was kept hidden has been judged too', () => {
    fc.assert(
      fc.property(pairOps, (ops) => {
        const { record, accepted } = take(ops, isRight);
        const shows = materialize(record);
        expect(shows).toEqual(modelValue(accepted));
        if (isVisible(record)) expect(pairIssue(shows!)).toBeNull();
      }),
      { numRuns: 1_000 },
    );
  });

  test('a judge that looks at what the op says, and not at what it makes, is found out', () => {
    const bySelf = (op: RecordOp): boolean =>
      op.kind === 'remove' ||
      op.fields.every(({ name, value }) =>
        name === 'a' ? typeof value === 'string' : value === undefined || typeof value === 'number',
      );
    const wrong = fc.sample(pairOps, 2_000).filter((ops) => {
      const { record } = take(ops, bySelf);
      const shows = materialize(record);
      return shows !== undefined && isPlainObject(shows) && pairIssue(shows) !== null;
    });
    expect(wrong.length).toBeGreaterThan(0);
  });
});

describe('SC-5: what a record had wrong before', () => {
  const wrongBefore = (ops: readonly RecordOp[]) => take(ops, () => true).record;

  test('keeps nobody from editing what they name, and nothing gets worse', () => {
    fc.assert(
      fc.property(pairOps, pairOps, (first, then) => {
        let record = wrongBefore(first);
        for (const op of then) {
          const after = applyOp(record, op);
          const issues = judgeOpEffect(schema, op, record, after);
          const before = materialize(record);
          const shows = materialize(after);
          if (issues.length > 0 || op.kind === 'remove' || shows === undefined || after === record) continue;
          const issue = pairIssue(shows);
          // Taken: right, or wrong as it was, in what the op does not name.
          if (issue !== null) {
            expect(before === undefined ? null : pairIssue(before)).toBe(issue);
            expect(op.fields.map(({ name }) => name)).not.toContain(issue);
          }
          record = after;
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
