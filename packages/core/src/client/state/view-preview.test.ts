import fc from 'fast-check';
import { expect, it } from 'vitest';

import { encodeStamp, type ReplicaId } from '../../clock/index.js';
import { EMPTY_RECORD, materialize, mergeRecords, opToRecord, type LwwRecord, type Op } from '../../crdt/index.js';
import { evaluate, type Query } from '../../query/index.js';
import { parsedQuery } from '../testing/tab-harness.js';
import { ExpiryTimer } from './expiry-timer.js';
import { readAtOnce } from './loaded-records.js';
import { MapStore } from './map-store.js';
import { Notifier } from './notifier.js';
import { ViewPreview } from './view-preview.js';

const OWN = 'own.0' as ReplicaId;
const OTHER = 'other.0' as ReplicaId;

function createStore(): { readonly store: MapStore; readonly notifier: Notifier } {
  const notifier = new Notifier((error) => {
    throw error;
  });
  const clock = { now: () => 1_000 };
  const expiry = new ExpiryTimer({ clock, timers: { after: () => () => {} }, notifier, expired: () => {} });
  return { notifier, store: new MapStore('m', { notifier, expiry, takeSteps: () => {}, remembersEarlier: false }) };
}

const write = fc.record({
  key: fc.constantFrom('a', 'b', 'c', 'd', '__proto__'),
  kind: fc.constantFrom('create' as const, 'patch' as const, 'remove' as const),
  millis: fc.integer({ min: 1, max: 40 }),
  rank: fc.integer({ min: 0, max: 4 }),
  done: fc.boolean(),
});

function opOf(
  { key, kind, millis, rank, done }: typeof write extends fc.Arbitrary<infer T> ? T : never,
  replica: ReplicaId,
  seq: number,
): Op {
  const head = { replica, seq, stamp: encodeStamp({ millis, counter: seq, replica }), map: 'm', key };
  const fields = [
    { name: 'rank', value: rank },
    { name: 'done', value: done },
  ];
  if (kind === 'create') return { ...head, kind, fields, restart: false };
  return kind === 'patch' ? { ...head, kind, fields: fields.slice(0, 1) } : { ...head, kind };
}

const QUERIES: readonly Query[] = [
  parsedQuery({}),
  parsedQuery({ where: { done: true }, sort: { rank: 'desc' } }),
  parsedQuery({ where: { done: false }, sort: { rank: 'asc' }, limit: 1 }),
  parsedQuery({ sort: { rank: 'asc' }, limit: 2 }),
];

/** The records of the rows, in their order, as they are kept where nothing is pending. */
function answerOf(query: Query, records: ReadonlyMap<string, LwwRecord>): Map<string, LwwRecord> {
  const entries = [...records].flatMap(([key, record]) => {
    const value = materialize(record);
    return value === undefined ? [] : [{ key, value }];
  });
  return new Map(evaluate(query, entries).map(({ key }) => [key, records.get(key) ?? EMPTY_RECORD]));
}

it('CL-2: a preview shows what a map shows that holds the kept rows and nothing else, step by step, answer or not', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...QUERIES),
      fc.array(write, { maxLength: 5 }),
      fc.array(write, { maxLength: 3 }),
      fc.array(fc.oneof(write, fc.nat({ max: 5 })), { maxLength: 8 }),
      fc.boolean(),
      (query, confirmed, earlier, later, isAnswer) => {
        const all = new Map<string, LwwRecord>();
        for (const [i, one] of confirmed.entries()) {
          const delta = opToRecord(opOf(one, OTHER, i + 1));
          all.set(one.key, mergeRecords(all.get(one.key) ?? EMPTY_RECORD, delta));
        }
        const records = isAnswer ? answerOf(query, all) : all;
        const [loading, model] = [createStore(), createStore()];
        model.notifier.batch(() => model.store.load(readAtOnce(new Map(records), 0)));
        const pending: Op[] = [];
        const change = (run: (store: MapStore) => void): void => {
          for (const { store, notifier } of [loading, model]) notifier.batch(() => run(store));
        };
        const add = (one: Parameters<typeof opOf>[0]): string => {
          const op = opOf(one, OWN, pending.length + 1);
          pending.push(op);
          change((store) => store.put(op));
          return op.key;
        };
        for (const one of earlier) add(one);
        const preview = new ViewPreview(query, loading.store, {
          key: 'm',
          records,
          hasMore: false,
          ...(isAnswer ? { isAnswer } : {}),
        });
        const check = (): void => {
          const rows = [...model.store.values].map(([key, value]) => ({ key, value }));
          expect(preview.rows()).toEqual(evaluate(query, rows));
        };
        check();
        for (const step of later) {
          if (typeof step !== 'number') {
            preview.step([add(step)]);
          } else {
            const refused = pending[step];
            if (refused === undefined) continue;
            change((store) => store.refuse([refused]));
            preview.step([refused.key]);
          }
          check();
        }
      },
    ),
  );
});

it('CL-2: an answer is shown as it was kept, and rows whose records are no answer are looked for', () => {
  const record = (rank: number): LwwRecord =>
    opToRecord(opOf({ key: 'a', kind: 'create', millis: rank, rank, done: true }, OTHER, rank));
  const query = parsedQuery({ where: { done: true }, sort: { rank: 'desc' } });
  // In an order that is not the query's: who looks at them finds another.
  const kept = {
    key: 'm',
    hasMore: false,
    records: new Map([
      ['a', record(1)],
      ['b', record(2)],
    ]),
  };
  const keys = (view: ViewPreview): string[] => view.rows().map(({ key }) => key);
  expect(keys(new ViewPreview(query, createStore().store, kept))).toEqual(['b', 'a']);
  const { store, notifier } = createStore();
  const preview = new ViewPreview(query, store, { ...kept, isAnswer: true });
  expect(keys(preview)).toEqual(['a', 'b']);
  const op = opOf({ key: 'c', kind: 'create', millis: 40, rank: 0, done: true }, OWN, 1);
  notifier.batch(() => store.put(op));
  preview.step([op.key]);
  expect(keys(preview)).toEqual(['b', 'a', 'c']);
});

it('CL-2: an answer of chosen fields shows those', () => {
  const op = opOf({ key: 'a', kind: 'create', millis: 1, rank: 1, done: true }, OTHER, 1);
  const kept = { key: 'm', hasMore: false, isAnswer: true, records: new Map([['a', opToRecord(op)]]) } as const;
  const preview = new ViewPreview(parsedQuery({ fields: ['done'] }), createStore().store, kept);
  expect(preview.rows()).toEqual([{ key: 'a', value: { done: true } }]);
});

it('CR-9: of an answer a record that has ended meanwhile is left out', () => {
  const ending = (key: string, at: number): [string, LwwRecord] => {
    const op = opOf({ key: 'a', kind: 'create', millis: 1, rank: 1, done: true }, OTHER, 1);
    return [key, { ...opToRecord(op), expiry: { stamp: op.stamp, at } }];
  };
  // It is 1,000 by the clock.
  const records = new Map([ending('a', 999), ending('b', 1_001)]);
  const kept = { key: 'm', hasMore: false, isAnswer: true, records } as const;
  const preview = new ViewPreview(parsedQuery({}), createStore().store, kept);
  expect(preview.rows().map(({ key }) => key)).toEqual(['b']);
});
