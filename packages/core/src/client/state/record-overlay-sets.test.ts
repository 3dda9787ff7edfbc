import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { encodeStamp, type ReplicaId } from '../../clock/index.js';
import { EMPTY_RECORD, materialize, opToRecord, planAdd, planDiscard, type Op, type OpBody } from '../../crdt/index.js';
import { setOpLists } from '../../crdt/set-op.arbitrary.js';
import type { Value } from '../../primitives/index.js';
import { countVisits } from '../testing/count-visits.js';
import { RecordOverlay } from './record-overlay.js';

const OWN = 'own.0' as ReplicaId;
const KEY = 'k';

const overlayAt = (now: number): RecordOverlay => new RecordOverlay({ now: () => now, note: () => {} });

/** The own replica's ops, each later than all that it sees. */
function author(overlay: RecordOverlay): (body: OpBody | null) => Op | null {
  let seq = 0;
  return (body) => {
    if (body === null) return null;
    seq += 1;
    const stamp = encodeStamp({ millis: 1_000 + seq, counter: 0, replica: OWN });
    const op = { ...body, replica: OWN, seq, stamp, map: 'm', key: KEY } as Op;
    overlay.add(op);
    return op;
  };
}

const words: fc.Arbitrary<Value> = fc.oneof(
  fc.constantFrom<Value>('x', 'x y', 1, 10, -0, { a: 1, b: 2 }, { b: 2, a: 1 }, [1]),
  fc.string({ maxLength: 3 }),
);

const steps = fc.array(
  fc.oneof(
    fc.record({ type: fc.constantFrom('add', 'add', 'add', 'remove'), value: words }),
    fc.record({ type: fc.constantFrom('confirm', 'refuse') }),
    fc.record({ type: fc.constant('hear'), pick: fc.nat() }),
    fc.record({ type: fc.constant('create'), value: words }),
  ) as fc.Arbitrary<{ type: string; value?: Value; pick?: number }>,
  { maxLength: 30 },
);

describe('a set that is shown while ops of it are pending', () => {
  it('CL-2, CR-6: is what the record says, however it got there, and the same array until it changes', () => {
    let added = 0;
    fc.assert(
      fc.property(steps, setOpLists, (taken, elsewhere) => {
        const overlay = overlayAt(0);
        const write = author(overlay);
        const undecided: Op[] = [];
        for (const { type, value, pick = 0 } of taken) {
          const before = overlay.values.get(KEY);
          if (type === 'hear') {
            if (elsewhere.length > 0) overlay.mergeBase(KEY, opToRecord(elsewhere[pick % elsewhere.length]!));
          } else if (type === 'confirm' || type === 'refuse') {
            const op = undecided.shift();
            if (op !== undefined && type === 'confirm') overlay.confirm(op);
            if (op !== undefined && type === 'refuse') overlay.refuse([op]);
          } else {
            const op = write(bodyOf(type, overlay, value!));
            if (op !== null) undecided.push(op);
            if (type === 'add') added += 1;
          }
          const after = overlay.values.get(KEY);
          const told = materialize(overlay.record(KEY));
          expect(after).toEqual(told);
          if (JSON.stringify(before) === JSON.stringify(after)) expect(after).toBe(before);
        }
      }),
      { numRuns: 2_000 },
    );
    expect(added).toBeGreaterThan(1_000);
  });

  it('CR-7: a value added where the record holds something else is all that shows', () => {
    const overlay = overlayAt(0);
    const create: Op = {
      kind: 'create',
      replica: 'other.0' as ReplicaId,
      seq: 1,
      stamp: encodeStamp({ millis: 1, counter: 0, replica: 'other.0' as ReplicaId }),
      map: 'm',
      key: KEY,
      restart: false,
      fields: [{ name: '', value: ['a', 'c'] }],
    };
    overlay.mergeBase(KEY, opToRecord(create));
    expect(overlay.values.get(KEY)).toEqual(['a', 'c']);
    author(overlay)({ kind: 'add', value: 'b', tags: [] });
    expect(overlay.values.get(KEY)).toEqual(['b']);
  });

  it('CL-2: one more of a thousand values looks at no other', () => {
    const overlay = overlayAt(0);
    const write = author(overlay);
    for (let i = 0; i < 1_000; i += 1) write({ kind: 'add', value: i, tags: [] });
    // Before the record itself is asked for.
    const { tables } = countVisits(() => void write({ kind: 'add', value: 'one more', tags: [] }));
    expect(tables).toBeLessThan(20);
    expect(overlay.values.get(KEY)).toHaveLength(1_001);
    expect(overlay.values.get(KEY)).toEqual(materialize(overlay.record(KEY)));
  });
});

function bodyOf(type: string, overlay: RecordOverlay, value: Value): OpBody | null {
  if (type === 'create') return { kind: 'create', restart: false, fields: [{ name: 'text', value }] };
  const current = overlay.record(KEY) ?? EMPTY_RECORD;
  const plan = type === 'add' ? planAdd(current, value) : planDiscard(current, value);
  if (!plan.ok) throw new Error(plan.error.message);
  return plan.value;
}
