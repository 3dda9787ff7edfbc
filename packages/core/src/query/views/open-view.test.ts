import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Value } from '../../primitives/index.js';
import type { Entry } from '../entry.js';
import { INDEX_LIMITS } from '../indexes/index-policy.js';
import { RecordIndexes, type RecordSet } from '../indexes/record-indexes.js';
import { openView } from './open-view.js';
import { parseQuery } from '../parse-query.js';
import { entries, queryInput } from '../query.arbitrary.js';
import type { QueryInput } from '../query-input.js';
import type { Query } from '../query.js';
import { createView } from './create-view.js';
import { grouped, placed } from './naive-rows.arbitrary.js';

const queryOf = (input: QueryInput): Query => {
  const query = parseQuery(input);
  if (!query.ok) throw new Error(query.error.code);
  return query.value;
};

const recordsOf = (rows: readonly Entry[]): RecordSet & { readonly looks: () => number } => {
  const values = new Map<string, Value>(rows.map((row) => [row.key, row.value]));
  let looks = 0;
  return {
    size: values.size,
    get: (key) => (looks++, values.get(key)),
    entries: function* () {
      for (const row of rows) {
        looks++;
        yield row;
      }
    },
    looks: () => looks,
  };
};

const ALL_AT_ONCE = { ...INDEX_LIMITS, minRecords: 0, minAsks: 1, maxShare: 1, sample: 10 };

describe('QU-27: a view opened by way of indexes', () => {
  test('shows what a view loaded with everything does', () => {
    const asked = fc.oneof(queryInput.map(queryOf), grouped, placed);
    fc.assert(
      fc.property(asked, entries, (query, rows) => {
        const whole = createView(query);
        whole.load(rows);
        const indexes = new RecordIndexes(recordsOf(rows), ALL_AT_ONCE);
        const { view, explanation } = openView(query, indexes);
        expect(view.rows()).toEqual(whole.rows());
        expect(explanation.matched).toBe(whole.totalMatching);
        expect(explanation.records).toBe(rows.length);
        if (query.groupBy === undefined) expect(explanation.candidates).toBeGreaterThanOrEqual(explanation.matched);
      }),
      { numRuns: 500 },
    );
  });

  const many = Array.from({ length: 100_000 }, (_, n) => ({ key: `k${n}`, value: { list: `l${n % 1000}`, n } }));
  const open = (indexes: RecordIndexes, input: QueryInput) => openView(queryOf(input), indexes).explanation;

  test('looks at what matches and at nothing else', () => {
    const records = recordsOf(many);
    const indexes = new RecordIndexes(records);
    indexes.create({ type: 'hash', path: ['list'] });
    const before = records.looks();
    expect(open(indexes, { where: { list: 'l5', n: { $gte: 50_000 } }, sort: { n: 'desc' }, limit: 10 })).toEqual({
      access: 'hash',
      indexes: [{ type: 'hash', path: ['list'] }],
      records: 100_000,
      candidates: 100,
      matched: 50,
    });
    expect(records.looks() - before).toBe(100);
  });

  test('says which indexes it used', () => {
    const indexes = new RecordIndexes(recordsOf(many.slice(0, 2_000)));
    expect(open(indexes, { where: { n: { $lt: 3 } } })).toMatchObject({
      access: 'scan',
      indexes: [],
      candidates: 2_000,
      matched: 3,
    });
    indexes.create({ type: 'hash', path: ['list'] });
    indexes.create({ type: 'ordered', path: ['n'] });
    expect(open(indexes, { where: { n: { $lt: 3 } } })).toMatchObject({
      access: 'range',
      indexes: [{ type: 'ordered', path: ['n'] }],
      candidates: 3,
      matched: 3,
    });
    expect(open(indexes, { where: { _key: 'k1' } })).toMatchObject({
      access: 'keys',
      indexes: [],
      candidates: 1,
      matched: 1,
    });
    expect(open(indexes, { where: { $or: [] } })).toMatchObject({ access: 'nothing', indexes: [], candidates: 0 });
    const either = { $or: [{ list: 'l1' }, { list: 'l2' }, { n: { $gt: 1_997 } }] };
    expect(open(indexes, { where: either })).toMatchObject({
      access: 'union',
      indexes: [
        { type: 'hash', path: ['list'] },
        { type: 'ordered', path: ['n'] },
      ],
      candidates: 6,
      matched: 6,
    });
  });
});
