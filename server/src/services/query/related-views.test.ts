import type { Value } from '@topgun/core/primitives';
import type { Query, Within } from '@topgun/core/query';
import { expect, test, vi } from 'vitest';
import { createManualTimers } from '../../testing/manual-timers.js';
import { MapWorld, type MapWrite } from '../../testing/map-world.js';
import { VIEW_LINGER_MS } from './lingering-views.js';
import { MAX_RELATED_ROWS, tooManyRows } from './too-many-rows.js';
import { ViewRegistry } from './view-registry.js';

const ALL: Query = { where: { type: 'and', of: [] }, sort: [], limit: null };
const OPEN: Query = { ...ALL, where: { type: 'eq', path: ['open'], value: true } };
const ON: Within['on'] = [['_key'], ['list']];
const TODOS: Query = { ...ALL, within: { map: 'lists', query: OPEN, on: ON } };
const NOTES: Query = { ...ALL, within: { map: 'todos', query: TODOS, on: [['_key'], ['todo']] } };

const create = (map: string, key: string, fields: Record<string, Value>): MapWrite => ({
  kind: 'create',
  map,
  key,
  fields,
});
const patch = (map: string, key: string, fields: Record<string, Value>): MapWrite => ({
  kind: 'patch',
  map,
  key,
  fields,
});

/** So many lists, each with so many todos. */
function setUp(lists: number, todosEach: number, wholeMapRows = 1_000, viewRows = 1_000, lingers = false) {
  const world = new MapWorld();
  for (let list = 0; list < lists; list += 1) {
    world.commit([create('lists', `l${list}`, { open: true })]);
    for (let at = 0; at < todosEach; at += 1) world.commit([create('todos', `t${list}.${at}`, { list: `l${list}` })]);
  }
  const timers = createManualTimers();
  const views = new ViewRegistry(world, wholeMapRows, viewRows, lingers ? timers : null);
  const open = (sub: number, map: string, query: Query): string[] => {
    const opened = views.open('s', sub, map, query);
    if (!opened.ok) throw new Error(opened.error.message);
    return opened.value
      .rows()
      .map(({ key }) => key)
      .sort();
  };
  /** What subscriptions are told of a commit, by type and key. */
  const commit = (...writes: MapWrite[]) => {
    const { diffs, outgrown } = views.apply(world.commit(writes));
    const told = diffs.flatMap(({ subscribers, changes }) =>
      subscribers.map(([, sub]) => [sub, ...changes.map(([type, key]) => `${type} ${key}`).sort()]),
    );
    return { told, outgrown };
  };
  return { world, timers, views, open, commit };
}

test('QU-45: a row comes and goes with those it is related to, by itself, and by what it is related to', () => {
  const { open, commit } = setUp(2, 2);
  expect(open(1, 'todos', TODOS)).toEqual(['t0.0', 't0.1', 't1.0', 't1.1']);
  expect(commit(patch('lists', 'l1', { open: false })).told).toEqual([[1, 'out t1.0', 'out t1.1']]);
  expect(commit(patch('todos', 't0.0', { list: 'l1' })).told).toEqual([[1, 'out t0.0']]);
  expect(commit(patch('lists', 'l1', { open: true })).told).toEqual([[1, 'enter t0.0', 'enter t1.0', 'enter t1.1']]);
  expect(commit(patch('todos', 't0.0', { list: 'l0' })).told).toEqual([[1, 'update t0.0']]);
  expect(commit({ kind: 'remove', map: 'todos', key: 't0.0', fields: {} }).told).toEqual([[1, 'gone t0.0']]);
});

test('QU-45: what one commit does to several maps is told of each view once, those in between included', () => {
  const { open, commit } = setUp(1, 0);
  open(1, 'notes', NOTES);
  open(2, 'todos', TODOS);
  open(3, 'lists', OPEN);
  const { told } = commit(
    create('notes', 'n', { todo: 't' }),
    create('todos', 't', { list: 'l' }),
    create('lists', 'l', { open: true }),
  );
  expect(told).toEqual([
    [3, 'enter l'],
    [2, 'enter t'],
    [1, 'enter n'],
  ]);
});

test('QU-45: a write to rows of other values costs a view of related rows nothing, nor one to a row of its parent that keeps its value', () => {
  const { views, open, commit } = setUp(3, 1);
  const first: Query = { ...ALL, where: { type: 'eq', path: ['_key'], value: 'l1' } };
  open(1, 'todos', { ...TODOS, within: { map: 'lists', query: first, on: ON } });
  const apply = vi.spyOn(views.find('s', 1)!, 'apply');
  expect(commit(patch('todos', 't0.0', { text: 'x' }), patch('lists', 'l1', { text: 'x' })).told).toEqual([]);
  expect(apply).not.toHaveBeenCalled();
  expect(commit(patch('todos', 't1.0', { text: 'x' })).told).toEqual([[1, 'update t1.0']]);
});

test('QU-47: the view of the parents is held for those of related rows, shared with who asks for it, and goes with the last of them', () => {
  const { views, open } = setUp(2, 2);
  open(1, 'notes', NOTES);
  expect(views.size).toBe(3);
  open(2, 'lists', OPEN);
  open(3, 'todos', TODOS);
  expect(views.size).toBe(3);
  views.close('s', 1);
  expect(views.size).toBe(2);
  views.close('s', 2);
  expect(views.size).toBe(2);
  views.close('s', 3);
  expect(views.size).toBe(0);
});

test('SY-2, QU-47: a view of related rows that lingers keeps the one it stands on, and is current when somebody comes back', () => {
  const { timers, views, open, commit } = setUp(6, 2, 1_000, 1_000, true);
  open(1, 'todos', TODOS);
  open(2, 'lists', OPEN);
  views.closeSession('s');
  expect(views.size).toBe(2);
  commit(patch('lists', 'l0', { open: false }), create('todos', 'new', { list: 'l1' }));
  expect(open(1, 'todos', TODOS)).toEqual([
    'new',
    't1.0',
    't1.1',
    't2.0',
    't2.1',
    't3.0',
    't3.1',
    't4.0',
    't4.1',
    't5.0',
    't5.1',
  ]);
  expect(views.size).toBe(2);
  views.closeSession('s');
  for (let i = 0; i < 9; i += 1) timers.runAll();
  expect(views.size).toBe(0);
  expect(VIEW_LINGER_MS).toBeGreaterThan(0);
});

test('QU-47: where the rows it is related to are too many, it is refused, and nothing is left of the attempt', () => {
  const { views } = setUp(4, 0, 3);
  const refused = views.open('s', 1, 'notes', NOTES);
  expect(refused).toMatchObject({
    ok: false,
    error: { code: 'too-many-rows', message: expect.stringContaining('4 rows') },
  });
  expect(views.size).toBe(0);
  const few = setUp(1, 4, 3);
  expect(few.views.open('s', 1, 'todos', TODOS)).toMatchObject({ ok: false, error: { code: 'too-many-rows' } });
  expect(few.views.size).toBe(0);
});

test('QU-47: when the rows it is related to become too many it ends with them, and so does what stands on it', () => {
  const { views, open, commit } = setUp(3, 0, 3);
  open(1, 'notes', NOTES);
  open(2, 'todos', TODOS);
  const { outgrown, told } = commit(create('lists', 'one more', { open: true }));
  expect(outgrown).toMatchObject([
    { sub: 1, error: { code: 'too-many-rows' } },
    { sub: 2, error: { code: 'too-many-rows', message: expect.stringContaining('4 rows') } },
  ]);
  expect(told).toEqual([]);
  expect(views.size).toBe(0);
  expect(commit(create('todos', 't', { list: 'l0' })).told).toEqual([]);
});

test('QU-47, PI-8: what ends in a commit that concerns it too takes nothing more, and leaves room for others', () => {
  const { views, open, commit } = setUp(3, 0, 3, 4);
  open(1, 'todos', TODOS);
  const { outgrown } = commit(create('lists', 'one more', { open: true }), create('todos', 't', { list: 'l0' }));
  expect(outgrown).toHaveLength(1);
  expect(views.size).toBe(0);
  expect(open(2, 'lists', { ...ALL, limit: 10 })).toHaveLength(4);
});

test('QU-47: when related rows become too many, those they are related to stay', () => {
  const { views, open, commit } = setUp(1, 3, 3);
  open(1, 'todos', TODOS);
  open(2, 'lists', OPEN);
  const { outgrown } = commit(create('todos', 'one more', { list: 'l0' }));
  expect(outgrown).toMatchObject([{ sub: 1, error: { message: expect.stringContaining('4 rows') } }]);
  expect(views.size).toBe(1);
  expect(commit(create('lists', 'l', { open: true })).told).toEqual([[2, 'enter l']]);
});

test('QU-47: with a limit per value, related rows together have one too', () => {
  const query = { ...TODOS, limit: 10 };
  expect(tooManyRows({ query, size: MAX_RELATED_ROWS, matching: 9_999_999 }, 3)).toBeNull();
  expect(tooManyRows({ query, size: MAX_RELATED_ROWS + 1, matching: 9_999_999 }, 3)).toMatchObject({
    code: 'too-many-rows',
  });
  expect(tooManyRows({ query: { ...OPEN, limit: 10 }, size: MAX_RELATED_ROWS + 1, matching: 0 }, 3)).toBeNull();
});

test('PI-8: parents and related rows count among what all views hold, as long as they are held', () => {
  const { views, open } = setUp(2, 2, 1_000, 6);
  open(1, 'todos', TODOS);
  expect(views.open('t', 1, 'lists', ALL)).toMatchObject({ ok: false, error: { code: 'overloaded' } });
  views.close('s', 1);
  expect(views.open('t', 1, 'lists', ALL).ok).toBe(true);
  expect(views.open('t', 2, 'todos', TODOS)).toMatchObject({ ok: false, error: { code: 'overloaded' } });
  expect(views.size).toBe(1);
});

test('PI-8: a view of groups counts with the records it holds, however few groups they are', () => {
  const { views, open } = setUp(1, 6, 5, 10);
  const grouped: Query = { ...ALL, groupBy: { by: [['list']], aggregates: [] } };
  // More records than a query without a limit may show, but one group.
  expect(open(1, 'todos', grouped)).toEqual(['[["l0"]]']);
  expect(views.open('t', 1, 'todos', { ...grouped, limit: 3 })).toMatchObject({
    ok: false,
    error: { code: 'overloaded' },
  });
  const keys: Query = { ...ALL, groupBy: { by: [['_key']], aggregates: [] } };
  views.close('s', 1);
  expect(views.open('t', 1, 'todos', keys)).toMatchObject({ ok: false, error: { code: 'too-many-rows' } });
});

test('QU-46: a view of related rows is full while one value has as many rows as its window takes', () => {
  const { views, open, commit } = setUp(2, 1);
  const query = { ...TODOS, limit: 1 };
  open(1, 'todos', query);
  const isFull = (): boolean => views.find('s', 1)!.full;
  expect(isFull()).toBe(false);
  commit(create('todos', 'second', { list: 'l0' }));
  expect(isFull()).toBe(true);
  commit(create('todos', 'third', { list: 'l0' }), create('todos', 'other', { list: 'l1' }));
  expect(isFull()).toBe(true);
  commit(patch('lists', 'l0', { open: false }));
  expect(isFull()).toBe(true);
  commit(patch('lists', 'l1', { open: false }));
  expect(isFull()).toBe(false);
});
