import { describe, expect, test } from 'vitest';
import { encodeStamp, MAX_MILLIS } from '../clock/stamp.js';
import type { ReplicaId, Stamp } from '../clock/timestamp.js';
import { MAX_TTL_MS, ttlOf } from './expiry.js';
import type { LwwRecord } from './lww-record.js';
import { recordAbsentText } from './map-type.js';
import { opOfBody } from './op-of-body.js';
import type { FieldWrite, Op, OpBody } from './op.js';
import { planTtl } from './plan-ttl.js';
import { EMPTY_RECORD } from './record-merge.js';
import { opToWire, wireToOp } from './wire-op.js';
import { hasStampBefore, type WireRecord } from './wire-record.js';

const replica = 'a.0' as ReplicaId;
const stampAt = (millis: number, by = 'a.0'): Stamp => encodeStamp({ millis, counter: 0, replica: by as ReplicaId });
const stamp = stampAt(100);
const fields: readonly FieldWrite[] = [
  { name: 'f', value: 1 },
  { name: 'g', value: undefined },
];
const id = { replica, seq: 7, stamp, map: 'm', key: 'k' };
const others = stampAt(50, 'b.0');

describe('CR-2: the op that a body becomes', () => {
  test.each<[string, OpBody, Op]>([
    ['a create', { kind: 'create', fields, restart: false }, { ...id, kind: 'create', fields, restart: false }],
    ['a restart', { kind: 'create', fields: [], restart: true }, { ...id, kind: 'create', fields: [], restart: true }],
    [
      'a create that ends',
      { kind: 'create', fields, restart: false, ttlMs: 5 },
      { ...id, kind: 'create', fields, restart: false, expiresAt: 105 },
    ],
    [
      'a create that ends no more',
      { kind: 'create', fields, restart: true, ttlMs: null },
      { ...id, kind: 'create', fields, restart: true, expiresAt: null },
    ],
    ['a patch', { kind: 'patch', fields }, { ...id, kind: 'patch', fields }],
    [
      'a patch that ends',
      { kind: 'patch', fields: [], ttlMs: 1 },
      { ...id, kind: 'patch', fields: [], expiresAt: 101 },
    ],
    [
      'a patch that ends no more',
      { kind: 'patch', fields: [], ttlMs: null },
      { ...id, kind: 'patch', fields: [], expiresAt: null },
    ],
    ['a removal', { kind: 'remove' }, { ...id, kind: 'remove' }],
    ['an add', { kind: 'add', value: 'v', tags: [] }, { ...id, kind: 'add', value: 'v', tags: [] }],
    [
      'an add over tags of others, and its own, which the new one replaces',
      { kind: 'add', value: 'v', tags: [stampAt(40), others, stampAt(60)] },
      { ...id, kind: 'add', value: 'v', tags: [others] },
    ],
    [
      'a discard, of its own tags too',
      { kind: 'discard', value: 'v', tags: [stampAt(40), others] },
      { ...id, kind: 'discard', value: 'v', tags: [stampAt(40), others] },
    ],
    ['a count', { kind: 'count', delta: -3 }, { ...id, kind: 'count', delta: -3 }],
  ])('%s', (_what, body, expected) => {
    const op = opOfBody(body, replica, 7, stamp, 'm', 'k');
    expect(op).toEqual(expected);
    // Nothing is there that says nothing: what is stored is as short as it can be.
    expect(Object.keys(op).sort()).toEqual(Object.keys(expected).sort());
    expect(wireToOp(replica, opToWire(op))).toEqual({ ok: true, value: expected });
    if ('ttlMs' in body) expect(ttlOf(op)).toBe(body.ttlMs);
  });
});

describe('CR-9: what a time to live makes of a planned write', () => {
  const [create, patch]: readonly OpBody[] = [
    { kind: 'create', fields: [], restart: false },
    { kind: 'patch', fields },
  ];
  const ended: LwwRecord = { ...EMPTY_RECORD, existence: { stamp, op: 'create' }, expiry: { stamp, at: 500 } };
  const endless: LwwRecord = { ...ended, expiry: { stamp, at: null } };
  const unseen: LwwRecord = { ...EMPTY_RECORD, expiry: { stamp, at: 500 } };

  test.each<[string, LwwRecord | undefined, OpBody | null, unknown, number, OpBody | null]>([
    ['nothing is said', ended, patch!, undefined, 1, patch!],
    ['nothing is said, and nothing written', ended, null, undefined, 1, null],
    ['a create says one', undefined, create!, 9, 1, { ...create!, ttlMs: 9 } as OpBody],
    ['a patch says one', ended, patch!, 9, 1, { ...patch!, ttlMs: 9 } as OpBody],
    ['a patch clears it', ended, patch!, null, 1, { ...patch!, ttlMs: null } as OpBody],
    ['a patch clears none', endless, patch!, null, 1, { ...patch!, ttlMs: null } as OpBody],
    ['a removal says one', ended, { kind: 'remove' }, 9, 1, { kind: 'remove' }],
    ['a removal says what is none', ended, { kind: 'remove' }, 'x', 1, { kind: 'remove' }],
    ['nothing else is written', ended, null, 9, 1, { kind: 'patch', fields: [], ttlMs: 9 }],
    ['nothing else, of what is not known', undefined, null, 9, 1, { kind: 'patch', fields: [], ttlMs: 9 }],
    ['nothing else, and it is cleared', ended, null, null, 1, { kind: 'patch', fields: [], ttlMs: null }],
    ['nothing else, and there is none to clear', endless, null, null, 1, null],
    ['nothing else, and nothing is known to clear', undefined, null, null, 1, null],
    ['a create where an end has come unseen', unseen, create!, undefined, 500, { ...create!, ttlMs: null } as OpBody],
    ['a create where one will have come', unseen, create!, undefined, 499, create!],
    [
      'a create where an end was cleared unseen',
      { ...unseen, expiry: { stamp, at: null } },
      create!,
      undefined,
      500,
      create!,
    ],
    ['a create where the record is known', ended, create!, undefined, 500, create!],
    ['a create where nothing is known', undefined, create!, undefined, 500, create!],
    ['a patch where an end has come unseen', unseen, patch!, undefined, 500, patch!],
    ['a create that says its own', unseen, create!, 9, 500, { ...create!, ttlMs: 9 } as OpBody],
  ])('%s', (_what, current, body, ttlMs, now, expected) => {
    expect(planTtl(current, body, ttlMs, now)).toEqual({ ok: true, value: expected });
  });

  test.each([1, 2, MAX_TTL_MS - 1, MAX_TTL_MS])('%d ms are one', (ttlMs) => {
    expect(planTtl(undefined, create!, ttlMs, 1)).toEqual({ ok: true, value: { ...create!, ttlMs } });
  });

  test.each<[unknown, string]>([
    [0, '0'],
    [-1, '-1'],
    [0.5, '0.5'],
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, 'Infinity'],
    [MAX_TTL_MS + 1, String(MAX_TTL_MS + 1)],
    ['5', 'a string'],
    [true, 'a boolean'],
    [5n, 'a bigint'],
    [[5], 'a object'],
  ])('%s is none', (ttlMs, said) => {
    for (const body of [create!, patch!, null])
      expect(planTtl(ended, body, ttlMs, 1)).toEqual({
        ok: false,
        error: {
          code: 'invalid-ttl',
          path: '$',
          message: `ttlMs is null or a whole number of ms from 1 to ${MAX_TTL_MS}, not ${said}`,
        },
      });
  });

  test('the longest one, from the latest time that a clock may show for a while, is an end that is stored', () => {
    expect(stampAt(MAX_MILLIS)).toHaveLength(stamp.length);
    const op = opOfBody(
      { kind: 'patch', fields: [], ttlMs: MAX_TTL_MS },
      replica,
      1,
      stampAt(Date.UTC(2100, 0)),
      'm',
      'k',
    );
    expect(wireToOp(replica, opToWire(op))).toEqual({ ok: true, value: op });
  });
});

test.each([
  ['k', 'There is no record "k" in m to change.'],
  ['a"b', 'There is no record "a\\"b" in m to change.'],
  ['', 'There is no record "" in m to change.'],
])('CR-10: of the key %j: %s', (key, text) => {
  expect(recordAbsentText('m', key)).toBe(text);
});

describe('SY-1: whether a record has a register from before a moment', () => {
  const [early, bound, late] = [stampAt(10), stampAt(20), stampAt(30)];
  test.each<[string, WireRecord, boolean]>([
    ['nothing', ['', 0, '', []], false],
    ['its existence', [early, 1, '', []], true],
    ['its existence at that moment', [bound, 1, '', []], false],
    ['none of later ones', [late, 1, '', [['a', '', 1]], ['', 5]], false],
    [
      'a field',
      [
        late,
        1,
        '',
        [
          ['a', '', 1],
          ['b', early, 1],
        ],
      ],
      true,
    ],
    ['a field that is unset', [late, 1, '', [['b', early]]], true],
    ['a field at that moment', [late, 1, '', [['b', bound]]], false],
    ['its end', [late, 1, '', [], [early, null]], true],
    ['its end, with the record', [late, 1, '', [], ['', 5]], false],
    ['its floor is no register', [late, 1, early, []], false],
  ])('%s', (_what, record, expected) => {
    expect(hasStampBefore(record, bound)).toBe(expected);
    expect(hasStampBefore(record, '')).toBe(false);
  });
});
