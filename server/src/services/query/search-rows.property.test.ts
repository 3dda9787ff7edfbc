import { isVisible, materialize, type LwwRecord } from '@topgun/core/crdt';
import type { PlainObject } from '@topgun/core/primitives';
import { windowSize, type Query } from '@topgun/core/query';
import type { Visibility } from '@topgun/core/rules';
import { encodeRecord } from '@topgun/core/crdt';
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
import { RowMirror } from '../../testing/row-mirror.js';
import type { Timers } from '../../ports/environment.js';
import type { ViewRefusal } from '../../ports/partition-host.js';
import { ViewRegistry } from './view-registry.js';

const MAP = 'docs';

/** Why a view of the query cannot be opened, as far as that is known now. */
function refusalOf(views: ViewRegistry, query: Query, ready = (): void => {}): ViewRefusal | null {
  let refused: ViewRefusal | null = null;
  views.whenReady(MAP, query, {
    isWanted: () => true,
    ready: (refusal) => (refusal === null ? ready() : (refused = refusal)),
  });
  return refused;
}

const write: fc.Arbitrary<MapWrite> = fc.record({
  kind: fc.constantFrom('create', 'create', 'patch', 'remove', 'restart'),
  map: fc.constantFrom(MAP, MAP, MAP, 'other'),
  key: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g'),
  fields: fc.record(
    { title: textArbitrary, body: textArbitrary, done: fc.boolean(), secret: fc.boolean() },
    { requiredKeys: [] },
  ),
});
const commits = fc.array(fc.array(write, { minLength: 1, maxLength: 4 }), { maxLength: 20 });

function queryOf(
  { terms, fields, boost, prefix, fuzzy, combineWith }: NaiveSearch,
  limit: number,
  done: boolean,
): Query {
  const boosts = fields.map((field) => [field, boost[field] ?? 1] as const);
  return {
    where: done ? { type: 'eq', path: ['done'], value: true } : { type: 'and', of: [] },
    sort: [],
    limit,
    search: { text: terms.join(' '), fields: ['title', 'body'], boosts, prefix, fuzzy, combineWith },
  };
}

/** Neither what is secret is seen, nor any body. */
const SEEN: Visibility = {
  key: 'some',
  where: null,
  see(_key, record) {
    if ((materialize(record) as PlainObject | undefined)?.['secret'] === true) return undefined;
    return { ...record, fields: new Map([...record.fields].filter(([name]) => name !== 'body')) };
  },
};

function valuesSeen(world: MapWorld, seen: Visibility | null): Map<string, PlainObject> {
  const values = new Map<string, PlainObject>();
  for (const [key, record] of world.records(MAP)) {
    if (!isVisible(record)) continue;
    const left: LwwRecord | undefined = seen === null ? record : seen.see(key, record);
    const value = left && (materialize(left) as PlainObject | undefined);
    if (value !== undefined) values.set(key, value);
  }
  return values;
}

/** Turns of the event loop; whatever waits longer never comes. */
function turnsOf(): { timers: Timers; takeTurns: () => void } {
  const due: (() => void)[] = [];
  return {
    timers: {
      after(delayMs, run) {
        if (delayMs === 0) due.push(run);
        return () => {};
      },
    },
    takeTurns() {
      for (let run = due.shift(); run !== undefined; run = due.shift()) run();
    },
  };
}

test('SE-42, PI-9: after every commit a subscriber holds what a look at each record it may see finds, and in a full window nothing else', () => {
  fc.assert(
    fc.property(
      commits,
      commits,
      searchArbitrary,
      fc.constantFrom(2, 100),
      fc.boolean(),
      fc.constantFrom(null, SEEN),
      fc.array(fc.boolean(), { minLength: 1 }),
      (before, after, search, limit, done, seen, turns) => {
        const world = new MapWorld();
        // Between some commits the index gets its turns, and between others none.
        const { timers, takeTurns } = turnsOf();
        const views = new ViewRegistry(world, 1_000, undefined, timers);
        for (const writes of before) views.apply(world.commit(writes));
        const query = queryOf(search, limit, done);
        expect(refusalOf(views, query)).toBeNull();
        takeTurns();
        const opened = views.open('s', 1, MAP, query, () => seen);
        if (!opened.ok) throw new Error(opened.error.message);
        const mirror = new RowMirror();
        mirror.take(opened.value.rows().map(({ key, record }) => ['enter', key, encodeRecord(record)]));
        const check = (): void => {
          const values = valuesSeen(world, seen);
          // Rareness is of all records; which are found is not a matter of it.
          const found = new Set(naiveSearch(values, search).map(({ key }) => key));
          for (const [key, value] of values) if (done && value['done'] !== true) found.delete(key);
          const held = [...mirror.rows.keys()];
          expect(held.filter((key) => !found.has(key))).toEqual([]);
          expect(held).toHaveLength(Math.min(found.size, windowSize(query)));
          for (const record of mirror.rows.values()) {
            if (seen !== null) expect(record.fields.has('body')).toBe(false);
          }
        };
        check();
        for (const [i, writes] of after.entries()) {
          for (const { changes } of views.apply(world.commit(writes)).diffs) mirror.take(changes);
          check();
          if (turns[i % turns.length] === true) takeTurns();
        }
        views.closeSession('s');
      },
    ),
    { numRuns: 150 },
  );
});

test('SE-47: a long search shows at once what a commit has made found, and no more what is found no longer; after its turns it is that of all records', () => {
  let settled = 0;
  fc.assert(
    fc.property(
      commits,
      commits,
      searchArbitrary,
      fc.constantFrom(2, 2, 100),
      fc.constantFrom(null, SEEN),
      fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1 }),
      (before, after, search, limit, seen, turns) => {
        const world = new MapWorld();
        const timers = createManualTimers();
        // Every search is a long one.
        const pieces = { recordsAtOnce: 3, recordsPerStep: 1, stepsAtOnce: -1, stepsPerCommit: 0, stepsPerTurn: 1 };
        const views = new ViewRegistry(world, 1_000, undefined, timers, {}, undefined, null, pieces);
        for (const writes of before) views.apply(world.commit(writes));
        const query = queryOf(search, limit, false);
        const mirror = new RowMirror();
        views.onSettled = (diffs) => {
          for (const { changes } of diffs) mirror.take(changes);
          settled += 1;
        };
        let isOpen = false;
        const ready = (): void => {
          const opened = views.open('s', 1, MAP, query, () => seen);
          if (!opened.ok) throw new Error(opened.error.message);
          mirror.take(opened.value.rows().map(({ key, record }) => ['enter', key, encodeRecord(record)]));
          isOpen = true;
        };
        views.whenReady(MAP, query, { isWanted: () => true, ready }, () => seen);
        const found = (): Set<string> => new Set(naiveSearch(valuesSeen(world, seen), search).map(({ key }) => key));
        for (const [i, writes] of after.entries()) {
          const changes = world.commit(writes);
          for (const { changes: told } of views.apply(changes).diffs) mirror.take(told);
          if (isOpen) {
            const held = [...mirror.rows.keys()];
            expect(held.filter((key) => !found().has(key))).toEqual([]);
            const room = held.length < windowSize(query);
            const lacking = changes.filter(({ key }) => found().has(key) && !mirror.rows.has(key));
            if (room) expect(lacking).toEqual([]);
          }
          for (let turn = turns[i % turns.length] as number; turn > 0; turn--) timers.runAll();
        }
        // Whatever waits has its turn; views that nobody has any more are not among it.
        for (let turn = 0; turn < 120; turn++) timers.runAll();
        expect([...mirror.rows.keys()].filter((key) => !found().has(key))).toEqual([]);
        expect(mirror.rows.size).toBe(Math.min(found().size, windowSize(query)));
      },
    ),
    { numRuns: 100 },
  );
  expect(settled).toBeGreaterThan(5);
});

test('SE-43: an index is made turn by turn, for all who ask, and answers nobody before it is whole', () => {
  const world = new MapWorld();
  const timers = createManualTimers();
  const views = new ViewRegistry(world, 100_000, undefined, timers);
  const long = 'milk '.repeat(1_000);
  views.apply(world.commit(Array.from({ length: 20 }, (_, i) => create(`k${i}`, long))));
  const query = queryOf({ ...PLAIN, terms: ['milk'] }, 100, false);
  let ready = 0;
  expect(refusalOf(views, query, () => void (ready += 1))).toBeNull();
  expect(refusalOf(views, { ...query, limit: 5 }, () => void (ready += 1))).toBeNull();
  let turns = 0;
  for (; ready === 0; turns++) {
    timers.runAll();
    // Commits go on meanwhile, and are in it.
    if (turns === 1) views.apply(world.commit([create('late', 'milk'), create('k0', 'bread')]));
  }
  // 5,000 characters each, about 16,000 a turn.
  expect(turns).toBeGreaterThan(4);
  expect(ready).toBe(2);
  const opened = views.open('s', 1, MAP, query);
  const keys = opened.ok ? opened.value.rows().map(({ key }) => key) : [];
  expect(keys).toHaveLength(20);
  expect(keys).toContain('late');
  expect(keys).not.toContain('k0');
});

test('SE-43: what a commit writes is indexed in a turn of its own, or when it is asked for, once however often it was written', () => {
  const world = new MapWorld();
  const { timers, takeTurns } = turnsOf();
  let split = 0;
  const tokenizer = {
    name: 'counting',
    split: (text: string) => {
      split++;
      return [{ start: 0, end: text.length }];
    },
  };
  const views = new ViewRegistry(world, 1_000, undefined, timers, { [MAP]: { fields: ['title'], tokenizer } });
  views.apply(world.commit([create('a', 'milk')]));
  const query = queryOf({ ...PLAIN, terms: ['milk'] }, 5, false);
  refusalOf(views, query);
  takeTurns();
  const indexed = split;
  for (let i = 0; i < 5; i++) views.apply(world.commit([create('b', `bread ${i}`)]));
  expect(split).toBe(indexed);
  takeTurns();
  expect(split).toBe(indexed + 1);
  views.apply(world.commit([create('c', 'milk')]));
  const opened = views.open('s', 1, MAP, query);
  expect(opened.ok && opened.value.rows().map(({ key }) => key)).toEqual(['a', 'c']);
});

test('SE-13, SE-47: of a long text few words are read within a commit, however many searches there are; whether they find it shows in turns', () => {
  const world = new MapWorld();
  const timers = createManualTimers();
  let read = 0;
  const tokenizer = {
    name: 'counting',
    *split(text: string) {
      for (const { index, 0: word } of text.matchAll(/\S+/g)) {
        read++;
        yield { start: index, end: index + word.length };
      }
    },
  };
  const views = new ViewRegistry(world, 1_000, undefined, timers, { [MAP]: { fields: ['title'], tokenizer } });
  views.apply(world.commit([create('short', 'milk 文1'), create('other', 'oats 文1')]));
  const words = ['milk', 'oats', '文1', '文2'];
  const mirrors = words.map(() => new RowMirror());
  words.forEach((word, sub) => {
    const query = queryOf({ ...PLAIN, terms: [word], prefix: false }, 5, false);
    const open = (): void => {
      const opened = views.open(`s${sub}`, 1, MAP, query);
      if (!opened.ok) throw new Error(opened.error.message);
      mirrors[sub]?.take(opened.value.rows().map(({ key, record }) => ['enter', key, encodeRecord(record)]));
    };
    refusalOf(views, query, open);
    for (let turn = 0; turn < 5; turn++) timers.runAll();
  });
  const take = (diffs: ReturnType<typeof views.apply>['diffs']): void => {
    for (const { subscribers, changes } of diffs) {
      for (const [session] of subscribers) mirrors[Number(session.slice(1))]?.take(changes);
    }
  };
  views.onSettled = take;
  const shown = (): readonly string[][] => mirrors.map(({ rows }) => [...rows.keys()].toSorted());
  const write = (key: string, title: string): void => {
    read = 0;
    take(views.apply(world.commit([{ kind: 'patch', map: MAP, key, fields: { title } }])).diffs);
    // What is taken at once, and no word for any of the searches.
    expect(read).toBeLessThan(4_096 / 3 + 128);
    for (let turn = 0; turn < 40; turn++) timers.runAll();
    expect(read).toBeGreaterThan(title.length > 1_000 ? 2_000 : 0);
  };
  const long = Array.from({ length: 2_500 }, (_, i) => `文${i + 2}`).join(' ');
  expect(shown()).toEqual([['short'], ['other'], ['other', 'short'], []]);
  write('short', `${long} milk`);
  expect(shown()).toEqual([['short'], ['other'], ['other'], ['short']]);
  write('short', `${long} oats`);
  expect(shown()).toEqual([[], ['other', 'short'], ['other'], ['short']]);
  write('short', 'milk');
  expect(shown()).toEqual([['short'], ['other'], ['other'], []]);
});

test('SE-43: what nobody searches any more is not kept for ever, and of one map there are few indexes', () => {
  const world = new MapWorld();
  const timers = createManualTimers();
  const views = new ViewRegistry(world, 1_000, undefined, timers);
  views.apply(world.commit([create('a', 'milk')]));
  const of = (field: string): Query => {
    const query = queryOf({ ...PLAIN, terms: ['milk'], fields: [field] }, 5, false);
    return { ...query, search: { ...query.search!, fields: [field] } };
  };
  for (const field of ['a', 'b', 'c', 'd']) expect(refusalOf(views, of(field))).toBeNull();
  expect(refusalOf(views, of('e'))?.code).toBe('overloaded');
  timers.runAll();
  for (const [i, field] of ['a', 'b', 'c', 'd'].entries()) expect(views.open('s', i, MAP, of(field)).ok).toBe(true);
  views.closeSession('s');
  timers.runAll();
  expect(refusalOf(views, of('e'))).toBeNull();
});

test('SE-1, SE-12: the server’s own definition decides what is searched, and what contradicts it is refused by a sentence', () => {
  const world = new MapWorld();
  const views = new ViewRegistry(world, 1_000, undefined, null, { [MAP]: { fields: ['title'], stopWords: ['the'] } });
  views.apply(world.commit([create('a', 'the milk')]));
  const query = queryOf({ ...PLAIN, terms: ['the', 'milk'], fields: ['title'] }, 5, false);
  const opened = views.open('s', 1, MAP, query);
  expect(opened.ok && opened.value.rows().map(({ key }) => key)).toEqual(['a']);
  const refused = views.open('s', 2, MAP, queryOf({ ...PLAIN, terms: ['milk'], fields: ['body'] }, 5, false));
  expect(refused.ok ? null : refused.error).toMatchObject({ code: 'bad-query' });
  expect(refused.ok ? '' : refused.error.message).toContain('"body"');
});

const PLAIN: NaiveSearch = { terms: [], fields: ['title'], boost: {}, prefix: true, fuzzy: 0, combineWith: 'AND' };
const create = (key: string, title: string): MapWrite => ({ kind: 'create', map: MAP, key, fields: { title } });
