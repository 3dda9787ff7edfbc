import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { ReplicaId } from '../../clock/index.js';
import { EMPTY_RECORD, mergeRecords, opToRecord, type LwwRecord, type Op } from '../../crdt/index.js';
import type { Change } from '../../query/index.js';
import { A, stampOf } from '../storage/samples.contract.js';
import { ExpiryTimer } from './expiry-timer.js';
import { LoadedRecords, readAtOnce } from './loaded-records.js';
import { MapStore } from './map-store.js';
import { Notifier } from './notifier.js';
import { RecordOverlay } from './record-overlay.js';

const NOW = 100;
const MINE = 'dbdbdbdbdbdb.7' as ReplicaId;

/** An op by its replica's number, which is its sequence and its time. */
const opOf = (replica: ReplicaId) =>
  fc
    .record({
      kind: fc.constantFrom('create' as const, 'patch' as const, 'remove' as const),
      key: fc.integer({ min: 0, max: 5 }).map((n) => `k${n}`),
      field: fc.constantFrom('a', 'b'),
      value: fc.integer({ min: 0, max: 2 }),
      /** Before, at and after the present. */
      expiresAt: fc.option(fc.constantFrom(NOW - 50, NOW, NOW + 50), { nil: undefined, freq: 4 }),
      millis: fc.integer({ min: 1, max: 90 }),
    })
    .map(({ kind, key, field, value, expiresAt, millis }) => (seq: number): Op => {
      const head = { replica, seq, stamp: stampOf(millis, replica), map: 'm', key };
      if (kind === 'remove') return { ...head, kind };
      const end = expiresAt === undefined ? {} : { expiresAt };
      const fields = [{ name: field, value }];
      return kind === 'patch' ? { ...head, kind, fields, ...end } : { ...head, kind, fields, restart: false, ...end };
    });

const stored = fc
  .array(opOf(A), { maxLength: 20 })
  .map((makes) => makes.map((make, i) => make(i + 1)))
  .map((ops) => {
    const records = new Map<string, LwwRecord>();
    for (const op of ops) {
      records.set(op.key, mergeRecords(records.get(op.key) ?? EMPTY_RECORD, opToRecord(op)));
    }
    return records;
  });
const pending = fc.array(opOf(MINE), { maxLength: 8 }).map((makes) => makes.map((make, i) => make(i + 1)));

const createOverlay = (notes = new Map<string, number | null>()): RecordOverlay =>
  new RecordOverlay({ now: () => NOW, note: (key, at) => notes.set(key, at) });

const shownBy = (overlay: RecordOverlay): Record<string, unknown> =>
  Object.fromEntries([...overlay.values].toSorted(([a], [b]) => (a < b ? -1 : 1)));

describe('a map that is loaded in one step', () => {
  it('CL-2: is what it would be had each record been merged by itself, with whatever is pending', () => {
    fc.assert(
      fc.property(stored, pending, (records, ops) => {
        const [one, other] = [createOverlay(), createOverlay()];
        for (const op of ops) for (const overlay of [one, other]) overlay.put(op);
        const before = new Map(one.values);
        const changes = one.adopt(readAtOnce(new Map(records), NOW));
        for (const [key, record] of records) other.mergeBase(key, record);
        expect(shownBy(one)).toEqual(shownBy(other));
        expect(new Set(one.endingKeys())).toEqual(new Set(other.endingKeys()));
        for (const key of [...records.keys(), ...before.keys()]) {
          expect(one.record(key)).toEqual(other.record(key));
          expect(one.stampAfter(key, '')).toBe(other.stampAfter(key, ''));
        }
        // What it says of pending keys leads from what showed to what shows.
        const told = new Map(changes.map((change) => [change.key, change]));
        for (const key of one.pendingKeys()) {
          const change: Change = told.get(key) ?? { key, before: before.get(key), after: before.get(key) };
          expect([change.before, change.after]).toEqual([before.get(key), one.values.get(key)]);
        }
        // The ops are decided in the end, on either.
        for (const op of ops) for (const overlay of [one, other]) overlay.confirm(op);
        expect(shownBy(one)).toEqual(shownBy(other));
      }),
    );
  });

  it('CL-2: a value that shows stays the same object', () => {
    const overlay = createOverlay();
    const op: Op = {
      kind: 'create',
      replica: MINE,
      seq: 1,
      stamp: stampOf(1, MINE),
      map: 'm',
      key: 'a',
      fields: [{ name: 'x', value: 1 }],
      restart: false,
    };
    overlay.put(op);
    const shown = overlay.values.get('a');
    expect(overlay.adopt(readAtOnce(new Map([['a', opToRecord(op)]]), NOW))).toEqual([]);
    expect(overlay.values.get('a')).toBe(shown);
  });

  it('CL-2: is read in parts, and none of it shows before the last', () => {
    const records = new Map(Array.from({ length: 5_000 }, (_, i) => [`k${i}`, opToRecord(created(i))] as const));
    const loaded = new LoadedRecords(records);
    const sizes = Array.from(loaded.read(NOW), () => loaded.values.size);
    expect(sizes).toEqual([2_048, 4_096]);
    expect(loaded.values.size).toBe(5_000);
  });
});

const created = (i: number): Op => ({
  kind: 'create',
  replica: A,
  seq: i + 1,
  stamp: stampOf(i + 1),
  map: 'm',
  key: `k${i}`,
  fields: [{ name: 'n', value: i }],
  restart: false,
});

describe('the store of a map that is loaded', () => {
  function createStore() {
    const notifier = new Notifier((error) => {
      throw error;
    });
    const never = { clock: { now: () => NOW }, timers: { after: () => () => {} } };
    const noted: string[] = [];
    const expiry = new ExpiryTimer({ ...never, notifier, expired: () => {} });
    const note = expiry.note.bind(expiry);
    expiry.note = (map, key, at) => {
      if (at !== null) noted.push(key);
      note(map, key, at);
    };
    const left: Iterator<void>[] = [];
    const takeSteps = (steps: Iterator<void>): void => void left.push(steps);
    const store = new MapStore('m', { notifier, expiry, takeSteps, remembersEarlier: false });
    return { notifier, store, noted, left };
  }

  it('CL-2: tells who listens to all records of each, and who listens to one of that', () => {
    const { notifier, store } = createStore();
    const seen: string[] = [];
    store.onChanges((changes) => seen.push(...changes.map(({ key }) => key)));
    store.onKey('k1', () => seen.push('one'));
    const taken: (readonly string[])[] = [];
    store.observe({ take: (keys) => taken.push(keys) });
    const records = new Map([0, 1, 2].map((i) => [`k${i}`, opToRecord(created(i))] as const));
    notifier.batch(() => store.load(readAtOnce(records, NOW)));
    expect(seen.toSorted()).toEqual(['k0', 'k1', 'k2', 'one']);
    expect(taken).toEqual([['k0', 'k1', 'k2']]);
  });

  it('CR-9, CL-2: notes all ends, those beyond the first thousand in turns that follow', () => {
    const { notifier, store, noted, left } = createStore();
    const records = new Map(
      Array.from(
        { length: 2_500 },
        (_, i) => [`k${i}`, opToRecord({ ...created(i), expiresAt: NOW + 1_000 } as Op)] as const,
      ),
    );
    notifier.batch(() => store.load(readAtOnce(records, NOW)));
    expect(noted).toHaveLength(1_024);
    for (const steps of left) while (steps.next().done !== true);
    expect(new Set(noted).size).toBe(2_500);
  });
});
