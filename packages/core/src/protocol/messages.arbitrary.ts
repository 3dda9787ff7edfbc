import * as fc from 'fast-check';
import { encodeStamp } from '../clock/stamp.js';
import { replicaIds, timestamps } from '../clock/timestamp.arbitrary.js';
import type { ReplicaId, Stamp } from '../clock/timestamp.js';
import { applyDecided } from '../crdt/apply-op.js';
import type { Op } from '../crdt/op.js';
import { ops } from '../crdt/op.arbitrary.js';
import { EMPTY_RECORD } from '../crdt/record-merge.js';
import { opToWire } from '../crdt/wire-op.js';
import { encodeRecord } from '../crdt/wire-record.js';
import { encodeValue } from '../primitives/encode-value.js';
import { fieldNames, values } from '../primitives/value.arbitrary.js';
import { CALL_REFUSALS } from './call.js';
import { ERROR_CODES, REJECTION_CODES } from './codes.js';
import { DEFAULT_LIMITS } from './limits.js';
import type { ClientMessage, ServerMessage } from './messages.js';
import { PROTOCOL_VERSION, type Hello } from './hello.js';

const OP_ID = { replica: 'a.0' as ReplicaId, seq: 1, stamp: '-------0---a.0' as Stamp, map: 'm', key: 'k' };
const count = fc.nat();
const sequence = fc.integer({ min: 1 });
const millis = fc.double({ noNaN: true, noDefaultInfinity: true }).map((at) => (at === 0 ? 0 : at));
const replicaSeqs = fc.array(fc.tuple(replicaIds, count), { maxLength: 3 });
const SET_AND_COUNTER: readonly Op[] = [
  { ...OP_ID, kind: 'add', value: { b: 1 }, tags: [] },
  { ...OP_ID, kind: 'discard', value: 1, tags: ['-------0---b.0' as Stamp] },
  { ...OP_ID, kind: 'count', delta: -3 },
];
const text = fc.oneof(fc.string({ maxLength: 8 }), fieldNames);
const records = fc
  .array(fc.oneof({ weight: 4, arbitrary: ops }, { weight: 1, arbitrary: fc.constantFrom<Op>(...SET_AND_COUNTER) }), {
    maxLength: 5,
  })
  .map((list) => encodeRecord(list.reduce(applyDecided, EMPTY_RECORD)));
const stamps = timestamps.map(encodeStamp);
const setOrCounterOps: fc.Arbitrary<Op> = fc
  .record({ replica: replicaIds, value: values, tags: fc.array(stamps, { maxLength: 3 }), delta: fc.maxSafeInteger() })
  .chain(({ replica, value, tags, delta }) => {
    const id = { ...OP_ID, replica };
    return fc.constantFrom<Op>(
      { ...id, kind: 'add', value, tags },
      { ...id, kind: 'discard', value, tags },
      { ...id, kind: 'count', delta },
    );
  });
const wireOps = fc
  .record({ op: fc.oneof(ops, setOrCounterOps), seq: sequence, stamp: stamps, key: text })
  .map(({ op, ...rest }) => opToWire({ ...op, ...rest }));

const changes = fc.array(
  fc.oneof(
    fc.tuple(fc.constantFrom('enter' as const, 'update' as const, 'out' as const), text, records),
    fc.tuple(fc.constant('gone' as const), text),
  ),
  { maxLength: 4 },
);

export const hellos: fc.Arbitrary<Hello> = fc.record(
  {
    protocol: fc.constant(PROTOCOL_VERSION),
    replicas: replicaSeqs,
    lineage: fc.option(text),
    token: text,
    subs: fc.array(
      fc.record(
        {
          sub: count,
          map: text,
          query: values.map((value): unknown => encodeValue(value)),
          have: fc.tuple(count, text),
          through: count,
        },
        { requiredKeys: ['sub', 'map'] },
      ),
      { maxLength: 3 },
    ),
  },
  { requiredKeys: ['protocol', 'replicas', 'lineage'] },
);

export const clientMessages: fc.Arbitrary<ClientMessage> = fc.oneof(
  fc.record({ type: fc.constant('announce' as const), replicas: replicaSeqs }),
  fc.record(
    {
      type: fc.constant('submit' as const),
      batches: fc.array(
        fc.record({
          replica: replicaIds,
          partition: fc.integer({ min: 0, max: 270 }),
          ops: fc.array(wireOps, { maxLength: 4 }),
        }),
        { maxLength: 3 },
      ),
      transaction: fc.record({ first: sequence, parts: fc.integer({ min: 2, max: 256 }) }),
    },
    { requiredKeys: ['type', 'batches'] },
  ),
  fc.record(
    {
      type: fc.constant('subscribe' as const),
      sub: count,
      map: text,
      query: values.map((value): unknown => encodeValue(value)),
      have: fc.tuple(count, text),
      through: count,
    },
    { requiredKeys: ['type', 'sub', 'map'] },
  ),
  fc.record({ type: fc.constant('turn' as const), sub: count, nodes: text }),
  fc.record({ type: fc.constant('unsubscribe' as const), sub: count }),
  fc.record(
    {
      type: fc.constant('read-journal' as const),
      id: count,
      after: count,
      limit: fc.integer({ min: 1, max: 1_000 }),
      maps: fc.array(text, { maxLength: 3 }),
      wait: fc.constant(true as const),
    },
    { requiredKeys: ['type', 'id', 'limit'] },
  ),
  fc.record({ type: fc.constant('end-journal' as const), id: count }),
  fc.record(
    {
      type: fc.constant('ask-search' as const),
      id: count,
      map: text,
      query: values.map((value): unknown => encodeValue(value)),
      facets: fc.array(text, { maxLength: 3 }),
      complete: fc.integer({ min: 1, max: 50 }),
      unless: text,
    },
    { requiredKeys: ['type', 'id', 'map', 'query'] },
  ),
  fc.record({ type: fc.constant('end-search' as const), id: count }),
  fc.record(
    {
      type: fc.constant('call' as const),
      id: count,
      caller: replicaIds,
      call: replicaIds,
      name: text,
      args: values.map((value): unknown => encodeValue(value)),
    },
    { requiredKeys: ['type', 'id', 'caller', 'call', 'name'] },
  ),
  fc.record({ type: fc.constant('token' as const), token: text }),
  fc.record({ type: fc.constant('ping' as const), at: millis }),
);

export const serverMessages: fc.Arbitrary<ServerMessage> = fc.oneof(
  fc.record(
    {
      type: fc.constant('welcome' as const),
      lineage: text,
      position: count,
      serverTime: millis,
      decided: replicaSeqs,
      gaps: fc.constant(true as const),
      subscribed: fc.constant(true as const),
      limits: fc.constantFrom({}, { windowOps: 2 }, DEFAULT_LIMITS),
    },
    { requiredKeys: ['type', 'position', 'serverTime'] },
  ),
  fc.record(
    { type: fc.constant('announced' as const), decided: replicaSeqs, gaps: fc.constant(true as const) },
    { requiredKeys: ['type', 'decided'] },
  ),
  fc.record(
    {
      type: fc.constant('decided' as const),
      position: count,
      replica: replicaIds,
      verdicts: fc.array(fc.tuple(sequence, fc.constantFrom('applied' as const, 'superseded' as const)), {
        maxLength: 3,
      }),
      rejected: fc.array(fc.record({ seq: sequence, code: fc.constantFrom(...REJECTION_CODES), reason: text }), {
        maxLength: 2,
      }),
      totals: fc.array(fc.tuple(text, text, records), { maxLength: 2 }),
      changed: fc.array(wireOps, { maxLength: 2 }),
    },
    { requiredKeys: ['type', 'position', 'replica', 'verdicts', 'rejected'] },
  ),
  fc.record(
    { type: fc.constant('same' as const), sub: count, through: count, full: fc.constant(true as const) },
    { requiredKeys: ['type', 'sub'] },
  ),
  fc.record({ type: fc.constant('level' as const), sub: count, n: count, nodes: text }),
  fc.record(
    {
      type: fc.constant('rows' as const),
      sub: count,
      n: count,
      through: count,
      changes,
      done: fc.boolean(),
      full: fc.boolean(),
      anew: fc.constant(true as const),
      kept: fc.constant(true as const),
      total: count,
      nodes: text,
    },
    { requiredKeys: ['type', 'sub', 'n', 'through', 'changes', 'done', 'full'] },
  ),
  fc.record({
    type: fc.constant('push' as const),
    through: count,
    subs: fc.array(fc.record({ sub: count, n: count, changes, full: fc.boolean() }), { maxLength: 3 }),
  }),
  fc.record({
    type: fc.constant('journal' as const),
    id: count,
    events: fc.array(
      fc.record(
        {
          sequence: count,
          type: fc.constantFrom('add' as const, 'update' as const, 'remove' as const),
          map: text,
          key: text,
          value: values.map((value): unknown => encodeValue(value)),
          previous: values.map((value): unknown => encodeValue(value)),
          author: fc.option(text),
          stamp: text,
        },
        { requiredKeys: ['sequence', 'type', 'map', 'key', 'author', 'stamp'] },
      ),
      { maxLength: 3 },
    ),
    through: count,
    more: fc.boolean(),
  }),
  fc.record(
    {
      type: fc.constant('journal-refused' as const),
      id: count,
      code: fc.constantFrom(
        'no-journal' as const,
        'journal-trimmed' as const,
        'overloaded' as const,
        'internal' as const,
      ),
      reason: text,
      through: count,
    },
    { requiredKeys: ['type', 'id', 'code', 'reason'] },
  ),
  fc.record({
    type: fc.constant('search-facts' as const),
    id: count,
    through: count,
    total: count,
    facets: fc.array(
      fc.array(
        fc.tuple(
          values.map((value): unknown => encodeValue(value)),
          count,
        ),
        { maxLength: 3 },
      ),
      {
        maxLength: 3,
      },
    ),
    completions: fc.array(fc.tuple(text, count), { maxLength: 3 }),
    mark: text,
  }),
  fc.record({
    type: fc.constant('search-refused' as const),
    id: count,
    code: fc.constantFrom('bad-query' as const, 'overloaded' as const, 'internal' as const),
    reason: text,
  }),
  fc.record(
    {
      type: fc.constant('called' as const),
      id: count,
      result: values.map((value): unknown => encodeValue(value)),
    },
    { requiredKeys: ['type', 'id'] },
  ),
  fc.record(
    {
      type: fc.constant('call-refused' as const),
      id: count,
      code: fc.constantFrom(...CALL_REFUSALS),
      reason: text,
      issues: fc.array(fc.record({ path: text, reason: text }), { maxLength: 2 }),
      data: values.map((value): unknown => encodeValue(value)),
    },
    { requiredKeys: ['type', 'id', 'code', 'reason'] },
  ),
  fc.record({ type: fc.constant('pong' as const), at: millis, serverTime: millis, through: count }),
  fc.record(
    {
      type: fc.constant('error' as const),
      code: fc.constantFrom(...ERROR_CODES),
      reason: text,
      about: fc.record({ sub: count }, { requiredKeys: [] }),
      retryAfterMs: count,
      fatal: fc.boolean(),
    },
    { requiredKeys: ['type', 'code', 'reason', 'fatal'] },
  ),
);

const rubbish: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(null, true, 0, -1, 0.5, 1e300, '', 'x', '-------0---a.0', [], {}, [[]], 'gone', 'd'),
  fc.jsonValue({ maxDepth: 2 }),
);

/** The message with one place in it, at any depth, replaced, removed or doubled. */
export const damaged = (messages: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc
    .record({
      message: messages,
      way: fc.array(fc.nat(), { minLength: 1, maxLength: 7 }),
      how: fc.constantFrom('replace' as const, 'remove' as const, 'double' as const),
      rubbish,
    })
    .map(({ message, way, how, rubbish: put }) => {
      const copy: unknown = JSON.parse(JSON.stringify(message));
      let at = copy as Record<string, unknown>;
      for (const [i, step] of way.entries()) {
        const names = Object.keys(at);
        const name = names[step % names.length];
        if (name === undefined) break;
        const inner = at[name];
        if (i < way.length - 1 && typeof inner === 'object' && inner !== null && Object.keys(inner).length > 0) {
          at = inner as Record<string, unknown>;
          continue;
        }
        if (how === 'replace') at[name] = put;
        else if (how === 'double' && Array.isArray(at)) at.push(inner);
        else if (Array.isArray(at)) at.splice(Number(name), 1);
        else delete at[name];
        break;
      }
      return copy;
    });
