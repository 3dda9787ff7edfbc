import { expect, test, vi } from 'vitest';

import { LiveView } from '../../server/src/services/query/live-view.js';
import { NO_DEFECTS } from './defects.js';
import { EVERYTHING } from './queries.js';
import { runSeed } from './run-seed.js';
import { createWorld } from './world.js';
import { PLAIN_PROFILE } from './world-options.js';

/** Enough of them that a view is worth resuming. */
const KEYS = 'abcdefghijklmnopqrstuvwxyz'.split('');
/** The network goes often, and the server stays. */
const FAULTS = { tabs: 0.3, network: 6, storage: 0.3, server: 0 };
const SEEDS = [2_001, 2_006, 2_014, 2_016, 2_036, 2_042, 2_056, 2_057, 2_072];

type Resumed = ReturnType<LiveView['resume']>;

/** How views are resumed from here on. */
function watchResumed(): (kind: Resumed['type']) => number {
  const resumed = vi.spyOn(LiveView.prototype, 'resume');
  const before = resumed.mock.results.length;
  return (kind) => resumed.mock.results.slice(before).filter(({ value }) => (value as Resumed).type === kind).length;
}

test('SY-2, CR-8: clients that come back by digest and by exchange converge and lose nothing', async () => {
  const times = watchResumed();
  for (const seed of SEEDS) {
    const { violations, trace, profile } = await runSeed(seed, { profile: { keys: KEYS, steps: 160, faults: FAULTS } });
    const story = violations.length === 0 ? [] : [JSON.stringify(profile), ...trace, ...violations.map(String)];
    expect(story.join('\n'), `seed ${seed}`).toBe('');
  }
  for (const kind of ['same', 'exchange'] as const) expect(times(kind), kind).toBeGreaterThan(0);
});

test.each([
  ['removals soon forgotten', { tombstonesMs: 5_000, hasRules: false }, [400, 404, 411]],
  ['rules that change', { hasRules: true }, [203, 224]],
])('SY-2, CR-8, CR-10: maps of 300 records that all have changed, with %s', async (_, own, seeds) => {
  const keys = Array.from({ length: 300 }, (_, i) => `k${i}`);
  const faults = { tabs: 1, network: 4, storage: 0.5, server: 1, access: 2 };
  const times = watchResumed();
  for (const seed of seeds) {
    const profile = { keys, beginsFull: true, steps: 800, faults, ...own };
    const { violations } = await runSeed(seed, { profile });
    expect(violations.map(String).join('\n'), `seed ${seed}`).toBe('');
  }
  for (const kind of ['same', 'exchange'] as const) expect(times(kind), kind).toBeGreaterThan(0);
});

test('SY-2: a client that comes back to a server that remembers what it has is told what has changed since', async () => {
  const times = watchResumed();
  const world = await createWorld({ seed: 1, profile: PLAIN_PROFILE, defects: NO_DEFECTS });
  await world.startServer();
  const [device, another] = [world.addDevice(), world.addDevice()];
  const [tab, other] = [device.openTab(), another.openTab()];
  const view = tab.open('todos', EVERYTHING);
  for (const key of KEYS) other.edit('todos', key, { type: 'set', value: { tag: key } });
  await world.time.advance(5_000);
  device.place.isCut = true;
  device.place.drop('reset');
  await world.time.advance(1_000);
  other.edit('todos', 'b', { type: 'patch', fields: { tag: 'another' } });
  other.edit('todos', 'c', { type: 'remove' });
  await world.time.advance(1_000);
  device.place.isCut = false;
  tab.client.connect();
  await world.time.advance(5_000);
  expect(times('diffs')).toBe(1);
  expect(view.read().settled).toBe(true);
  const left = KEYS.filter((key) => key !== 'c').map((key) => [key, key === 'b' ? 'another' : key]);
  expect(view.read().data.map(({ _key, tag }) => [_key, tag])).toEqual(left);
  for (const open of world.openTabs()) open.device.crashTab(open.tab);
  world.crashServer();
});
