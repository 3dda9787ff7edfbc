import { describe, expect, test } from 'vitest';
import type { ReplicaId } from '../clock/timestamp.js';
import { applyDecided } from './apply-op.js';
import { materialize, VERSION_FIELD } from './materialize.js';
import { planCount } from './plan-count.js';
import { planAdd } from './plan-or-set.js';
import { planPatch, planSet } from './plan-write.js';
import { created, opIdAt, patched } from './small-ops.arbitrary.js';
import { isWholeTransaction, MAX_TRANSACTION_OPS } from './transaction.js';
import { within } from './wire-error.js';
import { checkWireOp, wireToOp, type WireOp } from './wire-op.js';
import { checkWireRecord, decodeRecord } from './wire-record.js';

// Place and sentence of everything that can be wrong with an op or a record that arrives: whoever writes a client reads them.

const S = opIdAt(5, 'a').stamp;
const EARLIER = opIdAt(3, 'a').stamp;
const LATER = opIdAt(7, 'a').stamp;
const said = (issue: { readonly at: string; readonly message: string } | null): string | null =>
  issue === null ? null : `${issue.at} ${issue.message}`;

describe('PT-3: the form of an op', () => {
  const op = (...rest: readonly unknown[]): readonly unknown[] => [1, S, 'm', 'k', ...rest];

  test.each<[unknown, string]>([
    [null, ' an op is an array of 5 to 7'],
    [{ length: 5 }, ' an op is an array of 5 to 7'],
    [[1, S, 'm', 'k'], ' an op is an array of 5 to 7'],
    [[0, S, 'm', 'k', 'd'], '[0] a sequence is a positive integer'],
    [[2 ** 53, S, 'm', 'k', 'd'], '[0] a sequence is a positive integer'],
    [['1', S, 'm', 'k', 'd'], '[0] a sequence is a positive integer'],
    [[1, 'x', 'm', 'k', 'd'], '[1] not a stamp'],
    [[1, S, 1, 'k', 'd'], '[2] a map name is a string'],
    [[1, S, 'm', null, 'd'], '[3] a key is a string'],
    [op('q', []), '[4] the kind is c, r, p, d, a, x or n'],
    [op('d', []), '[5] a remove has no fields'],
    [op('c'), '[5] an array of fields is expected'],
    [op('p', {}), '[5] an array of fields is expected'],
    [op('r', [], null, 1), '[5] an array of fields is expected'],
    [op('p', [], '9'), '[6] a time is a number or null'],
    [op('p', [], Number.NaN), '[6] a time is a number or null'],
    [op('p', [], undefined), '[6] a time is a number or null'],
    [op('p', [[]]), '[5][0] a field is [name] or [name, value]'],
    [op('p', [['a'], 'b']), '[5][1] a field is [name] or [name, value]'],
    [op('p', [['a'], [1]]), '[5][1] a field is [name] or [name, value]'],
    [op('p', [['a', 1, 2]]), '[5][0] a field is [name] or [name, value]'],
    [op('a'), '[5] an array is expected'],
    [op('x', ['v'], null), '[5] an array is expected'],
    [op('n', 5), '[5] an array is expected'],
    [op('n', []), '[5] one delta is expected'],
    [op('n', [1, 2]), '[5] one delta is expected'],
    [op('a', []), '[5] a value is expected'],
    [op('a', ['v', 'w']), '[5][1] not a stamp'],
    [op('x', ['v', S, 5]), '[5][2] not a stamp'],
  ])('%j', (wire, expected) => {
    expect(said(checkWireOp(wire))).toBe(expected);
  });

  test('and what is right about one', () => {
    const right = [
      op('d'),
      op('c', []),
      op('r', [['a'], ['b', null]]),
      op('p', [['', 1]], null),
      op('p', [], 1.5),
      op('a', ['v']),
      op('x', [null, S, S]),
      op('n', ['any']),
    ];
    for (const wire of right) expect([wire, checkWireOp(wire)]).toEqual([wire, null]);
  });
});

describe('PT-3: what an op of the right form says', () => {
  const judged = (wire: readonly unknown[], replica = 'a'): string => {
    const read = wireToOp(replica as ReplicaId, wire as unknown as WireOp, { keyBytes: 4 });
    return read.ok ? 'taken' : `${read.error.code} ${said(read.error)}`;
  };
  const op = (...rest: readonly unknown[]): readonly unknown[] => [1, S, 'm', 'k', ...rest];
  const many = Array.from({ length: 9 }, (_, i) => [`f${i}`]);
  const mapNames = 'a map name is 1 to 128 of A–Z a–z 0–9 _ - . : /';

  test.each<[string, readonly unknown[], string]>([
    ['of a map without a name', [1, S, '', 'k', 'd'], `map-name [2] ${mapNames}`],
    ['of a map with a long one', [1, S, 'm'.repeat(129), 'k', 'd'], `map-name [2] ${mapNames}`],
    ['of a long key', [1, S, 'm', 'k'.repeat(5), 'd'], 'too-large'],
    ['of no key', [1, S, 'm', '', 'd'], 'invalid-key'],
    ['a count of no key', [1, S, 'm', '', 'n', [1]], 'taken'],
    ['a count of 0', op('n', [0]), 'invalid-value [5][0] a delta is a whole number, and not 0'],
    ['a count of a part', op('n', [0.5]), 'invalid-value [5][0] a delta is a whole number, and not 0'],
    ['an edit of nothing', op('p', []), 'invalid-op [5] a patch writes at least one field'],
    ['an edit of its end alone', op('p', [], null), 'taken'],
    ['a create of nothing', op('c', []), 'taken'],
    [
      'an end in the middle of a millisecond',
      op('p', [], 1.5),
      'invalid-op [6] a time is a whole number of ms since 1970',
    ],
    ['an end before time', op('c', [], -1), 'invalid-op [6] a time is a whole number of ms since 1970'],
    ['a field twice', op('p', [['a'], ['b'], ['a', 1]]), 'invalid-op [5][2][0] the field is named twice'],
    ['a field twice among many', op('p', [...many, ['f0']]), 'invalid-op [5][9][0] the field is named twice'],
    ['the last of many twice', op('p', [...many, ['f8']]), 'invalid-op [5][9][0] the field is named twice'],
    ['many fields', op('p', many), 'taken'],
    ['an object as one value', op('c', [['', { a: 1 }]]), 'invalid-op [5][0][1] an object is written as its fields'],
    ['an object as a field', op('c', [['a', { a: 1 }]]), 'taken'],
    ['a discard of no tag', op('x', ['v']), 'invalid-op [5] a discard takes at least one tag away'],
    ['an add of no tag', op('a', ['v']), 'taken'],
    [
      'an add of too many tags',
      op('a', ['v', ...Array<string>(4_097).fill(S)]),
      'too-large [5] a set has at most 4096 tags',
    ],
    ['an add of as many as may be', op('a', ['v', ...Array<string>(4_096).fill(S)]), 'taken'],
  ])('%s', (_what, wire, expected) => {
    expect(judged(wire).startsWith(expected)).toBe(true);
  });

  test('of another replica it is none', () => {
    expect(judged(op('d'), 'b')).toBe('invalid-op [1] the stamp was made by another replica');
  });

  test('an edit of which nothing is left is one for who has taken it', () => {
    const limits = { keyBytes: 4, allowsEmptyPatch: true };
    expect(wireToOp('a' as ReplicaId, op('p', []) as unknown as WireOp, limits)).toMatchObject({
      ok: true,
      value: { kind: 'patch', fields: [] },
    });
  });

  test('places add up from within', () => {
    expect(within('[3]', { at: '[0]', message: 'm' })).toEqual({ at: '[3][0]', message: 'm' });
    expect(within('', { at: '', message: 'm' })).toEqual({ at: '', message: 'm' });
  });
});

describe('PT-3: the form of a record', () => {
  test.each<[unknown, string | null]>([
    [null, ' a record is an array of 4 or 5'],
    [[S, 1, ''], ' a record is an array of 4 or 5'],
    [[S, 1, '', [], ['', 1], 1], ' a record is an array of 4 or 5'],
    [['x', 1, '', []], '[0] not a stamp'],
    [[S, 4, '', []], '[1] 0, 1, 2 or 3 is expected'],
    [[S, '1', '', []], '[1] 0, 1, 2 or 3 is expected'],
    [['', 1, '', []], '[1] created, but without a stamp'],
    [[S, 1, 'x', []], '[2] not a stamp'],
    [[S, 1, '', {}], '[3] an array of fields is expected'],
    [[S, 1, '', ['a']], '[3][0] a field is [name, stamp] or [name, stamp, value]'],
    [[S, 1, '', [['a']]], '[3][0] a field is [name, stamp] or [name, stamp, value]'],
    [[S, 1, '', [['a', '', 1, 1]]], '[3][0] a field is [name, stamp] or [name, stamp, value]'],
    [[S, 1, '', [[1, '']]], '[3][0][0] a name is a string'],
    [
      [
        S,
        1,
        '',
        [
          ['b', ''],
          ['a', ''],
        ],
      ],
      '[3][1][0] fields are sorted by name, each once',
    ],
    [
      [
        S,
        1,
        '',
        [
          ['a', ''],
          ['a', ''],
        ],
      ],
      '[3][1][0] fields are sorted by name, each once',
    ],
    [[S, 1, '', [['a', S]]], '[3][0][1] the existence stamp is written as an empty text'],
    [[S, 1, '', [['a', 'x']]], '[3][0][1] not a stamp'],
    [['', 0, '', [['a', '']]], '[3][0][1] not a stamp'],
    [[LATER, 1, S, [['a', EARLIER]]], '[3][0][1] the stamp is below the floor'],
    [[S, 0, LATER, [['a', '']]], '[3][0][1] the stamp is below the floor'],
    [[LATER, 1, S, [['a', S]]], null],
    [[S, 1, '', [], null], '[4] an expiry is [stamp, time or null]'],
    [[S, 1, '', [], ['']], '[4] an expiry is [stamp, time or null]'],
    [[S, 1, '', [], ['', 1, 1]], '[4] an expiry is [stamp, time or null]'],
    [[S, 1, '', [], [S, 1]], '[4][0] the existence stamp is written as an empty text'],
    [['', 0, '', [], ['', 1]], '[4][0] not a stamp'],
    [[LATER, 1, S, [], [EARLIER, 1]], '[4][0] the stamp is below the floor'],
    [[S, 1, '', [], ['', 1.5]], '[4][1] a time is a whole number of ms since 1970, or null'],
    [[S, 1, '', [], ['', undefined]], '[4][1] a time is a whole number of ms since 1970, or null'],
    [[S, 1, '', [], ['', null]], null],
    [['', 0, '', []], null],
  ])('%j', (wire, expected) => {
    expect(said(checkWireRecord(wire))).toBe(expected);
    const read = decodeRecord(wire);
    expect(read.ok ? null : said(read.error)).toBe(expected);
  });
});

describe('CR-4, CR-6, CR-7: what is said of a write that cannot be', () => {
  const shown = applyDecided(undefined, created('k', 1, 'a', { a: 1 }));
  const why = (result: ReturnType<typeof planPatch>): string =>
    result.ok ? 'planned' : `${result.error.code} ${result.error.path}: ${result.error.message}`;

  test.each<[string, () => ReturnType<typeof planPatch>, string]>([
    ['an edit by a list', () => planPatch(shown, []), 'not-an-object $: patch takes an object of fields'],
    [
      'an edit of none',
      () => planPatch(undefined, { a: 1 }),
      'record-absent $: there is no record under this key to patch',
    ],
    [
      'a field without a name',
      () => planPatch(shown, { '': 1 }),
      'empty-field-name $[""]: a field of a record has a name',
    ],
    ['the version', () => planPatch(shown, { _schema: 1 }), 'reserved-field $._schema: a field is not named _schema'],
    [
      'a count of a part',
      () => planCount(0, 0.5),
      'invalid-value $: a counter changes by whole numbers up to 2^53 − 1',
    ],
    ['a count too far', () => planCount(2 ** 53 - 1, 1), 'too-large $: a counter stays within ±(2^53 − 1)'],
    ['a count too far down', () => planCount(1 - 2 ** 53, -1), 'too-large $: a counter stays within ±(2^53 − 1)'],
    ['a count as far as may be', () => planCount(2 ** 53 - 2, 1), 'planned'],
  ])('%s', (_what, plan, expected) => {
    expect(why(plan())).toBe(expected);
  });

  test('of a field, its place', () => {
    const placeOf = (value: unknown): string | null => {
      const planned = planSet(shown, value, { base: { a: 1 } } as never);
      return planned.ok ? null : planned.error.path;
    };
    expect(placeOf({ b: () => 1 })).toBe('$.b');
    expect(placeOf({ 'b c': [1, () => 1] })).toBe('$["b c"][1]');
    expect(placeOf({ _schema: 1 })).toBe('$._schema');
    expect(placeOf({ '': 1 })).toBe('$[""]');
  });

  test('of a set that is full', () => {
    const fields = new Map(
      Array.from({ length: 4_096 }, (_, i) => [`${i} a`, { stamp: S, value: undefined }] as const),
    );
    const full = { existence: { stamp: S, op: 'set' as const }, floor: '' as const, fields, expiry: null };
    expect(planAdd(full, 'new')).toMatchObject({
      error: { code: 'too-large', message: 'a set has at most 4096 tags' },
    });
    expect(planAdd({ ...full, fields: new Map([...fields].slice(1)) }, 'new').ok).toBe(true);
  });
});

test('SC-10: the version of a record never shows, whatever it holds', () => {
  const record = applyDecided(undefined, patched('k', 2, 'a', { [VERSION_FIELD]: 2 }));
  expect(materialize(record)).toBeUndefined();
  const made = created('k', 1, 'a', { a: 1, [VERSION_FIELD]: 3 });
  expect(materialize(applyDecided(undefined, made))).toEqual({ a: 1 });
  expect(materialize(applyDecided(undefined, created('k', 1, 'a', { [VERSION_FIELD]: 3 })))).toEqual({});
});

test('CR-12: a transaction has at most 256 parts, which are there in any order, each once', () => {
  expect(MAX_TRANSACTION_OPS).toBe(256);
  const seqs = Array.from({ length: 256 }, (_, i) => i + 7);
  expect(isWholeTransaction({ first: 7, parts: 256 }, seqs.toReversed())).toBe(true);
  expect(isWholeTransaction({ first: 7, parts: 256 }, [...seqs.slice(1), 8])).toBe(false);
  expect(isWholeTransaction({ first: 7, parts: 256 }, [...seqs.slice(1), 6])).toBe(false);
  expect(isWholeTransaction({ first: 7, parts: 255 }, seqs)).toBe(false);
  expect(isWholeTransaction({ first: 6, parts: 256 }, seqs)).toBe(false);
});
