import { encodeRecord, materialize } from '@topgun/core/crdt';
import { canonicalJson } from '@topgun/core/primitives';
import type { GroupBy, Query, Within } from '@topgun/core/query';
import fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';
import { createManualTimers } from '../../testing/manual-timers.js';
import { MapWorld, type MapWrite } from '../../testing/map-world.js';
import { naiveView } from '../../testing/naive-view.js';
import { RowMirror } from '../../testing/row-mirror.js';
import { AwaitedViews } from './awaited-views.js';
import { OpeningView } from './opening-view.js';
import type { LiveView } from './live-view.js';
import { ValueRoutes } from './value-routes.js';
import { ViewRegistry } from './view-registry.js';

afterEach(() => {
  vi.restoreAllMocks();
});

const ALL: Query = { where: { type: 'and', of: [] }, sort: [], limit: null };
const BY_N: Query['sort'] = [[['n'], 'desc']];
const COUNTED: GroupBy = {
  by: [['ref']],
  aggregates: [
    ['rows', 'count', null],
    ['most', 'max', ['n']],
  ],
};
const FEW: Query = { ...ALL, sort: BY_N, limit: 3 };
const of = (map: string, query: Query, on: Within['on'], limit: number | null): Query => ({
  ...ALL,
  sort: limit === null ? [] : BY_N,
  limit,
  within: { map, query, on },
});

const QUERIES: readonly (readonly [map: string, Query])[] = [
  ['todos', ALL],
  ['todos', { ...FEW, where: { type: 'gte', path: ['n'], value: 1 } }],
  ['todos', { ...FEW, after: { values: [2], key: 'b' } }],
  ['todos', { ...ALL, groupBy: COUNTED }],
  ['todos', { ...ALL, sort: [[['rows'], 'desc']], limit: 1, groupBy: COUNTED }],
  ['todos', of('lists', ALL, [['_key'], ['ref']], null)],
  ['todos', of('lists', FEW, [['_key'], ['ref']], 1)],
  ['notes', of('todos', of('lists', FEW, [['_key'], ['ref']], 2), [['n'], ['n']], 1)],
];

const write: fc.Arbitrary<MapWrite> = fc.record({
  kind: fc.constantFrom('create', 'create', 'patch', 'patch', 'remove', 'restart'),
  map: fc.constantFrom('lists', 'todos', 'todos', 'notes'),
  key: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g'),
  fields: fc.record(
    { n: fc.integer({ min: 0, max: 3 }), ref: fc.constantFrom('a', 'b', 'c', null) },
    { requiredKeys: [] },
  ),
});
const session = fc.constantFrom('s', 't', 'u');
const sub = fc.nat(QUERIES.length - 1);
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ type: fc.constant('commit' as const), writes: fc.array(write, { maxLength: 3 }) }),
  },
  { weight: 5, arbitrary: fc.record({ type: fc.constant('turn' as const), times: fc.integer({ min: 1, max: 8 }) }) },
  { weight: 4, arbitrary: fc.record({ type: fc.constant('ask' as const), session, sub }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('close' as const), session, sub }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('leave' as const), session }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
const script = fc
  .tuple(fc.array(write, { minLength: 10, maxLength: 40 }), fc.array(step, { minLength: 20, maxLength: 40 }))
  .map(([writes, steps]): Step[] => [{ type: 'commit', writes }, ...steps]);

/** A registry that looks at one record in a turn, and those who subscribe. */
class Scene {
  readonly world = new MapWorld();
  readonly timers = createManualTimers();
  readonly views: ViewRegistry;
  readonly awaited = new AwaitedViews();
  readonly mirrors = new Map<string, RowMirror>();
  /** Answers that came in a later turn, after a commit. */
  late = 0;

  constructor(recordsPerStep = 1) {
    const pieces = { recordsAtOnce: 3, recordsPerStep, stepsAtOnce: 160, stepsPerCommit: 160, stepsPerTurn: 16 };
    this.views = new ViewRegistry(this.world, 1_000, undefined, this.timers, {}, undefined, null, pieces);
  }

  ask(who: string, at: number): void {
    const [map, query] = QUERIES[at]!;
    const askedAt = this.world.commits;
    const waiter = this.awaited.begin(who, at, (refusal) => {
      if (refusal !== null) throw new Error(refusal.message);
      const opened = this.views.open(who, at, map, query);
      if (!opened.ok) throw new Error(opened.error.message);
      const mirror = new RowMirror();
      mirror.take(opened.value.rows().map(({ key, record }) => ['enter', key, encodeRecord(record)]));
      this.mirrors.set(`${who}:${at}`, mirror);
      if (this.world.commits > askedAt) this.late += 1;
      // The answer is the state at the position that it is told with.
      this.check(`${who}:${at}`, mirror);
    });
    this.views.whenReady(map, query, waiter);
  }

  commit(writes: readonly MapWrite[]): void {
    const changes = this.world.commit(writes);
    for (const { subscribers, changes: told } of this.views.apply(changes).diffs) {
      for (const [who, at] of subscribers) this.mirrors.get(`${who}:${at}`)!.take(told);
    }
  }

  end(who: string, at: number): void {
    this.awaited.end(who, at);
    this.views.close(who, at);
    this.mirrors.delete(`${who}:${at}`);
  }

  check(place: string, mirror: RowMirror): void {
    const [map, query] = QUERIES[Number(place.split(':')[1])]!;
    const expected = naiveView(query, map, this.world.maps);
    expect([...mirror.rows.keys()].sort(), place).toEqual(expected.map(({ key }) => key).sort());
    for (const { key, value } of expected) {
      expect(canonicalJson(materialize(mirror.rows.get(key)!)!), `${place} ${key}`).toBe(canonicalJson(value));
    }
  }
}

function run(steps: readonly Step[]): number {
  const scene = new Scene();
  for (const each of steps) {
    if (each.type === 'commit') scene.commit(each.writes);
    else if (each.type === 'turn') for (let i = 0; i < each.times; i++) scene.timers.runAll();
    else if (each.type === 'ask') scene.ask(each.session, each.sub);
    else if (each.type === 'close') scene.end(each.session, each.sub);
    else {
      scene.awaited.endAll(each.session);
      scene.views.closeSession(each.session);
      for (const place of [...scene.mirrors.keys()]) if (place.startsWith(each.session)) scene.mirrors.delete(place);
    }
    for (const [place, mirror] of scene.mirrors) scene.check(place, mirror);
  }
  // What is held is counted once, however it was opened: with the last subscriber and its lingering, all of it is gone.
  for (const who of ['s', 't', 'u']) {
    scene.awaited.endAll(who);
    scene.views.closeSession(who);
  }
  for (let turns = 0; scene.timers.pending > 0 && turns < 200; turns++) scene.timers.runAll();
  expect([scene.timers.pending, scene.views.size, scene.views.held]).toEqual([0, 0, 0]);
  return scene.late;
}

const findFault = (numRuns: number): unknown =>
  fc.check(
    fc.property(script, (steps) => void run(steps)),
    { numRuns, endOnFailure: true },
  ).counterexample;

test('QU-50: a view that is opened in turns is, when it is told, the naive answer of that moment, and stays so', () => {
  let late = 0;
  fc.assert(
    fc.property(script, (steps) => {
      late += run(steps);
    }),
    { numRuns: 60 },
  );
  // Commits did come between the turns.
  expect(late).toBeGreaterThan(20);
});

test('QU-50: a view that hears nothing of what changes while it is opened is found out', () => {
  vi.spyOn(OpeningView.prototype, 'note').mockImplementation(() => {});
  expect(findFault(300)).not.toBeNull();
});

const create = (map: string, i: number): MapWrite => ({
  kind: 'create',
  map,
  key: `k${i}`,
  fields: { n: i, ref: 'a' },
});

test('QU-50: equal queries are filled once for all who wait, and for nobody when all are gone', () => {
  const scene = new Scene();
  scene.commit(Array.from({ length: 40 }, (_, i) => create('todos', i)));
  scene.ask('s', 0);
  scene.ask('t', 0);
  expect(scene.views.looked).toBe(40);
  scene.timers.runAll();
  expect([scene.views.size, scene.mirrors.size]).toEqual([0, 0]);
  scene.end('s', 0);
  for (let i = 0; i < 50; i++) scene.timers.runAll();
  expect([...scene.mirrors.keys()]).toEqual(['t:0']);
  scene.ask('u', 0);
  expect([scene.views.looked, scene.mirrors.size, scene.views.size]).toEqual([40, 2, 1]);
  // A query of another shape, given up by its only asker.
  const records = vi.spyOn(scene.world, 'records');
  scene.ask('s', 1);
  scene.timers.runAll();
  scene.awaited.endAll('s');
  expect(scene.timers.pending).toBe(1);
  scene.timers.runAll();
  expect([scene.timers.pending, records.mock.calls.length]).toEqual([0, 1]);
});

test('QU-50: what is written while a view is opened waits for nothing, and no turn looks at more records than it may', () => {
  const world = new MapWorld();
  world.commit(Array.from({ length: 200 }, (_, i) => create('todos', i)));
  let looked = 0;
  const records = world.records.bind(world);
  world.records = function* (map) {
    for (const entry of records(map)) {
      looked += 1;
      yield entry;
    }
  };
  const timers = createManualTimers();
  const views = new ViewRegistry(world, 1_000, undefined, timers, {}, undefined, null, {
    recordsAtOnce: 20,
    recordsPerStep: 10,
    stepsAtOnce: 160,
    stepsPerCommit: 160,
    stepsPerTurn: 16,
  });
  let opened = 0;
  const [map, query] = QUERIES[1]!;
  views.whenReady(map, query, { isWanted: () => true, ready: () => (opened += 1) });
  expect(looked).toBe(0);
  let turns = 0;
  for (; opened === 0; turns++) {
    const before = looked;
    timers.runAll();
    expect(looked - before).toBeLessThanOrEqual(10);
    views.apply(world.commit([create('todos', turns % 30)]));
  }
  expect(turns).toBeGreaterThan(20);
  // Few, or found by their keys, it is there at once.
  views.whenReady('lists', query, { isWanted: () => true, ready: () => (opened += 1) });
  const byKey: Query = { ...ALL, where: { type: 'eq', path: ['_key'], value: 'k1' } };
  views.whenReady(map, byKey, { isWanted: () => true, ready: () => (opened += 1) });
  expect(opened).toBe(3);
});

test('QU-50: of related rows no turn goes through all parents, opens all their values, or looks at all that is related to them', () => {
  const world = new MapWorld();
  const [values, perStep] = [400, 16];
  world.commit(Array.from({ length: values }, (_, i) => create('lists', i)));
  world.commit(
    Array.from({ length: values }, (_, i) => ({
      ...create('todos', i),
      fields: { n: i, ref: `k${i % (values / 2)}` },
    })),
  );
  const counts = { parents: 0, opened: 0, related: 0 };
  const read = world.read.bind(world);
  world.read = (map) => (key) => {
    counts[map === 'lists' ? 'parents' : 'related'] += 1;
    return read(map)(key);
  };
  const openValue = ValueRoutes.prototype.open;
  vi.spyOn(ValueRoutes.prototype, 'open').mockImplementation(function (this: ValueRoutes<LiveView>, view, value) {
    counts.opened += 1;
    openValue.call(this, view as LiveView, value);
  });
  const timers = createManualTimers();
  const views = new ViewRegistry(world, 1_000, undefined, timers, {}, undefined, null, {
    recordsAtOnce: 20,
    recordsPerStep: perStep,
    stepsAtOnce: 160,
    stepsPerCommit: 160,
    stepsPerTurn: 16,
  });
  const query = of('lists', ALL, [['_key'], ['ref']], null);
  let isReady = false;
  views.whenReady('todos', query, { isWanted: () => true, ready: () => (isReady = true) });
  const most = { parents: 0, opened: 0, related: 0 };
  for (let turns = 0; !isReady && turns < 1_000; turns++) {
    Object.assign(counts, { parents: 0, opened: 0, related: 0 });
    timers.runAll();
    for (const name of ['parents', 'opened', 'related'] as const) most[name] = Math.max(most[name], counts[name]);
  }
  expect(isReady).toBe(true);
  // A record may be read more than once in its turn; none of them is read with all others.
  for (const name of ['parents', 'opened', 'related'] as const) {
    expect(most[name], name).toBeGreaterThan(0);
    expect(most[name], name).toBeLessThanOrEqual(3 * perStep);
  }
  expect(views.open('s', 0, 'todos', query)).toMatchObject({ ok: true });
});

test.each([
  ['before they are come to', 0],
  ['in the middle of it', 3],
  ['after they were come to', 6],
  ['while their values are opened', 9],
])('QU-50: rows related to parents that change %s are those of the parents as they are then', (_when, turns) => {
  const world = new MapWorld();
  world.commit(Array.from({ length: 6 }, (_, i) => ({ ...create('lists', i), fields: { n: i } })));
  world.commit(Array.from({ length: 12 }, (_, i) => ({ ...create('todos', i), fields: { n: i % 6 } })));
  const timers = createManualTimers();
  const views = new ViewRegistry(world, 1_000, undefined, timers, {}, undefined, null, {
    recordsAtOnce: 3,
    recordsPerStep: 1,
    stepsAtOnce: 160,
    stepsPerCommit: 160,
    stepsPerTurn: 16,
  });
  const query = of('lists', ALL, [['n'], ['n']], null);
  let isReady = false;
  // Its parents are there already: the turns are its own.
  const parents = { isWanted: () => true, ready: () => void views.open('s', 1, 'lists', ALL) };
  views.whenReady('lists', ALL, parents);
  for (let i = 0; i < 50; i++) timers.runAll();
  views.whenReady('todos', query, { isWanted: () => true, ready: () => (isReady = true) });
  for (let i = 0; i < turns; i++) timers.runAll();
  const change = (key: string, kind: MapWrite['kind'], fields: MapWrite['fields']): MapWrite[] => [
    { map: 'lists', key, kind, fields },
  ];
  // One that moves to a value that another has, one that goes, one that comes, and one that goes and comes again.
  views.apply(world.commit(change('k1', 'patch', { n: 2 })));
  views.apply(world.commit(change('k2', 'patch', { n: 3 })));
  views.apply(world.commit(change('k4', 'remove', {})));
  views.apply(world.commit(change('k9', 'create', { n: 0 })));
  views.apply(world.commit(change('k5', 'remove', {})));
  views.apply(world.commit(change('k5', 'restart', { n: 5 })));
  for (let i = 0; i < 200 && !isReady; i++) timers.runAll();
  const keys = (): string[] => {
    const opened = views.open('s', 0, 'todos', query);
    return opened.ok ? [...opened.value.keys()].sort() : [opened.error.code];
  };
  const expected = (): string[] =>
    naiveView(query, 'todos', world.maps)
      .map(({ key }) => key)
      .sort();
  expect(keys()).toEqual(expected());
  // Each parent counts once: the last to leave a value takes its rows along.
  for (const key of ['k0', 'k9', 'k3', 'k2', 'k1', 'k5']) {
    views.apply(world.commit(change(key, 'remove', {})));
    expect(keys()).toEqual(expected());
  }
  expect(keys()).toEqual([]);
});

test.each([
  ['of a whole map', 'todos', ALL],
  ['of related rows', 'todos', of('lists', ALL, [['n'], ['n']], null)],
] as const)('QU-50: once it shows that a view %s is too large, no further record is looked at', (_what, map, query) => {
  const world = new MapWorld();
  world.commit([{ ...create('lists', 0), fields: { n: 1 } }]);
  world.commit(Array.from({ length: 200 }, (_, i) => ({ ...create('todos', i), fields: { n: 1 } })));
  const timers = createManualTimers();
  const views = new ViewRegistry(world, 10, undefined, timers, {}, undefined, null, {
    recordsAtOnce: 3,
    recordsPerStep: 4,
    stepsAtOnce: 160,
    stepsPerCommit: 160,
    stepsPerTurn: 16,
  });
  const told: (string | undefined)[] = [];
  views.whenReady(map, query, { isWanted: () => true, ready: (refusal) => void told.push(refusal?.message) });
  for (let i = 0; i < 400 && told.length === 0; i++) timers.runAll();
  expect(told).toEqual([expect.stringMatching(/^At least 1[1-4] rows match; without a limit at most 10 may/)]);
  expect([views.size, views.held]).toEqual([0, 0]);
});

test('QU-50: a view that turns out too large is refused to all who wait, with what stands on it', () => {
  const world = new MapWorld();
  world.commit(Array.from({ length: 40 }, (_, i) => create('todos', i)));
  const timers = createManualTimers();
  const views = new ViewRegistry(world, 10, undefined, timers, {}, undefined, null, {
    recordsAtOnce: 3,
    recordsPerStep: 1,
    stepsAtOnce: 160,
    stepsPerCommit: 160,
    stepsPerTurn: 16,
  });
  const codes: (string | undefined)[] = [];
  const waiter = {
    isWanted: () => true,
    ready: (refusal: { readonly code: string } | null) => void codes.push(refusal?.code),
  };
  views.whenReady('todos', ALL, waiter);
  views.whenReady('todos', ALL, waiter);
  views.whenReady('notes', of('todos', ALL, [['n'], ['n']], 1), waiter);
  for (let i = 0; i < 60; i++) timers.runAll();
  expect(codes).toEqual(['too-many-rows', 'too-many-rows', 'too-many-rows']);
  expect([views.size, views.held, timers.pending]).toEqual([0, 0, 0]);
});

test('QU-50: an index that is in the making hears what changes behind it, where there is no other index', () => {
  const scene = new Scene();
  scene.commit([create('lists', 1), create('lists', 2)].map((one) => ({ ...one, key: one.key.slice(1) })));
  const todo = (at: number, ref: string, kind: MapWrite['kind']): MapWrite => ({
    ...create('todos', at),
    kind,
    fields: { n: at, ref },
  });
  scene.commit(Array.from({ length: 12 }, (_, at) => todo(at, at < 4 ? 'nobody' : '1', 'create')));
  scene.ask('s', 5);
  // A turn for the lists, which are few, and some for the index of todos.
  for (let i = 0; i < 8; i++) scene.timers.runAll();
  expect(scene.mirrors.size).toBe(0);
  for (const at of [0, 1, 2, 3]) scene.commit([todo(at, '2', 'patch')]);
  for (let i = 0; i < 60; i++) scene.timers.runAll();
  const mirror = scene.mirrors.get('s:5');
  expect([...(mirror?.rows.keys() ?? [])]).toHaveLength(12);
  // Those of one list go with it.
  scene.commit([{ ...create('lists', 2), key: '2', kind: 'remove' }]);
  expect([...(mirror?.rows.keys() ?? [])]).toHaveLength(8);
});

test.each(
  QUERIES.flatMap(
    ([map, query], i) =>
      [
        [i, 'as many records come in each turn as it looks at', map, query, 1],
        [i, 'more change in each turn than it makes up for', map, query, 2_048],
      ] as const,
  ),
)('QU-50: query %i is opened in the end though %s', (i, _what, map, query, recordsPerStep) => {
  const scene = new Scene(recordsPerStep);
  const everywhere = (kind: MapWrite['kind'], at: number): MapWrite[] =>
    ['lists', 'todos', 'notes'].map((of) => ({ ...create(of, at), kind, fields: { n: at % 4, ref: `k${at % 9}` } }));
  const commit = (writes: readonly MapWrite[]) => scene.views.apply(scene.world.commit(writes));
  const doGrow = recordsPerStep === 1;
  const begun = doGrow ? 8 : 700;
  commit(Array.from({ length: begun }, (_, at) => everywhere('create', at)).flat());
  let isReady = false;
  scene.views.whenReady(map, query, { isWanted: () => true, ready: () => (isReady = true) });
  let turns = 0;
  for (; !isReady && turns < 900; turns++) {
    scene.timers.runAll();
    if (isReady) break;
    const written = doGrow ? [begun + turns] : [...Array(700).keys()];
    commit(written.flatMap((at) => everywhere(doGrow ? 'create' : 'patch', at)));
  }
  expect(turns).toBeLessThan(900);
  const opened = scene.views.open('s', 0, map, query);
  if (!opened.ok) throw new Error(opened.error.message);
  const mirror = new RowMirror();
  mirror.take(opened.value.rows().map(({ key, record }) => ['enter', key, encodeRecord(record)]));
  scene.check(`s:${i}`, mirror);
});
