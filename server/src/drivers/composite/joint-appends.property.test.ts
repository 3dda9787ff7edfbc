import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isLate, wholeAppends, type JointAppend } from './joint-appends.js';

const JOINTS = ['j1', 'j2', 'j3'];
const joints = fc.uniqueArray(fc.constantFrom(...JOINTS), { maxLength: 3 });
/** A host has one append at a time. */
const waiting: fc.Arbitrary<JointAppend[]> = fc.uniqueArray(
  fc.record({ member: fc.option(fc.nat(3), { freq: 5 }), joint: joints }),
  { maxLength: 5, selector: ({ member }) => member ?? {} },
);
const expected = fc
  .array(fc.tuple(fc.constantFrom(...JOINTS), fc.uniqueArray(fc.nat(3), { maxLength: 4 })))
  .map((pairs) => new Map(pairs.map(([joint, members]) => [joint, new Set(members)])));

/** By the definition: of each transaction in it, every host that has parts. */
const isClosed = (appends: readonly JointAppend[], of: ReadonlyMap<string, ReadonlySet<number>>): boolean =>
  appends.every(({ joint }) =>
    joint.every((one) => {
      const members = of.get(one);
      return (
        members !== undefined && [...members].every((m) => appends.some((a) => a.member === m && a.joint.includes(one)))
      );
    }),
  );

const subsets = <T>(of: readonly T[]): T[][] =>
  of.reduce<T[][]>((all, one) => [...all, ...all.map((some) => [...some, one])], [[]]);

test('PI-27: what goes into a segment has every transaction whole, is all that can go, and is in order', () => {
  fc.assert(
    fc.property(waiting, expected, (appends, of) => {
      const going = wholeAppends(appends, of);
      expect(isClosed(going, of)).toBe(true);
      for (const some of subsets(appends)) if (isClosed(some, of)) expect(going).toEqual(expect.arrayContaining(some));
      expect(going).toEqual(appends.filter((append) => going.includes(append)));
      expect(going.some((append) => isLate(append, of))).toBe(false);
    }),
  );
});

test('PI-27: what shares an append with a part that waits is no reason for others to go', () => {
  const of = new Map([
    ['j1', new Set([0, 1])],
    ['j2', new Set([0, 2])],
  ]);
  const both = { member: 0, joint: ['j1', 'j2'] };
  const one = { member: 1, joint: ['j1'] };
  expect(wholeAppends([both, one], of)).toEqual([]);
  expect(wholeAppends([both, one, { member: 2, joint: ['j2'] }], of)).toHaveLength(3);
});
