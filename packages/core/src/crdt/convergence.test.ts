import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson } from '../primitives/canonical-json.js';
import type { Value } from '../primitives/value.js';
import type { LwwRecord } from './lww-record.js';
import { materialize } from './materialize.js';
import type { CountOp, Op, RecordOp } from './op.js';
import { modelRecord } from './record-model.arbitrary.js';
import { EMPTY_RECORD, mergeRecords } from './record-merge.js';
import {
  rollLists,
  runWorld,
  settle,
  someNames,
  stepLists,
  type Carrier,
  type Records,
} from './replica-world.arbitrary.js';
import { modelSet } from './set-model.arbitrary.js';
import type { SetOp } from './set-op.arbitrary.js';
import { checkWireOp, opToWire, wireToOp, type WireOp } from './wire-op.js';
import { canonicalRecord, decodeRecord, encodeRecord } from './wire-record.js';

// A few replicas write records, sets and counters by plans alone, and tell each other now and then.

const read = (json: unknown): LwwRecord => {
  const record = decodeRecord(json);
  if (!record.ok) throw new Error(`${record.error.at}: ${record.error.message}`);
  return record.value;
};

const opViaWire = (op: Op): Op => {
  const wire: unknown = JSON.parse(JSON.stringify(opToWire(op)));
  const decoded = checkWireOp(wire) === null ? wireToOp(op.replica, wire as WireOp) : null;
  if (decoded?.ok !== true) throw new Error(JSON.stringify([wire, decoded]));
  return decoded.value;
};

/** As messages say it, and as a store keeps it: a state's canonical text. */
const CARRIERS: readonly (readonly [how: string, carrier: Carrier])[] = [
  ['in memory', { ops: (ops) => ops, record: (_key, record) => record }],
  [
    'over the wire',
    {
      ops: (ops) => ops.map(opViaWire),
      record: (_key, record) => read(JSON.parse(JSON.stringify(encodeRecord(record)))),
    },
  ],
  [
    'through a store, last first',
    { ops: (ops) => ops.map(opViaWire).reverse(), record: (_key, record) => read(JSON.parse(canonicalRecord(record))) },
  ],
];

const KEYS = ['r1', 'r2', 's1', 's2', 'c1'];
const textsOf = (records: Records): readonly string[] =>
  KEYS.map((key) => canonicalRecord(records.get(key) ?? EMPTY_RECORD));
const of = (ops: readonly Op[], key: string): readonly Op[] => ops.filter((op) => op.key === key);

describe.each(CARRIERS)('%s', (_how, carrier) => {
  test('CR-8: when all have heard of all writes they hold the same bytes, and the state is what the writes mean', () => {
    fc.assert(
      fc.property(someNames, stepLists, rollLists, (names, steps, rolls) => {
        const world = runWorld(names, steps, carrier);
        settle(world, carrier, rolls);
        const [first, ...others] = world.replicas;
        for (const other of others) expect(textsOf(other.records)).toEqual(textsOf(first!.records));
        for (const key of ['r1', 'r2']) {
          const meant = modelRecord(of(world.ops, key) as readonly RecordOp[]);
          expect(canonicalRecord(first!.records.get(key) ?? EMPTY_RECORD)).toBe(canonicalRecord(meant));
        }
        for (const key of ['s1', 's2']) {
          const shown = (materialize(first!.records.get(key)) ?? []) as readonly Value[];
          expect(shown.map(canonicalJson)).toEqual(modelSet(of(world.ops, key) as readonly SetOp[]));
        }
        const deltas = (of(world.ops, 'c1') as readonly CountOp[]).map(({ delta }) => delta);
        expect(materialize(first!.records.get('c1')) ?? 0).toBe(deltas.reduce((sum, delta) => sum + delta, 0));
      }),
      { numRuns: 150 },
    );
  });

  test('CR-1, CR-8: a write is stamped after all its author had seen, and no state ever falls back', () => {
    fc.assert(
      fc.property(someNames, stepLists, (names, steps) => {
        const before = names.map((): Records => new Map());
        const { ops } = runWorld(names, steps, carrier, (at, { records }) => {
          for (const [key, record] of before[at]!)
            expect(mergeRecords(records.get(key)!, record)).toBe(records.get(key));
          before[at] = new Map(records);
        });
        expect(new Set(ops.map(({ stamp }) => stamp)).size).toBe(ops.length);
        for (const name of names) {
          const own = ops.filter(({ replica }) => replica === name);
          expect(own.map(({ seq }) => seq)).toEqual(own.map((_op, i) => i + 1));
          expect(own.map(({ stamp }) => stamp)).toEqual(own.map(({ stamp }) => stamp).sort());
        }
      }),
      { numRuns: 100 },
    );
  });
});
