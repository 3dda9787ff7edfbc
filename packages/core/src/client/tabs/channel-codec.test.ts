import { describe, expect, it } from 'vitest';

import { encodeStamp, type ReplicaId } from '../../clock/index.js';
import { opToRecord, opToWire, type Op } from '../../crdt/index.js';
import type { Value } from '../../primitives/index.js';
import { groupOutboxEdits } from '../storage/outbox-chunks.js';
import { KeySet } from '../key-set.js';
import { decodeTabMessage, encodeTabMessage, TEXT_FROM } from './channel-codec.js';
import type { TabEvent } from '../ports/tab-events.js';
import type { TabMessage } from './tab-message.js';

const replica = 'db.0' as ReplicaId;
const id = { replica, seq: 3, stamp: encodeStamp({ millis: 5, counter: 1, replica }), map: 'todos', key: '__proto__' };
const value = JSON.parse('{"__proto__": {"polluted": true}, "plain": [1, null, "x"]}') as Value;
const op: Op = {
  kind: 'create',
  restart: true,
  ...id,
  fields: [
    { name: '__proto__', value },
    { name: 'bytes', value: new Uint8Array([1, 2, 255]) },
    { name: 'unset', value: undefined },
  ],
};
const entry = { op, handed: true, clockOffset: -1_500 };
/** CR-12. */
const part = { ...entry, op: { ...op, transaction: { first: 2, parts: 3 } } };

const events: readonly TabEvent[] = [
  {
    type: 'changes',
    maps: [
      {
        map: 'todos',
        changes: [
          { type: 'merge', key: 'a', delta: opToRecord(op) },
          { type: 'drop', key: 'b' },
        ],
      },
    ],
    subs: [{ sub: 's', entered: ['a'], left: ['b'], full: true }],
    through: 4,
  },
  { type: 'settled', sub: 's', map: 'todos', members: ['a'], full: false, through: 3 },
  { type: 'unsettled', subs: null },
  { type: 'subscription-failed', sub: 's', code: 'bad-query', reason: 'no' },
  { type: 'persisted', entries: [entry, part] },
  {
    type: 'decided',
    position: 9,
    decisions: [
      { op, outcome: 'superseded' },
      { op: part.op, outcome: 'applied' },
      { op, outcome: 'rejected', code: 'not-permitted', reason: 'no', at: 5 },
    ],
  },
  {
    type: 'decided',
    position: 9,
    decisions: [{ op: { ...id, kind: 'count', delta: -2 }, outcome: 'applied' }],
    totals: [{ map: 'likes', changes: [{ type: 'merge', key: '', delta: opToRecord(op) }] }],
  },
  { type: 'persisted', entries: [{ op: { ...id, kind: 'add', value, tags: [id.stamp] }, handed: false }] },
  { type: 'clock', offsetMs: 7, restamped: [entry] },
  { type: 'reissued', replica, successor: replica, moved: [{ from: { replica, seq: 1 }, entry }] },
  { type: 'connection', state: 'live', error: null },
];

const messages: readonly TabMessage[] = [
  ...events.map((event): TabMessage => ({ type: 'event', event })),
  { type: 'persisted', entries: [entry] },
  { type: 'ping' },
];

describe('the channel codec', () => {
  for (const message of messages) {
    const name = message.type === 'event' ? `event ${message.event.type}` : message.type;
    const what = JSON.stringify(message).includes('totals') ? `${name} with totals` : name;
    it(`CL-4: ${what} arrives as it was sent, through structured clone`, () => {
      const posted = structuredClone(encodeTabMessage(message));
      expect(decodeTabMessage(posted)).toEqual(message);
      // What is posted is JSON: no maps of registers, no bytes.
      expect(JSON.parse(JSON.stringify(posted))).toEqual(posted);
    });
  }

  for (const parts of [TEXT_FROM - 1, TEXT_FROM]) {
    const entries = Array.from({ length: parts }, (_, i) => ({ ...entry, op: { ...op, seq: i + 1 } }));
    const changes = Array.from({ length: parts }, (_, i) => ({
      type: 'merge' as const,
      key: `${i}`,
      delta: opToRecord(op),
    }));
    const decisions = entries.map(({ op }) => ({ op, outcome: 'applied' as const }));
    const many: readonly TabMessage[] = [
      { type: 'persisted', entries },
      { type: 'event', event: { type: 'persisted', entries } },
      { type: 'event', event: { type: 'decided', position: 9, decisions } },
      { type: 'event', event: { type: 'changes', maps: [{ map: 'todos', changes }], subs: [], through: null } },
    ];
    it(`CL-4: messages of ${parts} ops or records arrive as they were sent`, () => {
      for (const message of many) {
        const posted = structuredClone(encodeTabMessage(message));
        // What storage has as texts too is posted as those.
        const isRows = message.type === 'persisted' && parts >= TEXT_FROM;
        expect(isRows).toBe(Object.hasOwn(Object(posted), 'rows'));
        if (!isRows) expect(typeof posted).toBe(parts < TEXT_FROM ? 'object' : 'string');
        expect(decodeTabMessage(posted)).toEqual(message);
      }
    });
  }

  it('CL-4: the members of a subscription arrive as they are when they are told, however the set is held', () => {
    const members = new KeySet(['a', 'b', 'c']);
    const settled = { type: 'settled', sub: 's', map: 'todos', full: false, through: 3 } as const;
    const posted = encodeTabMessage({ type: 'event', event: { ...settled, members } });
    members.delete('b');
    const told = decodeTabMessage(structuredClone(posted));
    expect(told).toEqual({ type: 'event', event: { ...settled, members: ['a', 'b', 'c'] } });
  });

  it('CL-1: ops that storage has encoded are sent as they were encoded: each is looked at once', () => {
    let reads = 0;
    const entries = Array.from({ length: 2 * TEXT_FROM }, (_, i) => ({
      handed: false,
      op: {
        ...op,
        // With a gap, which no stored row may span.
        seq: i < TEXT_FROM ? i + 1 : i + 10,
        get fields() {
          reads += 1;
          return op.fields;
        },
      },
    }));
    const [edit] = groupOutboxEdits(entries, []);
    expect(edit?.freshRows.map(({ first, last }) => [first, last])).toEqual([
      [1, TEXT_FROM],
      [TEXT_FROM + 10, 2 * TEXT_FROM + 9],
    ]);
    expect(reads).toBe(entries.length);
    const posted = structuredClone(encodeTabMessage({ type: 'persisted', entries }));
    expect(reads).toBe(entries.length);
    expect(decodeTabMessage(posted)).toEqual({ type: 'persisted', entries });
  });

  it('CL-1: ops of several replicas, or in another order, arrive as they were sent too', () => {
    const other = 'db.1' as ReplicaId;
    const entryOf = (of: ReplicaId, seq: number) => {
      const stamp = encodeStamp({ millis: 5, counter: seq, replica: of });
      return { handed: false, op: { ...op, replica: of, seq, stamp } };
    };
    const several = Array.from({ length: TEXT_FROM }, (_, i) => entryOf(i % 2 === 0 ? replica : other, i + 1));
    const backwards = Array.from({ length: TEXT_FROM }, (_, i) => entryOf(replica, TEXT_FROM - i));
    for (const entries of [several, backwards]) {
      const message: TabMessage = { type: 'persisted', entries };
      expect(decodeTabMessage(structuredClone(encodeTabMessage(message)))).toEqual(message);
    }
  });

  it('an op or a record that cannot be read makes the message unreadable, and throws nothing', () => {
    const broken: unknown[] = [
      null,
      'text',
      '{"type":"persisted","entries":[',
      '{"type":"persisted","entries":[{"op":5}]}',
      { type: 'persisted', entries: [{ op: ['db.0', [1, 'no stamp', 'm', 'k', 'd']], handed: true }] },
      { type: 'persisted', entries: [{ op: 5, handed: true }] },
      { type: 'persisted', rows: 5 },
      { type: 'persisted', rows: [[5, '[]']] },
      { type: 'persisted', rows: [['db.0', '[[0,']] },
      { type: 'persisted', rows: [['db.0', '[[0,[1,"no stamp","m","k","d"]]]']] },
      { type: 'persisted', entries: [{ op: ['db.0', opToWire(op), 'no transaction'], handed: true }] },
      {
        type: 'event',
        event: { type: 'changes', maps: [{ map: 'm', changes: [{ type: 'merge', delta: [1] }] }], subs: [] },
      },
    ];
    for (const body of broken) expect(decodeTabMessage(body)).toBeNull();
  });
});
