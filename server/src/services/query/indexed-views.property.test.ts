import { INDEX_LIMITS, type Predicate, type Query } from '@topgun/core/query';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createManualTimers } from '../../testing/manual-timers.js';
import { MapWorld, type MapWrite } from '../../testing/map-world.js';
import { naiveView } from '../../testing/naive-view.js';
import { MapViews } from './map-views.js';
import { trimIndexes } from './trim-indexes.js';
import { ViewRegistry } from './view-registry.js';

const ROWS = INDEX_LIMITS.minRecords + 50;
const LISTS = 60;

const list = fc.nat(LISTS - 1).map((at) => `l${at}`);
const n = fc.nat(200);
const write: fc.Arbitrary<MapWrite> = fc.record({
  kind: fc.constantFrom('create', 'patch', 'remove', 'restart'),
  map: fc.constant('todos'),
  key: fc.nat(ROWS + 20).map((at) => `t${at}`),
  fields: fc.record({ list, n }, { requiredKeys: [] }),
});

const where: fc.Arbitrary<Predicate> = fc.oneof(
  list.map((value): Predicate => ({ type: 'eq', path: ['list'], value })),
  fc.array(list, { maxLength: 3 }).map((values): Predicate => ({ type: 'in', path: ['list'], values })),
  n.map((value): Predicate => ({ type: 'gte', path: ['n'], value: 190 + (value % 10) })),
  fc.tuple(list, n).map(([value, over]): Predicate => ({
    type: 'or',
    of: [
      { type: 'eq', path: ['list'], value },
      { type: 'gt', path: ['n'], value: Math.max(over, 195) },
    ],
  })),
);

const steps = fc.array(fc.tuple(fc.array(write, { maxLength: 4 }), where), { minLength: 8, maxLength: 15 });

function findFault(isDeaf: boolean, numRuns: number): unknown {
  const property = fc.property(steps, (script) => {
    const world = new MapWorld();
    const rows = Array.from({ length: ROWS }, (_, at): MapWrite => {
      return { kind: 'create', map: 'todos', key: `t${at}`, fields: { list: `l${at % LISTS}`, n: at % 200 } };
    });
    world.commit(rows);
    const views = new ViewRegistry(world, 10_000, undefined, createManualTimers());
    // One that stands keeps the indexes.
    views.open('s', 0, 'todos', { where: { type: 'and', of: [] }, sort: [], limit: 1 });
    for (const [writes, condition] of script) {
      const changes = world.commit(writes);
      views.apply(isDeaf ? [] : changes);
      const query: Query = { where: condition, sort: [], limit: null };
      const opened = views.open('s', 1, 'todos', query);
      if (!opened.ok) throw new Error(opened.error.message);
      const keys = opened.value.rows().map(({ key }) => key);
      expect(keys.sort()).toEqual(
        naiveView(query, 'todos', world.maps)
          .map(({ key }) => key)
          .sort(),
      );
      views.close('s', 1);
    }
  });
  return fc.check(property, { numRuns, endOnFailure: true }).counterexample;
}

test('PI-8: a view that begins with what an index finds has the rows of the evaluation from scratch, after any commits', () => {
  expect(findFault(false, 25)).toBeNull();
});

test('PI-8: indexes that hear nothing of commits are found out', () => {
  expect(findFault(true, 25)).not.toBeNull();
});

test('PI-8: indexes of all maps together take so much and no more: then all go, and what is missed is made again', () => {
  const world = new MapWorld();
  world.commit(
    Array.from({ length: ROWS }, (_, at) => ({ kind: 'create', map: 'm', key: `${at}`, fields: { list: `l${at}` } })),
  );
  const views = new MapViews('m', world);
  const look = (): number => [...views.related(['list'], ['l7'])].length;
  expect([look(), look(), look()]).toEqual([ROWS, 1, 1]);
  const { indexBytes } = views;
  expect(indexBytes).toBeGreaterThan(ROWS * 10);
  trimIndexes([views, { indexBytes: 5, dropIndexes: () => {} }], indexBytes + 5);
  expect(views.indexBytes).toBe(indexBytes);
  trimIndexes([views, { indexBytes: 6, dropIndexes: () => {} }], indexBytes + 5);
  expect(views.indexBytes).toBe(0);
  expect([look(), look()]).toEqual([ROWS, 1]);
});
