import { DEFAULT_LIMITS } from '@topgun/core/protocol';
import { expect, test } from 'vitest';
import { KEPT_REFUSALS, ReplicaProgress } from './replica-progress.js';

const refusal = { code: 'record-absent', reason: 'no such record' } as const;

test('PI-11: keeps the highest decided sequence and the refusals', () => {
  const progress = new ReplicaProgress();
  expect(progress.decided).toBe(0);
  progress.decide(1, undefined);
  progress.decide(4, refusal);
  expect(progress.decided).toBe(4);
  expect(progress.refusal(4)).toBe(refusal);
  expect(progress.refusal(1)).toBeUndefined();
});

test('PI-11: of the refusals the last 2,048 are kept', () => {
  const progress = new ReplicaProgress();
  for (let seq = 1; seq <= KEPT_REFUSALS + 3; seq += 1) progress.decide(seq, refusal);
  expect(KEPT_REFUSALS).toBe(2_048);
  expect([1, 3, 4, KEPT_REFUSALS + 3].map((seq) => progress.refusal(seq))).toEqual([
    undefined,
    undefined,
    refusal,
    refusal,
  ]);
});

test('PI-11, CL-5: what may be undecided, and so be sent again, finds every refusal still kept', () => {
  // And what the client had heard of, but not stored, when it was gone.
  expect(2 * DEFAULT_LIMITS.windowOps).toBeLessThanOrEqual(KEPT_REFUSALS);
});

test('PI-11: deciding an op twice is a defect, not an outcome', () => {
  const progress = new ReplicaProgress();
  progress.decide(2, undefined);
  expect(() => progress.decide(2, undefined)).toThrow('decided before');
  expect(() => progress.decide(1, undefined)).toThrow('decided before');
});
