import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { encodeStamp, type ReplicaId } from '../../clock/index.js';
import {
  EMPTY_RECORD,
  materialize,
  mergeRecords,
  opToRecord,
  withExpiry,
  type LwwRecord,
  type Op,
} from '../../crdt/index.js';
import { ops } from '../../crdt/op.arbitrary.js';
import { canonicalJson, type Value } from '../../primitives/index.js';
import type { Change } from '../../query/index.js';
import { countVisits } from '../testing/count-visits.js';
import { RecordOverlay } from './record-overlay.js';

const KEYS = ['k', 'l', '__proto__'];
/** Some of the ends that ops are given have come, others have not. */
const NOW = 3;

type Step =
  | { readonly type: 'add' | 'put' | 'push'; readonly op: Op }
  | { readonly type: 'confirm' | 'refuse' | 'restamp'; readonly pick: number; readonly op: Op }
  | { readonly type: 'drop'; readonly key: string };

const keyed: fc.Arbitrary<Op> = fc.tuple(ops, fc.constantFrom(...KEYS)).map(([op, key]) => ({ ...op, key }));
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ type: fc.constantFrom('add', 'put', 'push'), op: keyed }) },
    {
      weight: 4,
      arbitrary: fc.record({ type: fc.constantFrom('confirm', 'refuse', 'restamp'), pick: fc.nat(), op: keyed }),
    },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('drop' as const), key: fc.constantFrom(...KEYS) }) },
  ) as fc.Arbitrary<Step>,
  { maxLength: 40 },
);

const text = (value: Value | undefined): string => (value === undefined ? 'nothing' : canonicalJson(value));

/** base ⊕ pending the naive way: everything merged anew at every look. */
class Model {
  readonly base = new Map<string, LwwRecord>();
  pending: Op[] = [];

  record(key: string): LwwRecord | undefined {
    const base = this.base.get(key);
    const mine = this.pending.filter((op) => op.key === key);
    if (base === undefined && mine.length === 0) return undefined;
    return mine.map(opToRecord).reduce(mergeRecords, base ?? EMPTY_RECORD);
  }

  value(key: string): Value | undefined {
    const record = this.record(key);
    return record === undefined ? undefined : materialize(withExpiry(record, NOW));
  }

  merge(key: string, delta: LwwRecord): void {
    this.base.set(key, mergeRecords(this.base.get(key) ?? EMPTY_RECORD, delta));
  }
}

class Run {
  readonly overlay = new RecordOverlay({ now: () => NOW, note: () => {} });
  readonly model = new Model();
  #seq = 0;

  /** Takes the step in both, and returns what the overlay says has changed. */
  take(step: Step): Change | undefined {
    const { overlay, model } = this;
    if (step.type === 'drop') {
      model.base.delete(step.key);
      return overlay.dropBase(step.key);
    }
    const op: Op = { ...step.op, seq: ++this.#seq, replica: 'own.0' as ReplicaId };
    switch (step.type) {
      case 'add':
      case 'put':
        model.pending.push(op);
        return overlay[step.type](op);
      case 'push':
        model.merge(op.key, opToRecord(op));
        return overlay.mergeBase(op.key, opToRecord(op));
      case 'restamp': {
        const at = step.pick % Math.max(1, model.pending.length);
        const old = model.pending[at];
        if (old === undefined) return undefined;
        const next: Op = { ...old, stamp: op.stamp };
        model.pending[at] = next;
        return step.pick % 2 === 0 ? overlay.put(next) : overlay.replace(old, next);
      }
      case 'confirm':
      case 'refuse': {
        const [old] = model.pending.splice(step.pick % Math.max(1, model.pending.length), 1);
        if (old === undefined) return undefined;
        if (step.type === 'refuse') return overlay.refuse(old);
        model.merge(old.key, opToRecord(old));
        return overlay.confirm(old);
      }
    }
  }

  check(before: ReadonlyMap<string, Value>, change: Change | undefined): void {
    const { overlay, model } = this;
    for (const key of KEYS) {
      const [was, is] = [before.get(key), overlay.values.get(key)];
      expect(`${key}: ${text(is)}`).toBe(`${key}: ${text(model.value(key))}`);
      expect(overlay.isPending(key)).toBe(model.pending.some((op) => op.key === key));
      expect(overlay.pendingOps(key)).toEqual(model.pending.filter((op) => op.key === key));
      expect(text(materialize(overlay.record(key)))).toBe(text(is));
      // A change is told exactly when there is one; what does not change keeps its identity.
      if (text(was) === text(is)) expect(is).toBe(was);
      else expect(change).toEqual({ key, before: was, after: is });
    }
    if (change !== undefined) expect(text(change.before)).not.toBe(text(change.after));
    expect([...overlay.pendingKeys()].toSorted()).toEqual([...new Set(model.pending.map(({ key }) => key))].toSorted());
  }
}

describe('the overlay', () => {
  it('CL-2: shows base ⊕ pending as merging everything anew does, and tells each change once', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const run = new Run();
        for (const step of all) {
          const before = new Map(run.overlay.values);
          run.check(before, run.take(step));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('CL-2: forgets everything at once, and says what is gone', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const run = new Run();
        for (const step of all) run.take(step);
        const shown = new Map(run.overlay.values);
        expect(run.overlay.clear()).toEqual([...shown].map(([key, before]) => ({ key, before, after: undefined })));
        expect([run.overlay.values.size, [...run.overlay.pendingKeys()], [...run.overlay.endingKeys()]]).toEqual([
          0,
          [],
          [],
        ]);
        for (const key of KEYS) expect(run.overlay.record(key)).toBeUndefined();
      }),
      { numRuns: 100 },
    );
  });

  it('CR-6, CR-7: knows what the map holds from any record left of it, and from pending ops where nothing is confirmed', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const run = new Run();
        for (const step of all) {
          run.take(step);
          const isTold = [...run.model.base.values()].some(({ existence }) => existence !== null);
          // All of these ops are for records.
          expect(run.overlay.type()).toBe(isTold || run.model.pending.length > 0 ? 'record' : null);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('CL-31: does not go through the holes of a table whose oldest records are gone to know what it holds', () => {
    const overlay = new RecordOverlay({ now: () => NOW, note: () => {} });
    const replica = 'own.0' as ReplicaId;
    const put = (i: number): void => {
      const stamp = encodeStamp({ millis: i + 1, counter: 0, replica });
      const key = `job-${i}`;
      overlay.mergeBase(
        key,
        opToRecord({ kind: 'create', replica, seq: i + 1, stamp, map: 'm', key, fields: [], restart: false }),
      );
    };
    for (let i = 0; i < 200; i += 1) put(i);
    for (let i = 0; i < 120; i += 1) overlay.dropBase(`job-${i}`);
    expect(countVisits(() => overlay.type())).toEqual({ tables: 1, items: 0 });
    overlay.dropBase('job-199');
    expect(overlay.type()).toBe('record');
    expect(countVisits(() => overlay.type())).toEqual({ tables: 1, items: 0 });
  });
});
