import { describe, expect, test } from 'vitest';
import type { Entry } from '../entry.js';
import { evaluate } from '../evaluate/evaluate.js';
import { ALWAYS, type Direction, type Predicate } from '../query.js';
import type { Access } from './access.js';
import { INDEX_LIMITS } from './index-policy.js';
import { RecordIndexes, type RecordSet } from './record-indexes.js';

/*
 * QU-26, QU-27: who wants the first rows alone. When an index gives them in order, for how many of them, and what becomes of records that have no value
 * there: those come first, or last when the order is reversed, and are in no index.
 */

/** So many records, of which the last ones have nothing at the path. Every value but the last is there once. */
function recordsOf(count: number, without: number): RecordSet & { readonly rows: readonly Entry[] } {
  const rows = Array.from({ length: count }, (_, i): Entry => {
    const key = `k${String((i * 7) % count).padStart(2, '0')}`;
    return { key, value: i < count - without ? { a: i, b: i % 2 } : { b: i % 2 } };
  });
  return { rows, size: count, get: (key) => rows.find((row) => row.key === key)?.value, entries: () => rows };
}
/** A quarter of all may be read in order. */
const LIMITS = { ...INDEX_LIMITS, minRecords: 20, maxShareInOrder: 1 / 4 };
const indexed = (records: RecordSet): RecordIndexes => {
  const indexes = new RecordIndexes(records, LIMITS);
  indexes.create({ type: 'ordered', path: ['a'] });
  return indexes;
};
const order = (direction: Direction, count: number) => ({ path: ['a'], direction, count });

describe('QU-27: the first rows of all records', () => {
  test.each<[string, number, Direction, number, Access['type'], number]>([
    // Of forty records ten are a quarter.
    ['few, and all have a value', 0, 'asc', 3, 'order', 3],
    ['few, the other way round', 0, 'desc', 3, 'order', 3],
    ['a quarter', 0, 'asc', 10, 'order', 10],
    ['one more than a quarter', 0, 'asc', 11, 'scan', 40],
    ['few, but those without a value come first', 1, 'asc', 3, 'scan', 40],
    ['few, and those without a value come last', 1, 'desc', 3, 'order', 3],
    ['as many as have a value, and there are others', 37, 'desc', 3, 'scan', 40],
    ['fewer than have a value', 36, 'desc', 3, 'order', 3],
    ['none has a value', 40, 'desc', 3, 'scan', 40],
  ])('%s', (_what, without, direction, count, access, candidates) => {
    const plan = indexed(recordsOf(40, without)).plan(ALWAYS, order(direction, count));
    expect([plan.access.type, plan.candidates]).toEqual([access, candidates]);
  });

  test.each<[Direction, number]>([
    ['asc', 0],
    ['desc', 0],
    ['desc', 5],
    ['desc', 36],
  ])('%s, with %i that have no value: read to the end they are all records in order', (direction, without) => {
    const records = recordsOf(40, without);
    const { plan, entries, maxLooks } = indexed(records).select(ALWAYS, order(direction, 2));
    expect([plan.access.type, maxLooks]).toEqual(['order', 10]);
    const read = [...entries];
    const wanted = evaluate({ where: ALWAYS, sort: [[['a'], direction]], limit: null }, records.rows);
    const held = 40 - without;
    expect(read.slice(0, held)).toEqual(wanted.slice(0, held));
    expect(new Set(read.map(({ key }) => key)).size).toBe(40);
  });

  test('equal values come together: where those of the last one are much, all are looked at', () => {
    const rows = Array.from({ length: 40 }, (_, i): Entry => ({
      key: `k${i}`,
      value: { a: i < 5 ? i : i < 8 ? 5 : 6 + (i % 2) },
    }));
    const indexes = indexed({ size: 40, get: () => undefined, entries: () => rows });
    const plans = [5, 6, 8, 9].map((count) => indexes.plan(ALWAYS, order('asc', count)));
    // Six rows are eight, for three are equal; nine would be twenty-four.
    expect(plans.map(({ access, candidates }) => [access.type, candidates])).toEqual([
      ['order', 5],
      ['order', 8],
      ['order', 8],
      ['scan', 40],
    ]);
  });
});

describe('QU-27: the first rows of those that meet a condition', () => {
  const records = recordsOf(40, 0);
  const from = (value: number): Predicate => ({ type: 'gte', path: ['a'], value });
  const both: Predicate = { type: 'and', of: [from(10), { type: 'eq', path: ['b'], value: 1 }] };

  test.each<[string, Predicate, number, Access['type'], Direction | undefined]>([
    ['a range of what is sorted by, of more than are wanted', from(10), 3, 'range', 'desc'],
    ['a range of no more than are wanted', from(37), 3, 'range', undefined],
    ['a range with more conditions', both, 3, 'range', 'desc'],
    ['a condition without an index', { type: 'eq', path: ['b'], value: 1 }, 3, 'order', 'desc'],
    ['keys', { type: 'in', path: ['_key'], values: ['k01', 'k02'] }, 1, 'keys', undefined],
    ['what nothing can meet', { type: 'or', of: [] }, 1, 'nothing', undefined],
  ])('%s', (_what, where, count, type, direction) => {
    const { plan, entries, maxLooks } = indexed(records).select(where, order('desc', count));
    expect(plan.access.type).toBe(type);
    expect('direction' in plan.access ? plan.access.direction : undefined).toBe(direction);
    // Only who reads all records in order may read on for too long.
    expect(maxLooks).toBe(type === 'order' ? 10 : Infinity);
    const found = new Set([...entries].map(({ key }) => key));
    for (const { key } of evaluate({ where, sort: [], limit: null }, records.rows)) expect(found.has(key)).toBe(true);
  });

  test('a range of another path is read as it is', () => {
    const indexes = indexed(records);
    indexes.create({ type: 'ordered', path: ['b'] });
    const { access } = indexes.plan({ type: 'gte', path: ['b'], value: 1 }, order('asc', 3));
    expect(access).toEqual({
      type: 'range',
      path: ['b'],
      range: { lower: { value: 1, isIncluded: true }, upper: null },
    });
  });
});

describe('QU-26: an index for the first rows', () => {
  test('is made when it was missed twice, and not where much is wanted', () => {
    const records = recordsOf(40, 0);
    const few = new RecordIndexes(records, LIMITS);
    const ways = [1, 2, 3].map(() => few.select(ALWAYS, order('asc', 3)).plan.access.type);
    expect([ways, few.kinds]).toEqual([['scan', 'order', 'order'], [{ type: 'ordered', path: ['a'] }]]);
    const many = new RecordIndexes(records, LIMITS);
    for (let i = 0; i < 4; i += 1) expect(many.select(ALWAYS, order('asc', 11)).plan.access.type).toBe('scan');
    expect(many.kinds).toEqual([]);
  });

  test('is not made once more where it is of no use, and not for who finds rows otherwise', () => {
    const records = recordsOf(40, 5);
    const indexes = indexed(records);
    for (let i = 0; i < 4; i += 1) expect(indexes.select(ALWAYS, order('asc', 3)).plan.access.type).toBe('scan');
    const keyed = new RecordIndexes(records, LIMITS);
    for (let i = 0; i < 4; i += 1) keyed.select({ type: 'eq', path: ['_key'], value: 'k01' }, order('asc', 1));
    expect([indexes.kinds.length, keyed.kinds.length]).toEqual([1, 0]);
  });
});
