import type { LwwRecord, Op } from '@topgun/core/crdt';
import { beforeEach, expect, test } from 'vitest';
import { OpAuthor } from '../../testing/op-author.js';
import { judgeOp, outcomeOf } from './judge-op.js';

const BOUNDS = { opBytes: 100, recordBytes: 1_000 };
let author: OpAuthor;
let other: OpAuthor;
beforeEach(() => {
  author = new OpAuthor('r.0', () => 0n);
  other = new OpAuthor('s.0', () => 0n);
});

function accepted(current: LwwRecord | undefined, op: Op): LwwRecord {
  const judged = judgeOp(current, op, BOUNDS);
  if (judged.type === 'refused') throw new Error(judged.refusal.reason);
  return judged.record;
}

const codeOf = (current: LwwRecord | undefined, op: Op, bounds = BOUNDS): string => {
  const judged = judgeOp(current, op, bounds);
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

test('a record that grows beyond its limit by many small writes is refused the write that would do it', () => {
  const bounds = { opBytes: 60, recordBytes: 200 };
  let record: LwwRecord | undefined = accepted(undefined, author.create('m', 'k'));
  const outcomes: string[] = [];
  for (let i = 0; i < 10; i += 1) {
    const judged = judgeOp(record, author.patch('m', 'k', { [`f${i}`]: 'x'.repeat(40) }), bounds);
    outcomes.push(judged.type === 'refused' ? judged.refusal.code : judged.outcome);
    if (judged.type === 'accepted') record = judged.record;
  }
  // Four of 46 bytes each fit into 200.
  expect(outcomes).toEqual([...Array(4).fill('applied'), ...Array(6).fill('too-large')]);
  expect(codeOf(record, author.patch('m', 'k', { f0: 'short' }), bounds)).toBe('applied');
});

test('writing one field again and again never makes a record too large', () => {
  const bounds = { opBytes: 60, recordBytes: 100 };
  let record = accepted(undefined, author.create('m', 'k'));
  for (let i = 0; i < 50; i += 1) {
    const judged = judgeOp(record, author.patch('m', 'k', { f: `${i}`.padEnd(40) }), bounds);
    if (judged.type === 'refused') throw new Error(judged.refusal.reason);
    record = judged.record;
  }
  expect(record.fields.get('f')?.value).toBe('49'.padEnd(40));
});
