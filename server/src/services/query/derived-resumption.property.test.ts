import { canonicalRecord, materialize } from '@topgun/core/crdt';
import { canonicalJson } from '@topgun/core/primitives';
import type { Query } from '@topgun/core/query';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { loadXxhash } from '../../adapters/xxhash.js';
import { createManualTimers } from '../../testing/manual-timers.js';
import { MapWorld, type MapWrite } from '../../testing/map-world.js';
import { naiveView } from '../../testing/naive-view.js';
import { ReturningClient } from '../../testing/returning-client.js';
import { Exchanges } from '../sync/exchanges.js';
import { ViewRegistry } from './view-registry.js';

let hash: (text: string) => bigint = () => 0n;
beforeAll(async () => {
  hash = await loadXxhash();
});

const ALL: Query = { where: { type: 'and', of: [] }, sort: [], limit: null };

const LISTS: Query = { ...ALL, sort: [[['n'], 'desc']], limit: 6 };

/** Each has some tens of rows, so that it is worth a digest. */
const QUERIES: readonly Query[] = [
  {
    ...ALL,
    groupBy: {
      by: [['ref'], ['n']],
      aggregates: [
        ['rows', 'count', null],
        ['sum', 'sum', ['n']],
      ],
    },
  },
  { ...ALL, sort: [[['rows'], 'desc']], limit: 12, groupBy: { by: [['ref']], aggregates: [['rows', 'count', null]] } },
  { ...ALL, within: { map: 'lists', query: ALL, on: [['_key'], ['ref']] } },
  { ...ALL, sort: [[['n'], 'asc']], limit: 2, within: { map: 'lists', query: LISTS, on: [['_key'], ['ref']] } },
  {
    ...ALL,
    within: {
      map: 'todos',
      query: { ...ALL, within: { map: 'lists', query: LISTS, on: [['_key'], ['ref']] } },
      on: [['n'], ['n']],
    },
  },
];

const ref = fc.nat(19).map((at) => `l${at}`);
const write: fc.Arbitrary<MapWrite> = fc.oneof(
  {
    weight: 4,
    arbitrary: writeTo(
      'todos',
      fc.nat(59).map((at) => `t${at}`),
    ),
  },
  { weight: 2, arbitrary: writeTo('lists', ref) },
);
const writes = fc.array(write, { minLength: 1, maxLength: 6 });

function writeTo(map: string, key: fc.Arbitrary<string>): fc.Arbitrary<MapWrite> {
  return fc.record({
    kind: fc.constantFrom('create', 'patch', 'patch', 'remove', 'restart'),
    map: fc.constant(map),
    key,
    fields: fc.record({ n: fc.nat(4), ref }, { requiredKeys: [] }),
  });
}

const start: readonly MapWrite[] = [
  ...Array.from({ length: 12 }, (_, at): MapWrite => created('lists', `l${at}`, { n: at % 5 })),
  ...Array.from({ length: 45 }, (_, at): MapWrite => created('todos', `t${at}`, { n: at % 5, ref: `l${at % 17}` })),
];

function created(map: string, key: string, fields: MapWrite['fields']): MapWrite {
  return { kind: 'create', map, key, fields };
}

const away = fc.array(writes, { maxLength: 3 });
const steps = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.record({ type: fc.constant('commit' as const), writes }) },
    { weight: 3, arbitrary: fc.record({ type: fc.constant('away' as const), during: away }) },
    // The view does not outlive it, so that there is no ring.
    { weight: 2, arbitrary: fc.record({ type: fc.constant('long-away' as const), during: away }) },
    // The server begins anew with the records, and with nothing of its views.
    { weight: 2, arbitrary: fc.record({ type: fc.constant('restart' as const), during: away }) },
    // What the client has is not what any view ever was.
    { weight: 1, arbitrary: fc.record({ type: fc.constant('lose' as const), at: fc.nat(9) }) },
    { weight: 1, arbitrary: fc.constant({ type: 'time' as const }) },
  ),
  { minLength: 3, maxLength: 20 },
);

/** A server with two clients, which are away at different times; so that a view may stand because of the one or of the other. */
class World extends MapWorld {
  readonly timers = createManualTimers();
  readonly exchanges = new Exchanges();
  views = this.begin();
  readonly #clients: readonly ReturningClient[];
  readonly #query: Query;

  constructor(query: Query) {
    super(hash);
    this.#query = query;
    this.write(start);
    this.#clients = ['s', 't'].map((session) => new ReturningClient(this, session, 'todos', query));
    for (const client of this.#clients) client.comeBack(() => {});
  }

  begin(): ViewRegistry {
    return new ViewRegistry(this, 1_000, undefined, this.timers);
  }

  get first(): ReturningClient {
    return this.#clients[0]!;
  }

  write(list: readonly MapWrite[]): void {
    for (const { subscribers, changes } of this.views.apply(this.commit(list)).diffs) {
      for (const [session] of subscribers) this.#clients[session === 's' ? 0 : 1]!.take(changes);
    }
  }

  restart(): void {
    for (const client of this.#clients) client.leave();
    this.views = this.begin();
    this.#clients[1]!.comeBack(() => {});
  }

  check(): void {
    const expected = naiveView(this.#query, 'todos', this.maps);
    for (const { rows } of this.#clients) {
      expect([...rows.keys()].sort()).toEqual(expected.map(({ key }) => key).sort());
      for (const { key, value } of expected) {
        expect(canonicalJson(materialize(rows.get(key))!), key).toBe(canonicalJson(value));
      }
    }
    const texts = this.#clients.map(({ rows }) => [...rows.values()].map(canonicalRecord).sort());
    expect(texts[0]).toEqual(texts[1]);
  }
}

test('SY-2, QU-41: groups whose stamps do not grow are found out', () => {
  const property = fc.property(fc.array(writes, { minLength: 3, maxLength: 8 }), (list) => {
    const world = new World(QUERIES[0]!);
    world.position = () => 0;
    for (const some of list) {
      world.write(some);
      world.check();
    }
  });
  expect(fc.check(property, { numRuns: 50, endOnFailure: true }).counterexample).not.toBeNull();
});

test('SY-2, QU-41, QU-45: however a client comes back to groups or related rows, it has those of the naive answer', () => {
  const kinds = new Map<string, number>();
  fc.assert(
    fc.property(fc.constantFrom(...QUERIES), steps, writes, (query, list, meanwhile) => {
      const world = new World(query);
      const back = (): void => {
        const waiting = meanwhile.map((one) => [one]);
        const kind = world.first.comeBack(() => world.write(waiting.shift() ?? []));
        const place = `${query.within === undefined ? 'groups' : 'related rows'} ${kind}`;
        kinds.set(place, (kinds.get(place) ?? 0) + 1);
      };
      world.check();
      for (const step of list) {
        switch (step.type) {
          case 'commit':
            world.write(step.writes);
            break;
          case 'time':
            world.timers.runAll();
            break;
          case 'lose': {
            world.first.leave();
            const key = [...world.first.rows.keys()][step.at];
            if (key !== undefined) world.first.rows.delete(key);
            back();
            break;
          }
          case 'restart':
            world.restart();
            for (const some of step.during) world.write(some);
            back();
            break;
          default:
            world.first.leave();
            for (const some of step.during) world.write(some);
            if (step.type === 'long-away') for (let i = 0; i < 9; i += 1) world.timers.runAll();
            back();
        }
        world.check();
      }
    }),
    { numRuns: 100 },
  );
  // Each kind of query was brought level in each way.
  for (const rows of ['groups', 'related rows']) {
    for (const kind of ['same', 'diffs', 'exchange']) {
      expect(kinds.get(`${rows} ${kind}`), `${rows} ${kind}`).toBeGreaterThan(3);
    }
  }
});
