import { isVisible, materialize, type LwwRecord } from '@topgun/core/crdt';
import { encodeBase64url, type PlainObject } from '@topgun/core/primitives';
import type { AskSearchMessage } from '@topgun/core/protocol';
import type { Query } from '@topgun/core/query';
import type { Visibility } from '@topgun/core/rules';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  naiveSearch,
  searchArbitrary,
  textArbitrary,
  type NaiveSearch,
} from '../../../../packages/core/src/search/naive-search.arbitrary.js';
import { createManualTimers } from '../../testing/manual-timers.js';
import { MapWorld, type MapWrite } from '../../testing/map-world.js';
import { MAX_OPEN_SEARCHES } from './search-question.js';
import { FACTS_LINGER_MS, SearchQuestions, type SearchAnswered } from './search-questions.js';
import { ViewRegistry } from './view-registry.js';

const MAP = 'docs';
const PLAIN: NaiveSearch = {
  terms: ['milk'],
  fields: ['title'],
  boost: {},
  prefix: true,
  fuzzy: 0,
  combineWith: 'AND',
};

const write: fc.Arbitrary<MapWrite> = fc.record({
  kind: fc.constantFrom('create', 'create', 'patch', 'remove', 'restart'),
  map: fc.constantFrom(MAP, MAP, MAP, 'other'),
  key: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g'),
  fields: fc.record(
    { title: textArbitrary, body: textArbitrary, done: fc.boolean(), secret: fc.boolean() },
    { requiredKeys: [] },
  ),
});
const commits = fc.array(fc.array(write, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 12 });

/** Neither what is secret is seen, nor any body. */
const SEEN: Visibility = {
  key: 'some',
  where: null,
  see(_key, record) {
    if ((materialize(record) as PlainObject | undefined)?.['secret'] === true) return undefined;
    return { ...record, fields: new Map([...record.fields].filter(([name]) => name !== 'body')) };
  },
};

function queryOf({ terms, fields, boost, prefix, fuzzy, combineWith }: NaiveSearch, done = false): Query {
  const boosts = fields.map((field) => [field, boost[field] ?? 1] as const);
  return {
    where: done ? { type: 'eq', path: ['done'], value: true } : { type: 'and', of: [] },
    sort: [],
    limit: 1,
    search: { text: terms.join(' '), fields: ['title', 'body'], boosts, prefix, fuzzy, combineWith },
  };
}

/** Whoever asks here sees a world, or a part of it. */
function asking(world: MapWorld, seen: Visibility | null) {
  const timers = createManualTimers();
  const views = new ViewRegistry(world, 1_000, undefined, timers);
  const told: SearchAnswered[] = [];
  const questions = new SearchQuestions({
    searches: views.searches,
    source: world,
    seenBy: () => () => seen,
    load: () => null,
    timers,
    tell: (_session, answer) => told.push(answer),
  });
  views.onApplied = (changes) => questions.note(changes);
  const ask = (query: Query, rest: Partial<AskSearchMessage> = {}): SearchAnswered | undefined => {
    const before = told.length;
    questions.ask('s', { type: 'ask-search', id: 1, map: MAP, query, facets: ['done', 'body'], complete: 3, ...rest });
    for (let i = 0; i < 4 && told.length === before; i++) timers.runAll();
    return told[before];
  };
  return { views, questions, timers, told, ask };
}

function valuesSeen(world: MapWorld, seen: Visibility | null): Map<string, PlainObject> {
  const values = new Map<string, PlainObject>();
  for (const [key, record] of world.records(MAP)) {
    const left: LwwRecord | undefined = !isVisible(record) ? undefined : seen === null ? record : seen.see(key, record);
    const value = left && (materialize(left) as PlainObject | undefined);
    if (value !== undefined) values.set(key, value);
  }
  return values;
}

/** A world in which there is nothing but what is seen. */
function worldOf(values: ReadonlyMap<string, PlainObject>): MapWorld {
  const world = new MapWorld();
  for (const [key, fields] of values) world.commit([{ kind: 'create', map: MAP, key, fields: fields as never }]);
  return world;
}

const untimed = (answer: SearchAnswered | undefined): unknown => ({ ...answer, through: 0 });

test('SE-44, PI-9: every fact is what a look at each record that may be seen says, and the same as in a world where there is nothing else', () => {
  fc.assert(
    fc.property(commits, searchArbitrary, fc.boolean(), fc.constantFrom(null, SEEN), (script, asked, done, seen) => {
      const world = new MapWorld();
      const { views, ask } = asking(world, seen);
      const query = queryOf(asked, done);
      for (const writes of script) {
        views.apply(world.commit(writes));
        const answer = ask(query);
        if (answer?.type !== 'search-facts') throw new Error('no facts');
        const values = valuesSeen(world, seen);
        const found = naiveSearch(values, asked).flatMap(({ key }) => {
          const value = values.get(key);
          return value !== undefined && (!done || value['done'] === true) ? [value] : [];
        });
        expect(answer.total).toBe(found.length);
        const [dones, bodies] = answer.facets;
        for (const [value, count] of dones ?? []) {
          expect(count).toBe(found.filter((record) => record['done'] === value).length);
        }
        const counted = (dones ?? []).reduce((sum, [, count]) => sum + count, 0);
        expect(counted).toBe(found.filter((record) => record['done'] !== undefined).length);
        if (seen !== null) expect(bodies).toEqual([]);
        for (const [text, count] of answer.completions) {
          const word = text.slice(asked.terms.slice(0, -1).join(' ').length).trim();
          const having = found.filter((record) =>
            asked.fields.some((field) =>
              String(record[field] ?? '')
                .split(' ')
                .includes(word),
            ),
          );
          expect(count).toBe(having.length);
        }
        expect(untimed(answer)).toEqual(untimed(asking(worldOf(values), null).ask(query)));
      }
    }),
    { numRuns: 30 },
  );
});

test('SE-44: who knows the facts already is told when a commit makes others of them, and of no other commit', () => {
  const world = new MapWorld();
  const { views, ask, timers, told } = asking(world, SEEN);
  const commit = (key: string, fields: PlainObject): void => {
    views.apply(world.commit([{ kind: 'create', map: MAP, key, fields: fields as never }]));
    for (let i = 0; i < 4; i++) timers.runAll();
  };
  commit('a', { title: 'milk' });
  const first = ask(queryOf(PLAIN));
  if (first?.type !== 'search-facts') throw new Error('no facts');
  expect(ask(queryOf(PLAIN), { unless: first.mark })).toBeUndefined();
  commit('b', { title: 'bread' });
  commit('c', { title: 'milk', secret: true });
  expect(told).toHaveLength(1);
  commit('d', { title: 'more milk' });
  expect(told.at(-1)).toMatchObject({ total: 2, completions: [['milk', 2]] });
  expect(told).toHaveLength(2);
});

test('SE-44: who asks anew is told by which position it is so, of what was counted before as well', () => {
  const world = new MapWorld();
  const { views, ask } = asking(world, null);
  const commit = (key: string, title: string): void => {
    views.apply(world.commit([{ kind: 'create', map: MAP, key, fields: { title } }]));
  };
  commit('a', 'milk');
  const first = ask(queryOf(PLAIN));
  expect(first).toMatchObject({ total: 1, through: world.position() });
  commit('b', 'bread');
  const second = ask(queryOf(PLAIN));
  expect(second).toEqual({ ...first, through: world.position() });
  expect(second).not.toEqual(first);
});

test('SE-44, PI-9: of a search by a vector counted is what is near and may be seen, too, and anew when that changes', () => {
  const world = new MapWorld();
  const { views, ask, timers, told } = asking(world, SEEN);
  const bytes = (...at: number[]): Uint8Array => new Uint8Array(Float32Array.from(at).buffer);
  const commit = (key: string, fields: PlainObject): void => {
    views.apply(world.commit([{ kind: 'create', map: MAP, key, fields: fields as never }]));
    for (let i = 0; i < 4; i++) timers.runAll();
  };
  const plain = queryOf(PLAIN);
  const near = { field: 'at', vector: encodeBase64url(bytes(1, 0)), minSimilarity: 0.5 };
  const query = { ...plain, search: { ...plain.search!, near } };
  commit('a', { title: 'milk', done: true });
  commit('b', { title: 'bread', done: false, at: bytes(1, 0.1) });
  commit('c', { title: 'milk', done: true, at: bytes(1, 0) });
  commit('d', { title: 'bread', done: true, at: bytes(1, 0), secret: true });
  commit('e', { title: 'bread', done: true, at: bytes(0, 1) });
  const first = ask(query, { complete: undefined, facets: ['done'] } as never);
  if (first?.type !== 'search-facts') throw new Error('no facts');
  expect(first).toMatchObject({ total: 3 });
  expect(first.facets).toEqual([
    [
      [true, 2],
      [false, 1],
    ],
  ]);
  expect(ask(query, { complete: undefined, facets: ['done'], unless: first.mark } as never)).toBeUndefined();
  commit('f', { title: 'bread', at: bytes(-1, 0) });
  expect(told).toHaveLength(1);
  commit('e', { title: 'bread', at: bytes(1, 0.2) });
  expect(told.at(-1)).toMatchObject({ total: 4 });
});

test('SE-44: what is no search, of no map, of the server’s own, or too much at a time is refused', () => {
  const { ask, questions, told } = asking(new MapWorld(), null);
  const code = (answer: SearchAnswered | undefined) => (answer?.type === 'search-refused' ? answer.code : 'none');
  expect(code(ask({ ...queryOf(PLAIN), search: undefined } as never))).toBe('bad-query');
  expect(code(ask(queryOf(PLAIN), { map: '.topgun/replicas' }))).toBe('bad-query');
  expect(code(ask(queryOf(PLAIN), { map: 'no map' }))).toBe('bad-query');
  expect(code(ask(queryOf(PLAIN), { facets: ['a', 'a'] }))).toBe('bad-query');
  expect(code(ask({ ...queryOf(PLAIN), search: { ...queryOf(PLAIN).search!, fuzzy: 9 } }))).toBe('bad-query');
  told.length = 0;
  for (let id = 0; id <= MAX_OPEN_SEARCHES; id++) {
    questions.ask('s', { type: 'ask-search', id, map: MAP, query: queryOf(PLAIN) });
  }
  expect(told).toMatchObject([{ type: 'search-refused', id: MAX_OPEN_SEARCHES, code: 'overloaded' }]);
});

test('SE-44: nobody is told who has ended the question, and what nobody asks for is not kept', () => {
  const world = new MapWorld();
  const { ask, questions, timers, told, views } = asking(world, null);
  views.apply(world.commit([{ kind: 'create', map: MAP, key: 'a', fields: { title: 'milk' } }]));
  questions.ask('s', { type: 'ask-search', id: 1, map: MAP, query: queryOf(PLAIN) });
  questions.endAll('s');
  for (let i = 0; i < 4; i++) timers.runAll();
  expect(told).toEqual([]);
  expect(ask(queryOf(PLAIN))).toMatchObject({ total: 1 });
  expect(FACTS_LINGER_MS).toBeGreaterThan(0);
  for (let i = 0; i < 4; i++) timers.runAll();
  expect(views.searches.bytes).toBe(0);
});
