import type { Hash64 } from '@topgun/core/primitives';
import type { Query } from '@topgun/core/query';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { loadXxhash } from '../adapters/xxhash.js';
import { BudgetWorld, queryOf, type Device } from '../testing/budget-world.js';
import { createMemoryDisk } from './memory-disk.js';

let hash: Hash64;
beforeAll(async () => {
  hash = await loadXxhash();
});

const BUDGET = 112 * 1024;
/** Of PI-46: what an op makes of the records it is about is known beforehand but for so much. */
const MOST = 1.05;
const DEVICES = 8;
const KEYS = 640;
const MILK: Query = {
  ...queryOf({ limit: 10 }),
  search: { text: 'milk', fields: ['title'], boosts: [['title', 1]], prefix: true, fuzzy: 0, combineWith: 'AND' },
};
const SEARCH = { few: { fields: ['title'] } };

type Random = (below: number) => number;

function randomFrom(seed: number): Random {
  let state = (seed % 2_147_483_646) + 1;
  return (below) => (state = (state * 48_271) % 2_147_483_647) % below;
}

const fields = (random: Random) => {
  const n = random(1_000);
  return { n, parity: n % 2, text: 'lorem ipsum '.repeat(20 + random(200)) };
};

/** Of the keys that are this device's alone. */
const keyOf = (device: number, random: Random): string => `k${random(KEYS / DEVICES) * DEVICES + device}`;

function importAll(world: BudgetWorld, { author }: Device, device: number, random: Random, perMessage: number): void {
  for (let i = device; i < KEYS; i += DEVICES * perMessage) {
    const keys = Array.from({ length: perMessage }, (_, nth) => i + nth * DEVICES).filter((key) => key < KEYS);
    world.write(world.devices[device]!, ...keys.map((key) => author.create('m', `k${key}`, fields(random))));
  }
}

test('PI-46: under imports, single writes, reads, live views, also of many named records, and searches at once records never take more than the budget, nothing is lost, and everybody is answered', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.constantFrom(1, 7, 60), async (seed, perMessage) => {
      const random = randomFrom(seed);
      const world = new BudgetWorld({ disk: createMemoryDisk(), hash, memory: BUDGET, search: SEARCH });
      await world.start(DEVICES);
      world.openView('m', queryOf({ sort: [['n', 'desc']], limit: 5, where: { n: { $gte: 900 } } }));
      world.openView('m', queryOf({ where: { n: { $lt: 5 } } }));
      await world.advance(20);
      for (let i = 0; i < DEVICES; i += 1) importAll(world, world.devices[i]!, i, random, perMessage);
      await world.decided();
      let searching = 0;
      const named: number[] = [];
      for (let step = 0; step < 90; step += 1) {
        const device = random(DEVICES);
        const { author } = world.devices[device]!;
        const kind = random(13);
        if (kind === 0) world.write(world.devices[device]!, author.remove('m', keyOf(device, random)));
        else if (kind === 1) importAll(world, world.devices[device]!, device, random, perMessage);
        else if (kind === 2) {
          world.write(world.devices[device]!, author.create('few', `f${device}`, { title: `milk ${random(9)}` }));
        } else if (kind === 3) {
          if (searching > 0) world.closeView(searching);
          searching = searching > 0 ? 0 : world.openView('few', MILK);
        } else if (kind === 12) {
          // More than there is room for at once.
          const keys = Array.from({ length: 60 }, () => `k${random(KEYS)}`);
          if (named.length > 2) world.closeView(named.shift()!);
          named.push(world.openView('m', queryOf({ where: { _key: { $in: keys } } })));
        } else if (kind < 8) {
          const key = keyOf(device, random);
          // What nobody has decided yet may be there, or not.
          const isSettled = world.devices[device]!.undecided.size === 0;
          const wrong = await world.wrong('m', [key]);
          if (isSettled) expect(wrong).toEqual([]);
        } else world.write(world.devices[device]!, author.create('m', keyOf(device, random), fields(random)));
        if (random(4) === 0) await world.advance(random(30));
      }
      await world.decided();
      await world.until(() => world.areViewsOpen);
      for (const { shown, expected } of world.views()) expect(shown).toEqual(expected);
      expect(
        await world.wrong(
          'm',
          Array.from({ length: 60 }, () => `k${random(KEYS)}`),
        ),
      ).toEqual([]);
      expect(world.faults).toEqual([]);
      expect(world.mostBytes / BUDGET).toBeLessThanOrEqual(MOST);
      expect(world.mostBytes / BUDGET).toBeGreaterThan(0.7);
    }),
    { numRuns: 3 },
  );
});
