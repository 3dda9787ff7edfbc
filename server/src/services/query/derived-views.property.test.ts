import { stampMillis } from '@topgun/core/clock';
import { canonicalRecord, encodeRecord, materialize } from '@topgun/core/crdt';
import { canonicalJson, type Value } from '@topgun/core/primitives';
import { windowSize, type GroupBy, type Query, type Within } from '@topgun/core/query';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MapWorld, type MapWrite } from '../../testing/map-world.js';
import { naiveView } from '../../testing/naive-view.js';
import { RowMirror } from '../../testing/row-mirror.js';
import { ViewRegistry } from './view-registry.js';

const ALL: Query = { where: { type: 'and', of: [] }, sort: [], limit: null };
const OPEN: Query['where'] = { type: 'eq', path: ['open'], value: true };
const BY_N: Query['sort'] = [[['n'], 'desc']];

const groups = (by: string[], ...aggregates: GroupBy['aggregates']): GroupBy => ({
  by: by.map((name) => [name]),
  aggregates,
});
const COUNTED = groups(['ref'], ['rows', 'count', null], ['sum', 'sum', ['n']]);

const of = (map: string, query: Query, on: Within['on'], limit: number | null = null, sort = BY_N): Query => ({
  ...ALL,
  sort: limit === null ? [] : sort,
  limit,
  within: { map, query, on },
});
const FEW: Query = { ...ALL, sort: BY_N, limit: 2 };
const TODOS_OF_FEW = of('lists', FEW, [['_key'], ['ref']], 1);

/** Map and query of each subscription. */
const QUERIES: readonly (readonly [map: string, Query])[] = [
  ['todos', { ...ALL, groupBy: COUNTED }],
  ['todos', { ...ALL, where: OPEN, sort: [[['sum'], 'desc']], limit: 1, groupBy: COUNTED }],
  ['todos', { ...ALL, limit: 2, groupBy: groups(['n', 'ref']) }],
  ['todos', { ...ALL, groupBy: groups([], ['max', 'max', ['n']], ['min', 'min', ['n']]) }],
  ['todos', { ...ALL, sort: BY_N, limit: 2, after: { values: [2], key: 'b' } }],
  ['todos', { ...ALL, sort: [[['n'], 'asc']], after: { values: [{ missing: true }], key: '' } }],
  ['todos', { ...ALL, limit: 1, groupBy: COUNTED, after: { values: [], key: '[["b"]]' } }],
  ['lists', FEW],
  ['todos', TODOS_OF_FEW],
  ['todos', of('lists', { ...ALL, where: OPEN }, [['_key'], ['ref']])],
  ['todos', { ...of('lists', ALL, [['n'], ['n']], 2), where: OPEN }],
  // Of the rows of another map, which are themselves related.
  ['lists', of('todos', TODOS_OF_FEW, [['ref'], ['_key']], 1)],
  ['notes', of('todos', TODOS_OF_FEW, [['n'], ['n']], 1)],
  // Of its own map.
  ['todos', of('todos', FEW, [['_key'], ['ref']])],
];

const write: fc.Arbitrary<MapWrite> = fc.record({
  kind: fc.constantFrom('create', 'create', 'patch', 'patch', 'remove', 'restart'),
  map: fc.constantFrom('lists', 'todos', 'notes'),
  key: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
  fields: fc.record(
    { n: fc.integer({ min: 0, max: 3 }), ref: fc.constantFrom('a', 'b', 'c', null, 7), open: fc.boolean() },
    { requiredKeys: [] },
  ),
});

const session = fc.constantFrom('s', 't');
const query = fc.nat(QUERIES.length - 1);
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant('commit' as const),
      writes: fc.array(write, { minLength: 1, maxLength: 5 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('open' as const),
      session,
      queries: fc.uniqueArray(query, { minLength: 1, maxLength: 5 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('close' as const), session, query }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('leave' as const), session }) },
);

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const script = fc
  .tuple(fc.array(write, { maxLength: 20 }), fc.array(step, { minLength: 5, maxLength: 40 }))
  .map(([writes, steps]): Step[] => [{ type: 'commit', writes }, ...steps]);

/** How many rows of each query were told after the first answer, in all runs. */
const toldRows = new Map<number, number>();

interface Defects {
  /** Changes of this map are kept from the views. */
  readonly deafTo?: string;
  /** Groups are stamped as if no commit came after the first. */
  readonly stopsStamps?: boolean;
}

/** Runs the steps and throws on the first fault. */
function run(steps: readonly Step[], { deafTo, stopsStamps = false }: Defects = {}): void {
  const world = new MapWorld();
  const records = world.records.bind(world);
  const views = new ViewRegistry(
    {
      hash: world.hash,
      read: world.read.bind(world),
      records,
      size: world.size.bind(world),
      position: () => (stopsStamps ? 0 : world.commits),
    },
    1_000,
  );
  const mirrors = new Map<string, RowMirror>();
  for (const each of steps) {
    if (each.type === 'commit') {
      const changes = world.commit(each.writes).filter(({ map }) => map !== deafTo);
      const told = new Set<string>();
      for (const { subscribers, changes: diff, full } of views.apply(changes).diffs) {
        expect(diff.length).toBeGreaterThan(0);
        for (const [who, sub] of subscribers) {
          const place = `${who}:${sub}`;
          expect(told.has(place), 'one diff a commit').toBe(false);
          told.add(place);
          mirrors.get(place)!.take(diff);
          toldRows.set(sub, (toldRows.get(sub) ?? 0) + diff.length);
          expect(full).toBe(isFull(...QUERIES[sub]!, world));
        }
      }
    } else if (each.type === 'open') {
      for (const sub of each.queries) {
        const opened = views.open(each.session, sub, ...QUERIES[sub]!);
        if (!opened.ok) throw new Error(opened.error.message);
        const mirror = new RowMirror();
        mirror.take(opened.value.rows().map(({ key, record }) => ['enter', key, encodeRecord(record)]));
        mirrors.set(`${each.session}:${sub}`, mirror);
      }
    } else {
      const ended = [...mirrors.keys()].filter((place) =>
        each.type === 'leave' ? place.startsWith(each.session) : place === `${each.session}:${each.query}`,
      );
      if (each.type === 'leave') views.closeSession(each.session);
      else views.close(each.session, each.query);
      for (const place of ended) mirrors.delete(place);
    }
    for (const [place, mirror] of mirrors) check(place, mirror, world, views);
    if (mirrors.size === 0) expect(views.size).toBe(0);
  }
}

function check(place: string, mirror: RowMirror, world: MapWorld, views: ViewRegistry): void {
  const [who, sub] = place.split(':') as [string, string];
  const [map, asked] = QUERIES[Number(sub)]!;
  const expected = naiveView(asked, map, world.maps);
  expect([...mirror.rows.keys()].sort(), place).toEqual(expected.map(({ key }) => key).sort());
  for (const { key, value } of expected) {
    const held = mirror.rows.get(key)!;
    expect(canonicalJson(materialize(held)!), `${place} ${key}`).toBe(canonicalJson(value));
    if (asked.groupBy === undefined) expect(canonicalRecord(held)).toBe(canonicalRecord(world.read(map)(key)!));
    else for (const { stamp } of held.fields.values()) expect(stampMillis(stamp)).toBeLessThanOrEqual(world.commits);
  }
  if (asked.groupBy !== undefined) {
    const { groupBy: _groups, after: _after, ...records } = asked;
    const counted = naiveView({ ...records, sort: [], limit: null }, map, world.maps);
    expect(views.find(who, Number(sub))!.held, place).toBe(counted.length);
  }
  // Stamps and all, as the view has them by now.
  const shown = new Map(
    views
      .find(who, Number(sub))!
      .rows()
      .map(({ key, record }) => [key, canonicalRecord(record)]),
  );
  for (const [key, held] of mirror.rows) expect(canonicalRecord(held)).toBe(shown.get(key));
}

/** QU-46: under some value as many rows are shown as its window takes. */
function isFull(map: string, asked: Query, { maps }: MapWorld): boolean {
  const shown = naiveView(asked, map, maps);
  if (asked.within === undefined) return shown.length === windowSize(asked);
  const [, path] = asked.within.on;
  const counts = new Map<string, number>();
  for (const { key, value } of shown) {
    const text = canonicalJson(path[0] === '_key' ? key : (value as Record<string, Value>)[path[0]!]!);
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return [...counts.values()].includes(windowSize(asked));
}

const findFault = (defects: Defects, numRuns: number): unknown =>
  fc.check(
    fc.property(script, (steps) => run(steps, defects)),
    { numRuns, endOnFailure: true },
  ).counterexample;

test('QU-40, QU-41, QU-45: after every commit each subscriber holds the groups, and the related rows, of the naive answer', () => {
  fc.assert(
    fc.property(script, (steps) => run(steps)),
    { numRuns: 300 },
  );
  for (const [at] of QUERIES.entries()) expect(toldRows.get(at), `query ${at}`).toBeGreaterThan(30);
});

test('QU-45: views of related rows that hear nothing of the rows they are related to, or of their own map, are found out', () => {
  for (const map of ['lists', 'todos', 'notes']) expect(findFault({ deafTo: map }, 400), map).not.toBeNull();
});

test('QU-41: groups whose stamps do not grow are found out', () => {
  expect(findFault({ stopsStamps: true }, 200)).not.toBeNull();
});
