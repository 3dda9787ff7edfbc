import { EMPTY_RECORD, type LwwRecord, type Op } from '@topgun/core/crdt';
import fc from 'fast-check';
import { beforeEach, expect, test } from 'vitest';
import { OpAuthor } from '../../testing/op-author.js';
import { judgeOp, outcomeOf } from './judge-op.js';
import { MAX_RECORD_FIELDS, recordSize } from './record-size.js';

const RECORD_BYTES = 1_000;
let author: OpAuthor;
let other: OpAuthor;
beforeEach(() => {
  author = new OpAuthor('r.0', () => 0n);
  other = new OpAuthor('s.0', () => 0n);
});

function accepted(current: LwwRecord | undefined, op: Op): LwwRecord {
  const judged = judgeOp(current, op, RECORD_BYTES);
  if (judged.type === 'refused') throw new Error(judged.refusal.reason);
  return judged.record;
}

const codeOf = (current: LwwRecord | undefined, op: Op, bytes = RECORD_BYTES): string => {
  const judged = judgeOp(current, op, bytes);
  return judged.type === 'refused' ? judged.refusal.code : judged.outcome;
};

test('CR-10: a field or a removal of a record that never existed is refused as absent', () => {
  expect(codeOf(undefined, author.patch('m', 'k', { a: 1 }))).toBe('record-absent');
  expect(codeOf(undefined, author.remove('m', 'k'))).toBe('record-absent');
  expect(codeOf(undefined, author.create('m', 'k'))).toBe('applied');
});

test('CR-10: a removed record still has its existence register, so it can be written to', () => {
  const removed = accepted(accepted(undefined, author.create('m', 'k')), author.remove('m', 'k'));
  expect(codeOf(removed, author.patch('m', 'k', { a: 1 }))).toBe('superseded');
  expect(codeOf(removed, author.remove('m', 'k'))).toBe('applied');
  expect(codeOf(removed, author.create('m', 'k', {}, true))).toBe('applied');
});

test('CL-9: an op is superseded when nothing of it counts any more, and applied while one register does', () => {
  const early = other.patch('m', 'k', { a: 1, b: 1 });
  const created = accepted(undefined, other.create('m', 'k', { a: 0 }));
  author.create('m', 'skipped');
  author.create('m', 'skipped');
  const half = accepted(created, author.patch('m', 'k', { a: 2 }));
  expect(codeOf(half, early)).toBe('applied');
  const whole = accepted(half, author.patch('m', 'k', { b: 2 }));
  expect(codeOf(whole, early)).toBe('superseded');
  expect(outcomeOf(whole, early)).toBe('superseded');
  expect(outcomeOf(undefined, early)).toBe('superseded');
});

test('CL-9: a create counts while its fields do, a removal while nothing re-created the record', () => {
  const create = author.create('m', 'k', { a: 1 });
  const created = accepted(undefined, create);
  expect(outcomeOf(accepted(created, author.create('m', 'k', { b: 1 })), create)).toBe('applied');
  const remove = author.remove('m', 'k');
  const removed = accepted(created, remove);
  expect(outcomeOf(removed, remove)).toBe('applied');
  expect(outcomeOf(removed, create)).toBe('superseded');
  expect(outcomeOf(accepted(removed, author.create('m', 'k', {}, true)), remove)).toBe('superseded');
});

test('CR-9: an extension counts until another one, and on a removed record not at all', () => {
  const create = author.create('m', 'k');
  const first = { ...author.patch('m', 'k', {}), expiresAt: 5 } as Op;
  const second = { ...author.patch('m', 'k', {}), expiresAt: null } as Op;
  const extended = accepted(accepted(undefined, create), first);
  expect(outcomeOf(extended, first)).toBe('applied');
  const cleared = accepted(extended, second);
  expect([outcomeOf(cleared, first), outcomeOf(cleared, second)]).toEqual(['superseded', 'applied']);
  expect(outcomeOf(accepted(cleared, author.remove('m', 'k')), second)).toBe('superseded');
  expect(codeOf(undefined, first)).toBe('record-absent');
});

test('a record that grows beyond its limit by many small writes is refused the write that would do it', () => {
  const bytes = 200;
  let record: LwwRecord | undefined = accepted(undefined, author.create('m', 'k'));
  const outcomes: string[] = [];
  for (let i = 0; i < 10; i += 1) {
    const judged = judgeOp(record, author.patch('m', 'k', { [`f${i}`]: 'x'.repeat(40) }), bytes);
    outcomes.push(judged.type === 'refused' ? judged.refusal.code : judged.outcome);
    if (judged.type === 'accepted') record = judged.record;
  }
  // Four of 46 bytes each fit into 200.
  expect(outcomes).toEqual([...Array(4).fill('applied'), ...Array(6).fill('too-large')]);
  expect(codeOf(record, author.patch('m', 'k', { f0: 'short' }), bytes)).toBe('applied');
});

test('writing one field again and again never makes a record too large', () => {
  const bytes = 100;
  let record = accepted(undefined, author.create('m', 'k'));
  for (let i = 0; i < 50; i += 1) {
    const judged = judgeOp(record, author.patch('m', 'k', { f: `${i}`.padEnd(40) }), bytes);
    if (judged.type === 'refused') throw new Error(judged.refusal.reason);
    record = judged.record;
  }
  expect(record.fields.get('f')?.value).toBe('49'.padEnd(40));
});

test('a record with too many fields is refused another, but not a change of one it has', () => {
  const fields = Object.fromEntries(Array.from({ length: MAX_RECORD_FIELDS }, (_, i) => [`f${i}`, 1]));
  const full = judgeOp(undefined, author.create('m', 'k', fields), 1_000_000);
  if (full.type === 'refused') throw new Error(full.refusal.reason);
  expect(codeOf(full.record, author.patch('m', 'k', { more: 1 }), 1_000_000)).toBe('too-large');
  expect(codeOf(full.record, author.patch('m', 'k', { f0: 2 }), 1_000_000)).toBe('applied');
  expect(codeOf(undefined, author.create('m', 'j', { ...fields, more: 1 }), 1_000_000)).toBe('too-large');
});

test('the size told from op to op is the size of the record, whatever was written, removed and made anew', () => {
  const step = fc.record({
    kind: fc.constantFrom('create' as const, 'restart' as const, 'patch' as const, 'patch' as const, 'remove' as const),
    late: fc.boolean(),
    name: fc.constantFrom('a', 'é"', '__proto__'),
    value: fc.oneof(
      fc.string({ unit: 'binary', maxLength: 20 }),
      fc.constant(undefined),
      fc.uint8Array({ maxLength: 9 }),
    ),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const [early, late] = [new OpAuthor('r.0', () => 0n), new OpAuthor('s.0', () => 0n)];
      for (let i = 0; i < 10; i += 1) late.create('m', 'skipped');
      let record: LwwRecord | undefined;
      for (const { kind, name, value, ...each } of steps) {
        const by = each.late ? late : early;
        const fields = Object.fromEntries(value === undefined ? [] : [[name, value]]);
        const op =
          kind === 'remove'
            ? by.remove('m', 'k')
            : kind === 'patch'
              ? by.patch('m', 'k', fields)
              : by.create('m', 'k', fields, kind === 'restart');
        const judged = judgeOp(record, op, 1_000_000);
        if (judged.type === 'refused') continue;
        const whole = recordSize({ ...judged.record }, EMPTY_RECORD);
        if (record !== undefined && judged.record !== record) expect(recordSize(judged.record, record)).toBe(whole);
        record = judged.record;
      }
    }),
  );
});
