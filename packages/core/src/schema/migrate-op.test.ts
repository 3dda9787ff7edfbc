import { describe, expect, test } from 'vitest';
import { VERSION_FIELD, type FieldWrite, type Op } from '../crdt/index.js';
import { created, opIdAt, patched, removed } from '../crdt/small-ops.arbitrary.js';
import type { Value } from '../primitives/index.js';
import { defineSchema } from './define-schema.js';
import type { MapSchema } from './map-schema.js';
import { migrateOp } from './migrate-op.js';
import { validatorOf } from './pair-schema.arbitrary.js';
import type { Migration } from './schema-types.js';

const anything = validatorOf((value) => ({ value }));
const versioned = (...steps: readonly Migration[]): MapSchema =>
  defineSchema({
    m: {
      value: anything,
      version: steps.length + 1,
      migrate: Object.fromEntries(steps.map((step, i) => [i + 2, step])),
    },
  }).of('m')!;
const only = (fields: Readonly<Record<string, Value | undefined>>) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Record<string, Value>;

const rename: Migration = ({ a, ...rest }) => only({ ...rest, title: a });
const join: Migration = ({ first, last, ...rest }) =>
  only({ ...rest, full: first === undefined && last === undefined ? undefined : `${String(first)} ${String(last)}` });
const split: Migration = ({ at, ...rest }) => only({ ...rest, x: at && `${String(at)}x`, y: at && `${String(at)}y` });
const rank: Migration = (record) => ({ rank: 1, ...record });
const drop: Migration = ({ b: _b, ...rest }) => rest;
const both: Migration = ({ first, last, ...rest }) =>
  only({ ...rest, full: first === undefined || last === undefined ? undefined : `${String(first)} ${String(last)}` });
const fill: Migration = ({ a, x, ...rest }) => only({ ...rest, x: x ?? a });
const fussy: Migration = (record) => {
  if (record['a'] === 'no') throw new Error('not this');
  return record;
};

type Fields = Readonly<Record<string, Value | undefined>>;
const marked = (version: number, fields: Fields): readonly FieldWrite[] => [
  ...Object.entries(fields).map(([name, value]) => ({ name, value })),
  { name: VERSION_FIELD, value: version },
];

/** The fields that are written in the end, or why there are none. */
function fieldsOf(schema: MapSchema, op: Op, to?: number): unknown {
  const made = migrateOp(schema, op, to);
  if (!made.ok) return made.error;
  return made.value.kind === 'create' || made.value.kind === 'patch' ? made.value.fields : made.value;
}

describe('SC-12: an edit becomes what the later version would have written', () => {
  const edit = (fields: Fields): Op => patched('k', 5, 'a', fields);
  test.each<[string, MapSchema, Fields, readonly FieldWrite[] | string]>([
    ['a field by another name', versioned(rename), { a: 'x' }, marked(2, { title: 'x' })],
    ['and the others as they are', versioned(rename), { b: 1, a: 'x' }, marked(2, { b: 1, title: 'x' })],
    ['none of these', versioned(rename), { b: 1 }, marked(2, { b: 1 })],
    ['a field unset, by another name', versioned(rename), { a: undefined }, marked(2, { title: undefined })],
    ['a field unset that stays', versioned(rename), { b: undefined }, marked(2, { b: undefined })],
    ['a field unset and one set', versioned(rename), { a: undefined, b: 2 }, marked(2, { b: 2, title: undefined })],
    ['two fields of one', versioned(split), { at: 'p' }, marked(2, { x: 'px', y: 'py' })],
    ['two fields of one that is unset', versioned(split), { at: undefined }, marked(2, { x: undefined, y: undefined })],
    ['a default is nobody’s edit', versioned(rank), { a: 1 }, marked(2, { a: 1 })],
    ['but a field of that name is', versioned(rank), { rank: 7 }, marked(2, { rank: 7 })],
    ['a field less', versioned(drop), { a: 1, b: 1 }, marked(2, { a: 1 })],
    ['a field less, and nothing else', versioned(drop), { b: 1 }, marked(2, {})],
    ['a field less, unset', versioned(drop), { b: undefined }, marked(2, {})],
    ['one of two, both of which are set', versioned(join), { first: 'a', last: 'b' }, marked(2, { full: 'a b' })],
    [
      'one of two, of which one is',
      versioned(join),
      { first: 'a' },
      'full is made of last too, which this edit says nothing of',
    ],
    [
      'one of two, of which the other is',
      versioned(join),
      { last: 'b' },
      'full is made of first too, which this edit says nothing of',
    ],
    [
      'one of two that it needs, unset',
      versioned(both),
      { first: undefined, last: 'b' },
      marked(2, { full: undefined }),
    ],
    ['a field of another, where it has no value of its own', versioned(fill), { a: 'p' }, marked(2, { x: 'p' })],
    ['and of its own, where it has', versioned(fill), { x: 'p' }, marked(2, { x: 'p' })],
    ['one of two, and neither is', versioned(join), { other: 1 }, marked(2, { other: 1 })],
    ['what a migration throws at', versioned(fussy), { a: 'no' }, 'what was written cannot be made into version 2'],
    ['in the second step', versioned(rank, fussy), { a: 'no' }, 'what was written cannot be made into version 3'],
    [
      'two steps',
      versioned(rename, ({ title, ...rest }) => only({ ...rest, head: title })),
      { a: 'x' },
      marked(3, { head: 'x' }),
    ],
    [
      'names that objects have of themselves',
      versioned(rename),
      { a: 'x', constructor: 1 },
      marked(2, { constructor: 1, title: 'x' }),
    ],
  ])('%s', (_what, schema, fields, expected) => {
    const said = fieldsOf(schema, edit(fields));
    if (typeof expected === 'string') expect(said).toBe(expected);
    else {
      expect(new Set(said as FieldWrite[])).toEqual(new Set(expected));
      expect((said as FieldWrite[]).at(-1)).toEqual(expected.at(-1));
      expect((said as FieldWrite[]).length).toBe(expected.length);
    }
  });
});

describe('SC-12: a create becomes what the migration makes of the record', () => {
  test.each<[string, MapSchema, Fields, readonly FieldWrite[] | string]>([
    ['with its defaults', versioned(rank), { a: 1 }, marked(2, { rank: 1, a: 1 })],
    ['by its new names', versioned(rename), { a: 1, b: 2 }, marked(2, { b: 2, title: 1 })],
    ['of nothing', versioned(rank), {}, marked(2, { rank: 1 })],
    ['without what it unset', versioned(rename), { a: undefined, b: 2 }, marked(2, { b: 2 })],
    ['of what it has', versioned(join), { first: 'a' }, marked(2, { full: 'a undefined' })],
    ['unless that throws', versioned(fussy), { a: 'no' }, 'what was written cannot be made into version 2'],
  ])('%s', (_what, schema, fields, expected) => {
    expect(fieldsOf(schema, created('k', 5, 'a', fields))).toEqual(expected);
  });
});

describe('SC-12: an op stays the object it is', () => {
  const schema = versioned(rename, rank);
  const ofVersion = (version: number): Op => patched('k', 5, 'a', { a: 1, [VERSION_FIELD]: version });
  test.each<[string, Op]>([
    ['where it is of the version', ofVersion(3)],
    ['where it is of a later one', ofVersion(4)],
    ['where it names no field', patched('k', 5, 'a', {})],
    ['where it is one value', created('k', 5, 'a', { '': 'x' })],
    ['where it unsets one value', patched('k', 5, 'a', { '': undefined })],
    ['where it removes', removed('k', 5, 'a')],
    ['where it adds', { ...opIdAt(5, 'a'), key: 'k', kind: 'add', value: { a: 1 }, tags: [] }],
    ['where it counts', { ...opIdAt(5, 'a'), key: 'k', kind: 'count', delta: 1 }],
  ])('%s', (_what, op) => {
    const made = migrateOp(schema, op);
    expect(made.ok && made.value).toBe(op);
  });

  test('and of a map of sets, whatever it is', () => {
    const op = created('k', 5, 'a', { a: 1 });
    const made = migrateOp({ ...schema, type: 'set' }, op);
    expect(made.ok && made.value).toBe(op);
  });

  test('else it keeps all but its fields, and goes from the version it is of to the one that is asked for', () => {
    const op: Op = {
      ...opIdAt(5, 'a'),
      key: 'k',
      kind: 'create',
      fields: [{ name: 'a', value: 1 }],
      restart: true,
      expiresAt: 9,
    };
    expect(migrateOp(schema, op)).toEqual({ ok: true, value: { ...op, fields: marked(3, { rank: 1, title: 1 }) } });
    expect(fieldsOf(schema, op, 2)).toEqual(marked(2, { title: 1 }));
    expect(fieldsOf(schema, op, 1)).toBe(op.fields);
    const second = created('k', 5, 'a', { a: 1, [VERSION_FIELD]: 2 });
    expect(fieldsOf(schema, second)).toEqual(marked(3, { rank: 1, a: 1 }));
  });
});
