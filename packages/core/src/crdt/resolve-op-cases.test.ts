import { describe, expect, test } from 'vitest';
import type { Stamp } from '../clock/timestamp.js';
import type { Value } from '../primitives/value.js';
import { applyDecided } from './apply-op.js';
import type { MapResolvers } from './define-resolvers.js';
import type { LwwRecord } from './lww-record.js';
import type { Op } from './op.js';
import { previewWrite } from './preview-write.js';
import { resolveOp } from './resolve-op.js';
import { custom, firstWriteWins, immutable, max, min, union, type Resolver } from './resolver.js';
import { created, opIdAt, patched, removed } from './small-ops.arbitrary.js';

type Fields = Readonly<Record<string, Value | undefined>>;

const FIELDS: MapResolvers = {
  fields: {
    top: max,
    low: min,
    tags: union,
    owner: firstWriteWins,
    by: immutable,
    sum: custom<number>('sum', (a, b) => a + b, { isMerge: false }),
    '': immutable,
  },
};

const held = (...ops: readonly Op[]): LwwRecord => ops.slice(1).reduce(applyDecided, applyDecided(undefined, ops[0]!));
const at = (millis: number): Stamp => opIdAt(millis, 'a').stamp;

/** What becomes of an op, in short: the fields that are written, and those that are raised after which time. */
function outcome(resolvers: MapResolvers, before: LwwRecord | undefined, op: Op): unknown {
  const resolved = resolveOp(resolvers, before, op);
  if (resolved.type !== 'resolved') return resolved.type === 'refused' ? resolved.reason : resolved.type;
  const { op: taken, raised } = resolved;
  expect({ ...taken, fields: [] }).toEqual({ ...op, fields: [] });
  const shown = (fields: readonly { readonly name: string; readonly value: Value | undefined }[]) =>
    Object.fromEntries(fields.map(({ name, value }) => [name, value]));
  if (raised === null) return shown(taken.fields);
  const after = [1, 2, 3, 4, 5, 6, 7, 8, 9].find((millis) => at(millis) === raised.after);
  return [shown(taken.fields), shown(raised.fields), after];
}

describe('RS-3: what an op comes to where fields have resolvers', () => {
  // Of time 5, but for `low`, `tags` and `sum`, which are of time 7.
  const record = held(
    created('k', 5, 'a', { top: 3, low: 3, by: 'x', owner: 'ann', plain: 0, gone: 1, sum: 1, constructor: 0 }),
    patched('k', 7, 'a', { low: 2, tags: ['b'], sum: 2, gone: undefined }),
  );
  const edit = (millis: number, fields: Fields): Op => patched('k', millis, 'a', fields);

  test.each<[string, Op, unknown]>([
    ['what is greater is written as it was sent', edit(6, { top: 4 }), 'as-sent'],
    ['and so is what has no resolver', edit(6, { plain: 1 }), 'as-sent'],
    ['and what has no value', edit(6, { other: 1, constructor: 2, toString: 3 }), 'as-sent'],
    ['and what is named as what objects have of themselves', edit(6, { constructor: 1 }), 'as-sent'],
    ['and what was unset', edit(8, { gone: 2 }), 'as-sent'],
    ['and nothing', edit(6, {}), 'as-sent'],
    ['what is less is left out', edit(6, { top: 2 }), {}],
    ['what is the same is left out', edit(6, { top: 3 }), {}],
    ['what is left out takes nothing with it', edit(6, { top: 2, plain: 1 }), { plain: 1 }],
    ['in whatever order', edit(6, { plain: 1, top: 2, other: 3 }), { plain: 1, other: 3 }],
    ['of two fields one may be', edit(8, { top: 4, low: 3 }), { top: 4 }],
    ['what comes to something else is written as that', edit(8, { tags: ['a'] }), { tags: ['a', 'b'] }],
    ['and as it was sent where it comes to that', edit(8, { tags: ['a', 'b'] }), 'as-sent'],
    ['what is there in the end cannot be unset', edit(6, { top: undefined }), {}],
    ['nor beside others', edit(6, { top: undefined, plain: undefined }), { plain: undefined }],
    ['but a resolver may make something of it', edit(8, { sum: undefined }), { sum: 4 }],
    ['of an earlier op what is greater is raised', edit(6, { low: 1 }), [{}, { low: 1 }, 7]],
    ['and what is not is left out', edit(6, { low: 3 }), {}],
    ['beside what is later than its field', edit(6, { top: 4, low: 1 }), [{ top: 4 }, { low: 1 }, 7]],
    ['after the latest of those that are', edit(4, { top: 4, low: 1 }), [{}, { top: 4, low: 1 }, 7]],
    ['whichever it is', edit(4, { low: 1, top: 4 }), [{}, { low: 1, top: 4 }, 7]],
    ['of the same time, as of an earlier one', edit(5, { top: 4 }), [{}, { top: 4 }, 5]],
    ['what was written first stays', edit(8, { owner: 'bob' }), {}],
    [
      'what cannot be changed is refused by its name',
      edit(8, { by: 'y' }),
      'by: It cannot be changed once it is written.',
    ],
    ['with all that came with it', edit(8, { top: 4, by: 'y' }), 'by: It cannot be changed once it is written.'],
    ['but not where it stays as it is', edit(8, { by: 'x', top: 4 }), { top: 4 }],
    ['a create is judged as an edit', created('k', 8, 'a', { top: 2, plain: 1 }), { plain: 1 }],
    ['one that begins anew ends what was earlier', created('k', 6, 'a', { top: 1 }, true), 'as-sent'],
    ['and not what was later', created('k', 6, 'a', { low: 1, top: 1 }, true), [{ top: 1 }, { low: 1 }, 7]],
    ['which is left out where it stays', created('k', 6, 'a', { low: 3, top: 1 }, true), { top: 1 }],
    ['a removal is taken as it is', removed('k', 8, 'a'), 'as-sent'],
    ['and what is no write of fields', { ...opIdAt(8, 'a'), key: 'k', kind: 'count', delta: 1 }, 'as-sent'],
  ])('%s', (_what, op, expected) => {
    expect(outcome(FIELDS, record, op)).toEqual(expected);
  });

  test('of a record that does not show, or of none, nothing is resolved', () => {
    const gone = held(created('k', 1, 'a', { top: 9 }), removed('k', 2, 'a'), patched('k', 3, 'a', { top: 8 }));
    for (const before of [gone, undefined, held(patched('k', 3, 'a', { top: 8 }))])
      expect(outcome(FIELDS, before, created('k', 4, 'a', { top: 1, by: 'y' }))).toBe('as-sent');
  });

  test('an op of a life that is over is none of this one’s; one of the moment it began is', () => {
    const anew = held(created('k', 1, 'a', { top: 9 }), created('k', 5, 'a', { top: 3 }, true));
    expect(outcome(FIELDS, anew, edit(4, { top: 1 }))).toBe('as-sent');
    expect(outcome(FIELDS, anew, edit(4, { top: 5 }))).toBe('as-sent');
    expect(outcome(FIELDS, anew, edit(5, { top: 1 }))).toEqual({});
    expect(outcome(FIELDS, anew, edit(5, { top: 5 }))).toEqual([{}, { top: 5 }, 5]);
  });

  test('a record that is one value is the field without a name, and refused without one', () => {
    const text = held(created('k', 1, 'a', { '': 'x' }));
    expect(outcome(FIELDS, text, edit(2, { '': 'x' }))).toEqual({});
    expect(outcome(FIELDS, text, edit(2, { '': 'y' }))).toBe('It cannot be changed once it is written.');
  });
});

describe('RS-3: what an op comes to where records have a resolver', () => {
  const later: Resolver = custom('later', (_current, incoming) => incoming, { isMerge: false });
  const larger: Resolver = custom<{ n: number }>('larger', (a, b) => (b.n > a.n ? b : a));
  const moved: Resolver = custom<Record<string, Value>>('moved', (a, b) => ({ ...a, m: b['n'] ?? null }));
  // `n` is of time 5, `text` of time 7.
  const record = held(created('k', 5, 'a', { n: 2, text: 'a' }), patched('k', 7, 'a', { text: 'two' }));
  const edit = (millis: number, fields: Fields): Op => patched('k', millis, 'a', fields);

  test.each<[string, Resolver, Op, unknown]>([
    ['what differs is written as it was sent', larger, edit(8, { n: 3 }), 'as-sent'],
    ['with what it unsets', larger, edit(8, { n: 3, text: undefined }), 'as-sent'],
    ['in whatever order', larger, edit(8, { text: undefined, n: 3 }), 'as-sent'],
    ['what does not differ is left out', larger, edit(8, { n: 3, text: 'two' }), { n: 3 }],
    ['and what was not there and is unset', larger, edit(8, { n: 3, other: undefined }), { n: 3 }],
    ['all of it where the other stays', larger, edit(8, { n: 1, text: 'one' }), {}],
    ['a field that is new is written whatever its time', later, edit(1, { fresh: 1 }), 'as-sent'],
    [
      'another value than was sent',
      custom('nine', (a) => ({ ...(a as object), n: 9 }) as never),
      edit(8, { n: 3 }),
      { n: 9 },
    ],
    ['another field than was sent', moved, edit(8, { n: 3 }), { m: 3 }],
    ['one field instead of two', moved, edit(8, { n: 3, text: 'x' }), { m: 3 }],
    ['one of two that were sent, and another', moved, edit(8, { n: 3, m: 1 }), { m: 3 }],
    ['what a field holds that is later is raised', later, edit(6, { text: 'x' }), [{}, { text: 'x' }, 7]],
    ['beside what is not', later, edit(6, { n: 3, text: 'x' }), [{ n: 3 }, { text: 'x' }, 7]],
    ['after the latest', later, edit(4, { n: 3, text: 'x' }), [{}, { n: 3, text: 'x' }, 7]],
    ['whichever it is', later, edit(4, { text: undefined, n: 3 }), [{}, { n: 3, text: undefined }, 7]],
    ['of the same time, as of an earlier one', later, edit(5, { n: 3 }), [{}, { n: 3 }, 5]],
    ['what it refuses is refused as a whole', immutable, edit(8, { n: 3 }), 'It cannot be changed once it is written.'],
    ['what it does not change is not', immutable, edit(8, { n: 2 }), {}],
    ['a create is told as an edit', larger, created('k', 8, 'a', { n: 1 }), {}],
    ['one that begins anew is taken as it is', immutable, created('k', 8, 'a', { n: 1 }, true), 'as-sent'],
    ['a record that becomes one value', later, edit(8, { '': 'x' }), { n: undefined, text: undefined, '': 'x' }],
  ])('%s', (_what, resolver, op, expected) => {
    expect(outcome({ record: resolver }, record, op)).toEqual(expected);
  });

  test('is told both records whole, names that objects have of themselves included', () => {
    const told: [Value, Value][] = [];
    const resolver = custom<Value>('told', (a, b) => (told.push([a, b]), b));
    const odd = held(created('k', 1, 'a', { constructor: 1, n: 1 }));
    outcome({ record: resolver }, odd, edit(2, { toString: 2, n: undefined }));
    outcome({ record: resolver }, held(created('k', 1, 'a', { '': 'x' })), edit(2, { '': 'y' }));
    outcome({ record: resolver }, held(created('k', 1, 'a', { '': 'x' })), edit(2, { n: 1 }));
    const expected: readonly (readonly [unknown, unknown])[] = [
      [
        { constructor: 1, n: 1 },
        { constructor: 1, toString: 2 },
      ],
      ['x', 'y'],
      ['x', { n: 1 }],
    ];
    expect(told).toEqual(expected);
    expect(outcome({ record: later }, odd, edit(2, { toString: 2 }))).toBe('as-sent');
  });
});

describe('RS-5: what a device makes of a write beforehand', () => {
  const write = (fields: Fields, ttlMs?: number) => ({
    kind: 'patch' as const,
    fields: Object.entries(fields).map(([name, value]) => ({ name, value })),
    ...(ttlMs !== undefined && { ttlMs }),
  });

  test.each<[string, Value, Fields, Fields | null]>([
    ['what is greater is written', { top: 1 }, { top: 2 }, { top: 2 }],
    ['what is less is not', { top: 3 }, { top: 2 }, null],
    ['others are, in their order', { top: 3, plain: 0 }, { other: 1, top: 2, plain: 1 }, { other: 1, plain: 1 }],
    [
      'what comes to something else is written as that',
      { tags: ['b'] },
      { plain: 1, tags: ['a'] },
      { plain: 1, tags: ['a', 'b'] },
    ],
    ['what is unset stays', { top: 3 }, { top: undefined }, null],
    ['what is refused is written with all the rest', { by: 'x', top: 3 }, { by: 'y', top: 2 }, { by: 'y', top: 2 }],
    [
      'names that objects have of themselves',
      { constructor: 1 },
      { constructor: 2, toString: 3 },
      { constructor: 2, toString: 3 },
    ],
    ['one value', 'x', { '': 'x' }, null],
    ['fields in the place of one value', 'x', { top: 1 }, { top: 1 }],
  ])('%s', (_what, shown, fields, expected) => {
    const made = previewWrite(FIELDS, shown, write(fields));
    expect(made).toEqual(expected === null ? null : write(expected));
    if (made !== null && made.kind === 'patch')
      expect(made.fields.map(({ name }) => name)).toEqual(Object.keys(expected!));
  });

  test('a field named like what objects inherit has no value before it is written', () => {
    const named: MapResolvers = { fields: { toString: immutable, valueOf: max } };
    expect(previewWrite(named, { n: 1 }, write({ toString: 'a', valueOf: 2 }))).toEqual(
      write({ toString: 'a', valueOf: 2 }),
    );
  });

  test('what writes no fields, or where nothing shows, is left as it is; a time to live is kept', () => {
    for (const body of [{ kind: 'remove' } as const, { kind: 'count', delta: 1 } as const])
      expect(previewWrite(FIELDS, { top: 3 }, body)).toBe(body);
    const body = write({ top: 2 });
    expect(previewWrite(FIELDS, undefined, body)).toBe(body);
    expect(previewWrite({ record: immutable }, undefined, body)).toBe(body);
    expect(previewWrite(FIELDS, { top: 3 }, write({ top: 2 }, 5))).toEqual(write({}, 5));
    expect(previewWrite({ record: max }, { top: 3 }, write({ top: 2 }, 5))).toEqual(write({}, 5));
  });
});
