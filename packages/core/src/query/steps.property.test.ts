import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Value } from '../primitives/index.js';
import { takeAll } from './all-steps.js';
import type { Entry } from './entry.js';
import { evaluate } from './evaluate/evaluate.js';
import { INDEX_LIMITS } from './indexes/index-policy.js';
import { RecordIndexes } from './indexes/record-indexes.js';
import { KeyedViews } from './operators/keyed-views.js';
import { valueText } from './operators/value-text.js';
import { parseQuery } from './parse-query.js';
import { entries, queryInput } from './query.arbitrary.js';
import { ALWAYS, type Predicate, type Query } from './query.js';
import { orderDescending } from './sorting/order-numbers.js';
import { createView } from './views/create-view.js';

const VALUES: readonly Value[] = [1, 2, '1', { a: 1 }, true];
const key = fc.nat(30).map((at) => `k${at}`);
const row: fc.Arbitrary<Value> = fc.record(
  { v: fc.constantFrom<Value[]>(...VALUES, null), n: fc.integer({ min: 0, max: 3 }) },
  { requiredKeys: [] },
);
const records = fc.uniqueArray(fc.record({ key, value: row }), { selector: (entry) => entry.key, maxLength: 30 });

const keyedQuery: fc.Arbitrary<Pick<Query, 'where' | 'sort' | 'limit'>> = fc.record({
  where: fc.constantFrom<Predicate[]>(ALWAYS, { type: 'gte', path: ['n'], value: 1 }),
  sort: fc.constantFrom<Query['sort'][]>([], [[['n'], 'desc']]),
  limit: fc.constantFrom(null, 1, 2),
});

describe('QU-24: values that are opened by and by', () => {
  test('show what they show that are opened at once, whatever is offered beside and in whatever order', () => {
    fc.assert(
      fc.property(
        records,
        keyedQuery,
        fc.uniqueArray(fc.constantFrom(...VALUES)),
        fc.nat(),
        (list, query, open, from) => {
          const at = list.length === 0 ? 0 : from % list.length;
          const turned = [...list.slice(at), ...list.slice(0, at)];
          const once = new KeyedViews({ path: ['v'], query }, () => list);
          once.open(open);
          const steps = new KeyedViews({ path: ['v'], query }, () => []);
          const { open: openOne, offer, end } = steps.beginOpen();
          for (const value of open) openOne(value);
          for (const entry of turned) offer(entry);
          takeAll(end());
          once.flush();
          expect(steps.flush()).toEqual({ byValue: new Map(), rows: [] });
          const haveTheSame = (): void => {
            expect(steps.held).toBe(once.held);
            for (const value of open) {
              const text = valueText(value) as string;
              expect(steps.countOf(text)).toBe(once.rows(text).length);
              expect(steps.rows(text)).toEqual(once.rows(text));
            }
          };
          haveTheSame();
          // And go on alike.
          const changes = list.map(({ key: name }, i) => ({ key: name, before: undefined, after: list[i + 1]?.value }));
          for (const views of [once, steps]) views.apply(changes);
          expect(steps.flush()).toEqual(once.flush());
          haveTheSame();
        },
      ),
      { numRuns: 200 },
    );
  });

  test('of many rows take several steps, and so do many values, and one of many rows', () => {
    const list = Array.from({ length: 10_000 }, (_, i): Entry => ({ key: `k${i}`, value: { v: i % 10 } }));
    const views = new KeyedViews({ path: ['v'], query: { where: ALWAYS, sort: [], limit: 1 } }, () => []);
    const { open, offer, end } = views.beginOpen();
    for (let v = 0; v < 10; v++) open(v);
    for (const entry of list) offer(entry);
    expect([...end()].length).toBeGreaterThanOrEqual(3);
    expect([views.held, views.countOf('3')]).toEqual([10_000, 1]);
    const others = new KeyedViews({ path: ['v'], query: { where: ALWAYS, sort: [], limit: null } }, () => []);
    const opening = others.beginOpen();
    for (let v = 0; v < 10_000; v++) opening.open(v);
    expect([...opening.end()].length).toBeGreaterThanOrEqual(3);
    const one = others.beginOpen();
    one.open('all');
    for (const { key: name } of list) one.offer({ key: name, value: { v: 'all' } });
    expect([...one.end()].length).toBeGreaterThanOrEqual(3);
  });

  test('are open once more for each who opens them', () => {
    const views = new KeyedViews({ path: ['v'], query: { where: ALWAYS, sort: [], limit: null } }, () => []);
    views.open([1]);
    const { open, offer, end } = views.beginOpen();
    for (const value of [1, 2]) open(value);
    // Of one that was open already the rows are there, or on their way.
    offer({ key: 'a', value: { v: 1 } });
    offer({ key: 'b', value: { v: 2 } });
    takeAll(end());
    views.flush();
    expect([views.size, views.held]).toEqual([2, 1]);
    views.close(['1', '2']);
    views.flush();
    expect([views.size, views.rows('1'), views.rows('2')]).toEqual([1, [], []]);
  });
});

describe('QU-26: an index that is made in steps', () => {
  const find = (indexes: RecordIndexes, where: Predicate): string[] =>
    [...indexes.select(where).entries].map((entry) => entry.key).sort();
  const change = fc.record({ key, after: fc.option(row, { nil: undefined }) });
  const limits = { ...INDEX_LIMITS, minRecords: 0, recordsPerStep: 1 };

  test('finds after its last step what one made of the records as they are then finds, whatever changed between the steps', () => {
    fc.assert(
      fc.property(
        records,
        fc.array(fc.array(change, { maxLength: 3 })),
        fc.constantFrom<Value[]>(...VALUES),
        (list, between, value) => {
          const held = new Map(list.map((entry) => [entry.key, entry.value]));
          const set = {
            get size() {
              return held.size;
            },
            get: (name: string) => held.get(name),
            *entries() {
              for (const [name, one] of held) yield { key: name, value: one };
            },
          };
          const indexes = new RecordIndexes(set, limits);
          const steps = indexes.build({ type: 'hash', path: ['v'] });
          for (const changes of between) {
            if (steps.next().done === true) break;
            // Nobody finds anything by it yet.
            expect(indexes.kinds).toEqual([]);
            for (const { key: name, after } of changes) {
              const before = held.get(name);
              if (after === undefined) held.delete(name);
              else held.set(name, after);
              indexes.apply([{ key: name, before, after }]);
            }
          }
          takeAll(steps);
          expect(indexes.kinds).toEqual([{ type: 'hash', path: ['v'] }]);
          const found = [...indexes.related(['v'], [value])].map((entry) => entry.key).sort();
          const anew = new RecordIndexes(set, limits);
          anew.create({ type: 'hash', path: ['v'] });
          expect(found).toEqual([...anew.related(['v'], [value])].map((entry) => entry.key).sort());
          for (const [name, one] of held) {
            const { v } = one as { readonly v?: Value };
            if (valueText(v) === valueText(value) && v !== undefined) expect(found).toContain(name);
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  test('is made for who looks at all records again and again, and of keys never', () => {
    const list = Array.from({ length: 2_000 }, (_, i): Entry => ({ key: `k${i}`, value: { v: i } }));
    const byKey = new Map(list.map((entry) => [entry.key, entry.value]));
    const indexes = new RecordIndexes({ size: list.length, get: (name) => byKey.get(name), entries: () => list });
    const where: Predicate = { type: 'eq', path: ['v'], value: 7 };
    indexes.looksAtAll(where);
    expect(indexes.kinds).toEqual([]);
    indexes.looksAtAll(where);
    expect(indexes.kinds).toEqual([{ type: 'hash', path: ['v'] }]);
    expect(find(indexes, where)).toEqual(['k7']);
    takeAll(indexes.build({ type: 'hash', path: ['_key'] }));
    expect(indexes.kinds).toHaveLength(1);
    expect([...indexes.related(['_key'], ['k1', 2, 'none'])]).toEqual([{ key: 'k1', value: { v: 1 } }]);
  });

  test('is given up with the others, in the middle', () => {
    const list = Array.from({ length: 10 }, (_, i): Entry => ({ key: `k${i}`, value: { v: i } }));
    const indexes = new RecordIndexes({ size: 10, get: () => undefined, entries: () => list }, limits);
    const steps = indexes.build({ type: 'ordered', path: ['v'] });
    steps.next();
    indexes.reset();
    takeAll(steps);
    expect([indexes.kinds, indexes.bytes]).toEqual([[], 0]);
  });
});

describe('QU-8: numbers in order', () => {
  const number = fc.oneof(
    fc.double({ noNaN: true }),
    fc.integer({ min: -3, max: 3 }),
    fc.constantFrom(0, -0, 1e-320, -1e-320, Infinity, -Infinity, Number.MAX_VALUE, 2 ** 53, 0.1 + 0.2),
  );

  test('come the greatest first, equal ones as they are', () => {
    fc.assert(
      fc.property(fc.array(number, { maxLength: 200 }), (numbers) => {
        const order = [...takeAll(orderDescending(numbers))];
        const expected = numbers
          .map((value, place) => ({ value, place }))
          .sort((a, b) => (a.value === b.value ? a.place - b.place : a.value < b.value ? 1 : -1));
        expect(order).toEqual(expected.map(({ place }) => place));
      }),
      { numRuns: 300 },
    );
  });

  test.each([[[]], [[1]], [[1, 1]], [[-0, 0]], [[-Infinity, Infinity]]])('of %j', (numbers) => {
    const order = [...takeAll(orderDescending(numbers))];
    expect(order.map((place) => numbers[place])).toEqual(numbers.toSorted((a, b) => b - a));
  });
});

describe('QU-6: what a view holds', () => {
  test('is as many records as meet the conditions, whatever becomes of them, however it was loaded and after every change', () => {
    fc.assert(
      fc.property(queryInput, entries, entries, (input, before, after) => {
        const parsed = parseQuery(input);
        if (!parsed.ok || parsed.value.include !== undefined) return;
        const { groupBy: _groups, fields: _fields, ...conditions } = parsed.value;
        const counted = (list: readonly Entry[]): number =>
          evaluate({ ...conditions, sort: [], limit: null }, list).length;
        const view = createView(parsed.value);
        view.load(before);
        expect(view.held).toBe(counted(before));
        const byKey = new Map(before.map((entry) => [entry.key, entry]));
        for (const entry of after) {
          byKey.set(entry.key, entry);
          view.apply([{ key: entry.key, before: undefined, after: entry.value }]);
          expect(view.held).toBe(counted([...byKey.values()]));
        }
        for (const name of byKey.keys()) view.apply([{ key: name, before: undefined, after: undefined }]);
        expect(view.held).toBe(0);
      }),
      { numRuns: 200 },
    );
  });
});
