import { describe, expect, test } from 'vitest';
import { sameValue, type Value } from '../../primitives/index.js';
import { takeAll } from '../all-steps.js';
import type { Change, Entry } from '../entry.js';
import { evaluateShown } from '../evaluate/evaluate.js';
import { parseQuery } from '../parse-query.js';
import type { QueryInput } from '../query-input.js';
import type { Query } from '../query.js';
import { Join } from './join.js';
import type { RowChange } from './operator.js';
import { relatedValue } from './related-value.js';

/*
 * Rows with related rows in them, in a small world: two parents and two children that refer to each other by one of two values or by none. Every
 * beginning, and every batch of a change of a parent and one of a child, beside the evaluation from scratch.
 */

const VALUES: readonly (number | null)[] = [null, 1, 2];
const recordWith = (v: number | null, text: string): Value => (v === null ? { text } : { v, text });
const queryOf = (input: QueryInput): Query => {
  const query = parseQuery(input);
  if (!query.ok) throw new Error(JSON.stringify(query.error));
  return query.value;
};

const RELATION = { map: 'children', on: ['v', 'v'] } as const;
const QUERIES: readonly (readonly [string, Query])[] = [
  ['a list', queryOf({ include: { list: RELATION } })],
  ['the first of them', queryOf({ include: { one: { ...RELATION, one: true } } })],
  [
    'one of them, the other way round',
    queryOf({ include: { list: { ...RELATION, limit: 1, sort: { _key: 'desc' } } } }),
  ],
  ['those that meet a condition', queryOf({ include: { list: { ...RELATION, where: { text: { $ne: 'new' } } } } })],
  ['chosen fields of both', queryOf({ fields: 'text', include: { list: { ...RELATION, fields: 'v' } } })],
  [
    'a list in a list',
    queryOf({
      include: { list: { ...RELATION, include: { again: { map: 'parents', on: ['v', 'v'], fields: 'text' } } } },
    }),
  ],
  ['two relations', queryOf({ include: { a: RELATION, b: { ...RELATION, one: true } } })],
  ['chosen fields alone', queryOf({ fields: ['v'] })],
];

interface World {
  readonly parents: Map<string, Entry>;
  readonly children: Map<string, Entry>;
}

const worldOf = (...values: readonly (number | null)[]): World => {
  const entries = (keys: readonly string[], from: number): Map<string, Entry> =>
    new Map(keys.map((key, i) => [key, { key, value: recordWith(values[from + i] as number | null, key) }]));
  return { parents: entries(['p', 'q'], 0), children: entries(['c', 'd'], 2) };
};

const joinOf = (query: Query, world: World): Join =>
  new Join(query, { load: (map) => (map === 'children' ? world.children : world.parents).values() });

/** The rows that the join shows of these parents, as an app sees them. */
const shownBy = (join: Join, { parents }: World): Value[] =>
  [...parents.keys()].toSorted().map((key) => relatedValue(join.get(key) as Entry));

const wantedOf = (query: Query, { parents, children }: World): Value[] => {
  const maps = new Map([
    ['parents', [...parents.values()]],
    ['children', [...children.values()]],
  ]);
  return evaluateShown(query, parents.values(), { maps });
};

/** Sets the record, or takes it away, and says what that changed. */
function put(map: Map<string, Entry>, key: string, value: Value | undefined): Change & RowChange {
  const before = map.get(key);
  const after = value === undefined ? undefined : { key, value };
  if (after === undefined) map.delete(key);
  else map.set(key, after);
  return { key, before, after } as Change & RowChange;
}

const NEXT: readonly (Value | undefined)[] = [undefined, ...VALUES.flatMap((v) => [recordWith(v, 'new')])];

describe('QU-25: every batch of one parent and one child', () => {
  test.each(QUERIES)('that shows %s shows what the evaluation shows, and keeps what did not change', (_what, query) => {
    const faults: unknown[] = [];
    for (const p of VALUES) {
      for (const q of [null, 1]) {
        for (const c of VALUES) {
          for (const d of [1, 2]) {
            for (const parent of NEXT) {
              for (const child of NEXT) {
                const world = worldOf(p, q, c, d);
                const join = joinOf(query, world);
                takeAll(join.add([...world.parents.values()]));
                const places = [p, q, c, d, parent, child];
                if (!sameValue(shownBy(join, world), wantedOf(query, world))) faults.push(['begin', ...places]);
                const before = new Map(['p', 'q'].map((key) => [key, join.get(key)]));
                const first = put(world.parents, 'p', parent);
                const second = put(world.children, 'c', child);
                const changed = join.take(
                  [first],
                  new Map([
                    ['parents', [changeOf(first)]],
                    ['children', [changeOf(second)]],
                  ]),
                );
                if (!sameValue(shownBy(join, world), wantedOf(query, world))) faults.push(places);
                for (const key of world.parents.keys()) {
                  const [was, is] = [before.get(key), join.get(key)];
                  // It says so exactly of those that are other objects, and what says the same is the same object.
                  const isSame = was !== undefined && is !== undefined && sameValue(was.value, is.value);
                  if (changed.has(key) === (was === is) || (isSame && was !== is))
                    faults.push(['said', key, ...places]);
                }
                if (parent === undefined && join.get('p') !== undefined) faults.push(['kept', ...places]);
              }
            }
          }
        }
      }
    }
    expect(faults.slice(0, 3)).toEqual([]);
  });

  const changeOf = ({
    key,
    before,
    after,
  }: {
    readonly key: string;
    readonly before?: unknown;
    readonly after?: unknown;
  }): Change => ({
    key,
    before: (before as Entry | undefined)?.value,
    after: (after as Entry | undefined)?.value,
  });

  test('parents of one value have one list, and it is the same one until something in it changes', () => {
    const [, query] = QUERIES[0] as (typeof QUERIES)[number];
    const world = worldOf(1, 1, 1, 2);
    const join = joinOf(query, world);
    takeAll(join.add([...world.parents.values()]));
    const listOf = (key: string): unknown =>
      ((join.get(key) as Entry).value as unknown as { readonly list: unknown }).list;
    const list = listOf('p');
    expect(listOf('q')).toBe(list);
    // A child of another value, and a parent that changes otherwise, are nothing to it.
    const other = put(world.children, 'd', { v: 2, text: 'x' });
    const parent = put(world.parents, 'p', { v: 1, text: 'x' });
    expect(join.take([parent], new Map([['children', [changeOf(other)]]]))).toEqual(new Set(['p']));
    expect([listOf('p'), listOf('q')].map((one) => one === list)).toEqual([true, true]);
    const child = put(world.children, 'c', { v: 1, text: 'x' });
    expect(join.take([], new Map([['children', [changeOf(child)]]]))).toEqual(new Set(['p', 'q']));
    expect(listOf('p')).not.toBe(list);
    expect(listOf('q')).toBe(listOf('p'));
  });

  test('maps that are other ones altogether are loaded anew', () => {
    for (const [, query] of QUERIES) {
      for (const [c, d] of [
        [1, 1],
        [2, null],
        [null, null],
      ] as const) {
        const world = worldOf(1, 2, 1, 2);
        const join = joinOf(query, world);
        takeAll(join.add([...world.parents.values()]));
        world.children.clear();
        put(world.children, 'd', recordWith(c, 'other'));
        put(world.children, 'e', recordWith(d, 'other'));
        join.take([], null);
        expect(shownBy(join, world)).toEqual(wantedOf(query, world));
      }
    }
  });

  test('a successor that is filled anew shows the same objects where it says the same, until it stands alone', () => {
    const [, query] = QUERIES[0] as (typeof QUERIES)[number];
    const world = worldOf(1, 2, 1, 2);
    const join = joinOf(query, world);
    takeAll(join.add([...world.parents.values()]));
    const [p, q] = [join.get('p'), join.get('q')];
    put(world.children, 'd', { v: 2, text: 'new' });
    const next = join.successor({ load: () => world.children.values() });
    takeAll(
      next.add(
        [...world.parents.values()].map(({ key, value }) => ({ key, value: { ...(value as object) } as Value })),
      ),
    );
    expect(next.get('p')).not.toBe(undefined);
    expect(next.get('q')).not.toBe(q);
    expect(shownBy(next, world)).toEqual(wantedOf(query, world));
    expect(join.get('p')).toBe(p);
    next.standAlone();
    const back = put(world.children, 'c', { v: 1, text: 'newer' });
    expect(next.take([], new Map([['children', [changeOf(back)]]]))).toEqual(new Set(['p']));
    expect(shownBy(next, world)).toEqual(wantedOf(query, world));
    expect(join.source('p')?.value).toEqual({ v: 1, text: 'p' });
  });
});
