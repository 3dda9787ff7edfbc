import { describe, expect, test } from 'vitest';
import { applyDecided, VERSION_FIELD, type LwwRecord, type Op } from '../crdt/index.js';
import { created, opIdAt, patched, removed } from '../crdt/small-ops.arbitrary.js';
import type { Value } from '../primitives/index.js';
import { defineSchema } from './define-schema.js';
import type { MapSchema } from './map-schema.js';
import { migrateRecord } from './migrate-record.js';
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
const join: Migration = ({ first, last, ...rest }) => only({ ...rest, full: [first ?? null, last ?? null] });
const rank: Migration = (record) => ({ rank: 1, ...record });
const double: Migration = ({ n, ...rest }) => only({ ...rest, n: n === undefined ? undefined : Number(n) * 2 });
const named: Migration = ({ done, ...rest }) => only({ ...rest, state: done === true ? 'done' : 'open' });
const reopened: Migration = ({ done, ...rest }) => only({ ...rest, state: done === false ? 'open' : 'done' });
const overwrite: Migration = ({ a, ...rest }) => only({ ...rest, x: a });
const throwing: Migration = () => {
  throw new Error('no');
};

const held = (...ops: readonly Op[]): LwwRecord => ops.slice(1).reduce(applyDecided, applyDecided(undefined, ops[0]!));
const timeOf = (stamp: string): number => [1, 2, 3, 5, 7, 9].find((at) => opIdAt(at, 'a').stamp === stamp) ?? -1;

/** Each register as its value and the time of its stamp. */
const registers = (record: LwwRecord): Record<string, readonly [Value | undefined, number]> =>
  Object.fromEntries([...record.fields].map(([name, { value, stamp }]) => [name, [value, timeOf(stamp)]]));

describe('SC-11: whose stamp a field has that a migration makes', () => {
  test.each<[string, MapSchema, readonly Op[], Record<string, readonly [Value | undefined, number]>]>([
    [
      'that of the field it is made of',
      versioned(rename),
      [created('k', 1, 'a', { a: 'x', b: 1 }), patched('k', 5, 'a', { a: 'y' })],
      { b: [1, 1], title: ['y', 5], [VERSION_FIELD]: [2, 1] },
    ],
    [
      'its own where it stays as it is',
      versioned(rename),
      [created('k', 1, 'a', { a: 'x', b: 1 }), patched('k', 5, 'a', { b: 2 })],
      { b: [2, 5], title: ['x', 1], [VERSION_FIELD]: [2, 1] },
    ],
    [
      'that of the latest of several',
      versioned(join),
      [created('k', 1, 'a', { first: 'x', last: 'y' }), patched('k', 3, 'a', { first: 'z' })],
      { full: [['z', 'y'], 3], [VERSION_FIELD]: [2, 1] },
    ],
    [
      'that of the latest of several, whichever it is',
      versioned(join),
      [created('k', 1, 'a', { first: 'x', last: 'y' }), patched('k', 3, 'a', { last: 'z' })],
      { full: [['x', 'z'], 3], [VERSION_FIELD]: [2, 1] },
    ],
    [
      'that of its creation where it is made of nothing',
      versioned(rank),
      [created('k', 1, 'a', { a: 'x' }), patched('k', 5, 'a', { a: 'y' })],
      { rank: [1, 1], a: ['y', 5], [VERSION_FIELD]: [2, 1] },
    ],
    [
      'its own where it gets another form',
      versioned(double),
      [created('k', 1, 'a', { n: 1 }), patched('k', 5, 'a', { n: 4 })],
      { n: [8, 5], [VERSION_FIELD]: [2, 1] },
    ],
    [
      'that of a flag, though without it the same would be made',
      versioned(named),
      [created('k', 1, 'a', { done: false, b: 1 }), patched('k', 5, 'a', { done: false })],
      { b: [1, 1], state: ['open', 5], [VERSION_FIELD]: [2, 1] },
    ],
    [
      'and of one that is set',
      versioned(reopened),
      [created('k', 1, 'a', { done: true, b: 1 }), patched('k', 5, 'a', { done: true })],
      { b: [1, 1], state: ['done', 5], [VERSION_FIELD]: [2, 1] },
    ],
    [
      'its own where that is later than what it is made of',
      versioned(overwrite),
      [created('k', 1, 'a', { a: 'x', x: 'y' }), patched('k', 3, 'a', { a: 'z' }), patched('k', 7, 'a', { x: 'w' })],
      { x: ['z', 7], [VERSION_FIELD]: [2, 1] },
    ],
    [
      'that of what it is made of where that is later than its own',
      versioned(overwrite),
      [created('k', 1, 'a', { a: 'x', x: 'y' }), patched('k', 3, 'a', { x: 'w' }), patched('k', 7, 'a', { a: 'z' })],
      { x: ['z', 7], [VERSION_FIELD]: [2, 1] },
    ],
    [
      'that of its fields, where it was one value before',
      versioned(rename),
      [created('k', 1, 'a', { '': 'text' }), patched('k', 3, 'a', { '': undefined, a: 'x' })],
      { '': [undefined, 3], title: ['x', 3], [VERSION_FIELD]: [2, 1] },
    ],
    [
      'that of its last life',
      versioned(rank),
      [created('k', 1, 'a', { a: 'x' }), removed('k', 2, 'a'), created('k', 3, 'a', { b: 1 })],
      { rank: [1, 3], b: [1, 3], [VERSION_FIELD]: [2, 3] },
    ],
  ])('%s', (_what, schema, ops, expected) => {
    expect(registers(migrateRecord(schema, held(...ops)))).toEqual(expected);
  });

  test('of parts of a record that does not show: none is made of nothing, and the mark is as late as they are', () => {
    const part = held(patched('k', 3, 'a', { a: 'x' }), patched('k', 5, 'a', { b: 1 }));
    expect(registers(migrateRecord(versioned(rename), part))).toEqual({
      b: [1, 5],
      title: ['x', 3],
      [VERSION_FIELD]: [2, 5],
    });
    expect(registers(migrateRecord(versioned(rank), part))).toEqual({
      a: ['x', 3],
      b: [1, 5],
      [VERSION_FIELD]: [2, 5],
    });
  });

  test('fields that are unset stay unset, under their old names', () => {
    const record = held(created('k', 1, 'a', { a: 'x', b: 1 }), patched('k', 5, 'a', { a: undefined }));
    expect(registers(migrateRecord(versioned(rename), record))).toEqual({
      a: [undefined, 5],
      b: [1, 1],
      [VERSION_FIELD]: [2, 1],
    });
  });

  test('what is marked is brought up from its version on, and its mark does not grow younger', () => {
    const record = held(created('k', 1, 'a', { n: 1 }), patched('k', 7, 'a', { [VERSION_FIELD]: 2 }));
    expect(registers(migrateRecord(versioned(throwing, double), record))).toEqual({
      n: [2, 1],
      [VERSION_FIELD]: [3, 7],
    });
    expect(registers(migrateRecord(versioned(double, double), held(created('k', 1, 'a', { n: 1 })), 2))).toEqual({
      n: [2, 1],
      [VERSION_FIELD]: [2, 1],
    });
  });
});

describe('SC-11: a record stays the object it is', () => {
  const id = { ...opIdAt(1, 'a'), key: 'k' };
  test.each<[string, MapSchema, LwwRecord]>([
    ['where it is of the version', versioned(throwing), held(created('k', 1, 'a', { a: 1, [VERSION_FIELD]: 2 }))],
    ['where it is of a later one', versioned(throwing), held(created('k', 1, 'a', { a: 1, [VERSION_FIELD]: 3 }))],
    ['where there was one version', versioned(), held(created('k', 1, 'a', { a: 1 }))],
    ['where the migration throws', versioned(throwing), held(created('k', 1, 'a', { a: 1 }))],
    ['where a later step throws', versioned(rank, throwing), held(created('k', 1, 'a', { a: 1 }))],
    ['where it is one value', versioned(rank), held(created('k', 1, 'a', { '': 'x' }))],
    ['where it is a set', versioned(rank), held({ ...id, kind: 'add', value: 'x', tags: [] })],
    ['where it is a counter', versioned(rank), held({ ...id, kind: 'count', delta: 1 })],
    ['where nothing is left of it', versioned(rank), held(created('k', 1, 'a', { a: 1 }), removed('k', 2, 'a'))],
    ['where its map is of sets', { ...versioned(rank), type: 'set' }, held(created('k', 1, 'a', { a: 1 }))],
  ])('%s', (_what, schema, record) => {
    expect(migrateRecord(schema, record)).toBe(record);
  });

  test('but an empty one that shows gets what the later version gives it', () => {
    expect(registers(migrateRecord(versioned(rank), held(created('k', 3, 'a', {}))))).toEqual({
      rank: [1, 3],
      [VERSION_FIELD]: [2, 3],
    });
  });
});
