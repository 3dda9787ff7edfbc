import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Value } from '../../primitives/index.js';
import type { Entry } from '../entry.js';
import { flattenQuery } from '../relation/flatten-query.js';
import { parseQuery } from '../parse-query.js';
import { entries, groupedQueryInput, queryInput, where } from '../query.arbitrary.js';
import type { QueryInput } from '../query-input.js';
import { ALWAYS, type Direction, type Query } from '../query.js';
import { evaluate, evaluateShown } from './evaluate.js';

/*
 * Laws of the answer from scratch, which all else is measured by: what a query says of rows it says step by step, and in whatever order they are handed
 * in. And related rows in every small world of two maps, as the words of QU-16 and QU-18 have them.
 */

const queryOf = (input: QueryInput): Query => {
  const query = parseQuery(input);
  if (!query.ok) throw new Error(JSON.stringify(query.error));
  return query.value;
};
const keysOf = (rows: readonly Entry[]): string[] => rows.map(({ key }) => key);
const shuffled = fc.tuple(entries, fc.integer({ min: 0, max: 100 })).map(([rows, turn]) => ({
  rows,
  other: rows.toReversed().map((_, i, all) => all[(i + turn) % all.length] as Entry),
}));

describe('the answer from scratch', () => {
  test('QU-3: is the same in whatever order the records come', () => {
    fc.assert(
      fc.property(fc.oneof(queryInput, groupedQueryInput), shuffled, (input, { rows, other }) => {
        const query = queryOf(input);
        expect(keysOf(evaluate(query, other))).toEqual(keysOf(evaluate(query, rows)));
      }),
    );
  });

  test('QU-5: of a limit is the first of it without one', () => {
    fc.assert(
      fc.property(fc.oneof(queryInput, groupedQueryInput), entries, (input, rows) => {
        const query = queryOf(input);
        const whole = keysOf(evaluate({ ...query, limit: null }, rows));
        for (const limit of [1, 2, 5, 40])
          expect(keysOf(evaluate({ ...query, limit }, rows))).toEqual(whole.slice(0, limit));
      }),
    );
  });

  test('QU-1: of two conditions is that of one among the rows of the other; of either, those of one and then the other', () => {
    fc.assert(
      fc.property(where, where, entries, (one, other, rows) => {
        const [first, second] = [queryOf({ where: one }), queryOf({ where: other })];
        const both = evaluate(queryOf({ where: { $and: [one, other] } }), rows);
        expect(keysOf(both)).toEqual(keysOf(evaluate(second, evaluate(first, rows))));
        const either = evaluate(queryOf({ where: { $or: [one, other] } }), rows);
        const found = new Set([...keysOf(evaluate(first, rows)), ...keysOf(evaluate(second, rows))]);
        expect(new Set(keysOf(either))).toEqual(found);
      }),
    );
  });

  test('QU-3: backwards at every level, the key’s too, is the order backwards', () => {
    const opposite = (way: Direction): Direction => (way === 'asc' ? 'desc' : 'asc');
    fc.assert(
      fc.property(queryInput, entries, (input, rows) => {
        const { sort } = queryOf(input);
        const there: Query = { where: ALWAYS, sort: [...sort, [['_key'], 'asc']], limit: null };
        const back: Query = { ...there, sort: there.sort.map(([path, way]) => [path, opposite(way)] as const) };
        expect(keysOf(evaluate(back, rows))).toEqual(keysOf(evaluate(there, rows)).toReversed());
      }),
    );
  });

  test('QU-13: groups count each record that meets the conditions once, and are as many as there are different values', () => {
    const paths = fc.constantFrom(['a'], ['b'], ['n'], ['a', 'b']);
    fc.assert(
      fc.property(where, paths, entries, (condition, path, rows) => {
        const found = evaluate(queryOf({ where: condition }), rows);
        const groups = evaluate(queryOf({ where: condition, groupBy: [path], aggregate: { rows: 'count' } }), rows);
        const counts = groups.map(({ value }) => (value as { readonly rows: number }).rows);
        expect(counts.reduce((sum, count) => sum + count, 0)).toBe(found.length);
        expect(keysOf(evaluate(queryOf({ where: condition, distinct: [path] }), rows))).toEqual(keysOf(groups));
      }),
    );
  });
});

/** Every list of so many of these. */
const every = <T>(items: readonly T[], length: number): (readonly T[])[] =>
  length === 0 ? [[]] : every(items, length - 1).flatMap((list) => items.map((item) => [...list, item]));

const LINKS: readonly (Value | undefined)[] = [undefined, null, 1, '1'];
const recordsOf = (links: readonly (Value | undefined)[], prefix: string): Entry[] =>
  links.map((to, i) => ({ key: `${prefix}${i}`, value: to === undefined ? {} : { to } }));
/** Every two parents, and every three children, of these links. */
const PARENTS = every(LINKS, 2).map((links) => recordsOf(links, 'p'));
const CHILDREN = every(LINKS, 3).map((links) => recordsOf(links, 'c'));

const linkOf = ({ value }: Entry): Value | undefined => (value as { readonly to?: Value }).to;
/** QU-16: one is related to another by a value that both have, of one type; neither what is missing nor null is one. */
const areRelated = (parent: Entry, child: Entry): boolean =>
  linkOf(parent) !== undefined && linkOf(parent) !== null && linkOf(parent) === linkOf(child);

interface Shown {
  readonly _key: string;
  readonly x: readonly { readonly _key: string }[];
}

describe('related rows in every world of two parents and three children', () => {
  const on = ['to', 'to'] as const;
  const worlds = PARENTS.flatMap((parents) => CHILDREN.map((children) => ({ parents, children })));
  const shownOf = (query: Query, parents: readonly Entry[], children: readonly Entry[]): readonly Shown[] =>
    evaluateShown(query, parents, { maps: new Map([['m', children]]) }) as readonly unknown[] as readonly Shown[];
  /** The worlds in which the query shows something else than it should. */
  const wrongOf = (input: QueryInput, shownBy: (related: readonly Entry[]) => unknown): unknown[] => {
    const query = queryOf(input);
    return worlds.filter(({ parents, children }) => {
      const expected = parents.map((parent) => {
        const related = children.filter((child) => areRelated(parent, child));
        return { _key: parent.key, x: shownBy(related) };
      });
      return JSON.stringify(shownOf(query, parents, children)) !== JSON.stringify(expected);
    });
  };
  const keyOf = ({ key }: Entry): unknown => ({ _key: key });

  test.each([1, 2, null])('QU-16: each parent shows its own, in their order, of a limit of %s', (limit) => {
    const include = { x: { map: 'm', on, fields: [], limit, sort: { _key: 'desc' } } } as const;
    const first = (related: readonly Entry[]): unknown =>
      related
        .toReversed()
        .slice(0, limit ?? 9)
        .map(keyOf);
    expect(wrongOf({ fields: [], include }, first)).toEqual([]);
  });

  test('QU-16: one is the first of them, or null', () => {
    const include = { x: { map: 'm', on, fields: [], one: true } } as const;
    const first = ([one]: readonly Entry[]): unknown => (one === undefined ? null : keyOf(one));
    expect(wrongOf({ fields: [], include }, first)).toEqual([]);
  });

  test('QU-18: what a relation subscribes to is what its parents show together, and nothing else', () => {
    const include = { x: { map: 'm', on, sort: { _key: 'desc' }, limit: 2 } } as const;
    const inputs: readonly QueryInput[] = [
      { include },
      { include, where: { _key: 'p1' } },
      { include, limit: 1, sort: { _key: 'desc' } },
      { include: { x: { ...include.x, where: { _key: { $ne: 'c1' } } } } },
    ];
    for (const input of inputs) {
      const whole = queryOf(input);
      const subscribed = flattenQuery('parents', whole).filter(({ query }) => query.within !== undefined);
      expect(subscribed).toHaveLength(1);
      const { query } = subscribed[0]!;
      const wrong = worlds.filter(({ parents, children }) => {
        const shown = shownOf(whole, parents, children).flatMap(({ x }) => x.map(({ _key }) => _key));
        const rows = evaluate(query, children, { maps: new Map([['parents', parents]]) });
        return keysOf(rows).join() !== [...new Set(shown)].toSorted().toReversed().join();
      });
      expect([input, wrong]).toEqual([input, []]);
    }
  });
});
