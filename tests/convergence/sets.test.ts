import { expect, test } from 'vitest';
import { NO_DEFECTS } from './defects.js';
import { openSetsTab, runSets, shownBy } from './sets-run.js';
import type { AppTab } from './app-tab.js';
import { createWorld } from './world.js';
import { PLAIN_PROFILE } from './world-options.js';

const count = Number(process.env['TOPGUN_SET_SEEDS'] ?? 12);
const seeds = Array.from({ length: count }, (_, i) => i + 1);

test.each(seeds)('CR-6, CR-7, CR-8, PI-11: seed %i: everybody agrees with what the ledger’s ops mean', async (seed) => {
  const { problems, trace } = await runSets(seed);
  expect(problems.length === 0 ? '' : [...trace, ...problems].join('\n')).toBe('');
});

test.each(seeds)('CR-7: seed %i: each count shows once, at every moment', async (seed) => {
  const { problems, trace } = await runSets(seed + 1_000, { isGentle: true });
  expect(problems.length === 0 ? '' : [...trace, ...problems].join('\n')).toBe('');
});

test.each(['rowsAreLost', 'ledgerLosesOps'] as const)('the run finds the defect %s', async (defect) => {
  let found = 0;
  for (let seed = 1; seed <= 40 && found === 0; seed += 1) {
    found = (await runSets(seed, { defects: { [defect]: true } })).problems.length;
  }
  expect(found).toBeGreaterThan(0);
});

test('CR-6, CR-7: two devices and a server that restarts', async () => {
  const world = await createWorld({ seed: 1, profile: PLAIN_PROFILE, defects: NO_DEFECTS });
  await world.startServer();
  const devices = [world.addDevice(), world.addDevice()];
  const [one, two] = devices.map((device) => openSetsTab(device)) as [AppTab, AppTab];
  await world.time.advance(1_000);
  one.client.getORMap('tags').add('a', 'x');
  one.client.getPNCounter('likes:a').add(5);
  await world.time.advance(1_000);
  expect(shownBy(two)).toBe('[[["x"],5],[[],0]]');
  two.client.getORMap('tags').remove('a', 'x');
  two.client.getPNCounter('likes:a').decrement();
  await world.time.advance(1_000);
  world.crashServer();
  // Undecided while nobody decides.
  one.client.getORMap('tags').add('a', 'y');
  const counting = two.client.getPNCounter('likes:a').add(10);
  await world.time.advance(10_000);
  await world.startServer();
  await world.time.advance(60_000);
  expect(await counting.acked).toEqual({ ok: true, outcome: 'applied' });
  expect([shownBy(one), shownBy(two)]).toEqual(['[[["y"],14],[[],0]]', '[[["y"],14],[[],0]]']);
  // The restarted server knows what the maps hold, which a device that has nothing of them does not.
  const third = world.addDevice().openTab();
  await world.time.advance(1_000);
  const refused = third.client.getMap('tags').set('a', { wrong: true });
  await world.time.advance(1_000);
  expect(await refused.acked).toMatchObject({ ok: false, rejected: { code: 'type-mismatch' } });
  world.checkErrors();
  for (const { device, tab } of world.openTabs()) device.crashTab(tab);
});
