import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { encodeStamp, type ReplicaId, type Stamp } from '../../clock/index.js';
import {
  EMPTY_RECORD,
  materialize,
  mergeRecords,
  opToRecord,
  type LwwRecord,
  type Op,
  type OpBody,
} from '../../crdt/index.js';
import type { Value } from '../../primitives/index.js';
import {
  compileComparator,
  compilePredicate,
  evaluate,
  type Entry,
  type Query,
  type QueryInput,
} from '../../query/index.js';
import { createTabHarness, parsedQuery, type TabHarness } from '../testing/tab-harness.js';
import { subscriptionKey } from '../tabs/subscription-key.js';
import type { QueryHandle } from '../query-handle.js';
import type { ViewState } from './live-view.js';
import type { AnyRow } from './row.js';

const KEYS = ['a', 'b', 'c', 'd', 'e', 'f', '__proto__'];
/** QU-19: by words of what is there: numbers and keys. */
const MATCHING: QueryInput = {
  where: { $or: [{ rank: { $match: '2' } }, { _key: { $match: 'a' } }, { rank: { $match: '3' } }] },
  sort: { _score: 'desc', rank: 'asc' },
  limit: 2,
};
const QUERIES: readonly Query[] = [
  parsedQuery({}),
  parsedQuery({ where: { done: false }, sort: { rank: 'asc' } }),
  parsedQuery({ where: { done: false }, sort: { rank: 'desc' }, limit: 2 }),
  parsedQuery({ sort: { rank: 'asc' }, limit: 3 }),
  parsedQuery(MATCHING),
];

type Step =
  | { type: 'update'; key: string; done: boolean; rank: number }
  | { type: 'patch'; key: string; rank: number }
  | { type: 'remove'; key: string }
  | { type: 'remote'; writes: { key: string; kind: OpBody['kind']; done: boolean; rank: number; late: boolean }[] }
  | { type: 'foreign'; key: string; rank: number }
  | { type: 'drop'; key: string }
  | { type: 'decide'; pick: number; count: number; isRejected: boolean }
  | { type: 'settle'; view: number; full: boolean }
  | { type: 'unsettle' }
  | { type: 'move'; view: number; entered: string[]; left: string[]; full: boolean }
  | { type: 'through' }
  | { type: 'turn'; steps: number };

const key = fc.constantFrom(...KEYS);
const rank = fc.integer({ min: 0, max: 4 });
const done = fc.boolean();
const view = fc.nat({ max: QUERIES.length - 1 });
const stepArbitrary: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ type: fc.constant('update' as const), key, done, rank }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('patch' as const), key, rank }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('remove' as const), key }) },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('remote' as const),
      writes: fc.array(
        fc.record({
          key,
          kind: fc.constantFrom<OpBody['kind']>('create', 'patch', 'remove'),
          done,
          rank,
          late: fc.boolean(),
        }),
        { minLength: 1, maxLength: 4 },
      ),
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('foreign' as const), key, rank }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('drop' as const), key }) },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('decide' as const),
      pick: fc.nat(),
      count: fc.integer({ min: 1, max: 3 }),
      isRejected: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('settle' as const), view, full: fc.boolean() }) },
  { weight: 1, arbitrary: fc.constant({ type: 'unsettle' as const }) },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('move' as const),
      view,
      entered: fc.uniqueArray(key, { maxLength: 2 }),
      left: fc.uniqueArray(key, { maxLength: 2 }),
      full: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.constant({ type: 'through' as const }) },
  { weight: 6, arbitrary: fc.record({ type: fc.constant('turn' as const), steps: fc.integer({ min: 1, max: 6 }) }) },
);

/** What a tab should hold, kept the naive way. */
class Model {
  readonly base = new Map<string, LwwRecord>();
  pending: Op[] = [];
  readonly acked = new Map<string, number>();
  readonly confirmed = new Map<number, { members: Set<string>; full: boolean; through: number }>();
  position = 10;

  values(): Map<string, Value> {
    const records = new Map(this.base);
    for (const op of this.pending) {
      records.set(op.key, mergeRecords(records.get(op.key) ?? EMPTY_RECORD, opToRecord(op)));
    }
    const values = new Map<string, Value>();
    for (const [name, record] of records) {
      const value = materialize(record);
      if (value !== undefined) values.set(name, value);
    }
    return values;
  }

  mergeBase(name: string, delta: LwwRecord): void {
    this.base.set(name, mergeRecords(this.base.get(name) ?? EMPTY_RECORD, delta));
  }

  isClean(name: string, through: number): boolean {
    return !this.pending.some((op) => op.key === name) && (this.acked.get(name) ?? 0) <= through;
  }

  candidates(index: number): Entry[] {
    const confirmed = this.confirmed.get(index);
    const entries: Entry[] = [];
    for (const [name, value] of this.values()) {
      const counts = confirmed === undefined || confirmed.members.has(name) || !this.isClean(name, confirmed.through);
      if (counts) entries.push({ key: name, value });
    }
    return entries;
  }

  /** The rows, and whether they are surely the server's first ones. */
  /** Of all that this device holds. */
  held(index: number): Entry[] {
    return evaluate(
      QUERIES[index] as Query,
      Array.from(this.values(), ([key, value]) => ({ key, value })),
    );
  }

  answer(index: number): { rows: Entry[]; settled: boolean } {
    const query = QUERIES[index] as Query;
    const rows = evaluate(query, this.candidates(index));
    const confirmed = this.confirmed.get(index);
    if (confirmed === undefined) return { rows, settled: false };
    if (query.limit === null || !confirmed.full) return { rows, settled: true };
    const values = this.values();
    const clean = [...confirmed.members]
      .filter((name) => values.has(name) && this.isClean(name, confirmed.through))
      .map((name): Entry => ({ key: name, value: values.get(name) as Value }))
      .toSorted(compileComparator(query));
    const last = clean.at(-1);
    const shown = rows[query.limit - 1];
    const settled = last !== undefined && shown !== undefined && compileComparator(query)(shown, last) <= 0;
    return { rows, settled };
  }
}

const remote = 'remote' as ReplicaId;

class Run {
  readonly tab: TabHarness;
  readonly model = new Model();
  readonly handles: QueryHandle<AnyRow>[];
  readonly shown: ViewState<AnyRow>[];
  readonly heard: (readonly AnyRow[])[] = [];
  #remoteMillis = 1_700_000_000_000;

  /** What is being filled, where views take turns for that. */
  readonly filling: Iterator<void>[];

  constructor(tab: TabHarness, filling: Iterator<void>[] = []) {
    this.tab = tab;
    this.filling = filling;
    this.handles = QUERIES.map((query) => tab.query('things', toInput(query)));
    this.handles.forEach((handle, i) => handle.subscribe((rows) => (this.heard[i] = rows)));
    this.shown = this.handles.map((handle) => handle.getSnapshot());
  }

  async take(step: Step): Promise<void> {
    const { tab, model } = this;
    const things = tab.map<{ done?: boolean; rank?: number }>('things');
    const sync = tab.sync();
    switch (step.type) {
      case 'update':
        things.update(step.key, (previous) => ({ ...previous, done: step.done, rank: step.rank }));
        return this.adoptWrites();
      case 'patch':
        if (things.has(step.key)) things.patch(step.key, { rank: step.rank });
        return this.adoptWrites();
      case 'remove':
        things.remove(step.key);
        return this.adoptWrites();
      case 'remote': {
        const changes = step.writes.map((write) => {
          const delta = opToRecord(this.remoteOp(write));
          model.mergeBase(write.key, delta);
          return { type: 'merge' as const, key: write.key, delta };
        });
        return sync.emit({ type: 'changes', maps: [{ map: 'things', changes }], subs: [], through: null });
      }
      case 'foreign': {
        // Decided before this tab heard that it was pending.
        const write = { key: step.key, kind: 'patch' as const, done: false, rank: step.rank, late: false };
        const op = this.remoteOp(write);
        model.position++;
        model.mergeBase(op.key, opToRecord(op));
        model.acked.set(op.key, model.position);
        return sync.decide(model.position, [op]);
      }
      case 'drop':
        model.base.delete(step.key);
        return sync.emit({
          type: 'changes',
          maps: [{ map: 'things', changes: [{ type: 'drop', key: step.key }] }],
          subs: [],
          through: null,
        });
      case 'decide': {
        await this.tab.time.settle();
        const from = model.pending.length === 0 ? 0 : step.pick % model.pending.length;
        const ops = model.pending.splice(from, step.count);
        model.position++;
        for (const op of ops) {
          if (step.isRejected) continue;
          model.mergeBase(op.key, opToRecord(op));
          model.acked.set(op.key, model.position);
        }
        return sync.decide(model.position, ops, step.isRejected ? 'rejected' : 'applied');
      }
      case 'settle': {
        const query = QUERIES[step.view] as Query;
        const matches = compilePredicate(query.where);
        const members: string[] = [];
        for (const [name, record] of model.base) {
          const value = materialize(record);
          if (value !== undefined && matches(name, value)) members.push(name);
        }
        // A first answer is complete up to everything the server has said before.
        model.confirmed.set(step.view, { members: new Set(members), full: step.full, through: model.position });
        return sync.emit({
          type: 'settled',
          sub: subscriptionKey('things', query),
          map: 'things',
          members,
          full: step.full,
          through: model.position,
        });
      }
      case 'unsettle':
        model.confirmed.clear();
        return sync.emit({ type: 'unsettled', subs: null });
      case 'move': {
        const confirmed = model.confirmed.get(step.view);
        if (confirmed !== undefined) {
          for (const name of step.left) confirmed.members.delete(name);
          for (const name of step.entered) confirmed.members.add(name);
          confirmed.full = step.full;
        }
        const sub = subscriptionKey('things', QUERIES[step.view] as Query);
        const { entered, left, full } = step;
        return sync.emit({ type: 'changes', maps: [], subs: [{ sub, entered, left, full }], through: null });
      }
      case 'turn':
        for (let i = 0; i < step.steps; i++) if (this.filling[0]?.next().done === true) this.filling.shift();
        return;
      case 'through':
        for (const confirmed of model.confirmed.values()) confirmed.through = model.position;
        return sync.emit({ type: 'changes', maps: [], subs: [], through: model.position });
    }
  }

  /** The ops of this tab that the model does not know yet: read from the tab, for identities are the tab's to give. */
  adoptWrites(): void {
    const overlay = this.tab.runtime.stores.use('things').overlay;
    const known = new Set(this.model.pending.map((op) => `${op.replica}:${op.seq}`));
    for (const name of KEYS) {
      for (const op of overlay.pendingOps(name)) {
        if (!known.has(`${op.replica}:${op.seq}`)) this.model.pending.push(op);
      }
    }
  }

  check(): void {
    this.handles.forEach((handle, i) => {
      const state = handle.getSnapshot();
      const answer = this.model.answer(i);
      // Until the server's answer is filled in, what this device holds goes on showing, as such.
      const isFilled = state.settled || !answer.settled || this.filling.length === 0;
      const { rows, settled } = isFilled ? answer : { rows: this.model.held(i), settled: false };
      expect(state.data.map(({ _key, ...fields }) => ({ key: _key, value: fields }))).toEqual(
        rows.map(({ key: name, value }) => ({ key: name, value: { ...(value as object) } })),
      );
      expect({ view: i, settled: state.settled }).toEqual({ view: i, settled });
      expect(this.heard[i] ?? state.data).toBe(state.data);
      const before = this.shown[i] as ViewState<AnyRow>;
      // Identity: what is equal is the same object, up to the whole answer.
      const rowsBefore = new Map(before.data.map((row) => [row._key, row]));
      for (const row of state.data) {
        const old = rowsBefore.get(row._key);
        if (old !== undefined && JSON.stringify(sorted(old)) === JSON.stringify(sorted(row))) expect(row).toBe(old);
      }
      const isSame = before.data.length === state.data.length && before.data.every((row, n) => row === state.data[n]);
      expect(state.data === before.data).toBe(isSame);
      this.shown[i] = state;
    });
  }

  remoteOp(write: { key: string; kind: OpBody['kind']; done: boolean; rank: number; late: boolean }): Op {
    this.#remoteMillis += 3;
    const millis = write.late ? this.#remoteMillis - 1_000 : this.#remoteMillis;
    const stamp: Stamp = encodeStamp({ millis, counter: this.#remoteMillis % 1_000, replica: remote });
    const id = { replica: remote, seq: 1, stamp, map: 'things', key: write.key };
    const fields = [
      { name: 'done', value: write.done },
      { name: 'rank', value: write.rank },
    ];
    if (write.kind === 'remove') return { ...id, kind: 'remove' };
    return write.kind === 'create'
      ? { ...id, kind: 'create', fields, restart: this.model.base.get(write.key)?.existence?.op === 'remove' }
      : { ...id, kind: 'patch', fields };
  }
}

const sorted = (row: object): unknown => Object.entries(row).toSorted(([a], [b]) => (a < b ? -1 : 1));

/** The canonical query as an app would write it; views find each other by the canonical form. */
function toInput(query: Query): Parameters<TabHarness['query']>[1] {
  const inputs = [
    {},
    { where: { done: false }, sort: { rank: 'asc' as const } },
    { where: { done: false }, sort: { rank: 'desc' as const }, limit: 2 },
    { sort: { rank: 'asc' as const }, limit: 3 },
    MATCHING,
  ];
  return inputs[QUERIES.indexOf(query)];
}

describe('views over base ⊕ pending', () => {
  it('CL-2, SY-5: equal a from-scratch evaluation at every step, and keep the identity of what is unchanged', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(stepArbitrary, { minLength: 20, maxLength: 60, size: 'max' }), async (steps) => {
        const tab = createTabHarness();
        await tab.runtime.start();
        await tab.map('things').loaded();
        const run = new Run(tab);
        for (const step of steps) {
          await run.take(step);
          run.check();
        }
        await tab.runtime.close();
      }),
      { numRuns: 60 },
    );
  });

  it('CL-25: and so they do when they are filled in turns while the map goes on changing', async () => {
    let filled = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(stepArbitrary, { minLength: 20, maxLength: 60, size: 'max' }), async (steps) => {
        const filling: Iterator<void>[] = [];
        const turns = {
          recordsAtOnce: 1,
          recordsPerStep: 1,
          begin: (steps: Iterator<void>) => void (filled++, filling.push(steps)),
        };
        const tab = createTabHarness({ turns });
        await tab.runtime.start();
        await tab.map('things').loaded();
        const run = new Run(tab, filling);
        for (const step of steps) {
          await run.take(step);
          run.check();
        }
        while (filling.length > 0) await run.take({ type: 'turn', steps: 1 });
        run.check();
        await tab.runtime.close();
      }),
      { numRuns: 60 },
    );
    expect(filled).toBeGreaterThan(5);
  });
});
