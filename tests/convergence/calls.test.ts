import { expect, test } from 'vitest';
import type { AppTab } from './app-tab.js';
import { checkCalls, judgeHeard } from './calls/call-oracle.js';
import { NO_DEFECTS } from './defects.js';
import { EVERYTHING } from './queries.js';
import { createWorld, type World } from './world.js';
import { PLAIN_PROFILE } from './world-options.js';

const OPTIONS = { timeoutMs: 20_000, waitForServer: true, beforeWrites: false };

async function tell(): Promise<{ readonly world: World; readonly tab: AppTab; ask(mark: string): Promise<void> }> {
  const world = await createWorld({ seed: 1, profile: { ...PLAIN_PROFILE, networkMs: 20 }, defects: NO_DEFECTS });
  await world.startServer();
  const device = world.addDevice();
  const tab = device.openTab();
  tab.open('tallies', EVERYTHING);
  await world.time.advance(5_000);
  return {
    world,
    tab,
    async ask(mark) {
      const transfer = { mark, from: 'a', to: 'b', amount: 6, todo: null };
      world.calls.ask(tab, { device: device.name, procedure: 'transferSlowly', transfer }, OPTIONS);
      await world.time.advance(5_000);
    },
  };
}

test('PR-2, PR-4: a call that is made again tells the same and does nothing more, and one that is refused does nothing', async () => {
  const { world, tab, ask } = await tell();
  for (const mark of ['w1', 'w1', 'w2']) await ask(mark);
  expect(world.calls.all.map(({ told }) => told)).toEqual([
    { type: 'returned', result: 1 },
    { type: 'returned', result: 1 },
    { type: 'failed', code: 'refused', mayHaveRun: false },
  ]);
  expect(Object.fromEntries(tab.rows('tallies'))).toEqual({
    a: { balance: -6, transfers: 1, last: 'w1' },
    b: { balance: 6, transfers: 1, last: 'w1' },
  });
  world.ledger.catchUp(world.time.clock.now());
  checkCalls(world);
  world.checkErrors();
});

test('PR-7: the oracle `calls` finds who is told of a call before it shows, and who is told what it has not come to', async () => {
  const { world, tab, ask } = await tell();
  await ask('w1');
  world.checkErrors();
  const [call] = world.calls.all;
  const told = { ...call!, told: { type: 'returned', result: 2 } as const };
  judgeHeard(world, tab, told);
  expect(() => world.checkErrors()).toThrow('calls');
  world.ledger.catchUp(world.time.clock.now());
  checkCalls(world);
  call!.told = told.told;
  expect(() => checkCalls(world)).toThrow('calls');
  call!.told = { type: 'failed', code: 'offline', mayHaveRun: false };
  expect(() => checkCalls(world)).toThrow('calls');
});

test('PR-4: the oracle `calls` tells apart what one commit has of one call for several callers', async () => {
  const world = await createWorld({ seed: 1, profile: { ...PLAIN_PROFILE, ledgerMs: 200 }, defects: NO_DEFECTS });
  await world.startServer();
  const devices = [world.addDevice(), world.addDevice(), world.addDevice()];
  const tabs = devices.map((device) => device.openTab());
  await world.time.advance(5_000);
  const transfer = { mark: 'w1', from: 'a', to: 'b', amount: 2, todo: null };
  for (const [nth, tab] of tabs.entries()) {
    world.calls.ask(tab, { device: devices[nth]!.name, procedure: 'transfer', transfer }, OPTIONS);
  }
  await world.time.advance(5_000);
  world.ledger.catchUp(world.time.clock.now());
  const positions = world.ledger.called.map(({ position }) => position);
  expect([positions.length, new Set(positions).size]).toEqual([6, 2]);
  checkCalls(world);
  world.checkErrors();
});
