import { expect, test } from 'vitest';
import * as z from 'zod';
import { createSeededRandom } from '../../packages/core/src/client/testing/seeded-random.js';
import { canonicalJson, type Value } from '../../packages/core/src/primitives/index.js';
import { defineSchema } from '../../packages/core/src/schema/index.js';
import type { AppEdit, AppTab } from './app-tab.js';
import { NO_DEFECTS } from './defects.js';
import { waitsFor } from './oracles.js';
import { createWorld, type World } from './world.js';
import { PLAIN_PROFILE } from './world-options.js';

/*
 * SC-13: devices whose app has the first version of a schema, the second, or none; a server that is updated in between; and writes that do not fit, refused by the
 * app's own schema or, where it has none, by the server.
 */

const first = defineSchema({ todos: z.object({ name: z.string(), done: z.number() }) });
const right = z.object({ title: z.string(), done: z.boolean(), rank: z.number() });
const second = defineSchema({
  todos: {
    value: right,
    version: 2,
    migrate: { 2: ({ name, done, ...rest }) => ({ ...rest, title: name ?? '', done: done === 1, rank: 0 }) },
  },
});

const KEYS = ['a', 'b', 'c'] as const;

interface Outcome {
  readonly rows: readonly string[];
  readonly wrong: readonly Value[];
  readonly refused: number;
}

/** `updates`: whether the server gets the second version, as it should. */
async function run(seed: number, updates = true): Promise<Outcome> {
  const profile = { ...PLAIN_PROFILE, networkMs: 40, storageMs: 4, channelMs: 3, ledgerMs: 20 };
  const world: World = await createWorld({ seed, profile, defects: NO_DEFECTS });
  const random = createSeededRandom(seed ^ 0x5c4e);
  world.schema = first;
  await world.startServer();
  const [stays, moves, knowsNothing] = [world.addDevice(), world.addDevice(), world.addDevice()];
  const versions = new Map<AppTab, 1 | 2>();
  const open = (device: typeof stays, version: 1 | 2, schema?: typeof first | typeof second): AppTab => {
    const tab = device.openTab(schema as never);
    versions.set(tab, version);
    tab.client.getMap('todos').subscribe(() => {});
    return tab;
  };
  open(stays, 1, first);
  open(moves, 1, first);
  open(knowsNothing, 1);
  await world.time.advance(1_000);

  const editOf = (version: 1 | 2, isThere: boolean): AppEdit => {
    const text = `w${random.integer(1_000)}`;
    const isOdd = random.integer(6) === 0;
    const value: Record<string, Value> =
      version === 1
        ? { name: isOdd ? 5 : text, done: random.integer(2) }
        : { title: isOdd ? 5 : text, done: random.integer(2) === 0, rank: random.integer(9) };
    if (!isThere) return { type: 'set', value };
    if (random.integer(5) === 0) return { type: 'remove' };
    const [name, given] = random.pick(Object.entries(value));
    return { type: 'patch', fields: { [name]: given } };
  };

  for (let step = 0; step < 120; step += 1) {
    const { tab, device } = random.pick(world.openTabs());
    const kind = random.integer(20);
    if (kind === 0) {
      device.place.isCut = !device.place.isCut;
      if (device.place.isCut) device.place.drop('reset');
    } else if (kind === 1) {
      world.crashServer();
      await world.startServer();
    } else {
      const key = random.pick(KEYS);
      tab.edit('todos', key, editOf(versions.get(tab)!, tab.value('todos', key) !== undefined));
    }
    if (step === 60 && updates) {
      world.crashServer();
      world.schema = second;
      await world.startServer();
    }
    // The app is updated in the middle of whatever it has queued, cut off or not.
    if (step === 70) {
      for (const each of [...moves.tabs]) moves.crashTab(each);
      open(moves, 2, updates ? second : first);
      await world.time.advance(100);
    }
    await world.time.advance(random.pick([0, 10, 500]));
  }
  for (const device of world.devices) device.place.isCut = false;
  await world.time.advance(120_000);
  const late = open(world.addDevice(), 2, updates ? second : first);
  await world.time.advance(60_000);
  expect(waitsFor(world)).toBeNull();
  world.checkErrors();
  const tabs = world.openTabs().map(({ tab }) => tab);
  const rows = tabs.map((tab) => canonicalJson(Object.fromEntries(tab.rows('todos'))));
  const wrong = [...late.rows('todos').values()].filter((value) => !right.strict().safeParse(value).success);
  const refused = tabs.reduce((sum, tab) => sum + tab.client.rejections.list().length, 0);
  for (const { device, tab } of world.openTabs()) device.crashTab(tab);
  world.crashServer();
  return { rows, wrong, refused };
}

const SEEDS = Array.from({ length: 12 }, (_, i) => i + 1);

test('SC-11, SC-12, SC-13: devices of all versions end with the same records, all of which are what the server’s schema says', async () => {
  let refused = 0;
  for (const seed of SEEDS) {
    const outcome = await run(seed);
    expect([seed, new Set(outcome.rows).size, outcome.wrong]).toEqual([seed, 1, []]);
    refused += outcome.refused;
  }
  expect(refused).toBeGreaterThan(0);
});

test('a server that is not updated is found by what its records look like', async () => {
  const found: number[] = [];
  for (const seed of SEEDS.slice(0, 4)) found.push((await run(seed, false)).wrong.length);
  expect(Math.max(...found)).toBeGreaterThan(0);
});
