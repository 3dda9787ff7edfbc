import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Value } from '../../primitives/index.js';
import type { Change, Entry } from '../entry.js';
import { entries, findCounterexample } from '../query.arbitrary.js';
import { batches, findFault } from './view-oracle.arbitrary.js';
import { ALWAYS, type GroupBy, type Query } from '../query.js';
import { createView, type View } from './create-view.js';
import { grouped, naiveDefinition, placed, projected } from './naive-rows.arbitrary.js';

function searchFault(
  asked: fc.Arbitrary<Query>,
  create: (query: Query) => View,
  numRuns: number,
  seed?: number,
): string | null {
  const property = fc.property(asked, entries, entries, batches, (query, first, start, script) => {
    const view = create(query);
    view.load(first);
    const fault = findFault(view, naiveDefinition(query), start, script);
    if (fault !== null) throw new Error(fault);
  });
  return findCounterexample(property, numRuns, seed);
}

describe('a derived view equals its definition after every batch, with identity kept and exact diffs', () => {
  test('QU-20: groups', () => {
    expect(searchFault(grouped, (query) => createView(query), 300)).toBeNull();
  });

  test('QU-22: chosen fields', () => {
    expect(searchFault(projected, (query) => createView(query), 300)).toBeNull();
  });

  test('QU-23: rows after a cursor', () => {
    expect(searchFault(placed, (query) => createView(query), 300)).toBeNull();
  });
});

describe('the oracle convicts', () => {
  function override(view: View, members: Partial<View>): View {
    return {
      get size() {
        return view.size;
      },
      get totalMatching() {
        return view.totalMatching;
      },
      get held() {
        return view.held;
      },
      has: (key) => view.has(key),
      holds: (key) => view.holds(key),
      indexOf: (key) => view.indexOf(key),
      rows: () => view.rows(),
      load: (rows) => view.load(rows),
      beginLoad: () => view.beginLoad(),
      prepare: () => view.prepare(),
      apply: (changes) => view.apply(changes),
      ...members,
    };
  }

  /** Of the query with something about it changed. */
  const of = (change: (query: Query) => Query) => (query: Query) => createView(change(query));

  const without =
    (name: 'after' | 'fields') =>
    (query: Query): Query => {
      const rest = { ...query };
      delete rest[name];
      return rest;
    };

  const groups = (change: (groupBy: GroupBy) => GroupBy) =>
    of((query) => (query.groupBy === undefined ? query : { ...query, groupBy: change(query.groupBy) }));

  const lostSteps = (query: Query): View => {
    const view = createView(query);
    return override(view, {
      apply(changes) {
        const steps = view.apply(changes).steps.filter((step) => step.type !== 'update');
        return { changed: steps.length > 0, steps };
      },
    });
  };

  /** With other rows, in one array for each array. */
  function withRows(query: Query, change: (row: Entry) => Entry): View {
    const view = createView(query);
    const made = new WeakMap<readonly Entry[], readonly Entry[]>();
    return override(view, {
      rows() {
        const rows = view.rows();
        const changed = made.get(rows) ?? rows.map(change);
        made.set(rows, changed);
        return changed;
      },
    });
  }

  const madeAnew = (query: Query): View => withRows(query, (row) => ({ ...row }));

  const defects: readonly (readonly [string, fc.Arbitrary<Query>, RegExp, (query: Query) => View])[] = [
    ['an aggregate of something else', grouped, /another row/, groups((groupBy) => ({ ...groupBy, aggregates: groupBy.aggregates.map(([name, fn, path]) => [name, fn, path && ['b']]) }))], // prettier-ignore
    ['the greatest for the least', grouped, /another row/, groups((groupBy) => ({ ...groupBy, aggregates: groupBy.aggregates.map(([name, fn, path]) => [name, fn === 'min' ? 'max' : fn, path]) }))], // prettier-ignore
    [
      'groups of less than was asked for',
      grouped,
      /rows instead of|another row/,
      groups(({ by, aggregates }) => ({ by: by.slice(1), aggregates })),
    ],
    ['a sum of less precision', grouped, /another row/, roundedSums],
    ['groups that lose their updates', grouped, /replay to other rows|but not changed/, lostSteps],
    ['groups made anew', grouped, /another entry|does not name/, madeAnew],
    ['a cursor that is ignored', placed, /rows instead of/, of(without('after'))],
    ['a cursor that is taken for a key', placed, /rows instead of|another row/, of((query) => (query.after === undefined ? query : { ...query, after: { values: query.after.values.map(() => null), key: query.after.key } }))], // prettier-ignore
    ['fields that are ignored', projected, /another row/, of(without('fields'))],
    [
      'fields of which one is forgotten',
      projected,
      /another row/,
      of((query) => ({ ...query, fields: query.fields?.slice(1) ?? [] })),
    ],
    ['fields that lose their updates', projected, /replay to other rows|but not changed/, lostSteps],
    ['fields made anew', projected, /another entry|does not name/, madeAnew],
    ['a step for what is shown as before', projected, /changed, but to the same rows/, saysTooMuch],
  ];

  function roundedSums(query: Query): View {
    const names = query.groupBy?.aggregates.filter(([, fn]) => fn === 'sum').map(([name]) => name) ?? [];
    const wrong = (row: Entry): Entry => {
      const value = row.value as { readonly [field: string]: Value };
      const lossy = names.filter((name) => typeof value[name] === 'number' && Math.fround(value[name]) !== value[name]);
      if (lossy.length === 0) return row;
      return { key: row.key, value: { ...value, ...Object.fromEntries(lossy.map((name) => [name, 0])) } };
    };
    return withRows(query, wrong);
  }

  function saysTooMuch(query: Query): View {
    const view = createView(query);
    return override(view, {
      apply(changes) {
        const diff = view.apply(changes);
        const [first] = view.rows();
        if (diff.changed || first === undefined) return diff;
        return { changed: true, steps: [{ type: 'update', key: first.key, entry: first, index: 0 }] };
      },
    });
  }

  test.each(defects)('%s', (_what, asked, fault, create) => {
    expect(searchFault(asked, create, 300, 1)).toMatch(fault);
  });

  test('and not the same wrapping without a defect', () => {
    for (const asked of [grouped, placed, projected]) {
      expect(searchFault(asked, (query) => override(createView(query), {}), 100)).toBeNull();
    }
  });
});

describe('QU-22: a view of chosen fields', () => {
  const BY_N = { where: ALWAYS, sort: [[['n'], 'asc']], limit: null, fields: [['title']] } as const;
  const row = (key: string, n: number, title: string): Entry => ({ key, value: { n, title } });
  const change = ({ key, value }: Entry): Change => ({ key, before: undefined, after: value });
  const viewOf = (query: Query, ...rows: readonly Entry[]): View => {
    const view = createView(query);
    view.load(rows);
    return view;
  };

  test('has no step for a change of another field', () => {
    const view = viewOf(BY_N, row('a', 1, 'A'), row('b', 3, 'B'));
    const rows = view.rows();
    expect(view.apply([{ key: 'a', before: undefined, after: { n: 1, title: 'A', more: true } }])).toEqual({
      changed: false,
      steps: [],
    });
    // It is sorted by something else, and stands where it stood.
    expect(view.apply([change(row('a', 2, 'A'))]).changed).toBe(false);
    expect(view.rows()).toBe(rows);
    expect(rows[0]).toEqual({ key: 'a', value: { title: 'A' } });
  });

  test('has a step for a row that moves, and its entry stays', () => {
    const view = viewOf(BY_N, row('a', 1, 'A'), row('b', 3, 'B'));
    const [a] = view.rows();
    expect(view.apply([change(row('a', 4, 'A'))]).steps).toEqual([{ type: 'update', key: 'a', entry: a, index: 1 }]);
    expect(view.rows()[1]).toBe(a);
  });

  test('knows of moves that cancel each other out within a batch', () => {
    const view = viewOf(BY_N, row('a', 1, 'A'), row('b', 2, 'B'), row('c', 3, 'C'));
    expect(view.apply([change(row('a', 11, 'A')), change(row('b', 12, 'B')), change(row('c', 13, 'C'))]).changed).toBe(
      false,
    );
    expect(view.apply([change(row('a', 13, 'A')), change(row('c', 11, 'C'))]).changed).toBe(true);
    expect(view.rows().map(({ key }) => key)).toEqual(['c', 'b', 'a']);
  });

  test('keeps entries of rows that are loaded again', () => {
    const view = viewOf(BY_N, row('a', 1, 'A'), row('b', 2, 'B'));
    const [a, b] = view.rows();
    view.load([row('b', 0, 'B'), row('a', 1, 'other')]);
    expect(view.rows()[0]).toBe(b);
    expect(view.rows()[1]).not.toBe(a);
  });
});
