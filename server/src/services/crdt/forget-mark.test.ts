import { encodeStamp, type ReplicaId, type Stamp } from '@topgun/core/clock';
import {
  applyDecided,
  applyOp,
  canonicalRecord,
  EMPTY_RECORD,
  isVisible,
  materialize,
  type LwwRecord,
  type Op,
} from '@topgun/core/crdt';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { forgetMark, markFromWire, markToWire, marksOf, type ForgetMark } from './forget-mark.js';

const stampAt = (millis: number, replica: string): Stamp =>
  encodeStamp({ millis, counter: 0, replica: replica as ReplicaId });

const ops: fc.Arbitrary<Op> = fc
  .record({
    millis: fc.integer({ min: 1, max: 9 }),
    replica: fc.constantFrom('a.0', 'b.0'),
    kind: fc.constantFrom('create' as const, 'restart' as const, 'patch' as const, 'remove' as const),
    name: fc.constantFrom('x', 'y', ''),
    value: fc.constantFrom(undefined, undefined, 1, 2),
  })
  .map(({ millis, replica, kind, name, value }): Op => {
    const id = { replica: replica as ReplicaId, seq: 1, stamp: stampAt(millis, replica), map: 'm', key: 'k' };
    if (kind === 'remove') return { ...id, kind };
    const fields = [{ name, value }];
    return kind === 'patch' ? { ...id, kind, fields } : { ...id, kind: 'create', fields, restart: kind === 'restart' };
  });

const histories = fc.array(ops, { maxLength: 8 });

/** The states of a record, one op after the other, and the marks that its changes brought. */
function live(history: readonly Op[]): { readonly record: LwwRecord; readonly marks: readonly ForgetMark[] } {
  const marks: ForgetMark[] = [];
  let record = EMPTY_RECORD;
  for (const op of history) {
    const after = applyOp(record, op);
    if (after !== record) {
      const before = record === EMPTY_RECORD ? undefined : record;
      marks.push(...marksOf({ partition: 3, map: 'm', key: 'k', before, after }));
    }
    record = after;
  }
  return { record, marks };
}

describe('what can be forgotten of a record', () => {
  it('CR-10: all that says something is gone is marked by the change that brought it, and nothing else', () => {
    fc.assert(
      fc.property(histories, (history) => {
        const { record, marks } = live(history);
        const known = new Set(marks.map((mark) => JSON.stringify(markToWire(mark))));
        expect(known.size).toBe(marks.length);
        if (record.existence?.op === 'remove') {
          expect(known.has(JSON.stringify(['m', 'k', record.existence.stamp]))).toBe(true);
        }
        for (const [name, { stamp, value }] of record.fields) {
          if (value === undefined) expect(known.has(JSON.stringify(['m', 'k', stamp, name]))).toBe(true);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('CR-10: forgetting everything changes nothing that shows, in any order, and twice as well as once', () => {
    fc.assert(
      fc.property(histories, fc.infiniteStream(fc.nat()), (history, random) => {
        const { record, marks } = live(history);
        const shuffled = [...marks, ...marks]
          .map((mark) => ({ mark, at: random.next().value as number }))
          .sort((a, b) => a.at - b.at);
        let rest: LwwRecord | undefined = record;
        for (const { mark } of shuffled) rest = rest === undefined ? undefined : forgetMark(rest, mark);
        expect(materialize(rest)).toEqual(materialize(record));
        expect(isVisible(rest)).toBe(isVisible(record));
        if (record.existence?.op === 'remove') expect(rest).toBeUndefined();
        for (const { value } of rest?.fields.values() ?? []) expect(value).not.toBeUndefined();
        if (rest !== undefined) expect([rest.floor, rest.existence]).toEqual([record.floor, record.existence]);
      }),
      { numRuns: 1000 },
    );
  });

  it('CR-10: a mark never means anything that came after it', () => {
    fc.assert(
      fc.property(histories, histories, (before, after) => {
        const { marks } = live(before);
        const { record } = live([...before, ...after]);
        for (const mark of marks) {
          const rest = forgetMark(record, mark);
          if (rest === record) continue;
          if (mark.field === null) {
            expect(record.existence).toEqual({ op: 'remove', stamp: mark.stamp });
            expect(rest).toBeUndefined();
          } else {
            expect(record.fields.get(mark.field)).toEqual({ stamp: mark.stamp, value: undefined });
            const fields = new Map(record.fields);
            fields.delete(mark.field);
            const scalar = fields.get('');
            if (scalar !== undefined && scalar.stamp < mark.stamp) fields.delete('');
            expect(canonicalRecord(rest as LwwRecord)).toBe(canonicalRecord({ ...record, fields }));
          }
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('CR-6, CR-10: of a set the tags that were taken away are forgotten, never one that lives; of a counter nothing', () => {
    const place = { partition: 3, map: 'm', key: 'k' };
    const id = { replica: 'a.0' as ReplicaId, seq: 1, map: 'm', key: 'k' };
    const [first, second] = [stampAt(1, 'a.0'), stampAt(2, 'b.0')];
    const added = applyOp(EMPTY_RECORD, { ...id, kind: 'add', stamp: first, value: 'x', tags: [] });
    expect([...marksOf({ ...place, before: undefined, after: added })]).toEqual([]);
    const again = applyOp(added, {
      ...id,
      kind: 'add',
      replica: 'b.0' as ReplicaId,
      stamp: second,
      value: 'x',
      tags: [first],
    });
    const [mark, ...more] = marksOf({ ...place, before: added, after: again });
    expect([mark?.stamp, more]).toEqual([first, []]);
    const rest = forgetMark(again, mark!);
    expect([materialize(rest), rest?.fields.size]).toEqual([['x'], 1]);
    expect(forgetMark(added, mark!)).toBe(added);
    const gone = applyOp(again, { ...id, kind: 'discard', stamp: stampAt(3, 'a.0'), value: 'x', tags: [second] });
    // The tag taken away before is marked already.
    const marks = [...marksOf({ ...place, before: again, after: gone })];
    expect(marks.map(({ stamp }) => stamp)).toEqual([second]);
    expect(forgetMark(forgetMark(gone, mark!)!, marks[0]!)).toBeUndefined();
    const count = applyDecided(undefined, { ...id, kind: 'count', stamp: first, delta: 1 });
    expect([...marksOf({ ...place, before: undefined, after: count })]).toEqual([]);
  });

  it('a mark comes back from the ledger as it was, the field without a name too', () => {
    for (const field of [null, '', 'f']) {
      const mark: ForgetMark = { partition: 7, map: 'm', key: '\0', stamp: stampAt(1, 'a.0'), field };
      expect(markFromWire(7, JSON.parse(JSON.stringify(markToWire(mark))))).toEqual(mark);
    }
  });
});
