import { describe, expect, test } from 'vitest';
import type { Value } from '../primitives/value.js';
import { checkResolver } from './check-resolver.js';
import { defineResolvers, type MapResolvers } from './define-resolvers.js';
import type { FieldWrite, OpBody } from './op.js';
import { previewWrite } from './preview-write.js';
import { compareValues, custom, firstWriteWins, immutable, max, min, union, type Resolver } from './resolver.js';

type Fields = Readonly<Record<string, Value | undefined>>;
const writes = (fields: Fields): readonly FieldWrite[] =>
  Object.entries(fields).map(([name, value]) => ({ name, value }));
const patch = (fields: Fields): OpBody => ({ kind: 'patch', fields: writes(fields) });
const shown = { n: 5, list: ['a'], first: 'x', text: 't' };

const byField: MapResolvers = { fields: { n: max, list: union, first: firstWriteWins, kept: immutable } };

describe('RS-5: what a write is shown as, field by field', () => {
  test.each<[string, Value | undefined, OpBody, OpBody | null]>([
    ['a greater one', shown, patch({ n: 6 }), patch({ n: 6 })],
    ['a lesser one', shown, patch({ n: 4 }), null],
    ['the same', shown, patch({ n: 5 }), null],
    ['one beside a lesser one', shown, patch({ n: 4, text: 'u' }), patch({ text: 'u' })],
    ['a field without a resolver, though it is the same', shown, patch({ text: 't' }), patch({ text: 't' })],
    ['a list', shown, patch({ list: ['b'] }), patch({ list: ['a', 'b'] })],
    ['a list with nothing new', shown, patch({ list: ['a'] }), null],
    ['what was there first', shown, patch({ first: 'y' }), null],
    ['a field that is not there', { text: 't' }, patch({ n: 1 }), patch({ n: 1 })],
    ['a field that is unset: it stays', shown, patch({ n: undefined }), null],
    ['a field without a resolver that is unset', shown, patch({ text: undefined }), patch({ text: undefined })],
    [
      'what is refused, as it is: the server decides',
      { kept: 1, n: 5 },
      patch({ n: 4, kept: 2 }),
      patch({ n: 4, kept: 2 }),
    ],
    ['what is the same of what cannot be changed', { kept: 1 }, patch({ kept: 1 }), null],
    [
      'a create',
      shown,
      { kind: 'create', fields: writes({ n: 1 }), restart: true },
      { kind: 'create', fields: writes({ n: 1 }), restart: true },
    ],
    ['a removal', shown, { kind: 'remove' }, { kind: 'remove' }],
    ['a write to nothing', undefined, patch({ n: 1 }), patch({ n: 1 })],
    [
      'a time to live, of which nothing else is left',
      shown,
      { ...patch({ n: 4 }), ttlMs: 5 } as OpBody,
      { kind: 'patch', fields: [], ttlMs: 5 },
    ],
    [
      'no time to live any more',
      shown,
      { ...patch({ n: 4 }), ttlMs: null } as OpBody,
      { kind: 'patch', fields: [], ttlMs: null },
    ],
    ['fields of one value', 'text', patch({ n: 1 }), patch({ n: 1 })],
    ['names that objects have of themselves', shown, patch({ constructor: 1 }), patch({ constructor: 1 })],
  ])('%s', (_what, before, body, expected) => {
    expect(previewWrite(byField, before, body)).toEqual(expected);
  });

  test('one value is the field of no name', () => {
    const resolvers: MapResolvers = { fields: { '': max } };
    expect(previewWrite(resolvers, 5, patch({ '': 6 }))).toEqual(patch({ '': 6 }));
    expect(previewWrite(resolvers, 5, patch({ '': 4 }))).toBeNull();
    expect(previewWrite(resolvers, { a: 1 }, patch({ '': 4 }))).toEqual(patch({ '': 4 }));
  });

  test('where there are no resolvers nothing is otherwise', () => {
    expect(previewWrite({}, shown, patch({ n: 1 }))).toEqual(patch({ n: 1 }));
  });
});

describe('RS-5: what a write is shown as, the record as a whole', () => {
  const later = custom<{ readonly at: number }>('later', (a, b) => (b.at > a.at ? b : a));
  const of = (record: Resolver, before: Value, body: OpBody) => previewWrite({ record }, before, body);

  test.each<[string, Value, Fields, OpBody | null]>([
    ['one that wins writes what differs', { at: 1, x: 1 }, { at: 2 }, patch({ at: 2 })],
    ['one that loses writes nothing', { at: 3, x: 1 }, { at: 2, x: 2 }, null],
    ['one that unsets', { at: 1, x: 1 }, { at: 2, x: undefined }, patch({ at: 2, x: undefined })],
    ['one that names what is the same', { at: 1, x: 1 }, { at: 2, x: 1 }, patch({ at: 2 })],
    ['one that names what nobody has', { at: 1 }, { at: 2, y: null }, patch({ at: 2, y: null })],
  ])('%s', (_what, before, fields, expected) => {
    expect(of(later, before, patch(fields))).toEqual(expected);
  });

  test('one value in the place of a record, and a record in the place of one value', () => {
    const last = custom('last', (_, b) => b, { isMerge: false });
    expect(of(last, { a: 1 }, patch({ '': 'text' }))).toEqual(patch({ a: undefined, '': 'text' }));
    expect(of(last, 'text', patch({ a: 1 }))).toEqual(patch({ '': undefined, a: 1 }));
    expect(of(last, 'text', patch({ '': 'text' }))).toBeNull();
  });

  test('what is refused is written as it is', () => {
    expect(of(immutable, { a: 1 }, patch({ a: 2 }))).toEqual(patch({ a: 2 }));
    expect(of(immutable, { a: 1 }, patch({ a: 1 }))).toBeNull();
  });
});

describe('RS-1, RS-2: resolvers', () => {
  test('have names, and say whether they are merge laws', () => {
    const all = [
      firstWriteWins,
      immutable,
      max,
      min,
      union,
      custom('own', (a) => a),
      custom('odd', (a) => a, { isMerge: false }),
    ];
    expect(all.map(({ name, isMerge }) => [name, isMerge])).toEqual([
      ['firstWriteWins', false],
      ['immutable', false],
      ['max', true],
      ['min', true],
      ['union', true],
      ['own', true],
      ['odd', false],
    ]);
  });

  test('say why they refuse', () => {
    expect(immutable.resolve(1, 2)).toEqual({ type: 'refused', reason: 'It cannot be changed once it is written.' });
    for (const own of [custom('nothing', () => undefined as never), custom('function', () => (() => 1) as never)])
      expect(own.resolve(1, 2)).toEqual({ type: 'refused', reason: 'It could not be merged with what is there.' });
  });

  test('of several that are the same the one that is there stays, the very object', () => {
    const [current, incoming] = [{ a: [1] }, { a: [1] }];
    for (const resolver of [max, min, firstWriteWins, immutable]) {
      const resolution = resolver.resolve(current, incoming);
      expect(resolution.type === 'value' && resolution.value).toBe(current);
    }
  });

  test('values are in this order', () => {
    const ordered: readonly Value[] = [
      null,
      false,
      true,
      -1.5,
      0,
      2,
      10,
      '',
      'B',
      'a',
      'aa',
      'ä',
      '😀',
      [1],
      [2],
      { a: 1 },
    ];
    for (const [i, a] of ordered.entries())
      for (const [j, b] of ordered.entries())
        if (i < 13 || j < 13) expect([a, b, Math.sign(compareValues(a, b))]).toEqual([a, b, Math.sign(i - j)]);
    expect([union.resolve([10, 2, 'b', null, 2], [10, 'b', true])]).toEqual([
      { type: 'value', value: [null, true, 2, 10, 'b'] },
    ]);
  });

  test('the check tells each law once, with the values that break it', () => {
    const difference = custom<number>('difference', (a, b) => a - b);
    expect(checkResolver(difference, [1, 2])).toEqual([
      { law: 'idempotent', values: [1, 1] },
      { law: 'associative', values: [1, 1, 1] },
      { law: 'commutative', values: [1, 2] },
    ]);
    expect(checkResolver(difference, [])).toEqual([]);
    expect(checkResolver(max, [1, 'a', null, [1], { a: 1 }])).toEqual([]);
    const fussy = custom<number>('fussy', (a, b) => {
      if (a + b > 2) throw new Error('too much');
      return Math.max(a, b);
    });
    expect(checkResolver(fussy, [1, 2]).map(({ law }) => law)).toContain('idempotent');
  });

  test.each<[string, object, string]>([
    ['a field', { m: { fields: { a: {} } } }, 'm.a has something that is no resolver.'],
    ['a record', { m: { record: null } }, 'm has something that is no resolver.'],
    ['a record by a function', { m: { record: { resolve: 1 } } }, 'm has something that is no resolver.'],
    ['both', { m: { fields: {}, record: max } }, 'm has resolvers of fields or one of records, not both.'],
  ])('what is no resolver is told by its place: %s', (_what, input, message) => {
    expect(() => defineResolvers(input as never)).toThrow(expect.objectContaining({ code: 'bad-resolver', message }));
  });

  test('those of a map are a copy of what was given', () => {
    const fields: Record<string, Resolver> = { a: max };
    const resolvers = defineResolvers({ m: { fields }, n: { record: min }, o: {} });
    fields['b'] = min;
    expect(resolvers.of('m')).toEqual({ fields: { a: max } });
    expect(resolvers.of('n')).toEqual({ record: min });
    expect(resolvers.of('o')).toEqual({});
  });
});
