import { encodeRecord, isVisible, materialize } from '@topgun/core/crdt';
import { encodeBase64url, type PlainObject } from '@topgun/core/primitives';
import { windowSize, type Query } from '@topgun/core/query';
import type { Visibility } from '@topgun/core/rules';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MapWorld, type MapWrite } from '../../testing/map-world.js';
import { RowMirror } from '../../testing/row-mirror.js';
import { ViewRegistry } from './view-registry.js';

const MAP = 'docs';
/** As many take part in a search. */
const NEAREST = 100;

type Direction = readonly [number, number];
const direction = fc.integer({ min: 0, max: 180 }).map((degrees): Direction => at(degrees));
const at = (degrees: number): Direction => [Math.cos((degrees / 180) * Math.PI), Math.sin((degrees / 180) * Math.PI)];

const write: fc.Arbitrary<MapWrite> = fc.record({
  kind: fc.constantFrom('create', 'create', 'patch', 'remove', 'restart'),
  map: fc.constant(MAP),
  key: fc.constantFrom('a', 'b', 'c', 'k5', 'k40', 'k70'),
  fields: fc.record(
    { title: fc.constantFrom('milk', 'bread'), at: direction, done: fc.boolean(), secret: fc.boolean() },
    { requiredKeys: [] },
  ),
});

/** One near another: more than take part, and fewer. */
const crowd = (count: number): MapWrite[] =>
  Array.from({ length: count }, (_, i) => ({
    kind: 'create',
    map: MAP,
    key: `k${i}`,
    fields: { title: i % 60 === 0 ? 'milk' : 'bread', at: at(i), done: true },
  }));

/** Neither what is secret is seen, nor that field. */
const without = (field: string): Visibility => ({
  key: `no-${field}`,
  where: null,
  see(_key, record) {
    if ((materialize(record) as PlainObject | undefined)?.['secret'] === true) return undefined;
    return { ...record, fields: new Map([...record.fields].filter(([name]) => name !== field)) };
  },
});

function queryOf(text: string, wanted: Direction, minSimilarity: number | null, limit: number): Query {
  const vector = encodeBase64url(new Uint8Array(Float32Array.from(wanted).buffer));
  const near = { field: 'at', vector, minSimilarity };
  const boosts = [['title', 1]] as const;
  const search = { text, fields: ['title'], boosts, prefix: true, fuzzy: 0, combineWith: 'AND', near } as const;
  return { where: { type: 'eq', path: ['done'], value: true }, sort: [], limit, search };
}

/** What of all that may be seen has the word or is one of the nearest, by a look at each record. */
function naiveFound(
  world: MapWorld,
  seen: Visibility | null,
  text: string,
  wanted: Direction,
  minSimilarity: number | null,
): ReadonlySet<string> {
  const found = new Set<string>();
  const near: { key: string; similarity: number }[] = [];
  for (const [key, record] of world.records(MAP)) {
    const left = isVisible(record) ? (seen === null ? record : seen.see(key, record)) : undefined;
    const value = left && (materialize(left) as PlainObject | undefined);
    if (value?.['done'] !== true) continue;
    if (text !== '' && value['title'] === text) found.add(key);
    const own = value['at'] as Direction | undefined;
    if (own === undefined) continue;
    const similarity = Math.round((own[0] * wanted[0] + own[1] * wanted[1]) * 1e6) / 1e6;
    if (minSimilarity === null || similarity >= minSimilarity) near.push({ key, similarity });
  }
  near.sort((a, b) => b.similarity - a.similarity || (a.key < b.key ? -1 : 1));
  for (const { key } of near.slice(0, NEAREST)) found.add(key);
  return found;
}

test('SE-42, PI-9: after every commit a subscriber to a vector holds what a look at each record it may see finds, and in a full window nothing else', () => {
  let [full, whole] = [0, 0];
  fc.assert(
    fc.property(
      fc.constantFrom(20, 130),
      fc.array(fc.array(write, { minLength: 1, maxLength: 3 }), { maxLength: 12 }),
      fc.constantFrom('', 'milk'),
      fc.integer({ min: 0, max: 90 }),
      fc.constantFrom(null, 0.5),
      fc.constantFrom(4, 100),
      fc.constantFrom(null, without('title'), without('at')),
      (count, after, text, degrees, minSimilarity, limit, seen) => {
        const world = new MapWorld();
        const views = new ViewRegistry(world, 1_000, undefined, null);
        views.apply(world.commit(crowd(count)));
        const query = queryOf(text, at(degrees), minSimilarity, limit);
        const opened = views.open('s', 1, MAP, query, () => seen);
        if (!opened.ok) throw new Error(opened.error.message);
        const mirror = new RowMirror();
        mirror.take(opened.value.rows().map(({ key, record }) => ['enter', key, encodeRecord(record)]));
        const check = (): void => {
          const found = naiveFound(world, seen, text, at(degrees), minSimilarity);
          const held = [...mirror.rows.keys()];
          expect(held.filter((key) => !found.has(key))).toEqual([]);
          expect(held).toHaveLength(Math.min(found.size, windowSize(query)));
          if (found.size > windowSize(query)) full++;
          else whole++;
        };
        check();
        for (const writes of after) {
          for (const { changes } of views.apply(world.commit(writes)).diffs) mirror.take(changes);
          check();
        }
        views.closeSession('s');
      },
    ),
    { numRuns: 100 },
  );
  expect(Math.min(full, whole)).toBeGreaterThan(50);
});

test('SE-1, SE-12: a vector that contradicts the server’s own definition is refused by a sentence', () => {
  const definition = { fields: ['title'], vectors: { field: 'at', dimensions: 3 } };
  const open = (definitions: object, query: Query) => {
    const opened = new ViewRegistry(new MapWorld(), 1_000, undefined, null, { [MAP]: definitions as never }).open(
      's',
      1,
      MAP,
      query,
    );
    return opened.ok ? null : opened.error;
  };
  const query = queryOf('milk', [1, 0], null, 5);
  expect(open(definition, query)).toMatchObject({ code: 'bad-query', message: expect.stringContaining('3') as string });
  expect(open({ fields: ['title'] }, query)).toMatchObject({ code: 'bad-query' });
  expect(open({ ...definition, vectors: { field: 'at', dimensions: 2 } }, query)).toBeNull();
});
