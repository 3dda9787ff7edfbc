import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Value } from '../../primitives/index.js';
import type { Change, Entry } from '../entry.js';
import { ALWAYS, type Query } from '../query.js';
import { applySteps } from '../view-diff.js';
import { KeyedViews } from './keyed-views.js';

/*
 * QU-24: values that are opened, closed and loaded anew. In whatever turn and in however many calls they are opened, the same is shown; what is closed
 * and opened again was never closed; a map that is another one altogether is shown as by views that are made for it.
 */

type Records = Map<string, Entry>;
type Limited = Pick<Query, 'where' | 'sort' | 'limit'>;

const QUERIES: readonly Limited[] = [
  { where: ALWAYS, sort: [], limit: null },
  { where: { type: 'lt', path: ['n'], value: 3 }, sort: [[['n'], 'desc']], limit: 2 },
];
const query = fc.constantFrom(...QUERIES);
const key = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
const value: fc.Arbitrary<Value> = fc.record({
  v: fc.constantFrom<Value>(1, 2, 'x', null),
  n: fc.integer({ min: 0, max: 3 }),
});
const records: fc.Arbitrary<Records> = fc
  .uniqueArray(fc.record({ key, value }), { selector: (entry) => entry.key, maxLength: 6 })
  .map((list) => new Map(list.map((entry) => [entry.key, entry])));
const VALUES = [1, 2, 'x'] as const;
const TEXTS = VALUES.map((one) => JSON.stringify(one));
const opened = fc.shuffledSubarray([...VALUES]);

const viewsOf = (of: Limited, map: Records): KeyedViews =>
  new KeyedViews({ path: ['v'], query: of }, () => map.values());
const shownBy = (views: KeyedViews): readonly (readonly Entry[])[] => TEXTS.map((text) => views.rows(text));

describe('QU-24: values are opened', () => {
  test('in any turn, at once or one by one, and show the same', () => {
    fc.assert(
      fc.property(query, records, opened, (of, map, values) => {
        const [together, apart, turned] = [viewsOf(of, map), viewsOf(of, map), viewsOf(of, map)];
        together.open(values);
        turned.open(values.toReversed());
        for (const one of values) {
          apart.open([one]);
          apart.flush();
        }
        expect(shownBy(apart)).toEqual(shownBy(together));
        expect(shownBy(turned)).toEqual(shownBy(together));
        expect([apart.held, turned.held, apart.size]).toEqual([together.held, together.held, values.length]);
      }),
      { numRuns: 60 },
    );
  });

  test('and the diff has all their rows, in their places', () => {
    fc.assert(
      fc.property(query, records, opened, (of, map, values) => {
        const views = viewsOf(of, map);
        views.open(values);
        const { byValue, rows } = views.flush();
        for (const [i, text] of TEXTS.entries()) {
          const wanted = values.includes(VALUES[i] as (typeof VALUES)[number]) ? views.rows(text) : [];
          expect(applySteps([], byValue.get(text) ?? [])).toEqual(wanted);
        }
        expect(rows.map(({ before }) => before)).toEqual(rows.map(() => undefined));
        expect(new Set(rows.map(({ after }) => after))).toEqual(new Set(views.shown()));
      }),
      { numRuns: 60 },
    );
  });

  test('and what is closed and opened again in a batch was never closed', () => {
    fc.assert(
      fc.property(query, records, opened, (of, map, values) => {
        const views = viewsOf(of, map);
        views.open(values);
        views.flush();
        const before = shownBy(views);
        views.close(values.map((one) => JSON.stringify(one)));
        views.open(values.toReversed());
        const { byValue, rows } = views.flush();
        expect([byValue.size, rows]).toEqual([0, []]);
        expect(shownBy(views).every((list, i) => list === before[i] || list.length === 0)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  test('and closed, as often as they were opened, nothing is held', () => {
    fc.assert(
      fc.property(query, records, opened, fc.integer({ min: 1, max: 3 }), (of, map, values, times) => {
        const views = viewsOf(of, map);
        for (let i = 0; i < times; i += 1) views.open(values);
        views.flush();
        const shown = [...views.shown()];
        const texts = values.map((one) => JSON.stringify(one));
        for (let i = 1; i < times; i += 1) views.close(texts);
        expect([views.flush().rows, views.size]).toEqual([[], values.length]);
        views.close(texts);
        const { rows } = views.flush();
        expect(new Set(rows.map(({ before }) => before))).toEqual(new Set(shown));
        expect([views.size, views.held, [...views.shown()]]).toEqual([0, 0, []]);
      }),
      { numRuns: 60 },
    );
  });

  test.each([undefined, null])('but %s is none', (nothing) => {
    const views = viewsOf(QUERIES[0] as Limited, new Map([['a', { key: 'a', value: { v: null } }]]));
    views.open([nothing as unknown as Value]);
    expect([views.size, views.held, views.flush().rows]).toEqual([0, 0, []]);
  });

  test('and what was never opened cannot be closed', () => {
    expect(() => viewsOf(QUERIES[0] as Limited, new Map()).close(['1'])).toThrow('a value is closed that is not open');
  });
});

describe('QU-24: another map altogether', () => {
  test('is shown as by views that are made for it, and the diff leads there', () => {
    fc.assert(
      fc.property(query, records, records, opened, (of, first, second, values) => {
        const map: Records = new Map(first);
        const views = viewsOf(of, map);
        views.open(values);
        views.flush();
        const before = new Map(TEXTS.map((text) => [text, views.rows(text)]));
        map.clear();
        for (const [name, entry] of second) map.set(name, entry);
        views.reload();
        const { byValue } = views.flush();
        const fresh = viewsOf(of, second);
        fresh.open(values);
        expect([shownBy(views), views.held]).toEqual([shownBy(fresh), fresh.held]);
        for (const text of TEXTS) {
          expect(applySteps(before.get(text) ?? [], byValue.get(text) ?? [])).toEqual(views.rows(text));
        }
      }),
      { numRuns: 80 },
    );
  });

  test('with the very records in it is no other one', () => {
    fc.assert(
      fc.property(query, records, opened, (of, map, values) => {
        const views = viewsOf(of, map);
        views.open(values);
        views.flush();
        const before = shownBy(views);
        views.reload();
        expect(views.flush().byValue.size).toBe(0);
        expect(shownBy(views).every((list, i) => list === before[i] || list.length === 0)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });
});

describe('QU-24: what is known of a row by its key', () => {
  test('is what the lists say of it', () => {
    fc.assert(
      fc.property(query, records, records, opened, (of, map, next, values) => {
        const views = viewsOf(of, map);
        views.open(values);
        const changes = [...next.values()].map(({ key: name, value: after }): Change => {
          const before = map.get(name)?.value;
          map.set(name, { key: name, value: after });
          return { key: name, before, after };
        });
        views.apply(changes);
        views.flush();
        const shown = new Map(TEXTS.flatMap((text) => views.rows(text).map((row) => [row.key, text] as const)));
        for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'none']) {
          expect([name, views.has(name)]).toEqual([name, shown.has(name)]);
          // One beyond the limit has its value, too.
          if (shown.has(name)) expect(views.valueOf(name)).toBe(shown.get(name));
        }
        expect(TEXTS.map((text) => views.countOf(text))).toEqual(TEXTS.map((text) => views.rows(text).length));
        expect([...views.shown()].length).toBe(shown.size);
        expect([views.rows('"none"'), views.countOf('"none"')]).toEqual([[], 0]);
      }),
      { numRuns: 60 },
    );
  });
});
