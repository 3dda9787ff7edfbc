import { expect, test } from 'vitest';
import { LETTERBOX, OWNERS } from './access/rule-books.js';
import type { AppTab } from './app-tab.js';
import { NO_DEFECTS, type Defects } from './defects.js';
import type { Device } from './device.js';
import { checkAlways, checkRecords, checkStorage } from './oracles.js';
import { EVERYTHING } from './queries.js';
import { createWorld, type World } from './world.js';
import { PLAIN_PROFILE } from './world-options.js';

interface Told {
  readonly world: World;
  /** Ann's, a guest, and Bob's, of the staff: both watch all todos. */
  readonly ann: Device;
  readonly hers: AppTab;
  readonly his: AppTab;
}

async function tell(defects: Defects = NO_DEFECTS): Promise<Told> {
  const world = await createWorld({ seed: 1, profile: { ...PLAIN_PROFILE, hasRules: true }, defects });
  world.book = OWNERS;
  await world.startServer();
  const [ann, bob] = [world.addDevice(), world.addDevice()];
  ann.account = { user: 'ann', role: 'guest' };
  bob.account = { user: 'bob', role: 'staff' };
  const [hers, his] = [ann.openTab(), bob.openTab()];
  for (const tab of [hers, his]) tab.open('todos', EVERYTHING);
  await world.time.advance(5_000);
  world.history.note(
    hers.name,
    hers.edit('todos', 'a', { type: 'set', value: { tag: 'w1', owner: 'ann', done: false } })!,
  );
  await world.time.advance(5_000);
  return { world, ann, hers, his };
}

function end({ world }: Told): void {
  for (const { device, tab } of world.openTabs()) device.crashTab(tab);
  world.crashServer();
}

const keysOf = (tab: AppTab): readonly string[] => [...tab.rows('todos').keys()].toSorted();

test('RU-5: a record that is given to somebody else leaves its former owner’s device, stored rows too', async () => {
  const told = await tell();
  const { world, hers, his } = told;
  his.edit('todos', 'a', { type: 'patch', fields: { owner: 'bob', tag: 'w2' } });
  await world.time.advance(130_000);
  checkAlways(world);
  expect([keysOf(hers), keysOf(his)]).toEqual([[], ['a']]);
  checkRecords(world);
  await checkStorage(world);
  end(told);
});

test('RU-6: what a token or the next server’s rules take away leaves the device, and what they give comes', async () => {
  const told = await tell();
  const { world, ann, hers, his } = told;
  his.edit('todos', 'b', { type: 'set', value: { tag: 'w2', owner: 'bob', rank: 1, secret: 's1', done: true } });
  await world.time.advance(5_000);
  expect(hers.value('todos', 'b')).toEqual({ tag: 'w2', owner: 'bob', rank: 1, done: true });
  ann.account = { user: 'ann', role: 'staff' };
  hers.showToken();
  await world.time.advance(10_000);
  expect(hers.value('todos', 'b')).toMatchObject({ secret: 's1' });
  ann.account = { user: 'ann', role: 'guest' };
  hers.showToken();
  await world.time.advance(10_000);
  expect(hers.value('todos', 'b')).not.toHaveProperty('secret');
  his.edit('todos', 'b', { type: 'patch', fields: { rank: 7 } });
  world.book = LETTERBOX;
  world.crashServer();
  await world.startServer();
  await world.time.advance(130_000);
  checkAlways(world);
  expect(keysOf(hers)).toEqual(['a']);
  checkRecords(world);
  await checkStorage(world);
  expect(world.faults['rules-changed']).toBe(1);
  end(told);
});

// Few of a random run's records are taken away and then left alone for two minutes: the oracle is asked where one is.
test('RU-5, RU-6: the oracle `taken-away` finds who is not told that a record is not theirs to see any more', async () => {
  const told = await tell({ purgesAreLost: true });
  const { world, hers, his } = told;
  his.edit('todos', 'a', { type: 'patch', fields: { owner: 'bob', tag: 'w2' } });
  await world.time.advance(60_000);
  checkAlways(world);
  expect(keysOf(hers)).toEqual(['a']);
  await world.time.advance(70_000);
  expect(() => checkAlways(world)).toThrow('taken-away');
  await expect(checkStorage(world)).rejects.toThrow('equal-storage');
  end(told);
});
