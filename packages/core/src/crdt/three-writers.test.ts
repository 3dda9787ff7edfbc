import { describe, expect, test } from 'vitest';
import { encodeStamp } from '../clock/stamp.js';
import type { ReplicaId } from '../clock/timestamp.js';
import { canonicalJson } from '../primitives/canonical-json.js';
import type { Value } from '../primitives/value.js';
import { applyDecided, applyOp } from './apply-op.js';
import type { LwwRecord } from './lww-record.js';
import { materialize } from './materialize.js';
import type { AddOp, CountOp, FieldWrite, Op, RecordOp } from './op.js';
import { EMPTY_RECORD, mergeRecords } from './record-merge.js';
import { modelRecord } from './record-model.arbitrary.js';
import { modelSet } from './set-model.arbitrary.js';
import type { SetOp } from './set-op.arbitrary.js';
import { opToWire, wireToOp } from './wire-op.js';
import { canonicalRecord, decodeRecord, encodeRecord } from './wire-record.js';

// Three writers of three ops each, in all 1,680 orders in which their ops can meet, whole and in two halves that are merged.

const WRITERS = ['a', 'b', 'c'] as const;
type Script = readonly [readonly Op[], readonly Op[], readonly Op[]];

/** Every way to deal nine turns to three writers, three to each. */
function* turns(left: readonly number[]): Generator<readonly number[]> {
  if (left.every((count) => count === 0)) yield [];
  for (const [writer, count] of left.entries()) {
    if (count === 0) continue;
    for (const rest of turns(left.with(writer, count - 1))) yield [writer, ...rest];
  }
}
const INTERLEAVINGS = [...turns([3, 3, 3])];

const played = (script: Script, order: readonly number[]): readonly Op[] => {
  const next = [0, 0, 0];
  return order.map((writer) => {
    const at = next[writer] ?? 0;
    next[writer] = at + 1;
    return script[writer]![at]!;
  });
};

const idOf = (writer: number, seq: number, millis: number) => {
  const replica = `${WRITERS[writer]}` as ReplicaId;
  return { replica, seq, stamp: encodeStamp({ millis, counter: 0, replica }), map: 'm', key: 'k' };
};

/** Times that meet, and times at which one writer is far ahead of the others. */
const CLOCKS: readonly (readonly [string, (writer: number, seq: number) => number])[] = [
  ['one clock', (_writer, seq) => seq],
  ['clocks apart', (writer, seq) => seq + writer * 2],
  ['turns', (writer, seq) => seq * 3 + writer],
];

type Body =
  | {
      readonly kind: 'create';
      readonly fields: readonly FieldWrite[];
      readonly restart: boolean;
      readonly expiresAt?: number;
    }
  | { readonly kind: 'patch'; readonly fields: readonly FieldWrite[]; readonly expiresAt?: number | null }
  | { readonly kind: 'remove' };

const create = (fields: Record<string, Value>, restart = false, expiresAt?: number): Body => ({
  kind: 'create',
  fields: Object.entries(fields).map(([name, value]) => ({ name, value })),
  restart,
  ...(expiresAt === undefined ? {} : { expiresAt }),
});
const patch = (fields: Record<string, Value | undefined>, expiresAt?: number | null): Body => ({
  kind: 'patch',
  fields: Object.entries(fields).map(([name, value]) => ({ name, value })),
  ...(expiresAt === undefined ? {} : { expiresAt }),
});
const remove: Body = { kind: 'remove' };

const RECORD_BODIES: readonly (readonly [string, readonly (readonly Body[])[]])[] = [
  [
    'creates, edits and removals of one record',
    [
      [create({ x: 1 }), patch({ x: 2, y: 1 }), remove],
      [create({ x: 3 }, true), patch({ x: undefined }), patch({ y: 2 })],
      [remove, create({ y: 3 }), patch({ x: 4 })],
    ],
  ],
  [
    'lives begun anew, and their ends',
    [
      [create({ x: 1 }, true, 50), remove, create({ x: 2 }, true)],
      [patch({}, 90), patch({ x: 3 }, null), create({ y: 1 }, true, 70)],
      [create({ x: 9 }), patch({ y: 9 }, 60), patch({ y: undefined, x: undefined })],
    ],
  ],
  [
    'a value and fields in its place',
    [
      [create({ '': 'text' }), patch({ '': 2 }), remove],
      [create({ x: 1 }), patch({ x: undefined, '': undefined }), create({ x: 2 }, true)],
      [patch({ '': [1] }), patch({ x: 5 }), patch({ y: 6 })],
    ],
  ],
];

const recordScripts = RECORD_BODIES.flatMap(([what, bodies]) =>
  CLOCKS.map(([clock, at]) => {
    const script = bodies.map((list, writer) =>
      list.map((body, i): RecordOp => ({ ...idOf(writer, i + 1, at(writer, i + 1)), ...body }) as RecordOp),
    );
    return [`${what}, by ${clock}`, script as unknown as Script] as const;
  }),
);

/** Of what is there when all write at once, each takes away some, and puts in what another took. */
const setScripts = CLOCKS.map(([clock, at]) => {
  const id = (writer: number, seq: number) => idOf(writer, seq, at(writer, seq));
  const add = (writer: number, seq: number, value: Value, sees: readonly AddOp[] = []): AddOp => ({
    ...id(writer, seq),
    kind: 'add',
    value,
    tags: sees.map(({ stamp }) => stamp),
  });
  const discard = (writer: number, seq: number, value: Value, sees: readonly AddOp[]): Op => ({
    ...id(writer, seq),
    kind: 'discard',
    value,
    tags: sees.map(({ stamp }) => stamp),
  });
  const [a1, b1, c1] = [add(0, 1, 'x'), add(1, 1, 'x'), add(2, 1, { p: [1] })];
  const [a2, c2] = [add(0, 2, 'x', [b1]), add(2, 2, 'x', [a1, b1])];
  const script: Script = [
    [a1, a2, discard(0, 3, { p: [1] }, [c1])],
    [b1, discard(1, 2, 'x', [a1, b1]), add(1, 3, { p: [1] }, [c1])],
    [c1, c2, discard(2, 3, 'x', [a2, c2])],
  ];
  return [clock, script] as const;
});

const textOf = (record: LwwRecord): string => canonicalRecord(record);
const merged = (ops: readonly Op[]): LwwRecord => (ops as readonly RecordOp[]).reduce(applyOp, EMPTY_RECORD);

const overTheWire = (record: LwwRecord): LwwRecord => {
  const read = decodeRecord(JSON.parse(JSON.stringify(encodeRecord(record))));
  if (!read.ok) throw new Error(read.error.message);
  return read.value;
};
const opOverTheWire = (op: Op): Op => {
  const read = wireToOp(op.replica, JSON.parse(JSON.stringify(opToWire(op))));
  if (!read.ok) throw new Error(read.error.message);
  return read.value;
};

/** How many orders end otherwise than expected. */
const strayed = (script: Script, expected: string, play: (ops: readonly Op[], at: number) => string): number =>
  INTERLEAVINGS.filter((order, at) => play(played(script, order), at) !== expected).length;

/** In order; in two halves; all of it twice; and over the wire. */
const WAYS: readonly (readonly [string, (ops: readonly Op[], at: number) => LwwRecord])[] = [
  ['one by one', (ops) => merged(ops)],
  ['in two halves, merged', (ops, at) => mergeRecords(merged(ops.slice(0, at % 10)), merged(ops.slice(at % 10)))],
  ['the later half first', (ops, at) => mergeRecords(merged(ops.slice(at % 10)), merged(ops.slice(0, at % 10)))],
  ['with the first half once more', (ops, at) => merged([...ops, ...ops.slice(0, at % 10)])],
  [
    'op by op and state by state over the wire',
    (ops, at) => {
      const [first, second] = [ops.slice(0, at % 10), ops.slice(at % 10)].map((half) =>
        merged(half.map(opOverTheWire)),
      );
      return mergeRecords(overTheWire(first!), overTheWire(second!));
    },
  ],
];

test('there are so many orders, each another', () => {
  expect(INTERLEAVINGS.length).toBe(1_680);
  expect(new Set(INTERLEAVINGS.map(String)).size).toBe(1_680);
});

describe.each(WAYS)('CR-8: three writers, %s', (_way, play) => {
  test.each(recordScripts)(
    '%s: every order means the same record, which is that of the definition',
    (_what, script) => {
      const expected = textOf(modelRecord(script.flat() as RecordOp[]));
      expect(strayed(script, expected, (ops, at) => textOf(play(ops, at)))).toBe(0);
    },
  );

  test.each(setScripts)(
    'CR-6: a set, by %s: every order holds the same values, which are those of the definition',
    (_clock, script) => {
      const expected = modelSet(script.flat() as SetOp[]).join();
      const shown = (record: LwwRecord): string =>
        ((materialize(record) ?? []) as readonly Value[]).map(canonicalJson).sort().join();
      expect(strayed(script, expected, (ops, at) => shown(play(ops, at)))).toBe(0);
      const [state] = INTERLEAVINGS.map((order) => textOf(play(played(script, order), 0)));
      expect(strayed(script, state!, (ops, at) => textOf(play(ops, at)))).toBe(0);
    },
  );
});

test('CR-7: a counter of three writers is the sum at every step of every order', () => {
  const deltas = [
    [5, -7, 1],
    [100, 0.5, -100],
    [-1, 2 ** 40, 3],
  ];
  const script = deltas.map((list, writer) =>
    list.map((delta, i): CountOp => ({ ...idOf(writer, i + 1, i + 1), kind: 'count', delta })),
  ) as unknown as Script;
  let wrong = 0;
  for (const order of INTERLEAVINGS) {
    let record: LwwRecord | undefined;
    let sum = 0;
    for (const op of played(script, order) as readonly CountOp[]) {
      record = overTheWire(applyDecided(record, op));
      sum += op.delta;
      if (materialize(record) !== sum) wrong += 1;
    }
  }
  expect(wrong).toBe(0);
});

describe('an order that counts is found', () => {
  test.each<[string, (ops: readonly Op[]) => LwwRecord]>([
    ['the last to come wins', (ops) => merged(ops.map((op, i) => ({ ...op, ...idOf(0, i + 1, i + 1) })))],
    ['an op is lost', (ops) => merged(ops.slice(0, -1))],
    ['edits before a create are dropped', (ops) => merged(ops.slice(ops.findIndex(({ kind }) => kind === 'create')))],
    [
      'removals only hide what has come before them',
      (ops) => merged(ops.slice(ops.findLastIndex(({ kind }) => kind === 'remove') + 1)),
    ],
    ['the state keeps no floor', (ops) => ({ ...merged(ops), floor: '' as const })],
  ])('where %s', (_what, play) => {
    const found = recordScripts.filter(([, script]) => {
      const expected = textOf(modelRecord(script.flat() as RecordOp[]));
      return strayed(script, expected, (ops) => textOf(play(ops))) > 0;
    });
    expect(found.length).toBeGreaterThan(0);
  });

  test('where tags are forgotten that an op has seen', () => {
    const [, sets] = setScripts[0]!;
    const shown = modelSet(sets.flat() as SetOp[]).join();
    const blind = (ops: readonly Op[]): string =>
      ((materialize(merged(ops.map((op) => ('tags' in op ? { ...op, tags: [] } : op)))) ?? []) as readonly Value[])
        .map(canonicalJson)
        .sort()
        .join();
    expect(strayed(sets, shown, blind)).toBe(INTERLEAVINGS.length);
  });
});
