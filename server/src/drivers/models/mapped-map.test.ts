import type { Hash64 } from '@topgun/core/primitives';
import { defineSchema } from '@topgun/core/schema';
import * as v from 'valibot';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { loadXxhash } from '../../adapters/xxhash.js';
import { MappedWorld } from '../../testing/mapped-world.js';
import { settle } from '../../testing/test-host.js';

let hash: Hash64;
let world: MappedWorld;
beforeAll(async () => void (hash = await loadXxhash()));
beforeEach(() => void (world = new MappedWorld(hash, true)));

const submit = async (key: string, field: string, value: number): Promise<void> => {
  world.tick();
  world.submit('create', key, field, value, 0);
  await settle();
};

describe('what stands between a map and its table', () => {
  it('MO-6: what the table refuses stays on both sides, is told once, and is tried again after a restart', async () => {
    world.table.refuses = (cell) => cell === 9;
    await world.start();
    await submit('a', 'x', 1);
    await submit('b', 'x', 9);
    await world.settleAll();
    expect(world.rows()).toEqual({ a: { x: 1 } });
    expect(await world.map()).toEqual({ a: { x: 1 }, b: { x: 9 } });
    expect(world.faults.list).toMatchObject([{ key: 'b', of: 'table' }]);
    await world.crash();
    await world.settleAll();
    // It is no row that somebody has deleted.
    expect(await world.map()).toEqual({ a: { x: 1 }, b: { x: 9 } });
    world.table.refuses = () => false;
    await world.crash();
    await world.settleAll();
    expect(world.rows()).toEqual({ a: { x: 1 }, b: { x: 9 } });
    expect(world.faults.list).toEqual([]);
  });

  it('MO-6: a row that the schema refuses is left out and listed, and other fields of its record are written', async () => {
    world.schema = defineSchema({
      todos: v.object({ x: v.pipe(v.number(), v.maxValue(5)), y: v.optional(v.number()) }),
    });
    await world.start();
    await submit('a', 'x', 1);
    await world.settleAll();
    world.tick();
    world.table.set('a', 0, 7, world.clock.now);
    world.table.set('b', 0, 8, world.clock.now);
    await world.settleAll();
    expect(await world.map()).toEqual({ a: { x: 1 } });
    expect(world.faults.list.map(({ key, of }) => [key, of])).toEqual([
      ['a', 'map'],
      ['b', 'map'],
    ]);
    await submit('a', 'y', 3);
    await world.settleAll();
    expect(world.rows()).toEqual({ a: { x: 7, y: 3 }, b: { x: 8 } });
  });

  it('MO-7: what was in the map before it was a table, and what was in the table, is in both', async () => {
    world.isMapped = false;
    await world.start();
    await submit('a', 'x', 1);
    await submit('b', 'x', 2);
    await world.quiet();
    world.table.set('b', 1, 5, world.clock.now);
    world.table.set('c', 0, 3, world.clock.now);
    world.isMapped = true;
    await world.crash();
    await world.settleAll();
    expect(world.rows()).toEqual({ a: { x: 1 }, b: { x: 2, y: 5 }, c: { x: 3 } });
    expect(await world.map()).toEqual(world.rows());
  });

  it('MO-7: a server that knows nothing of the table takes nothing from the one that does again', async () => {
    await world.start();
    await submit('a', 'x', 1);
    await world.settleAll();
    world.isMapped = false;
    await world.crash();
    await world.quiet();
    await submit('b', 'x', 2);
    await world.quiet();
    world.isMapped = true;
    await world.crash();
    await world.settleAll();
    expect(world.rows()).toEqual({ a: { x: 1 }, b: { x: 2 } });
    expect(await world.map()).toEqual(world.rows());
  });

  it('MO-5: rows that are deleted go from the map, unless most of them are', async () => {
    await world.start();
    for (let i = 10; i < 32; i += 1) await submit(`k${i}`, 'x', 1);
    await world.settleAll();
    world.table.rows.delete('k10');
    await world.refresh(null, false);
    await world.quiet();
    expect(Object.keys(await world.map())).toHaveLength(21);
    world.table.rows.clear();
    expect(await world.refresh(null, false)).toMatchObject({ spared: 21 });
    await world.quiet();
    expect(Object.keys(await world.map())).toHaveLength(21);
    expect(await world.refresh(null, true)).toMatchObject({ taken: 21 });
    await world.quiet();
    expect(await world.map()).toEqual({});
  });

  it('MO-3: while the table is out of reach the cold store waits with it, and nothing is lost', async () => {
    await world.start();
    await world.settleAll();
    world.table.isGone = true;
    await submit('a', 'x', 1);
    await world.quiet();
    expect(await world.map()).toEqual({});
    await world.crash();
    await world.quiet();
    world.table.isGone = false;
    await world.settleAll();
    expect(world.rows()).toEqual({ a: { x: 1 } });
    expect(await world.map()).toEqual({ a: { x: 1 } });
  });

  it('MO-5: a poll takes the rows that have changed since the last, and looks at no others', async () => {
    world.pollMs = 1_000;
    await world.start();
    for (let i = 0; i < 20; i += 1) await submit(`k${i}`, 'x', 1);
    await world.settleAll();
    world.tick();
    world.table.set('k0', 0, 5, world.clock.now);
    await world.quiet();
    world.tick();
    world.table.set('k3', 1, 7, world.clock.now);
    world.table.set('new', 0, 8, world.clock.now);
    const before = world.table.paged;
    await world.quiet();
    expect(await world.map()).toMatchObject({ k0: { x: 5 }, k3: { x: 1, y: 7 }, new: { x: 8 } });
    // Six polls, and each looks again at what is at the very mark: of the first that is k0.
    expect(world.table.paged - before).toBe(3 + 5 * 2);
  });

  it('MO-5: a poll that finds the table out of reach is followed by the next', async () => {
    world.pollMs = 1_000;
    await world.start();
    await submit('a', 'x', 1);
    await world.settleAll();
    world.table.isGone = true;
    await world.quiet();
    world.tick();
    world.table.set('a', 0, 2, world.clock.now);
    world.table.isGone = false;
    await world.quiet();
    expect(await world.map()).toEqual({ a: { x: 2 } });
  });

  it('MO-5: out of reach when the server starts, it is compared as soon as it is there, and polled from then on', async () => {
    world.pollMs = 1_000;
    world.table.set('theirs', 0, 1, world.clock.now);
    world.table.isGone = true;
    await world.start();
    await world.quiet();
    expect(await world.map()).toEqual({});
    world.table.isGone = false;
    await world.quiet();
    expect(await world.map()).toEqual({ theirs: { x: 1 } });
    world.tick();
    world.table.set('theirs', 1, 2, world.clock.now);
    await world.quiet();
    expect(await world.map()).toEqual({ theirs: { x: 1, y: 2 } });
  });

  it('MO-5: what others were found to have changed is taken, also where the table is gone before that is done', async () => {
    await world.start();
    await submit('a', 'x', 1);
    await world.settleAll();
    world.tick();
    world.table.set('a', 1, 7, world.clock.now);
    // The server writes one column of the row, sees that of the other, and cannot look again.
    world.table.race = () => queueMicrotask(() => (world.table.isGone = true));
    await submit('a', 'x', 2);
    await world.quiet();
    expect(world.rows()).toEqual({ a: { x: 2, y: 7 } });
    expect(await world.map()).toEqual({ a: { x: 2 } });
    world.table.isGone = false;
    await world.quiet();
    expect(await world.map()).toEqual({ a: { x: 2, y: 7 } });
  });

  it('MO-8: it is said which tables are out of reach, from when somebody is not answered until somebody is', async () => {
    await world.start();
    await world.quiet();
    expect(world.maps.outOfReach).toEqual([]);
    world.table.isGone = true;
    expect(world.maps.outOfReach).toEqual([]);
    await submit('a', 'x', 1);
    await world.quiet();
    expect(world.maps.outOfReach).toEqual(['todos']);
    world.table.isGone = false;
    await world.quiet();
    expect(world.maps.outOfReach).toEqual([]);
    // A look that somebody asked for, once: it is looked again until the table answers.
    world.table.isGone = true;
    await expect(world.maps.refresh('todos', ['a'], false)).rejects.toThrow('out of reach');
    expect(world.maps.outOfReach).toEqual(['todos']);
    await world.quiet();
    expect(world.maps.outOfReach).toEqual(['todos']);
    world.table.isGone = false;
    await world.quiet();
    expect(world.maps.outOfReach).toEqual([]);
    // What it does not take of a record is no matter of reach.
    world.table.refuses = () => true;
    await submit('b', 'x', 1);
    await world.quiet();
    expect(world.faults.list).toHaveLength(1);
    expect(world.maps.outOfReach).toEqual([]);
  });

  it('MO-6: what the table refuses is not taken for a row that somebody has deleted, though noting that fails before the server ends', async () => {
    world.table.refuses = (cell) => cell === 9;
    await world.start();
    await submit('a', 'x', 1);
    await world.settleAll();
    await submit('b', 'x', 9);
    world.running.ledger.failNext('fail');
    await world.quiet();
    expect(world.faults.list).toMatchObject([{ key: 'b', of: 'table' }]);
    await world.crash();
    await world.settleAll();
    expect(await world.map()).toEqual({ a: { x: 1 }, b: { x: 9 } });
    expect(world.rows()).toEqual({ a: { x: 1 } });
  });

  it('MO-6: noting what the table refuses and writing behind do not wait for each other for ever', async () => {
    world.table.refuses = (cell) => cell === 9;
    // Commits wait while a single row does.
    world.maxRows = 0;
    await world.start();
    await submit('a', 'x', 9);
    await world.settleAll();
    await submit('b', 'x', 1);
    await world.settleAll();
    expect(await world.map()).toEqual({ a: { x: 9 }, b: { x: 1 } });
    await world.crash();
    await world.settleAll();
    expect(await world.map()).toEqual({ a: { x: 9 }, b: { x: 1 } });
  });
});
