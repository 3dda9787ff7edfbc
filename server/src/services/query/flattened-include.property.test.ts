import { canonicalJson, type Value } from '@topgun/core/primitives';
import {
  evaluate,
  evaluateShown,
  flattenQuery,
  windowSize,
  type Entry,
  type Query,
  type Relation,
} from '@topgun/core/query';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MapWorld, type MapWrite } from '../../testing/map-world.js';
import { entriesOf } from '../../testing/naive-view.js';
import { shownValue } from './shown-value.js';
import { ViewRegistry } from './view-registry.js';

const ref = fc.constantFrom<Value[]>('a', 'b', 'c', 7, null);
const write: fc.Arbitrary<MapWrite> = fc.record({
  kind: fc.constantFrom('create', 'create', 'patch', 'remove'),
  map: fc.constantFrom('lists', 'todos', 'notes', 'people'),
  key: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
  fields: fc.record({ n: fc.nat(3), ref, open: fc.boolean() }, { requiredKeys: [] }),
});
const commits = fc
  .tuple(
    fc.array(write, { minLength: 30, maxLength: 40 }),
    fc.array(fc.array(write, { minLength: 1, maxLength: 6 }), { minLength: 2, maxLength: 8 }),
  )
  .map(([first, others]) => [first, ...others]);

const rows = fc.record({
  where: fc.constantFrom<Query['where'][]>({ type: 'and', of: [] }, { type: 'eq', path: ['open'], value: true }),
  sort: fc.constantFrom<Query['sort'][]>([], [[['n'], 'desc']]),
  limit: fc.option(fc.integer({ min: 1, max: 3 }), { nil: null }),
});
const on = fc.constantFrom<Relation['on'][]>([['_key'], ['ref']], [['n'], ['n']], [['ref'], ['_key']]);

function relation(name: string, map: string, query: fc.Arbitrary<Query>): fc.Arbitrary<Relation> {
  return fc.record({ name: fc.constant(name), map: fc.constant(map), on, one: fc.boolean(), query }).map((made) => ({
    ...made,
    query: made.one ? { ...made.query, limit: 1 } : made.query,
  }));
}

/** Each relation is to a map of its own, so that what was sent for one is not taken for another's. */
const query: fc.Arbitrary<Query> = fc
  .tuple(
    rows,
    relation(
      'todos',
      'todos',
      fc.tuple(rows, relation('notes', 'notes', rows)).map(([own, notes]) => ({ ...own, include: [notes] })),
    ),
    relation('person', 'people', rows),
  )
  .map(([own, todos, person]) => ({ ...own, include: [person, todos] }));

/** Sends the subscriptions of a query through commits; after each, `check` is told what they show by map. */
function follow(
  asked: Query,
  script: readonly (readonly MapWrite[])[],
  check: (sent: ReadonlyMap<string, Entry[]>, all: ReadonlyMap<string, Entry[]>) => void,
  deafTo?: string,
): void {
  const world = new MapWorld();
  const views = new ViewRegistry(world, 1_000);
  const parts = flattenQuery('lists', asked);
  for (const [sub, part] of parts.entries()) views.open('s', sub, part.map, part.query);
  for (const writes of script) {
    views.apply(world.commit(writes).filter(({ map }) => map !== deafTo));
    const sent = parts.map(({ map }, sub): [string, Entry[]] => [
      map,
      views
        .find('s', sub)!
        .rows()
        .map(({ key, record }) => ({ key, value: shownValue(record)! })),
    ]);
    check(new Map(sent), new Map(parts.map(({ map }) => [map, entriesOf(world.maps, map)])));
  }
}

/** `deafTo`: changes of this map are kept from the views. */
const findFault = (numRuns: number, deafTo?: string): { readonly fault: unknown; readonly related: number } => {
  let related = 0;
  const property = fc.property(query, commits, (asked, script) => {
    const check: Parameters<typeof follow>[2] = (sent, all) => {
      const expected = evaluateShown(asked, all.get('lists')!, { maps: all });
      const answer = evaluateShown(asked, sent.get('lists')!, { maps: sent });
      expect(answer.map(canonicalJson)).toEqual(expected.map(canonicalJson));
      related += sent.get('notes')!.length;
    };
    follow(asked, script, check, deafTo);
  });
  const { counterexample } = fc.check(property, { numRuns, endOnFailure: true });
  return { fault: counterexample, related };
};

test('QU-45: who asks the rows of all its subscriptions once more gets what the whole maps would have answered', () => {
  const { fault, related } = findFault(150);
  expect(fault).toBeNull();
  expect(related).toBeGreaterThan(20);
});

test.each(['lists', 'todos', 'notes', 'people'])('QU-45: views that hear nothing of %s are found out', (map) => {
  expect(findFault(150, map).fault).not.toBeNull();
});

test('QU-46: a value with fewer rows than its window takes has all there are', () => {
  let judged = 0;
  fc.assert(
    fc.property(query, commits, (asked, script) => {
      const [
        ,
        {
          on: [, path],
          query: todos,
        },
      ] = asked.include as unknown as readonly [Relation, Relation];
      follow(asked, script, (sent, all) => {
        const matching = evaluate({ where: todos.where, sort: [], limit: null }, all.get('todos')!);
        const byValue = groupedAt(path, sent.get('todos')!);
        for (const [text, shown] of byValue) {
          if (shown.length >= windowSize(todos)) continue;
          expect(shown.length).toBe(groupedAt(path, matching).get(text)!.length);
          judged += 1;
        }
      });
    }),
    { numRuns: 100 },
  );
  expect(judged).toBeGreaterThan(50);
});

function groupedAt([name]: readonly string[], entries: readonly Entry[]): Map<string, Entry[]> {
  const groups = new Map<string, Entry[]>();
  for (const entry of entries) {
    const value = name === '_key' ? entry.key : (entry.value as Readonly<Record<string, Value>>)[name!];
    if (value === undefined) continue;
    const text = canonicalJson(value);
    groups.set(text, [...(groups.get(text) ?? []), entry]);
  }
  return groups;
}
