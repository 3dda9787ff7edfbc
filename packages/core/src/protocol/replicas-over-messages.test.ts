import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalRecord } from '../crdt/wire-record.js';
import { decodeRecord, encodeRecord } from '../crdt/wire-record.js';
import { opToRecord } from '../crdt/apply-op.js';
import type { LwwRecord } from '../crdt/lww-record.js';
import type { Op } from '../crdt/op.js';
import { EMPTY_RECORD } from '../crdt/record-merge.js';
import { rollLists, runWorld, settle, someNames, stepLists, type Carrier } from '../crdt/replica-world.arbitrary.js';
import { isWholeTransaction } from '../crdt/transaction.js';
import { opToWire, wireToOp } from '../crdt/wire-op.js';
import { messageText } from './message-text.js';
import { parseClientMessage, parseServerMessage } from './parse.js';
import type { RowChange } from './row-change.js';
import { shortForm } from './short-forms.js';

// Replicas whose ops and states travel as the messages of the protocol, in their short forms.

/** One batch an op, as they may lie in many partitions; several are a transaction. */
function asSubmit(ops: readonly Op[]): readonly Op[] {
  const [{ replica, seq: first }] = ops as readonly [Op];
  const batches = ops.map((op, i) => ({ replica, partition: i % 3, ops: [opToWire(op)] }));
  const transaction = ops.length > 1 ? { transaction: { first, parts: ops.length } } : {};
  const text = JSON.stringify(shortForm({ type: 'submit', batches, ...transaction }));
  const read = parseClientMessage(JSON.parse(text));
  if (!read.ok || read.value.type !== 'submit') throw new Error(`${text}: ${JSON.stringify(read)}`);
  const back = read.value.batches.flatMap((batch) => batch.ops.map((wire) => wireToOp(batch.replica, wire)));
  const seqs = back.map((op) => (op.ok ? op.value.seq : -1));
  expect(read.value.transaction === undefined || isWholeTransaction(read.value.transaction, seqs)).toBe(true);
  return back.flatMap((op) => (op.ok ? [op.value] : []));
}

const changeOf = (key: string, record: LwwRecord): RowChange => ['enter', key, encodeRecord(record)];

function recordIn(changes: readonly RowChange[], key: string): LwwRecord {
  const change = changes.find((one) => one[1] === key);
  const record = decodeRecord(change?.[2]);
  if (!record.ok) throw new Error(record.error.message);
  return record.value;
}

const asRows = (key: string, record: LwwRecord): LwwRecord => {
  // Whatever stands before it: a stamp is short where its replica is that of the stamp before.
  const changes = [changeOf('before', record), ['gone', 'x'] as const, changeOf(key, record)];
  const text = messageText({ type: 'rows', sub: 1, n: 0, through: 1, changes, done: true, full: false });
  const read = parseServerMessage(JSON.parse(text));
  if (!read.ok || read.value.type !== 'rows') throw new Error(`${text}: ${JSON.stringify(read)}`);
  return recordIn(read.value.changes, key);
};

const asPush = (key: string, record: LwwRecord): LwwRecord => {
  const subs = [{ sub: 1, n: 3, changes: [changeOf(key, record)], full: false }];
  const read = parseServerMessage(JSON.parse(messageText({ type: 'push', through: 1, subs })));
  if (!read.ok || read.value.type !== 'push') throw new Error(JSON.stringify(read));
  return recordIn(read.value.subs[0]!.changes, key);
};

const CARRIERS: readonly (readonly [how: string, carrier: Carrier])[] = [
  ['submit and rows', { ops: asSubmit, record: asRows }],
  ['submit and push', { ops: asSubmit, record: asPush }],
];

test.each(CARRIERS)(
  'CR-8, CR-12, PT-8: by %s all hear the same, and end with the bytes they would have had without',
  (_how, carrier) => {
    const direct: Carrier = { ops: (ops) => ops, record: (_key, record) => record };
    fc.assert(
      fc.property(someNames, stepLists, rollLists, (names, steps, rolls) => {
        const [sent, kept] = [runWorld(names, steps, carrier), runWorld(names, steps, direct)];
        // Of an op that unsets many fields the order may be another one, which says nothing.
        const saying = (ops: readonly Op[]) => ops.map((op) => [op.stamp, op.key, canonicalRecord(opToRecord(op))]);
        expect(saying(sent.ops)).toEqual(saying(kept.ops));
        settle(sent, carrier, rolls);
        settle(kept, direct, rolls);
        for (const key of ['r1', 'r2', 's1', 's2', 'c1']) {
          const texts = [...sent.replicas, ...kept.replicas].map(({ records }) =>
            canonicalRecord(records.get(key) ?? EMPTY_RECORD),
          );
          expect(new Set(texts).size).toBe(1);
        }
      }),
      { numRuns: 150 },
    );
  },
);
