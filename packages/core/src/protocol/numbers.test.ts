import { describe, expect, test } from 'vitest';
import * as z from 'zod/mini';
import { count, millis, partition, reason, replicaId, replicaSeq, sequence } from './scalars.js';

const takes = (schema: () => z.ZodMiniType, value: unknown): boolean => z.safeParse(schema(), value).success;

/** Every number that some of them take and some do not. */
const NUMBERS = [
  -1,
  -0,
  0,
  1,
  270,
  271,
  0.5,
  2 ** 31,
  2 ** 32,
  Number.MAX_SAFE_INTEGER,
  2 ** 53,
  1e300,
  Number.NaN,
  Infinity,
  -Infinity,
];

describe('numbers on the wire', () => {
  test.each<[string, () => z.ZodMiniType, readonly number[]]>([
    ['a count', count, [-0, 0, 1, 270, 271, 2 ** 31, 2 ** 32, Number.MAX_SAFE_INTEGER]],
    ['a sequence', sequence, [1, 270, 271, 2 ** 31, 2 ** 32, Number.MAX_SAFE_INTEGER]],
    ['a partition', partition, [-0, 0, 1, 270]],
    ['a time', millis, NUMBERS.filter(Number.isFinite)],
  ])('%s is one of these and no other', (_what, schema, taken) => {
    expect(NUMBERS.filter((number) => takes(schema, number))).toEqual(taken);
  });

  test.each<[string, () => z.ZodMiniType]>([
    ['a count', count],
    ['a sequence', sequence],
    ['a partition', partition],
    ['a time', millis],
  ])('%s is nothing but a number', (_what, schema) => {
    for (const value of ['1', '', null, undefined, true, [1], { valueOf: () => 1 }, 1n])
      expect(takes(schema, value)).toBe(false);
  });
});

describe('names on the wire', () => {
  test.each(['a', 'a.0', '.0', '-', '_', 'Z', '0'.repeat(64)])('CR-2: %s is a replica', (id) => {
    expect(takes(replicaId, id)).toBe(true);
    expect(takes(replicaSeq, [id, 0])).toBe(true);
  });

  test.each(['', 'a b', 'a\n', 'é', 'a:1', 'a/b', '0'.repeat(65), null, 1, undefined])('CR-2: %j is none', (id) => {
    expect(takes(replicaId, id)).toBe(false);
    expect(takes(replicaSeq, [id, 0])).toBe(false);
  });

  test.each([[[]], [['a']], [['a', -1]], [['a', 0, 0]], [[0, 'a']], ['a0'], [{ 0: 'a', 1: 0 }]])(
    'CR-2: %j is no replica with its sequence',
    (value) => {
      expect(takes(replicaSeq, value)).toBe(false);
    },
  );

  test('a reason is text of up to 4,096 characters', () => {
    expect([0, 1, 4_096].map((length) => takes(reason, 'x'.repeat(length)))).toEqual([true, true, true]);
    expect(takes(reason, 'x'.repeat(4_097))).toBe(false);
    expect(takes(reason, null)).toBe(false);
  });
});
