import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stampMillis } from '../clock/stamp.js';
import {
  applyOp,
  canonicalRecord,
  EMPTY_RECORD,
  isVisible,
  materialize,
  VERSION_FIELD,
  type LwwRecord,
  type Op,
  type RecordOp,
} from '../crdt/index.js';
import { opLists } from '../crdt/op.arbitrary.js';
import { defineSchema } from './define-schema.js';
import { migrateOp } from './migrate-op.js';
import { migrateRecord } from './migrate-record.js';
import { validatorOf } from './pair-schema.arbitrary.js';
import type { MapSchema } from './map-schema.js';
import type { Migration } from './schema-types.js';
import { opVersion, recordVersion } from './version-of.js';

const anything = validatorOf((value) => ({ value }));
const versioned = (...steps: readonly Migration[]): MapSchema =>
  defineSchema({
    m: {
      value: anything,
      version: steps.length + 1,
      migrate: Object.fromEntries(steps.map((step, i) => [i + 2, step])),
    },
  }).of('m')!;

const only = (fields: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;

/** Each field of one field: renamed, made anew in its place, left as it is; and one of none. */
const rename: Migration = ({ a, ...rest }) => only({ ...rest, title: a });
const convert: Migration = ({ b, ...rest }) =>
  only({ ...rest, b: b === undefined ? undefined : `b:${JSON.stringify(b)}` });
const split: Migration = ({ a, ...rest }) => only({ ...rest, first: a, second: a === undefined ? undefined : [a] });
const add: Migration = (record) => ({ ...record, rank: 1 });
const drop: Migration = ({ b: _b, ...rest }) => rest;

const FIELDWISE: readonly (readonly [string, MapSchema])[] = [
  ['a rename', versioned(rename)],
  ['another form of a field', versioned(convert)],
  ['two of one', versioned(split)],
  ['a default', versioned(add)],
  ['a field less', versioned(drop)],
  ['several steps', versioned(rename, convert, add)],
];

/** Ops on records that are objects, each under a stamp of its own, in any order. */
const histories: fc.Arbitrary<readonly RecordOp[]> = opLists.map((ops) => {
  const seen = new Set<string>();
  return ops.filter((op) => {
    const isNew = !seen.has(op.stamp);
    seen.add(op.stamp);
    return isNew && (op.kind === 'remove' || op.fields.every(({ name }) => name !== ''));
  });
});

const merged = (ops: readonly Op[], start: LwwRecord = EMPTY_RECORD): LwwRecord => ops.reduce(applyOp, start);
const upgraded = (schema: MapSchema, op: Op): Op => {
  const made = migrateOp(schema, op);
  if (!made.ok) throw new Error(made.error);
  return made.value;
};
const shown = (record: LwwRecord) => (isVisible(record) ? materialize(record) : undefined);

describe.each(FIELDWISE)('SC-14: %s', (_name, schema) => {
  test('may be done before or after merging: what shows, and who wins later, is the same', () => {
    fc.assert(
      fc.property(histories, fc.nat(12), (ops, at) => {
        const after = migrateRecord(schema, merged(ops));
        const early = migrateRecord(schema, merged(ops.slice(0, at)));
        const late = ops.slice(at).map((op) => upgraded(schema, op));
        expect(shown(merged(late, early))).toEqual(shown(after));
      }),
    );
  });

  test('is the same for everybody, and once is enough', () => {
    fc.assert(
      fc.property(histories, (ops) => {
        const record = migrateRecord(schema, merged(ops));
        expect(canonicalRecord(migrateRecord(schema, merged(ops.toReversed())))).toBe(canonicalRecord(record));
        expect(migrateRecord(schema, record)).toBe(record);
        for (const op of ops) {
          if (op.kind === 'patch' && op.fields.length === 0) continue;
          const once = upgraded(schema, op);
          expect(upgraded(schema, once)).toBe(once);
        }
      }),
    );
  });

  test('leaves who wrote when: existence, floor and end, and no stamp that was not there', () => {
    fc.assert(
      fc.property(histories, (ops) => {
        const before = merged(ops);
        const after = migrateRecord(schema, before);
        expect([after.existence, after.floor, after.expiry]).toEqual([before.existence, before.floor, before.expiry]);
        const known = new Set([before.existence?.stamp, ...[...before.fields.values()].map(({ stamp }) => stamp)]);
        for (const { stamp } of after.fields.values()) expect(known).toContain(stamp);
      }),
    );
  });
});

const stampAt = (millis: number): string => `${'-'.repeat(7)}${millis}---a.0`;
const opAt = (millis: number, kind: 'create' | 'patch', fields: Readonly<Record<string, unknown>>): RecordOp =>
  ({
    replica: 'a.0' as never,
    seq: millis,
    stamp: stampAt(millis) as never,
    map: 'm',
    key: 'k',
    kind,
    fields: Object.entries(fields).map(([name, value]) => ({ name, value: value as never })),
    ...(kind === 'create' ? { restart: false } : {}),
  }) as RecordOp;
const writtenBy = (schema: MapSchema, op: Op): unknown => {
  const made = migrateOp(schema, op);
  if (!made.ok) return made.error;
  return 'fields' in made.value ? Object.fromEntries(made.value.fields.map(({ name, value }) => [name, value])) : null;
};

describe('SC-11: a stored record', () => {
  test('keeps the time of what a field was made of, so that a later edit wins, made before or after', () => {
    const record = merged([opAt(1, 'create', { a: 'x', b: 1 }), opAt(3, 'patch', { a: 'y' })]);
    const migrated = migrateRecord(versioned(rename, add), record);
    expect(materialize(migrated)).toEqual({ title: 'y', b: 1, rank: 1 });
    const millis = (name: string) => stampMillis(migrated.fields.get(name)!.stamp);
    const first = stampMillis(opAt(1, 'create', {}).stamp);
    expect([millis('title') - first, millis('b') - first, millis('rank') - first]).toEqual([2, 0, 0]);
    expect(recordVersion(migrated)).toBe(3);
  });

  test('that is made of several has the latest time of theirs, and parts of it cannot be edited by who knows the parts', () => {
    const joined = versioned(({ first, last, ...rest }) => ({ ...rest, name: `${String(first)} ${String(last)}` }));
    const record = migrateRecord(
      joined,
      merged([opAt(1, 'create', { first: 'A', last: 'B' }), opAt(2, 'patch', { last: 'C' })]),
    );
    expect(materialize(record)).toEqual({ name: 'A C' });
    expect(record.fields.get('name')?.stamp).toBe(stampAt(2));
    expect(writtenBy(joined, opAt(3, 'patch', { last: 'D' }))).toBe(
      'name is made of first too, which this edit says nothing of',
    );
    expect(writtenBy(joined, opAt(3, 'patch', { first: 'A', last: 'D' }))).toEqual({ name: 'A D', [VERSION_FIELD]: 2 });
  });

  test.each<[string, Migration]>([
    [
      'throws',
      () => {
        throw new Error('no');
      },
    ],
    ['makes a list', () => [] as never],
    ['makes what cannot be stored', () => ({ at: (() => 1) as never })],
    ['makes a field of no name', () => ({ '': 1 })],
    ['makes a version of its own', () => ({ [VERSION_FIELD]: 9 })],
  ])('stays as it is where the migration %s', (_what, step) => {
    const record = merged([opAt(1, 'create', { a: 1 })]);
    expect(migrateRecord(versioned(step), record)).toBe(record);
    expect(migrateOp(versioned(step), opAt(1, 'create', { a: 1 })).ok).toBe(false);
  });

  test('is not changed by a migration that changes what it is given', () => {
    const record = merged([opAt(1, 'create', { tags: ['a'] })]);
    const step: Migration = (given) => {
      (given['tags'] as unknown as string[]).push('b');
      return given;
    };
    expect(materialize(migrateRecord(versioned(step), record))).toEqual({ tags: ['a', 'b'] });
    expect(materialize(record)).toEqual({ tags: ['a'] });
  });

  test('that is one value, a set or a counter, or a removed one of which nothing is left, has no versions', () => {
    const schema = versioned(add);
    const one = merged([opAt(1, 'create', { '': 'text' })]);
    expect(migrateRecord(schema, one)).toBe(one);
    const gone = merged([opAt(1, 'create', { a: 1 }), { ...opAt(2, 'patch', {}), kind: 'remove' } as RecordOp]);
    expect(migrateRecord(schema, gone)).toBe(gone);
  });
});

describe('SC-12: an op', () => {
  const schema = versioned(({ name, done, ...rest }) => only({ ...rest, title: name ?? 'untitled', done: done === 1 }));

  test('writes what follows from what it wrote, the same as a default or not', () => {
    expect(writtenBy(schema, opAt(1, 'create', { name: 'a' }))).toEqual({
      title: 'a',
      done: false,
      [VERSION_FIELD]: 2,
    });
    expect(writtenBy(schema, opAt(1, 'patch', { name: 'a' }))).toEqual({ title: 'a', [VERSION_FIELD]: 2 });
    expect(writtenBy(schema, opAt(1, 'patch', { name: 'untitled' }))).toEqual({
      title: 'untitled',
      [VERSION_FIELD]: 2,
    });
    expect(writtenBy(schema, opAt(1, 'patch', { done: 0 }))).toEqual({ done: false, [VERSION_FIELD]: 2 });
    expect(writtenBy(schema, opAt(1, 'patch', { other: 5 }))).toEqual({ other: 5, [VERSION_FIELD]: 2 });
  });

  test('that unsets a field unsets what is made of it, or leaves its default', () => {
    expect(writtenBy(schema, opAt(1, 'patch', { name: undefined }))).toEqual({ title: 'untitled', [VERSION_FIELD]: 2 });
    expect(writtenBy(versioned(rename), opAt(1, 'patch', { a: undefined }))).toMatchObject({ title: undefined });
    expect(Object.keys(writtenBy(versioned(rename), opAt(1, 'patch', { a: undefined })) as object)).toContain('title');
  });

  test('is of the version it says, however often it is asked, and a mark that is none is none', () => {
    expect(opVersion(opAt(1, 'patch', { a: 1 }))).toBe(1);
    expect(opVersion(opAt(1, 'patch', { a: 1, [VERSION_FIELD]: 3 }))).toBe(3);
    for (const odd of ['2', 1.5, 0, -1, null, true])
      expect(opVersion(opAt(1, 'patch', { [VERSION_FIELD]: odd }))).toBe(1);
    const newer = opAt(1, 'patch', { a: 1, [VERSION_FIELD]: 9 });
    expect(migrateOp(schema, newer)).toEqual({ ok: true, value: newer });
  });
});
