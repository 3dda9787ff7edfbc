import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeStamp, type ReplicaId } from '../clock/index.js';
import { applyDecided, VERSION_FIELD, type FieldWrite, type Op } from '../crdt/index.js';
import type { PlainObject, Value } from '../primitives/index.js';
import { defineSchema } from './define-schema.js';
import { dependsOn, findMissing, findSources } from './find-sources.js';
import { fieldOf, isSameField, migrationBetween, migrationStep, withField } from './migrate-fields.js';
import { validatorOf } from './pair-schema.arbitrary.js';
import { schemaUpgrade } from './schema-upgrade.js';
import type { Migration } from './schema-types.js';
import { FIRST_VERSION, markFields, opVersion, recordVersion } from './version-of.js';

const anything = validatorOf((value) => ({ value }));
const names = fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor', 'hasOwnProperty');
const values = fc.constantFrom<Value>(0, 1, 'x', '', null, true);

/** Own properties, whatever their names are. */
function objectOf(entries: Iterable<readonly [string, Value]>): PlainObject {
  const made = {};
  for (const [name, value] of entries)
    Object.defineProperty(made, name, { value, enumerable: true, configurable: true, writable: true });
  return made;
}
const objects = fc.array(fc.tuple(names, values), { maxLength: 5 }).map(objectOf);
const mapOf = (object: PlainObject): Map<string, Value> => new Map(Object.entries(object) as [string, Value][]);

const stamp = encodeStamp({ millis: 1, counter: 0, replica: 'r.0' as ReplicaId });
const id = { replica: 'r.0' as ReplicaId, seq: 1, stamp, map: 'm', key: 'k' };
const createOf = (fields: readonly FieldWrite[]): Op => ({ ...id, kind: 'create', fields, restart: false });

describe('SC-10: the mark', () => {
  const marks = fc.constantFrom<Value | undefined>(
    ...[undefined, 0, 1, 2, 3, -1, 1.5, 2 ** 53, '2', null, true],
    ...[[2], { version: 2 }],
  );
  const isMark = (value: unknown): value is number =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= 2;

  test('is a whole number from 2 on, of an op as of the record it makes; anything else says version 1', () => {
    fc.assert(
      fc.property(marks, (value) => {
        const fields = [{ name: VERSION_FIELD, value }];
        const expected = isMark(value) ? value : FIRST_VERSION;
        for (const op of [createOf(fields), { ...id, kind: 'patch', fields } as Op]) {
          expect(opVersion(op)).toBe(expected);
          expect(recordVersion(applyDecided(undefined, op))).toBe(expected);
        }
      }),
    );
    expect(opVersion({ ...id, kind: 'remove' })).toBe(1);
    expect(opVersion({ ...id, kind: 'add', value: 3, tags: [] })).toBe(1);
    expect(opVersion({ ...id, kind: 'count', delta: 3 })).toBe(1);
  });

  test('is written once and last, over any that was there, leaves all other fields, and is none of version 1', () => {
    const written = fc.array(
      fc.record({ name: fc.oneof(names, fc.constant(VERSION_FIELD)), value: fc.oneof(values, fc.constant(undefined)) }),
      { maxLength: 5 },
    );
    fc.assert(
      fc.property(written, fc.integer({ min: 1, max: 9 }), (fields, version) => {
        const others = fields.filter(({ name }) => name !== VERSION_FIELD);
        const marked = markFields(fields, version);
        expect(marked).toEqual(version === 1 ? others : [...others, { name: VERSION_FIELD, value: version }]);
        expect(markFields(marked, version)).toEqual(marked);
        expect(opVersion(createOf(marked))).toBe(version);
      }),
    );
  });
});

describe('SC-11: fields of a record, as a migration is given them', () => {
  test('are read and written as of a table, whatever they are called', () => {
    fc.assert(
      fc.property(objects, names, fc.option(values, { nil: undefined }), (fields, name, value) => {
        const table = mapOf(fields);
        expect(fieldOf(fields, name)).toEqual(table.get(name));
        const before = mapOf(fields);
        const changed = withField(fields, name, value);
        table.delete(name);
        if (value !== undefined) table.set(name, value);
        expect(mapOf(changed)).toEqual(table);
        expect(mapOf(fields)).toEqual(before);
        expect(Object.getPrototypeOf(changed)).toBe(Object.prototype);
        expect(isSameField(fieldOf(changed, name), value)).toBe(true);
        expect(isSameField(value, undefined)).toBe(value === undefined);
        expect(fieldOf(null, name)).toBeUndefined();
      }),
    );
  });

  test('go from version to version in steps: all at once is one after the other, wherever that is cut', () => {
    const given: readonly Migration[] = [
      ({ a, ...rest }) => ({ ...rest, title: a }),
      (record) => ({ ...record, count: Object.keys(record).length }),
      ({ count, ...rest }) => ({ ...rest, count: Number(count) * 2 }),
      (record) => {
        if (record['b'] === 'x') throw new Error('not this one');
        return record;
      },
    ];
    const steps = given.map(
      (step): Migration =>
        (record) =>
          Object.fromEntries(Object.entries(step(record)).filter(([, value]) => value !== undefined)),
    );
    const schema = defineSchema({
      m: { value: anything, version: 5, migrate: Object.fromEntries(steps.map((step, i) => [i + 2, step])) },
    }).of('m')!;
    const version = fc.integer({ min: 1, max: 5 });
    fc.assert(
      fc.property(objects, version, version, version, (fields, ...versions) => {
        const [from, cut, to] = versions.sort((a, b) => a - b) as [number, number, number];
        const half = migrationBetween(schema, from, cut)(fields);
        const whole = migrationBetween(schema, from, to)(fields);
        expect(half === null ? null : migrationBetween(schema, cut, to)(half)).toEqual(whole);
        if (from === to) expect(whole).toBe(fields);
      }),
    );
  });

  test('are a copy: what a migration does to them, or later to what it made, nobody sees', () => {
    const kept: Record<string, Value>[] = [];
    const step = migrationStep((record) => {
      (record as Record<string, Value>)['a'] = 'changed';
      const made = { nested: { x: 1 } };
      kept.push(made);
      return made;
    });
    const fields = { a: 'is' };
    const made = step(fields);
    expect(fields).toEqual({ a: 'is' });
    (kept[0]!['nested'] as { x: number }).x = 2;
    expect(made).toEqual({ nested: { x: 1 } });
  });

  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'a'],
    ['a list', [1]],
    ['bytes', new Uint8Array(1)],
    ['a date', new Date(0)],
    ['a promise', Promise.resolve({})],
    ['a function within', { a: () => 1 }],
    ['NaN within', { a: Number.NaN }],
    ['an infinity deep within', { a: [{ b: Number.POSITIVE_INFINITY }] }],
    ['half a character', { a: Symbol('x') }],
    ['a big integer', { a: 1n }],
    ['a field of no name', { '': 1 }],
    ['a version', { [VERSION_FIELD]: 2 }],
  ])('that makes %s of them has failed', (_what, made) => {
    expect(migrationStep(() => made as never)({ a: 1 })).toBeNull();
  });
});

describe('SC-12: what a field is made of', () => {
  const FIELDS = ['a', 'b', 'c'] as const;
  const TARGETS = ['a', 'x', 'y'] as const;
  /** Each target is made of some of the fields, and of nothing else: what is to be found is known. */
  const made = fc.record({
    of: fc.array(fc.subarray([...FIELDS]), { minLength: 3, maxLength: 3 }),
    fields: fc.dictionary(fc.constantFrom(...FIELDS), fc.constantFrom<Value>(1, 2, 'u', 'v'), {
      noNullPrototype: true,
    }),
  });
  const stepOf =
    (of: readonly (readonly string[])[]): Migration =>
    (record) =>
      Object.fromEntries(TARGETS.map((target, i) => [target, of[i]!.map((name) => record[name] ?? 'none')]));

  test('is found by looking, without being told', () => {
    fc.assert(
      fc.property(made, ({ of, fields }) => {
        const migrate = migrationStep(stepOf(of));
        const result = migrate(fields)!;
        TARGETS.forEach((target, i) => {
          const held = Object.keys(fields).filter((name) => of[i]!.includes(name as never));
          expect(findSources(migrate, fields, result, target)).toEqual(held);
          for (const source of FIELDS)
            expect(dependsOn(migrate, fields, result, target, source)).toBe(of[i]!.includes(source));
        });
      }),
      { numRuns: 200 },
    );
  });

  test('and is not there is what the migration looked for in vain', () => {
    fc.assert(
      fc.property(made, ({ of, fields }) => {
        const missing = FIELDS.filter((name) => of.flat().includes(name) && !Object.hasOwn(fields, name));
        expect([...findMissing(stepOf(of), fields)].sort()).toEqual(missing);
      }),
    );
    const throwing: Migration = ({ a, b }) => {
      throw new Error(`${String(a)} ${String(b)}`);
    };
    expect(findMissing(throwing, { a: 1 })).toEqual(['b']);
  });

  test('is nothing of what a migration that throws, or looks at nothing, makes', () => {
    const migrate = migrationStep(({ a }) => {
      if (a === undefined) throw new Error('no a');
      return { x: 1 };
    });
    expect(findSources(migrate, { a: 1, b: 2 }, { x: 1 }, 'x')).toEqual([]);
    expect(dependsOn(migrate, { a: 1 }, { x: 1 }, 'x', 'a')).toBe(false);
  });
});

describe('SC-11: a schema that brings up what is read', () => {
  const step: Migration = ({ a, ...rest }) => ({ ...rest, b: a ?? 0 });
  const schema = defineSchema({
    old: { value: anything },
    m: { value: anything, version: 2, migrate: { 2: step } },
    broken: {
      value: anything,
      version: 2,
      migrate: {
        2: () => {
          throw new Error('no');
        },
      },
    },
  });

  test('is none where no map has had a version before', () => {
    expect(schemaUpgrade(defineSchema({}))).toBeNull();
    expect(schemaUpgrade(defineSchema({ m: anything, n: { type: 'counter' } }))).toBeNull();
  });

  test('leaves alone what is of its version, of a map without one, of no map, and what cannot be migrated', () => {
    const upgrade = schemaUpgrade(schema)!;
    const op = createOf([{ name: 'a', value: 1 }]);
    const record = applyDecided(undefined, op);
    for (const map of ['old', 'none', 'broken', 'toString']) {
      expect(upgrade.record(map, record)).toBe(record);
      expect(upgrade.op({ ...op, map })).toEqual({ ...op, map });
    }
    const once = upgrade.record('m', applyDecided(undefined, op));
    expect([recordVersion(once), once.fields.get('b')?.value]).toEqual([2, 1]);
    expect(upgrade.record('m', once)).toBe(once);
    const written = upgrade.op(op);
    expect(opVersion(written)).toBe(2);
    expect(upgrade.op(written)).toBe(written);
  });

  test('makes of an op what it makes of the record that the op makes', () => {
    const upgrade = schemaUpgrade(schema)!;
    const written = fc
      .dictionary(fc.constantFrom('a', 'c'), values, { noNullPrototype: true })
      .map((content) => createOf(Object.entries(content).map(([name, value]) => ({ name, value }))));
    fc.assert(
      fc.property(written, (op) => {
        const early = applyDecided(undefined, upgrade.op(op));
        const late = upgrade.record('m', applyDecided(undefined, op));
        expect(new Map([...early.fields].sort())).toEqual(new Map([...late.fields].sort()));
      }),
    );
  });
});
