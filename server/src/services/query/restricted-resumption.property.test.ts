import { canonicalRecord } from '@topgun/core/crdt';
import { visibilityOf } from '@topgun/core/rules';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import type { Query } from '@topgun/core/query';
import { loadXxhash } from '../../adapters/xxhash.js';
import { createManualTimers } from '../../testing/manual-timers.js';
import { MapWorld, type MapWrite } from '../../testing/map-world.js';
import { naiveView } from '../../testing/naive-view.js';
import { ReturningClient } from '../../testing/returning-client.js';
import { identityOf, RULES, seenByUser, USERS, type User } from '../../testing/rules-world.js';
import { Exchanges } from '../sync/exchanges.js';
import { ViewRegistry, type SeenOf } from './view-registry.js';

let hash: (text: string) => bigint = () => 0n;
beforeAll(async () => {
  hash = await loadXxhash();
});

const ALL: Query = { where: { type: 'and', of: [] }, sort: [], limit: null };
/** PI-9: of `pay` most see nothing, be it by what is found or by its place. */
const PAY: Query = {
  where: {
    type: 'or',
    of: [
      { type: 'match', path: ['n'], text: '2' },
      { type: 'match', path: ['pay'], text: '2' },
    ],
  },
  sort: [[['_score'], 'desc']],
  limit: 6,
};
const QUERIES: readonly Query[] = [ALL, { ...ALL, sort: [[['n'], 'desc']], limit: 10 }, PAY];

const fields = fc.record(
  { owner: fc.constantFrom('ann', 'bob'), open: fc.boolean(), n: fc.nat(4), pay: fc.nat(9) },
  { requiredKeys: [] },
);
const writes: fc.Arbitrary<readonly MapWrite[]> = fc.array(
  fc.record({
    kind: fc.constantFrom('create', 'patch', 'patch', 'remove', 'restart'),
    map: fc.constant('todos'),
    key: fc.nat(39).map((at) => `t${at}`),
    fields,
  }),
  { minLength: 1, maxLength: 5 },
);
const start = Array.from({ length: 30 }, (_, at): MapWrite => {
  const owner = at % 3 === 0 ? 'ann' : 'bob';
  return { kind: 'create', map: 'todos', key: `t${at}`, fields: { owner, open: at % 4 === 0, n: at % 5, pay: at } };
});

const steps = fc.array(
  fc.record({
    type: fc.constantFrom('commit', 'commit', 'away', 'long-away', 'restart'),
    /** Who comes back: with another token of the same device, or as the one who left. */
    as: fc.constantFrom<User | null>(...USERS, null, null),
    writes,
    meanwhile: writes,
  }),
  { minLength: 3, maxLength: 14 },
);

const seenOf = (user: User): SeenOf => {
  const access = RULES.for(identityOf(user).claims);
  return (map) => visibilityOf(access.of(map), map);
};

/** Somebody who comes and goes, and whose rights may be others each time. */
class World extends MapWorld {
  timers = createManualTimers();
  readonly exchanges = new Exchanges();
  readonly client: ReturningClient;
  readonly kinds = new Set<string>();
  views = this.begin();
  user: User = 'bob';
  readonly #query: Query;

  constructor(query: Query) {
    super(hash);
    this.#query = query;
    this.write(start);
    this.client = new ReturningClient(this, 's', 'todos', query, seenOf(this.user));
    // Others keep views alive that are not for this one.
    for (const user of USERS) this.views.open(user, 1, 'todos', query, seenOf(user));
    this.return([]);
  }

  begin(): ViewRegistry {
    // The one before is gone, and what it had in mind.
    this.timers = createManualTimers();
    return new ViewRegistry(this, 1_000, undefined, this.timers);
  }

  write(list: readonly MapWrite[]): void {
    for (const { subscribers, changes } of this.views.apply(this.commit(list)).diffs) {
      if (subscribers.some(([session]) => session === 's')) this.client.take(changes);
    }
  }

  return(meanwhile: readonly MapWrite[]): void {
    this.kinds.add(this.client.comeBack(() => this.write(meanwhile)));
  }

  check(): void {
    const seen = seenByUser(this.user, this.maps);
    const expected = naiveView(this.#query, 'todos', seen).map(({ key }) => [
      key,
      canonicalRecord(seen.get('todos')!.get(key)!),
    ]);
    const held = [...this.client.rows].map(([key, record]) => [key, canonicalRecord(record)]);
    expect(Object.fromEntries(held)).toEqual(Object.fromEntries(expected));
  }
}

test('RU-6, SY-2: whoever comes back, with the same rights or with others, holds what it may see, and nothing else any more', () => {
  const kinds = new Set<string>();
  fc.assert(
    fc.property(fc.constantFrom(...QUERIES), steps, (query, list) => {
      const world = new World(query);
      for (const { type, as, writes: written, meanwhile } of list) {
        if (type === 'commit') world.write(written);
        else {
          world.client.leave();
          if (type === 'long-away') world.timers.runAll();
          if (type === 'restart') world.views = world.begin();
          world.write(written);
          if (as !== null) world.user = as;
          world.client.seenOf = seenOf(world.user);
          world.return(meanwhile);
        }
        world.check();
      }
      for (const kind of world.kinds) kinds.add(kind);
    }),
    { numRuns: 80 },
  );
  expect([...kinds].sort()).toEqual(['all', 'diffs', 'exchange', 'same']);
});
