import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { encodeStamp, nextStamp, type ReplicaId, type Stamp } from '../../clock/index.js';
import {
  EMPTY_RECORD,
  latestStamp,
  materialize,
  mergeRecords,
  opToRecord,
  withExpiry,
  type LwwRecord,
  type Op,
} from '../../crdt/index.js';
import { ops, stamps } from '../../crdt/op.arbitrary.js';
import { canonicalJson, type Value } from '../../primitives/index.js';
import type { Change } from '../../query/index.js';
import { countVisits } from '../testing/count-visits.js';
import { RecordOverlay } from './record-overlay.js';

const KEYS = ['k', 'l', '__proto__'];
/** Some of the ends that ops are given have come, others have not. */
const NOW = 3;

type Step =
  | { readonly type: 'write' | 'add' | 'put' | 'push'; readonly op: Op }
  /** Of a sibling, told of in any order. */
  | { readonly type: 'hear'; readonly op: Op; readonly replica: string; readonly seq: number }
  | { readonly type: 'confirm' | 'refuse' | 'restamp'; readonly pick: number; readonly op: Op }
  | { readonly type: 'refuse-many'; readonly share: number }
  | { readonly type: 'drop'; readonly key: string }
  | { readonly type: 'look'; readonly stamp: Stamp };

const keyed: fc.Arbitrary<Op> = fc.tuple(ops, fc.constantFrom(...KEYS)).map(([op, key]) => ({ ...op, key }));
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ type: fc.constantFrom('write', 'write', 'add', 'put', 'push'), op: keyed }) },
    {
      weight: 4,
      arbitrary: fc.record({ type: fc.constantFrom('confirm', 'refuse', 'restamp'), pick: fc.nat(), op: keyed }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        type: fc.constant('hear'),
        op: keyed,
        replica: fc.constantFrom('one.0', 'other.0'),
        seq: fc.integer({ min: 1, max: 12 }),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ type: fc.constant('refuse-many'), share: fc.integer({ min: 1, max: 3 }) }),
    },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('drop' as const), key: fc.constantFrom(...KEYS) }) },
    { weight: 2, arbitrary: fc.record({ type: fc.constant('look' as const), stamp: stamps }) },
  ) as fc.Arbitrary<Step>,
  { maxLength: 40 },
);

const byId = (a: Op, b: Op): number => (a.replica === b.replica ? a.seq - b.seq : a.replica < b.replica ? -1 : 1);

/** Edits of records that are there, by their author, with whatever else may happen to them in between. */
const edits: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 8,
      arbitrary: fc
        .record({ key: fc.constantFrom(...KEYS), name: fc.constantFrom('a', 'b', 'c'), value: fc.nat(3) })
        .chain(({ key, name, value }) =>
          ops.map((op): Step => {
            const { replica, seq, stamp, map } = op;
            const fields = [{ name, value }];
            return { type: 'write', op: { kind: 'patch', replica, seq, stamp, map, key, fields } };
          }),
        ),
    },
    { weight: 4, arbitrary: steps.filter((some) => some.length > 0).map((some) => some[0] as Step) },
  ),
  { maxLength: 30, size: 'max' },
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
  /** After all that the others write, as the time of day would have it. */
  #last: Stamp = encodeStamp({ millis: 10, counter: 0, replica: 'own.0' as ReplicaId });

  /** Takes the step in both, and returns what the overlay says has changed. */
  take(step: Step): readonly Change[] {
    const { model, overlay } = this;
    if (step.type !== 'refuse-many') {
      const change = this.#takeOne(step);
      return change === undefined ? [] : [change];
    }
    const refused = model.pending.filter((_, i) => i % step.share === 0);
    model.pending = model.pending.filter((op) => !refused.includes(op));
    const changes = overlay.refuse(refused);
    expect(new Set(changes.keys())).toEqual(new Set(refused.map(({ key }) => key)));
    return [...changes.values()].filter((change) => change !== undefined);
  }

  #takeOne(step: Exclude<Step, { readonly type: 'refuse-many' }>): Change | undefined {
    const { overlay, model } = this;
    if (step.type === 'drop') {
      model.base.delete(step.key);
      return overlay.dropBase(step.key);
    }
    if (step.type === 'hear') {
      const heard: Op = { ...step.op, seq: step.seq, replica: step.replica as ReplicaId };
      const at = model.pending.findIndex(({ replica, seq }) => replica === heard.replica && seq === heard.seq);
      // An op is of one record, and what it says of it is fixed.
      if (at !== -1) return overlay.put(model.pending[at]!);
      model.pending.push(heard);
      return overlay.put(heard);
    }
    if (step.type === 'look') {
      this.look(step.stamp);
      return undefined;
    }
    const op: Op = { ...step.op, seq: ++this.#seq, replica: 'own.0' as ReplicaId };
    switch (step.type) {
      case 'write': {
        this.#last = nextStamp(this.#last, 0, op.replica);
        const own = { ...op, stamp: this.#last };
        model.pending.push(own);
        return overlay.add(own);
      }
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
        if (step.type === 'refuse') return overlay.refuse([old]).get(old.key);
        model.merge(old.key, opToRecord(old));
        return overlay.confirm(old);
      }
    }
  }

  /** A record is merged when somebody looks at it, so what is written after a look and before one differs. */
  look(stamp: Stamp): void {
    for (const key of KEYS) {
      const record = this.model.record(key);
      const latest = record === undefined ? '' : latestStamp(withExpiry(record, NOW));
      expect(this.overlay.stampAfter(key, stamp)).toBe(latest > stamp ? latest : '');
      expect(text(materialize(this.overlay.record(key)))).toBe(text(this.model.value(key)));
      if (record !== undefined) expect(this.overlay.record(key)).toEqual(withExpiry(record, NOW));
    }
  }

  check(before: ReadonlyMap<string, Value>, changes: readonly Change[]): void {
    const { overlay, model } = this;
    const told = new Map(changes.map((change) => [change.key, change]));
    expect(told.size).toBe(changes.length);
    for (const key of KEYS) {
      const [was, is] = [before.get(key), overlay.values.get(key)];
      expect(`${key}: ${text(is)}`).toBe(`${key}: ${text(model.value(key))}`);
      expect(overlay.isPending(key)).toBe(model.pending.some((op) => op.key === key));
      const pending = overlay.pendingOps(key);
      expect(pending.toSorted(byId)).toEqual(model.pending.filter((op) => op.key === key).toSorted(byId));
      for (const replica of ['own.0', 'one.0', 'other.0']) {
        const seqs = pending.filter((op) => op.replica === replica).map(({ seq }) => seq);
        expect(seqs).toEqual(seqs.toSorted((a, b) => a - b));
      }
      // A change is told exactly when there is one; what does not change keeps its identity.
      if (text(was) !== text(is)) expect(told.get(key)).toEqual({ key, before: was, after: is });
      else {
        expect(is).toBe(was);
        expect(told.has(key)).toBe(false);
      }
    }
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
        run.look(encodeStamp({ millis: 1, counter: 0, replica: 'a.0' as ReplicaId }));
      }),
      { numRuns: 500 },
    );
  });

  it('SY-2: says another revision of the base whenever any confirmed record is another one', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const run = new Run();
        const { overlay } = run;
        for (const step of [...all, null]) {
          const [base, revision] = [new Map(overlay.baseRecords()), overlay.baseRevision];
          if (step === null) overlay.clear();
          else run.take(step);
          const now = overlay.baseRecords();
          const isSame = now.size === base.size && [...now].every(([key, record]) => base.get(key) === record);
          if (!isSame) expect(overlay.baseRevision).toBeGreaterThan(revision);
        }
      }),
    );
  });

  it('CL-2: records are base ⊕ pending whenever somebody looks, though they were shown before they were merged', () => {
    fc.assert(
      fc.property(edits, (all) => {
        const run = new Run();
        for (const [i, key] of KEYS.entries()) {
          const replica = 'server' as ReplicaId;
          const stamp = encodeStamp({ millis: 1, counter: i, replica });
          const fields = [{ name: 'a', value: 0 }];
          run.take({
            type: 'push',
            op: { kind: 'create', replica, seq: 1, stamp, map: 'm', key, fields, restart: false },
          });
        }
        for (const step of all) {
          const before = new Map(run.overlay.values);
          run.check(before, run.take(step));
        }
        run.look(encodeStamp({ millis: 1, counter: 0, replica: 'a.0' as ReplicaId }));
      }),
      { numRuns: 200 },
    );
  });

  it('CR-9: hides a record whose end has come when anything is written of it, though nobody has looked since', () => {
    let now = 0;
    const overlay = new RecordOverlay({ now: () => now, note: () => {} });
    const replica = 'other.0' as ReplicaId;
    const at = (millis: number) => ({
      replica,
      seq: millis,
      stamp: encodeStamp({ millis, counter: 0, replica }),
      map: 'm',
      key: 'k',
    });
    const fields = [{ name: 'a', value: 0 }];
    overlay.mergeBase('k', opToRecord({ ...at(1), kind: 'create', fields, restart: false, expiresAt: 5 }));
    now = 6;
    expect(overlay.values.get('k')).toEqual({ a: 0 });
    overlay.put({ ...at(2), kind: 'patch', fields: [{ name: 'a', value: 1 }] });
    expect(overlay.values.has('k')).toBe(false);
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
