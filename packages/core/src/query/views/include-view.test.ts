import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PlainObject, Value } from '../../primitives/index.js';
import type { Change, Entry } from '../entry.js';
import { createIncludeView, type IncludeView } from './include-view.js';
import type { LoadFrom } from '../operators/join.js';
import { findCounterexample } from '../query.arbitrary.js';
import { ALWAYS, type Query, type Relation } from '../query.js';
import { findIncludeFault, including, recordsOf, script, type World } from './include-oracle.arbitrary.js';

const scan =
  (world: World): LoadFrom =>
  (map) =>
    recordsOf(world, map);

type Create = (query: Query, world: World) => IncludeView;

const create: Create = (query, world) => createIncludeView('a', query, { load: scan(world) });

function searchFault(make: Create, depth: number, numRuns: number, seed?: number): string | null {
  const property = fc.property(including(depth), script, (query, steps) => {
    const fault = findIncludeFault((world) => make(query, world), query, steps);
    if (fault !== null) throw new Error(fault);
  });
  return findCounterexample(property, numRuns, seed);
}

describe('QU-25: a view that includes related rows', () => {
  test('CL-3: equals its definition after every batch, with identity kept and exact diffs', () => {
    expect(searchFault(create, 1, 300)).toBeNull();
  });

  test('QU-25: a row that relates by another value, to rows that say the same, keeps the list of them', () => {
    expect(searchFault(create, 1, 300, 1_671_109_921)).toBeNull();
  });

  test('CL-3: also when what is included includes', () => {
    expect(searchFault(create, 2, 200)).toBeNull();
    expect(searchFault(create, 3, 100)).toBeNull();
  });
});

describe('the oracle convicts', () => {
  const override = (view: IncludeView, members: Partial<IncludeView>): IncludeView => ({
    maps: view.maps,
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
    successor: (options) => view.successor(options),
    standAlone: () => view.standAlone(),
    prepare: () => view.prepare(),
    apply: (batch) => view.apply(batch),
    ...members,
  });

  /** With one relation made into another one. */
  const relations =
    (change: (relation: Relation) => Relation): Create =>
    (query, world) => {
      const { include, ...rest } = query;
      return create(include === undefined ? query : { ...rest, include: include.map(change) }, world);
    };

  const onlyMap =
    (hears: (map: string) => boolean): Create =>
    (query, world) => {
      const view = create(query, world);
      return override(view, { apply: (batch) => view.apply(new Map([...batch].filter(([map]) => hears(map)))) });
    };

  const copies =
    (make: (row: Entry) => Entry): Create =>
    (query, world) => {
      const view = create(query, world);
      const made = new WeakMap<readonly Entry[], readonly Entry[]>();
      return override(view, {
        rows() {
          const rows = view.rows();
          const changed = made.get(rows) ?? rows.map(make);
          made.set(rows, changed);
          return changed;
        },
      });
    };

  const defects: readonly (readonly [string, RegExp, Create])[] = [
    [
      'a limit that is off by one',
      /another row/,
      relations((one) => ({ ...one, query: { ...one.query, limit: (one.query.limit ?? 9) - 1 } })),
    ],
    ['an order that is ignored', /another row/, relations((one) => ({ ...one, query: { ...one.query, sort: [] } }))],
    [
      'conditions that are ignored',
      /another row/,
      relations((one) => ({ ...one, query: { ...one.query, where: ALWAYS } })),
    ],
    ['one row for many', /another row/, relations((one) => ({ ...one, one: !one.one }))],
    ['maps that are not told of', /another row/, onlyMap((map) => map === 'a')],
    ['the own map not told of', /rows instead of|another row|wrong/, onlyMap((map) => map !== 'a')],
    ['related rows that are not loaded', /another row/, (query) => createIncludeView('a', query, { load: () => [] })],
    ['rows made anew', /another entry|does not name/, copies((row) => ({ ...row }))],
    [
      'related rows made anew',
      /made anew|another entry|does not name/,
      copies(({ key, value }) => ({ key, value: structuredClone(value) })),
    ],
    [
      'parents that are not told of their relations',
      /replay to other rows|but not changed/,
      (query, world) => {
        const view = create(query, world);
        return override(view, {
          apply(batch) {
            const steps = view
              .apply(batch)
              .steps.filter(({ type, key }) => type !== 'update' || batch.get('a')?.some((one) => one.key === key));
            return { changed: steps.length > 0, steps };
          },
        });
      },
    ],
  ];

  test.each(defects)('%s', (_what, fault, make) => {
    expect(searchFault(make, 1, 500, 1)).toMatch(fault);
  });

  test('and not the same wrapping without a defect', () => {
    expect(searchFault((query, world) => override(create(query, world), {}), 1, 100)).toBeNull();
  });
});

describe('QU-25: related rows in a row', () => {
  const LISTS: Query = {
    where: ALWAYS,
    sort: [],
    limit: null,
    include: [
      {
        name: 'owner',
        map: 'people',
        on: [['ownerId'], ['_key']],
        one: true,
        query: { where: ALWAYS, sort: [], limit: 1 },
      },
      {
        name: 'todos',
        map: 'todos',
        on: [['_key'], ['listId']],
        one: false,
        query: { where: ALWAYS, sort: [[['n'], 'asc']], limit: 2 },
      },
    ],
  };

  const firstOf = (view: IncludeView): Entry => view.rows()[0] as Entry;

  const recordsBy = new Map<string, Map<string, Value>>();
  const put = (map: string, key: string, after: Value | undefined): [string, Change[]] => {
    const records = recordsBy.get(map) ?? new Map<string, Value>();
    recordsBy.set(map, records);
    const before = records.get(key);
    if (after === undefined) records.delete(key);
    else records.set(key, after);
    return [map, [{ key, before, after }]];
  };

  function open(): { view: IncludeView; loads: string[] } {
    recordsBy.clear();
    put('lists', 'l1', { ownerId: 'ann' });
    put('lists', 'l2', { ownerId: 'ann' });
    put('lists', 'l3', { ownerId: 'nobody' });
    put('people', 'ann', { name: 'Ann' });
    for (const n of [3, 1, 2]) put('todos', `t${n}`, { listId: 'l1', n });
    const loads: string[] = [];
    const view = createIncludeView('lists', LISTS, {
      load: (map, path, values) => {
        loads.push(`${map} ${path.join('.')} ${values.join()}`);
        return recordsOf(recordsBy, map);
      },
    });
    view.load(recordsOf(recordsBy, 'lists'));
    return { view, loads };
  }

  test('are a list of rows with their keys, or one, or null', () => {
    const { view, loads } = open();
    expect(view.rows().map(({ value }) => value)).toEqual([
      { ownerId: 'ann', owner: { name: 'Ann', _key: 'ann' }, todos: [{ listId: 'l1', n: 1, _key: 't1' }, { listId: 'l1', n: 2, _key: 't2' }] },
      { ownerId: 'ann', owner: { name: 'Ann', _key: 'ann' }, todos: [] },
      { ownerId: 'nobody', owner: null, todos: [] },
    ]); // prettier-ignore
    expect(view.maps).toEqual(new Set(['lists', 'people', 'todos']));
    expect(loads).toEqual(['people _key ann,nobody', 'todos listId l1,l2,l3']);
  });

  test('are refilled to their limit, and leave other parents as they are', () => {
    const { view } = open();
    const [first, second, third] = view.rows();
    const diff = view.apply(new Map([put('todos', 't1', undefined)]));
    expect(diff.steps.map(({ type, key }) => [type, key])).toEqual([['update', 'l1']]);
    expect(view.rows()[0]).not.toBe(first);
    expect(view.rows().slice(1)).toEqual([second, third]);
    expect(view.rows()[1]).toBe(second);
    expect((firstOf(view).value as PlainObject)['todos']).toEqual([
      { listId: 'l1', n: 2, _key: 't2' },
      { listId: 'l1', n: 3, _key: 't3' },
    ]);
    // What is beyond the limit shows nowhere.
    expect(view.apply(new Map([put('todos', 't9', { listId: 'l1', n: 9 })])).changed).toBe(false);
  });

  test('that are the same for many parents are the same object, and change for all of them', () => {
    const { view } = open();
    const owners = (): (Value | undefined)[] => view.rows().map(({ value }) => (value as PlainObject)['owner']);
    expect(owners()[0]).toBe(owners()[1]);
    const { steps } = view.apply(new Map([put('people', 'ann', { name: 'Anne' })]));
    expect(steps.map(({ key }) => key)).toEqual(['l1', 'l2']);
    expect(owners()[0]).toBe(owners()[1]);
    expect(owners()[0]).toEqual({ name: 'Anne', _key: 'ann' });
  });

  test('of one batch over all maps come to one diff', () => {
    const { view, loads } = open();
    loads.length = 0;
    const { steps } = view.apply(
      new Map([
        put('todos', 't1', { listId: 'l4', n: 1 }),
        put('people', 'bob', { name: 'Bob' }),
        put('lists', 'l4', { ownerId: 'bob' }),
      ]),
    );
    expect(steps.map(({ type, key }) => [type, key])).toEqual([
      ['update', 'l1'],
      ['enter', 'l4'],
    ]);
    expect(view.rows()[3]?.value).toEqual({ ownerId: 'bob', owner: { name: 'Bob', _key: 'bob' }, todos: [{ listId: 'l4', n: 1, _key: 't1' }] }); // prettier-ignore
    expect(loads).toEqual(['people _key bob', 'todos listId l4']);
  });

  test('QU-8: are loaded in steps, none of which reads or shows them all', () => {
    const COUNT = 7_000;
    const keys = Array.from({ length: COUNT }, (_, i) => `k${i}`);
    let read = 0;
    const query = { ...LISTS, include: LISTS.include!.slice(1) };
    const view = createIncludeView('lists', query, {
      *load() {
        for (const key of keys) {
          read++;
          yield { key, value: { listId: key, n: 1 } };
        }
      },
    });
    const { offer, end } = view.beginLoad();
    for (const key of keys) offer(key, {});
    const reads: number[] = [];
    for (const _ of end()) {
      reads.push(read);
      read = 0;
    }
    expect(Math.max(...reads)).toBeLessThanOrEqual(2_048);
    // Parents, values that are opened, records, rows in order, lists and parents as they are shown.
    expect(reads.length).toBeGreaterThanOrEqual((6 * COUNT) / 2_048);
    expect(view.rows()).toHaveLength(COUNT);
    expect(firstOf(view).value).toEqual({ todos: [{ listId: 'k0', n: 1, _key: 'k0' }] });
  });

  test('that are loaded anew in another view are the same objects until that stands alone', () => {
    const { view } = open();
    const records = (): Entry[] => recordsOf(recordsBy, 'lists');
    const load = (map: string): Entry[] => recordsOf(recordsBy, map);
    const before = view.rows();
    const next = view.successor({ load });
    next.load(records());
    expect(next.rows()).toEqual(before);
    expect(next.rows().every((row, i) => row === before[i])).toBe(true);
    // What changes in both meanwhile too.
    const [map, changes] = put('lists', 'l3', { ownerId: 'ann' });
    for (const one of [view, next]) one.apply(new Map([[map, changes]]));
    expect(next.rows()[2]).toEqual(view.rows()[2]);
    expect(next.rows()[2]).toBe(view.rows()[2]);
    // One row of a list: the others, and other lists, stay.
    next.apply(new Map([put('todos', 't1', { listId: 'l1', n: 0 })]));
    next.standAlone();
    const [was, is] = [before[0], next.rows()[0]].map((row) => row?.value as { readonly [name: string]: Value[] });
    expect(is).not.toBe(was);
    expect([is?.['owner'], is?.['todos']?.[1]]).toEqual([was?.['owner'], was?.['todos']?.[1]]);
    expect(is?.['owner']).toBe(was?.['owner']);
    expect(is?.['todos']?.[1]).toBe(was?.['todos']?.[1]);
    expect(next.rows()[1]).toBe(before[1]);
    const alone = view.successor({ load });
    alone.standAlone();
    alone.load(records());
    expect(alone.rows()[1]).toEqual(before[1]);
    expect(alone.rows()[1]).not.toBe(before[1]);
    const ownerOf = (row: Entry | undefined): Value | undefined =>
      (row as { readonly value: PlainObject }).value['owner'];
    expect(ownerOf(alone.rows()[1])).toEqual(ownerOf(before[1]));
    expect(ownerOf(alone.rows()[1])).not.toBe(ownerOf(before[1]));
  });

  test('of parents beyond the window are not even loaded', () => {
    const loads: string[] = [];
    const view = createIncludeView(
      'a',
      { ...LISTS, limit: 1 },
      {
        load: (map, _path, values) => {
          loads.push(`${map} ${values.join()}`);
          return [];
        },
      },
    );
    view.load([
      { key: 'l1', value: { ownerId: 'ann' } },
      { key: 'l2', value: { ownerId: 'bob' } },
    ]);
    expect(loads).toEqual(['people ann', 'todos l1']);
    view.apply(new Map([['a', [{ key: 'l1', before: undefined, after: undefined }]]]));
    expect(loads.slice(2)).toEqual(['people bob', 'todos l2']);
  });
});
