import { encodeRecord } from '@topgun/core/crdt';
import type { Predicate, Query } from '@topgun/core/query';
import { describe, expect, test } from 'vitest';

import { createManualTimers } from '../../testing/manual-timers.js';
import { MapWorld } from '../../testing/map-world.js';
import { RowMirror } from '../../testing/row-mirror.js';
import { ViewRegistry } from './view-registry.js';

const MAP = 'docs';
const LONG = Array.from({ length: 2_500 }, (_, i) => `文${i}`).join(' ');

const match = (text: string): Predicate => ({ type: 'match', path: ['note'], text });
const both = (...of: Predicate[]): Predicate => ({ type: 'and', of });
const is = (done: boolean): Predicate => ({ type: 'eq', path: ['done'], value: done });

/** A live search for oats under a condition, and what its subscriber holds. */
function searched(where: Predicate) {
  const world = new MapWorld();
  const timers = createManualTimers();
  const views = new ViewRegistry(world, 1_000, undefined, timers);
  const search = { text: 'oats', fields: ['title'], boosts: [['title', 1]] as const, prefix: false, fuzzy: 0 };
  const query: Query = { where, sort: [], limit: 5, search: { ...search, combineWith: 'AND' } };
  const mirror = new RowMirror();
  const take = (diffs: ReturnType<typeof views.apply>['diffs']): void => {
    for (const { changes } of diffs) mirror.take(changes);
  };
  views.onSettled = take;
  const turns = (): void => {
    for (let turn = 0; turn < 40; turn++) timers.runAll();
  };
  views.whenReady(MAP, query, {
    isWanted: () => true,
    ready() {
      const opened = views.open('s', 1, MAP, query);
      if (!opened.ok) throw new Error(opened.error.message);
      mirror.take(opened.value.rows().map(({ key, record }) => ['enter', key, encodeRecord(record)]));
    },
  });
  turns();
  return {
    turns,
    held: () => [...mirror.rows.keys()].toSorted(),
    write(key: string, fields: Record<string, string | boolean>) {
      take(views.apply(world.commit([{ kind: 'create', map: MAP, key, fields }])).diffs);
    },
  };
}

describe('SE-13, SE-47: a search under conditions about words', () => {
  test('finds at once what has few, and leaves out at once what does not have them', () => {
    const { held, write } = searched(match('milk'));
    write('a', { title: 'oats', note: 'milk' });
    write('b', { title: 'oats', note: 'bread' });
    expect(held()).toEqual(['a']);
  });

  test('takes a long text to have them within the commit, and finds out in turns', () => {
    const { held, turns, write } = searched(match('milk'));
    write('b', { title: 'oats', note: LONG });
    expect(held()).toEqual(['b']);
    write('a', { title: 'oats', note: `${LONG} milk` });
    expect(held()).toEqual(['a', 'b']);
    turns();
    expect(held()).toEqual(['a']);
    write('a', { title: 'oats', note: LONG });
    expect(held()).toEqual(['a']);
    turns();
    expect(held()).toEqual([]);
  });

  test('never takes a long text for what else it has to be', () => {
    const { held, turns, write } = searched(both(match('milk'), is(true)));
    write('a', { title: 'oats', note: `${LONG} milk`, done: false });
    write('b', { title: 'bread', note: `${LONG} milk`, done: true });
    expect(held()).toEqual([]);
    turns();
    expect(held()).toEqual([]);
    write('a', { title: 'oats', note: `${LONG} milk`, done: true });
    turns();
    expect(held()).toEqual(['a']);
  });

  test('of a long text that must not have them it finds out in turns, too', () => {
    const { held, turns, write } = searched({ type: 'not', of: match('milk') });
    write('a', { title: 'oats', note: `${LONG} milk` });
    write('b', { title: 'oats', note: LONG });
    turns();
    expect(held()).toEqual(['b']);
  });

  test('a long text that no condition is about is nobody’s', () => {
    const { held, write } = searched(is(true));
    write('a', { title: 'oats', note: LONG, done: false });
    write('b', { title: 'oats', note: LONG, done: true });
    expect(held()).toEqual(['b']);
  });
});
