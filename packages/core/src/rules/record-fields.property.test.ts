import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeStamp, type ReplicaId } from '../clock/index.js';
import {
  applyDecided,
  EMPTY_RECORD,
  isVisible,
  materialize,
  VERSION_FIELD,
  type LwwRecord,
  type Op,
  type RecordOp,
} from '../crdt/index.js';
import { ops } from '../crdt/op.arbitrary.js';
import { opIdAt } from '../crdt/small-ops.arbitrary.js';
import type { Value } from '../primitives/index.js';
import { parseQuery } from '../query/index.js';
import { where } from '../query/query.arbitrary.js';
import { holds, recordHolds, whereCondition, type Condition } from './condition.js';

const runs = { numRuns: 1_000 };

/** Now and then an op that names the version of its schema, which is a register and never shows. */
const versioned = (op: RecordOp, version: number): RecordOp =>
  op.kind === 'remove' || version === 0
    ? op
    : { ...op, fields: [...op.fields, { name: VERSION_FIELD, value: version }] };

const records: fc.Arbitrary<LwwRecord> = fc
  .array(fc.tuple(ops, fc.nat(1)), { minLength: 1, maxLength: 5 })
  .map((list) =>
    list.reduce<LwwRecord>((record, [op, version]) => applyDecided(record, versioned(op, version)), EMPTY_RECORD),
  )
  .filter(isVisible);

const conditions: fc.Arbitrary<Condition> = where.map((input) => {
  const query = parseQuery({ where: input });
  return whereCondition(query.ok ? query.value.where : { type: 'and', of: [] });
});

const seen = (condition: Condition, record: LwwRecord): readonly [ofRecord: boolean, ofValue: boolean] => [
  recordHolds(condition, 'm', 'k', record, materialize),
  holds(condition, 'm', 'k', materialize(record)!, 'run'),
];

describe('RU-1: conditions that are asked of a record are met exactly where they are met by what shows of it', () => {
  test('whatever it holds: fields, values under another name, a value that is the record', () => {
    let met = 0;
    fc.assert(
      fc.property(conditions, records, (condition, record) => {
        const [ofRecord, ofValue] = seen(condition, record);
        expect(ofRecord).toBe(ofValue);
        met += Number(ofRecord);
      }),
      runs,
    );
    expect(met).toBeGreaterThan(100);
  });

  const base = { ...opIdAt(1, 'a'), map: 'm', key: 'k' };
  test.each<[string, Op]>([
    ['a set', { ...base, kind: 'add', value: 'x', tags: [] }],
    ['a counter', { ...base, kind: 'count', delta: 2 }],
    ['a text', { ...base, kind: 'create', restart: false, fields: [{ name: '', value: 'x' }] }],
  ])('%s has no fields, whatever its registers are called', (_what, op) => {
    const record = applyDecided(undefined, op);
    const names = [...record.fields.keys(), '', 'length', '0', VERSION_FIELD];
    for (const name of names) {
      const is = whereCondition({ type: 'exists', path: [name], exists: true });
      expect([name, ...seen(is, record)]).toEqual([name, false, false]);
    }
    expect(seen(whereCondition({ type: 'eq', path: ['_key'], value: 'k' }), record)).toEqual([true, true]);
  });

  test.each([[VERSION_FIELD], ['']])('the register %j is no field of it', (name) => {
    const fields = [{ name: 'a', value: 1 }, ...(name === '' ? [] : [{ name, value: 2 }])];
    const record = applyDecided(undefined, { ...base, kind: 'create', restart: false, fields });
    const is = whereCondition({ type: 'exists', path: [name], exists: true });
    expect(seen(is, record)).toEqual([false, false]);
  });

  test('nothing is made of a record whose fields say enough, and what shows only once where it is asked for', () => {
    let made = 0;
    const count = (record: LwwRecord): Value | undefined => {
      made += 1;
      return materialize(record);
    };
    const stamp = encodeStamp({ millis: 1, counter: 0, replica: 'a.0' as ReplicaId });
    const create: Op = { ...base, stamp, kind: 'create', restart: false, fields: [{ name: 'a', value: { b: 1 } }] };
    const record = applyDecided(undefined, create);
    const deep = whereCondition({ type: 'eq', path: ['a', 'b'], value: 1 });
    const asks: Condition = { type: 'check', check: ({ record: shown }) => shown !== null, auth: {}, name: 'c' };
    expect(recordHolds({ type: 'all', of: [deep, deep] }, 'm', 'k', record, count)).toBe(true);
    expect(made).toBe(0);
    expect(recordHolds({ type: 'any', of: [asks, deep] }, 'm', 'k', record, count)).toBe(true);
    expect(made).toBe(1);
  });
});
