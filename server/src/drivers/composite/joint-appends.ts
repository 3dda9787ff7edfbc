import type { JointId } from '../../ports/ledger.js';

/** What a host asks the ledger for, as far as it matters for when that may go. */
export interface JointAppend {
  /** `null`: of no host. */
  readonly member: number | null;
  /** The transactions of which it has some of the parts. */
  readonly joint: readonly JointId[];
}

/** PI-27: of each transaction that may be written, the hosts that have parts of it. */
export type ExpectedJoints = ReadonlyMap<JointId, ReadonlySet<number>>;

/**
 * PI-27: what may go into one segment now, in its order: all that has no parts, and parts whose transaction is there whole, among what goes as well. What
 * shares an append with a part that has to wait waits with it.
 */
export function wholeAppends<Append extends JointAppend>(
  waiting: readonly Append[],
  expected: ExpectedJoints,
): readonly Append[] {
  let going = waiting;
  for (;;) {
    const all = going;
    const isWhole = (joint: JointId): boolean =>
      [...(expected.get(joint) ?? NOBODY)].every((member) =>
        all.some((other) => other.member === member && other.joint.includes(joint)),
      );
    going = all.filter(({ joint }) => joint.every((of) => expected.has(of) && isWhole(of)));
    if (going.length === all.length) return going;
  }
}

/** PI-27: whether it has a part of a transaction that is not to be written: the other parts have failed, be it before this one came. */
export const isLate = ({ joint }: JointAppend, expected: ExpectedJoints): boolean =>
  joint.some((of) => !expected.has(of));

const NOBODY: ReadonlySet<number> = new Set();
