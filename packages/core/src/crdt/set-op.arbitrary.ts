import * as fc from 'fast-check';
import { encodeStamp } from '../clock/stamp.js';
import type { ReplicaId } from '../clock/timestamp.js';
import { canonicalJson } from '../primitives/canonical-json.js';
import { values } from '../primitives/value.arbitrary.js';
import type { Value } from '../primitives/value.js';
import type { AddOp, DiscardOp } from './op.js';

export type SetOp = AddOp | DiscardOp;

/** Some whose texts begin alike, hold spaces, or are one value written in two ways. */
const setValues: fc.Arbitrary<Value> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom<Value>('x', 'x y', 1, 10, null, false, { a: 1, b: 2 }, { b: 2, a: 1 }, [1], 'a.0'),
  },
  { weight: 1, arbitrary: values },
);

const drafts = fc.array(
  fc.record({
    by: fc.constantFrom('a.0', 'b.0', 'c.0'),
    value: setValues,
    adds: fc.integer({ min: 0, max: 2 }),
    /** Which of the earlier tags of the value the author saw. */
    saw: fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }),
    ahead: fc.integer({ min: 0, max: 3 }),
  }),
  { maxLength: 12 },
);

/**
 * Ops of three replicas on one set, each replica's in sequence and with growing stamps, though not in one order among each other: whoever
 * is ahead writes later stamps. What an author saw is any part of what was there.
 */
export const setOpLists: fc.Arbitrary<readonly SetOp[]> = drafts.map((list) => {
  const ops: SetOp[] = [];
  const clock = new Map<string, number>();
  for (const [at, { by, value, adds, saw, ahead }] of list.entries()) {
    const replica = by as ReplicaId;
    const millis = Math.max(at, (clock.get(by) ?? 0) + 1) + ahead;
    clock.set(by, millis);
    const text = canonicalJson(value);
    const there = ops.filter((op) => op.kind === 'add' && canonicalJson(op.value) === text);
    const tags = there.filter((_, i) => saw[i] === true).map(({ stamp }) => stamp);
    const kind = adds > 0 || tags.length === 0 ? 'add' : 'discard';
    const stamp = encodeStamp({ millis, counter: 0, replica });
    ops.push({ kind, replica, seq: at + 1, stamp, map: 'm', key: 'k', value, tags });
  }
  return ops;
});
