import { partitionOf, type Hash64 } from '@topgun/core/primitives';
import { beforeAll, expect, test } from 'vitest';
import { loadXxhash } from '../adapters/xxhash.js';
import { BudgetWorld, queryOf } from '../testing/budget-world.js';
import { createMemoryDisk } from './memory-disk.js';

let hash: Hash64;
beforeAll(async () => {
  hash = await loadXxhash();
});

const TEXT = 'lorem ipsum '.repeat(100);
const KEYS = Array.from({ length: 40_000 }, (_, i) => `k${i}`);
/** Keys of one partition. */
const keysIn = (partition: number, count: number): string[] =>
  KEYS.filter((key) => partitionOf(hash, 'm', key) === partition).slice(0, count);

async function start(memory: number, devices: number): Promise<BudgetWorld> {
  const world = new BudgetWorld({ disk: createMemoryDisk(), hash, memory });
  await world.start(devices);
  await world.advance(20);
  return world;
}

function write(world: BudgetWorld, device: number, keys: readonly string[]): void {
  const { author } = world.devices[device]!;
  for (const key of keys)
    world.write(world.devices[device]!, author.create('m', key, { at: author.issued, text: TEXT }));
}

test('PI-46: a partition that is larger than the budget is here alone, and others and it take turns', async () => {
  const large = keysIn(7, 60);
  const small = [...keysIn(8, 5), ...keysIn(9, 5), ...keysIn(10, 5)];
  const unbounded = await start(10_000_000, 2);
  write(unbounded, 0, large);
  await unbounded.decided();

  const budget = 40_000;
  const world = await start(budget, 2);
  for (let turn = 0; turn < 3; turn += 1) {
    for (let i = 0; i < large.length; i += 1) {
      write(world, 0, [large[i]!]);
      write(world, 1, [small[i % small.length]!]);
    }
    await world.decided();
    expect(await world.wrong('m', [...small, ...large.slice(turn * 20, turn * 20 + 20)])).toEqual([]);
  }
  expect(unbounded.mostBytes).toBeGreaterThan(1.5 * budget);
  expect(world.mostBytes).toBeLessThanOrEqual(unbounded.mostBytes * 1.05);
  expect(world.faults).toEqual([]);
});

test('PI-47: a query that names more records than there is room for is answered, and told of what changes, within the budget', async () => {
  const budget = 40_000;
  const world = await start(budget, 1);
  const keys = KEYS.slice(0, 200);
  write(world, 0, keys);
  await world.decided();
  const sub = world.openView('m', queryOf({ where: { _key: { $in: [...keys, 'nowhere'] } } }));
  await world.until(() => world.areViewsOpen);
  const [view] = world.views();
  expect(view!.shown).toEqual(view!.expected);
  write(world, 0, keys.slice(50, 80));
  world.write(world.devices[0]!, world.devices[0]!.author.remove('m', keys[3]!));
  await world.decided();
  const [changed] = world.views();
  expect(changed!.shown).toEqual(changed!.expected);
  world.closeView(sub);
  expect(world.mostBytes).toBeLessThanOrEqual(budget * 1.05);
});

test('PI-46: where nothing can go, because nothing can be stored, who needs room is told so, and no more is held', async () => {
  const budget = 40_000;
  const world = await start(budget, 2);
  world.hosted.coldStore.failNext(1_000_000);
  write(world, 0, KEYS.slice(0, 200));
  await world.until(() => world.faults.length > 0);
  expect(world.faults).toEqual(['s0 overloaded']);
  expect(world.mostBytes).toBeLessThanOrEqual(budget * 1.05);
  // What was acked is there, once it can be looked at again.
  world.hosted.coldStore.failNext(-1_000_000);
  await world.advance(30_000);
  const left = new Set([...world.devices[0]!.undecided]);
  const decided = KEYS.slice(0, 200).filter((_, i) => !left.has(i + 1));
  expect(decided.length).toBeGreaterThan(5);
  expect(await world.wrong('m', decided)).toEqual([]);
  write(world, 1, KEYS.slice(300, 330));
  await world.until(() => world.devices[1]!.undecided.size === 0);
});

test('PI-46: a query that needs more than there is room for at once is answered all the same, and the log says so', async () => {
  const budget = 40_000;
  const world = await start(budget, 1);
  write(world, 0, KEYS.slice(0, 200));
  await world.decided();
  expect(world.mostBytes).toBeLessThanOrEqual(budget * 1.05);
  const sub = world.openView('m', queryOf({ where: { at: { $gte: 0 } } }));
  await world.until(() => world.areViewsOpen);
  const [view] = world.views();
  expect(view!.shown).toEqual(view!.expected);
  expect(world.hosted.logged.map(({ message }) => message)).toContain(
    'what is asked for at once takes more memory than there is meant to be',
  );
  world.closeView(sub);
  await world.advance(60_000);
  expect(world.hosted.gauges().recordBytes).toBeLessThanOrEqual(budget);
});

test('PI-48: what the log has more of comes in after a start whatever room there is, since nothing could make room before', async () => {
  const budget = 40_000;
  const disk = createMemoryDisk();
  const before = new BudgetWorld({ disk, hash, memory: 2 * budget });
  await before.start(1);
  await before.advance(20);
  const keys = KEYS.slice(0, 200);
  // What is here when it ends has no snapshot, or an older one.
  for (let turn = 0; turn < 2; turn += 1) write(before, 0, keys);
  await before.decided();

  const world = new BudgetWorld({ disk, hash, memory: budget, snapshotPolicy: { ops: 1, bytes: 1 } });
  await world.start(1);
  for (const [map, records] of before.records) world.records.set(map, records);
  expect(await world.wrong('m', keys)).toEqual([]);
  expect(world.hosted.logged.filter(({ level }) => level === 'warn')).toEqual([]);
});
