import { expect, test } from 'vitest';
import type { AppEdit, AppTab } from './app-tab.js';
import { NO_DEFECTS } from './defects.js';
import {
  checkAcks,
  checkAlways,
  checkOnce,
  checkPersisted,
  checkProvenance,
  checkRefusals,
  checkStorage,
  waitsFor,
} from './oracles.js';
import { EVERYTHING } from './queries.js';
import { createWorld, type World } from './world.js';
import { PLAIN_PROFILE, type WorldProfile } from './world-options.js';

/** What random runs have found, told in as few steps as it takes. */

async function start(profile: Partial<WorldProfile> = {}, seed = 1): Promise<World> {
  const world = await createWorld({ seed, profile: { ...PLAIN_PROFILE, ...profile }, defects: NO_DEFECTS });
  await world.startServer();
  return world;
}

function write(world: World, tab: AppTab, key: string, edit: AppEdit, map = 'todos'): void {
  const handle = tab.edit(map, key, edit);
  if (handle === null) throw new Error(`the write of ${key} was refused at the call`);
  world.history.note(tab.name, handle);
}

async function expectSettled(world: World, look: () => void = () => {}): Promise<void> {
  await world.time.advance(120_000);
  world.ledger.catchUp(world.time.clock.now());
  expect(waitsFor(world)).toBeNull();
  for (const check of [checkOnce, checkProvenance, checkPersisted, checkAcks, checkRefusals]) check(world);
  world.checkErrors();
  look();
  for (const { device, tab } of world.openTabs()) device.crashTab(tab);
}

test('CL-4, CL-5: a patch does not overtake the create that a full window of another tab holds back', async () => {
  const world = await start({ windowOps: 2 });
  const device = world.addDevice();
  const first = device.openTab();
  const second = device.openTab();
  await world.time.advance(1_000);
  device.place.isCut = true;
  device.place.drop('reset');
  await world.time.advance(1_000);
  for (const key of ['1', '2', '3']) write(world, first, key, { type: 'set', value: { n: 1 } });
  await world.time.advance(1_000);
  await second.client.getMap('todos').loaded();
  write(world, second, '3', { type: 'patch', fields: { n: 2 } });
  await world.time.advance(1_000);
  device.place.isCut = false;
  await expectSettled(world);
  expect(world.ledger.values('todos').get('3')).toEqual({ n: 2 });
});

test('CL-2: a map that loads while verdicts about it wait to be stored misses none of them', async () => {
  const world = await start({ storageMs: 100, windowOps: 2 });
  const device = world.addDevice();
  const first = device.openTab();
  await world.time.advance(1_000);
  device.place.isCut = true;
  device.place.drop('reset');
  await world.time.advance(1_000);
  // The verdicts of the first two are being stored when the third's comes, and has to wait.
  for (const key of ['1', '2']) write(world, first, key, { type: 'set', value: { n: 1 } }, 'notes');
  write(world, first, '3', { type: 'set', value: { n: 1 } });
  await world.time.advance(1_000);
  device.crashTab(first);
  device.place.isCut = false;
  const second = device.openTab();
  await expectSettled(world, () => expect([...second.rows('todos').keys()]).toEqual(['3']));
});

test('CR-2, PI-11: what a frozen tab hears late, when it leads, of ops decided long ago is not issued again', async () => {
  const world = await start();
  const device = world.addDevice();
  const first = device.openTab();
  await world.time.advance(1_000);
  const frozen = device.openTab();
  await world.time.advance(1_000);
  device.place.isCut = true;
  device.place.drop('reset');
  await world.time.advance(1_000);
  frozen.freeze();
  // Stored while nothing can be sent, so not yet marked as handed over.
  write(world, first, 'a', { type: 'set', value: { n: 1 } });
  write(world, first, 'b', { type: 'set', value: { n: 1 } });
  await world.time.advance(1_000);
  device.place.isCut = false;
  await world.time.advance(60_000);
  device.crashTab(first);
  frozen.thaw(world.time.clock.now());
  await expectSettled(world);
  expect([...world.ledger.decided.keys()].map((id) => id.split(':')[1])).toEqual(['1', '2']);
});

test('CR-2: a tab whose place was used beyond what restored storage knows has its first write neither lost nor acked for another', async () => {
  const world = await start();
  const device = world.addDevice();
  const tabs = [device.openTab(), device.openTab()];
  await world.time.advance(1_000);
  for (const [i, tab] of tabs.entries()) write(world, tab, `old-${i}`, { type: 'set', value: { n: 1 } });
  await world.time.advance(60_000);
  device.losePower();
  // Back to where nothing had been written yet.
  await world.time.settle();
  world.history.forget(device.database.loseLast(device.database.length, 'any'));
  device.openTab();
  await world.time.advance(60_000);
  // The first tab is live by now; what this one writes could leave at once.
  const second = device.openTab();
  await world.time.settle();
  write(world, second, 'new', { type: 'set', value: { n: 2 } });
  await expectSettled(world);
  expect(world.ledger.values('todos').get('new')).toEqual({ n: 2 });
});

test('CR-2, PI-11: after storage went back in time no id is used that the server is about to decide', async () => {
  const world = await start();
  const device = world.addDevice();
  const first = device.openTab();
  await world.time.advance(1_000);
  const release = world.server!.ledger.hold();
  write(world, first, 'a', { type: 'set', value: { n: 1 } });
  await world.time.advance(1_000);
  expect(world.server!.ledger.inFlight).toBe(1);
  device.losePower();
  await world.time.settle();
  world.history.forget(device.database.loseLast(device.database.length, 'any'));
  const second = device.openTab();
  await world.time.advance(5_000);
  // Of the same record: the server would take it for what it is deciding.
  write(world, second, 'a', { type: 'set', value: { n: 2 } });
  await world.time.advance(1_000);
  release();
  await expectSettled(world);
  expect(world.ledger.values('todos').get('a')).toEqual({ n: 2 });
});

test('CR-2, CL-8: a first write after storage went back in time is not lost when the database is deleted before it is sent', async () => {
  const world = await start({ storageMs: 20 });
  const device = world.addDevice();
  const first = device.openTab();
  await world.time.advance(1_000);
  write(world, first, 'a', { type: 'set', value: { n: 1 } });
  await world.time.advance(60_000);
  device.losePower();
  await world.time.settle();
  world.history.forget(device.database.loseLast(device.database.length, 'any'));
  device.place.isCut = true;
  const second = device.openTab();
  await world.time.advance(1_000);
  // Of the same record: the server would take it for what it has decided.
  write(world, second, 'a', { type: 'set', value: { n: 2 } });
  await world.time.advance(1_000);
  device.database.wipe();
  await world.time.advance(1_000);
  device.place.isCut = false;
  second.client.connect();
  await expectSettled(world);
  expect(world.ledger.values('todos').get('a')).toEqual({ n: 2 });
});

test('CR-2, CR-7: after storage went back in time a count shows at once, though the total knows its id already', async () => {
  const world = await start();
  const device = world.addDevice();
  const tabs = [device.openTab(), device.openTab()] as const;
  await world.time.advance(1_000);
  const counterOf = (tab: AppTab) => tab.client.getPNCounter('scores:a');
  world.history.note(tabs[1].name, counterOf(tabs[1]).add(2));
  await world.time.advance(60_000);
  device.losePower();
  await world.time.settle();
  world.history.forget(device.database.loseLast(device.database.length, 'any'));
  const first = device.openTab();
  first.open('scores', EVERYTHING);
  await world.time.advance(60_000);
  const second = device.openTab();
  await world.time.settle();
  await second.client.getMap('scores').loaded();
  expect(counterOf(second).value).toBe(2);
  world.history.note(second.name, counterOf(second).add(1));
  expect(counterOf(second).value).toBe(3);
  await expectSettled(world, () => expect(counterOf(second).value).toBe(3));
});

test('CR-2, CL-8: what a tab issues again that has lost its database and goes on in memory was written by somebody, says the model', async () => {
  const world = await start();
  const device = world.addDevice();
  const first = device.openTab();
  await world.time.advance(1_000);
  device.place.isCut = true;
  device.place.drop('reset');
  await world.time.advance(1_000);
  write(world, first, 'a', { type: 'set', value: { n: 1 } });
  await world.time.advance(1_000);
  const { length } = device.database;
  device.place.isCut = false;
  await world.time.advance(60_000);
  device.losePower();
  await world.time.settle();
  // Back to where it had not been sent.
  world.history.forget(device.database.loseLast(device.database.length - length, 'any'));
  device.place.isCut = true;
  const second = device.openTab();
  await world.time.advance(1_000);
  second.disk.fail('closed-handle', 2);
  world.history.forget(device.database.wipe(), true);
  await world.time.advance(1_000);
  expect(second.client.isInMemory).toBe(true);
  device.place.isCut = false;
  second.client.connect();
  await expectSettled(world);
  expect(world.ledger.decided.size).toBe(2);
});

test('CL-8: what a slow tab brings into a new database, and was decided before, leaves it again', async () => {
  const world = await start({ storageMs: 20 });
  const device = world.addDevice();
  const tabs = [device.openTab(), device.openTab()] as const;
  await world.time.advance(60_000);
  device.place.isCut = true;
  device.place.drop('reset');
  await world.time.advance(1_000);
  write(world, tabs[0], 'a', { type: 'set', value: { n: 1 } });
  await world.time.advance(1_000);
  device.database.wipe();
  tabs[1].disk.fail('commits-fail', 3);
  device.place.isCut = false;
  tabs[0].client.connect();
  await world.time.advance(120_000);
  world.ledger.catchUp(world.time.clock.now());
  await checkStorage(world);
  await expectSettled(world);
});

test('CL-8: without locks, what a tab without room brings into a new database, and was decided before, leaves it again', async () => {
  const world = await start({ storageMs: 20, hasLocks: false });
  const device = world.addDevice();
  const tabs = [device.openTab(), device.openTab()] as const;
  await world.time.advance(60_000);
  device.place.isCut = true;
  device.place.drop('reset');
  await world.time.advance(1_000);
  write(world, tabs[0], 'a', { type: 'set', value: { n: 1 } });
  await world.time.advance(1_000);
  device.database.wipe();
  tabs[1].disk.fail('quota', 4);
  device.place.isCut = false;
  tabs[0].client.connect();
  await world.time.advance(300_000);
  tabs[1].client.connect();
  world.ledger.catchUp(world.time.clock.now());
  await checkStorage(world);
  await expectSettled(world);
});

test('CL-4: without locks, an edit waits for the create of a closed tab that storage has and nobody has spoken of yet', async () => {
  const world = await start({ hasLocks: false, storageMs: 20 });
  const device = world.addDevice();
  device.place.isCut = true;
  const first = device.openTab();
  await world.time.advance(1_000);
  write(world, first, 'a', { type: 'set', value: { n: 1 } });
  await world.time.advance(1_000);
  device.crashTab(first);
  device.place.isCut = false;
  const second = device.openTab();
  while (second.value('todos', 'a') === undefined) await world.time.advance(1);
  write(world, second, 'a', { type: 'patch', fields: { n: 2 } });
  await world.time.advance(200_000);
  await expectSettled(world);
  expect(world.ledger.values('todos').get('a')).toEqual({ n: 2 });
});

test('CL-4, CL-8: a tab that opens while a decision cannot be stored shows the write as pending until it is, and no longer', async () => {
  const world = await start({ networkMs: 50 });
  const device = world.addDevice();
  const first = device.openTab();
  await world.time.advance(60_000);
  write(world, first, 'a', { type: 'set', value: { n: 1 } });
  await world.time.settle();
  first.disk.fail('commits-fail', 3);
  while (first.client.syncState('todos', 'a') !== 'synced') await world.time.advance(1);
  const late = device.openTab();
  await world.time.advance(10);
  expect(late.client.syncState('todos', 'a')).toBe('pending');
  await expectSettled(world, () => expect(late.client.syncState('todos', 'a')).toBe('synced'));
});

test('CL-4, CL-8: a tab that opens while rows cannot be stored shows them once they are', async () => {
  const world = await start({ networkMs: 50 });
  const device = world.addDevice();
  const [first, other] = [device.openTab(), world.addDevice().openTab()];
  first.open('todos', EVERYTHING);
  await world.time.advance(60_000);
  first.disk.fail('commits-fail', 3);
  write(world, other, 'a', { type: 'set', value: { n: 1 } });
  while (first.value('todos', 'a') === undefined) await world.time.advance(1);
  // Its sibling has told everybody there is.
  await world.time.advance(10);
  const late = device.openTab();
  late.open('todos', EVERYTHING);
  await world.time.advance(10);
  expect(late.value('todos', 'a')).toBeUndefined();
  await expectSettled(world, () => expect(late.value('todos', 'a')).toEqual({ n: 1 }));
});

test('CL-4, CL-8: a tab that opens while neither a create nor its removal can be stored shows nothing of it once they are', async () => {
  const world = await start({ networkMs: 50 });
  const device = world.addDevice();
  const [first, other] = [device.openTab(), world.addDevice().openTab()];
  for (const tab of [first, other]) tab.open('todos', EVERYTHING);
  await world.time.advance(60_000);
  write(world, first, 'a', { type: 'set', value: { n: 1 } });
  await world.time.settle();
  first.disk.fail('commits-fail', 5);
  while (other.value('todos', 'a') === undefined) await world.time.advance(1);
  write(world, other, 'a', { type: 'remove' });
  while (first.value('todos', 'a') !== undefined) await world.time.advance(1);
  await world.time.advance(10);
  const late = device.openTab();
  await world.time.advance(10);
  expect(late.client.syncState('todos', 'a')).toBe('pending');
  await expectSettled(world, () => expect(late.value('todos', 'a')).toBeUndefined());
});

test('SY-5: what a removal long ago has superseded is shown until the push of the commit that says so, and no longer', async () => {
  // In a window of two the third write is decided after the first answer; the sibling hears of that when it is stored.
  const world = await start({ windowOps: 2, storageMs: 20, networkMs: 60 });
  const device = world.addDevice();
  const tabs = [device.openTab(), device.openTab()];
  const other = world.addDevice().openTab();
  const views = tabs.map((tab) => tab.open('todos', EVERYTHING));
  await world.time.advance(5_000);
  device.place.isCut = true;
  device.place.drop('reset');
  await world.time.advance(1_000);
  for (const key of ['1', '2', '3']) write(world, tabs[0]!, key, { type: 'set', value: { n: 1 } });
  await world.time.advance(1_000);
  write(world, other, '3', { type: 'set', value: { n: 2 } });
  write(world, other, '3', { type: 'remove' });
  await world.time.advance(1_000);
  checkAlways(world);
  await world.time.advance(200_000);
  device.place.isCut = false;
  for (const tab of tabs) tab.client.connect();
  const until = world.time.clock.now() + 5_000;
  while (world.time.clock.now() < until && world.time.startNext()) {
    await world.time.settle();
    checkAlways(world);
  }
  await expectSettled(world, () => {
    for (const view of views) expect(view.read().data.map(({ _key }) => _key)).toEqual(['1', '2']);
  });
});

test('SY-2, HK-3: what is told again of an op, a later field of which was unset and forgotten, can be given back all the same', async () => {
  // With this seed the verdict is among what is lost on its way.
  const world = await start({ networkMs: 60, tombstonesMs: 5_000 }, 3);
  const [device, another] = [world.addDevice(), world.addDevice()];
  const [author, other] = [device.openTab(), another.openTab()];
  for (const tab of [author, other]) tab.open('todos', EVERYTHING);
  await world.time.advance(1_000);
  write(world, author, 'a', { type: 'set', value: { tag: 'first' } });
  await world.time.advance(5_000);
  world.backUp();
  write(world, author, 'a', { type: 'patch', fields: { tag: 'second', rank: 1 } });
  world.ledger.catchUp(world.time.clock.now());
  const before = world.ledger.position;
  while (world.ledger.position === before && world.time.startNext()) {
    await world.time.settle();
    world.ledger.catchUp(world.time.clock.now());
  }
  // The verdict is lost.
  device.place.isCut = true;
  device.place.drop('reset');
  await world.time.advance(1_000);
  expect(author.client.getPendingOpsCount()).toBe(1);
  write(world, other, 'a', { type: 'patch', fields: { tag: 'third', rank: undefined } });
  await world.time.advance(200_000);
  world.ledger.catchUp(world.time.clock.now());
  expect(world.ledger.values('todos').get('a')).toEqual({ tag: 'third' });
  world.history.forgetTab(other.name);
  another.crashTab(other);

  device.place.isCut = false;
  author.client.connect();
  await world.time.advance(20_000);
  expect(author.client.getPendingOpsCount()).toBe(0);
  world.crashServer();
  expect(world.putBack()).toBe(true);
  await world.startServer();
  await expectSettled(world, () => expect(author.value('todos', 'a')).toEqual({ tag: 'second' }));
});

test('SY-5: a tab that has just thawed may show what was removed long ago, until it runs', async () => {
  const world = await start();
  const [tab, other] = [world.addDevice().openTab(), world.addDevice().openTab()];
  const view = tab.open('todos', EVERYTHING);
  await world.time.advance(1_000);
  write(world, other, 'a', { type: 'set', value: { n: 1 } });
  await world.time.advance(1_000);
  tab.freeze();
  write(world, other, 'a', { type: 'remove' });
  await world.time.advance(300_000);
  tab.thaw(world.time.clock.now());
  expect([view.read().settled, view.read().data.length]).toEqual([true, 1]);
  checkAlways(world);
  await world.time.advance(1);
  checkAlways(world);
  await expectSettled(world, () => expect(view.read().data).toEqual([]));
});

test('CL-8, SY-2: what a tab that has just thawed brings into a new database is gone where the server has removed it, in all tabs', async () => {
  const world = await start();
  const device = world.addDevice();
  const [frozen, sibling, other] = [device.openTab(), device.openTab(), world.addDevice().openTab()];
  for (const tab of [frozen, sibling, other]) tab.open('todos', EVERYTHING);
  await world.time.advance(1_000);
  for (const key of ['a', 'b']) write(world, other, key, { type: 'set', value: { n: 1 } });
  await world.time.advance(1_000);
  expect([...frozen.rows('todos').keys()]).toEqual(['a', 'b']);
  frozen.freeze();
  write(world, other, 'a', { type: 'remove' });
  write(world, other, 'c', { type: 'set', value: { n: 1 } });
  await world.time.advance(120_000);
  world.history.forget(device.database.wipe(), true);
  await world.time.advance(20_000);
  frozen.thaw(world.time.clock.now());
  await world.time.advance(120_000);
  world.ledger.catchUp(world.time.clock.now());
  await checkStorage(world);
  await expectSettled(world, () => {
    for (const tab of [frozen, sibling]) expect([...tab.rows('todos').keys()].toSorted()).toEqual(['b', 'c']);
  });
});
