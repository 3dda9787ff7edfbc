import { describe, expect, test } from 'vitest';
import type { ReplicaId, Stamp } from '../clock/timestamp.js';
import type { Value } from '../primitives/value.js';
import { applyDecided, opToRecord } from './apply-op.js';
import type { Existence, LwwRecord, Register } from './lww-record.js';
import { isVisible, materialize, scalarOf, SCALAR_FIELD } from './materialize.js';
import { EMPTY_RECORD } from './record-merge.js';

// What shows of a record: an object, or a scalar in its place, by which of them was written last.

const stamps = ['-------1---a', '-------2---a', '-------3---a'] as Stamp[];

interface Written {
  readonly name: string;
  readonly at: number;
  readonly value: Value | undefined;
}

const record = (op: Existence['op'] | null, ...writes: readonly Written[]): LwwRecord => ({
  existence: op === null ? null : { op, stamp: stamps[0]! },
  floor: '',
  fields: new Map(writes.map(({ name, at, value }): [string, Register] => [name, { stamp: stamps[at]!, value }])),
  expiry: null,
});

/** Every record of two fields and a scalar, each written at one of three times, unset at one of them, or not at all. */
const EVERY: readonly (readonly Written[])[] = (() => {
  const ways = (name: string, value: Value): readonly (Written | null)[] => [
    null,
    ...[0, 1, 2].map((at) => ({ name, at, value })),
    ...[0, 2].map((at) => ({ name, at, value: undefined })),
  ];
  return ways('f', 1).flatMap((f) =>
    ways('g', 2).flatMap((g) => ways(SCALAR_FIELD, 's').map((s) => [f, g, s].filter((write) => write !== null))),
  );
})();

/** The definition: a scalar that is set and later than, or as late as, everything else; otherwise the fields that are set. */
function shown(writes: readonly Written[]): Value {
  const scalar = writes.find(({ name }) => name === SCALAR_FIELD);
  const isLast = scalar !== undefined && writes.every(({ at }) => at <= scalar.at);
  if (isLast && scalar.value !== undefined) return scalar.value;
  const set = writes.filter(({ name, value }) => name !== SCALAR_FIELD && value !== undefined);
  return Object.fromEntries(set.map(({ name, value }) => [name, value!]));
}

describe('the shape of a record', () => {
  test('CR-3: the latest edit decides it, set or unset: all 216 of them', () => {
    expect(EVERY).toHaveLength(216);
    for (const writes of EVERY) expect(materialize(record('create', ...writes))).toEqual(shown(writes));
  });

  test('CR-3: the order in which fields came says nothing', () => {
    for (const writes of EVERY) {
      expect(materialize(record('create', ...[...writes].reverse()))).toEqual(shown(writes));
    }
  });

  test('CR-3: nothing shows of what was removed, or never created, whatever was written', () => {
    for (const writes of EVERY) {
      for (const op of ['remove', null] as const) {
        expect(materialize(record(op, ...writes))).toBeUndefined();
        expect(isVisible(record(op, ...writes))).toBe(false);
      }
      expect(isVisible(record('create', ...writes))).toBe(true);
    }
  });

  test('CR-4: the scalar that a plan compares with is the one that shows', () => {
    for (const writes of EVERY) {
      const scalar = scalarOf(record('create', ...writes));
      expect(scalar).toEqual(typeof shown(writes) === 'object' ? undefined : shown(writes));
    }
  });

  test.each<[Value]>([[0], [''], [false], [null], [[]], [new Uint8Array(0)]])(
    'VAL-1: %j in the place of a record is a value that shows',
    (value) => {
      expect(materialize(record('create', { name: SCALAR_FIELD, at: 1, value }))).toEqual(value);
    },
  );

  test.each(['__proto__', 'constructor', 'toString', '0', ' '])('VAL-1: a field may be called %j', (name) => {
    const value = materialize(record('create', { name, at: 1, value: { x: 1 } })) as object;
    expect(Object.keys(value)).toEqual([name]);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect('x' in value).toBe(false);
  });
});

describe('what a set or a counter shows when its registers are not what one writes', () => {
  const held = (op: 'set' | 'counter', fields: Readonly<Record<string, Value | undefined>>): LwwRecord =>
    record(op, ...Object.entries(fields).map(([name, value]) => ({ name, at: 1, value })));

  test.each<[Readonly<Record<string, Value | undefined>>, readonly Value[] | undefined]>([
    [{}, undefined],
    [{ '1 a': undefined }, [1]],
    [{ '1 a': undefined, '1 b': undefined }, [1]],
    [{ '1 a': 'x', '1 b': undefined }, [1]],
    [{ '1 a': 'x' }, undefined],
    [{ '"b" a': undefined, '"a" a': undefined, '10 a': undefined }, ['a', 'b', 10]],
    [{ 'no json a': undefined }, undefined],
    [{ '{"$x":1} a': undefined, '2 a': undefined }, [2]],
    [{ '': undefined }, undefined],
  ])('CR-6: of %j: %j', (fields, values) => expect(materialize(held('set', fields))).toEqual(values));

  test.each<[Readonly<Record<string, Value | undefined>>, number]>([
    [{}, 0],
    [{ '': [5] }, 5],
    [{ '': [5, ['a', 1]], x: [-2] }, 3],
    [{ '': 5 }, 0],
    [{ '': ['5'] }, 0],
    [{ '': undefined }, 0],
    [{ '': [1, 'a', ['a'], ['a', '1']] }, 1],
  ])('CR-7: of %j: %j', (fields, value) => expect(materialize(held('counter', fields))).toBe(value));
});

test('CR-3, CR-6, CR-7: nothing is known of a key, and nothing shows', () => {
  expect(materialize(undefined)).toBeUndefined();
  expect(isVisible(undefined)).toBe(false);
  expect(materialize(EMPTY_RECORD)).toBeUndefined();
  const id = { replica: 'a' as ReplicaId, seq: 1, stamp: stamps[0]!, map: 'm', key: 'k' };
  expect(materialize(applyDecided(undefined, { ...id, kind: 'count', delta: 5 }))).toBe(5);
  expect(materialize(opToRecord({ ...id, kind: 'count', delta: 5 }))).toBeUndefined();
});
