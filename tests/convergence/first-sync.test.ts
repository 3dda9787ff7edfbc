import { expect, test } from 'vitest';
import type { AppTab } from './app-tab.js';
import { NO_DEFECTS } from './defects.js';
import { EVERYTHING } from './queries.js';
import { createWorld, type World } from './world.js';
import { PLAIN_PROFILE } from './world-options.js';

// The real client and the real server: a device that comes to a map of 1,200 records.

const RECORDS = 1_200;

async function start(): Promise<{ readonly world: World; readonly newcomer: AppTab; readonly steps: unknown[] }> {
  const profile = { ...PLAIN_PROFILE, networkMs: 20, ledgerMs: 5 };
  const world = await createWorld({ seed: 1, profile, defects: NO_DEFECTS });
  await world.startServer();
  const author = world.addDevice().openTab();
  await world.time.advance(1_000);
  for (let i = 0; i < RECORDS; i += 1) author.client.getMap('todos').set(`k${i}`, { n: i });
  await world.time.advance(60_000);
  const newcomer = world.addDevice().openTab();
  const steps: unknown[] = [];
  newcomer.client.onSyncProgress(({ map, received, total }) => steps.push([map, received, total]));
  return { world, newcomer, steps };
}

test('SY-7: a large first answer is told as it comes in, and as complete when it is', async () => {
  const { world, newcomer, steps } = await start();
  const { handle } = newcomer.open('todos', EVERYTHING);
  await world.time.advance(5_000);
  expect(steps).toEqual([
    ['todos', 500, RECORDS],
    ['todos', 1_000, RECORDS],
    ['todos', RECORDS, RECORDS],
  ]);
  expect(handle.getSnapshot().data).toHaveLength(RECORDS);
  expect(newcomer.client.getSyncProgress('todos')).toBeNull();
  world.checkErrors();
});

test('SY-7: what fits into one message is not told of', async () => {
  const { world, newcomer, steps } = await start();
  newcomer.open('todos', { ...EVERYTHING, input: { limit: 10 }, limit: 10 });
  await world.time.advance(5_000);
  expect(steps).toEqual([]);
});
