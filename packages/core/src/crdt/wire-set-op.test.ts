import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stampReplica } from '../clock/stamp.js';
import type { ReplicaId, Stamp } from '../clock/timestamp.js';
import type { Op } from './op.js';
import { setOpLists } from './set-op.arbitrary.js';
import { checkWireOp, opToWire, wireToOp, type WireOp } from './wire-op.js';

const replica = 'a.0' as ReplicaId;
const STAMP = '-------0---a.0';

describe('ops of sets and counters on the wire', () => {
  test('CR-6, CR-7: come back as they were', () => {
    fc.assert(
      fc.property(setOpLists, fc.maxSafeInteger(), fc.constantFrom('', 'k'), (list, delta, key) => {
        const { stamp } = list[0] ?? { stamp: STAMP as Stamp };
        const count: Op = {
          kind: 'count',
          replica: stampReplica(stamp),
          seq: 1,
          stamp,
          map: 'm',
          key,
          delta: delta || 1,
        };
        for (const op of [...list, count]) {
          const wire: unknown = JSON.parse(JSON.stringify(opToWire(op)));
          expect(checkWireOp(wire)).toBeNull();
          expect(wireToOp(op.replica, wire as WireOp)).toEqual({ ok: true, value: op });
        }
      }),
    );
  });

  test.each<[unknown, string]>([
    [[1, STAMP, 'm', 'k', 'a'], '[5]'],
    [[1, STAMP, 'm', 'k', 'a', {}], '[5]'],
    [[1, STAMP, 'm', 'k', 'a', []], '[5]'],
    [[1, STAMP, 'm', 'k', 'a', [1, 'x', STAMP]], '[5][1]'],
    [[1, STAMP, 'm', 'k', 'x', [1, STAMP, 'x']], '[5][2]'],
    [[1, STAMP, 'm', 'k', 'n', []], '[5]'],
    [[1, STAMP, 'm', 'k', 'n', [1, 2]], '[5]'],
    [[1, STAMP, 'm', 'k', 'axn', []], '[4]'],
    [[1, STAMP, 'm', 'k', ['a'], []], '[4]'],
    [[1, STAMP, 'm', 'k', 'z'], '[4]'],
  ])('CR-6, CR-7: %j has not the form of one, at %j', (wire, at) => {
    expect(checkWireOp(wire)?.at).toBe(at);
  });

  test.each<[unknown, string, string]>([
    [[1, STAMP, 'm', 'k', 'a', [{ a: { $bytes: '!' } }]], 'invalid-value', '[5][0].a'],
    [[1, STAMP, 'm', 'k', 'x', [1]], 'invalid-op', '[5]'],
    [[1, STAMP, 'm', 'k', 'x', [1, ...Array<string>(4_097).fill(STAMP)]], 'too-large', '[5]'],
    [[1, STAMP, 'm', '', 'a', [1]], 'invalid-key', '[3]'],
    [[1, STAMP, 'm', 'k', 'n', [0]], 'invalid-value', '[5][0]'],
    [[1, STAMP, 'm', 'k', 'n', [0.5]], 'invalid-value', '[5][0]'],
    [[1, STAMP, 'm', 'k', 'n', [2 ** 53]], 'invalid-value', '[5][0]'],
    [[1, STAMP, 'm', 'k', 'n', ['1']], 'invalid-value', '[5][0]'],
    [[1, STAMP, 'm', '\ud800', 'n', [1]], 'invalid-key', '[3]'],
  ])('CR-6, CR-7: %j is refused with a code and the place', (wire, code, at) => {
    expect(checkWireOp(wire)).toBeNull();
    const op = wireToOp(replica, wire as WireOp);
    expect(!op.ok && [op.error.code, op.error.at]).toEqual([code, at]);
  });
});
