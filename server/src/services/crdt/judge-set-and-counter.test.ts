import { materialize, MAX_SET_TAGS, type LwwRecord, type Op } from '@topgun/core/crdt';
import type { Stamp } from '@topgun/core/clock';
import { beforeEach, expect, test } from 'vitest';
import { OpAuthor } from '../../testing/op-author.js';
import { judgeOp, outcomeOf } from './judge-op.js';

const RECORD_BYTES = 1_000_000;
let author: OpAuthor;
let other: OpAuthor;
beforeEach(() => {
  author = new OpAuthor('r.0', () => 0n);
  other = new OpAuthor('s.0', () => 0n);
});

function accepted(current: LwwRecord | undefined, op: Op, bytes = RECORD_BYTES): LwwRecord {
  const judged = judgeOp(current, op, bytes);
  if (judged.type === 'refused') throw new Error(judged.refusal.reason);
  return judged.record;
}

const codeOf = (current: LwwRecord | undefined, op: Op, bytes = RECORD_BYTES): string => {
  const judged = judgeOp(current, op, bytes);
  return judged.type === 'refused' ? judged.refusal.code : judged.outcome;
};

test('CR-6: a set needs no record, whichever of its ops comes first', () => {
  const add = author.add('m', 'k', 'x');
  const discard = other.discard('m', 'k', 'x', [add.stamp]);
  expect(codeOf(undefined, discard)).toBe('applied');
  expect(materialize(accepted(accepted(undefined, discard), add))).toBeUndefined();
  expect(materialize(accepted(accepted(undefined, add), discard))).toBeUndefined();
});

test('CL-9, CR-6: an add is superseded when its tag was taken away before it came, a removal when nothing of it counts', () => {
  const add = author.add('m', 'k', 'x');
  const discard = other.discard('m', 'k', 'x', [add.stamp]);
  expect(codeOf(accepted(undefined, discard), add)).toBe('superseded');
  const again = accepted(accepted(undefined, add), author.add('m', 'k', 'x'));
  expect(codeOf(again, discard)).toBe('superseded');
  expect(outcomeOf(undefined, add)).toBe('superseded');
});

test('CR-6: a key has at most so many tags, which a value that is there may still move', () => {
  let record: LwwRecord | undefined;
  for (let i = 0; i < MAX_SET_TAGS; i += 1) record = accepted(record, author.add('m', 'k', i));
  expect(codeOf(record, author.add('m', 'k', 'more'))).toBe('too-large');
  expect(codeOf(record, author.add('m', 'k', 7))).toBe('applied');
  expect(codeOf(record, author.discard('m', 'k', 7, ['-------0---x' as Stamp]))).toBe('too-large');
});

test('CR-6: the values of a key count in bytes too', () => {
  const record = accepted(undefined, author.add('m', 'k', 'x'.repeat(60)), 100);
  expect(codeOf(record, author.add('m', 'k', 'y'.repeat(60)), 100)).toBe('too-large');
  expect(codeOf(record, author.add('m', 'k', 'y'), 100)).toBe('applied');
});

test('CR-7: a counter counts each op given to it, and stays within the exact whole numbers', () => {
  const one = accepted(undefined, author.count('m', '', 5));
  const two = accepted(one, other.count('m', '', -7));
  expect(materialize(two)).toBe(-2);
  const full = accepted(undefined, author.count('m', 'k', Number.MAX_SAFE_INTEGER));
  expect(codeOf(full, other.count('m', 'k', 1))).toBe('too-large');
  expect(codeOf(full, other.count('m', 'k', -1))).toBe('applied');
});
