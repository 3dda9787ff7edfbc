import { describe, expect, test } from 'vitest';
import { materialize } from '../../packages/core/src/crdt/index.js';
import type { WriteOutcome } from '../../packages/core/src/client/outbox/write-handle.js';
import type { AppTab } from './app-tab.js';
import { NO_DEFECTS } from './defects.js';
import type { Device } from './device.js';
import { EVERYTHING, QUERIES, type Fields } from './queries.js';
import { createWorld, type World } from './world.js';
import { PLAIN_PROFILE, type WorldProfile } from './world-options.js';

// The real client and the real server, from the call to the cold store and to another device.

const HORIZON_MS = 60_000;

async function start(profile: Partial<WorldProfile> = {}): Promise<World> {
  const world = await createWorld({
    // Chance says what arrives of what was under way when a line is cut; with this seed it leaves what these tests are about.
    seed: 5,
    profile: { ...PLAIN_PROFILE, networkMs: 20, ledgerMs: 5, tombstonesMs: HORIZON_MS, ...profile },
    defects: NO_DEFECTS,
  });
  await world.startServer();
  return world;
}

const watch = (tab: AppTab) => tab.open('todos', EVERYTHING).handle;
const shown = (tab: AppTab): string[] =>
  watch(tab)
    .getSnapshot()
    .data.map(({ _key }) => _key);
const todos = (tab: AppTab) => tab.client.getMap('todos');

/** Every record the server holds anything of, as the cold store has it once it has caught up. */
async function coldKeys({ server }: World): Promise<string[]> {
  return (await server!.coldStore.rows('todos')).map(({ key }) => key);
}

async function stored(device: Device): Promise<Map<string, unknown>> {
  const name = 'topgun:http://grid.test:anonymous';
  const opened = await device.database.adapter.open(name);
  if (!opened.ok) throw new Error(opened.error.message);
  const records = await opened.value.loadMap('todos');
  if (!records.ok) throw new Error(records.error.message);
  return new Map([...records.value].map(([key, record]) => [key, materialize(record)]));
}

function goOffline(device: Device): void {
  device.place.isCut = true;
  device.place.drop('reset');
}

describe('a record that ends', () => {
  test('CR-9: hides at the same time on every device, online and off, and the server removes it for good', async () => {
    const world = await start();
    const [here, there, away] = [world.addDevice(), world.addDevice(), world.addDevice()];
    const tabs = [here.openTab(), there.openTab(), away.openTab()];
    for (const tab of tabs) watch(tab);
    await world.time.advance(1_000);
    todos(tabs[0]!).set('session', { user: 'u' }, { ttlMs: 10_000 });
    todos(tabs[0]!).set('other', { user: 'u' });
    const end = world.time.clock.now() + 10_000;
    await world.time.advance(1_000);
    goOffline(away);
    await world.time.advance(end - world.time.clock.now() - 1);
    expect(tabs.map(shown).map((keys) => [...keys].sort())).toEqual(Array(3).fill(['other', 'session']));
    await world.time.advance(1);
    expect(tabs.map(shown)).toEqual(Array(3).fill(['other']));
    await world.time.advance(1_000);
    expect([...(await stored(here)).keys()]).toEqual(['other']);
    expect([...(await stored(away)).keys()].sort()).toEqual(['other', 'session']);
    away.place.isCut = false;
    await world.time.advance(40_000);
    expect([...(await stored(away)).keys()]).toEqual(['other']);
    expect(tabs.map(shown)).toEqual(Array(3).fill(['other']));
    await world.time.advance(HORIZON_MS);
    expect(await coldKeys(world)).toEqual(['other']);
    world.checkErrors();
  });

  test('CR-9, CR-5: created again under its key, on the device that saw it end, it lives on everywhere, whoever is late', async () => {
    const world = await start();
    const [here, there] = [world.addDevice(), world.addDevice()];
    const [tab, other] = [here.openTab(), there.openTab()];
    for (const each of [tab, other]) watch(each);
    await world.time.advance(1_000);
    todos(tab).set('session', { old: 1 }, { ttlMs: 5_000 });
    await world.time.advance(1_000);
    // The server is down when the record ends, and long after.
    world.crashServer();
    await world.time.advance(10_000);
    const again = todos(tab).set('session', { fresh: 1 });
    expect(tab.value('todos', 'session')).toEqual({ fresh: 1 });
    await world.time.advance(10_000);
    await world.startServer();
    await world.time.advance(60_000);
    expect(await again.acked).toEqual({ ok: true, outcome: 'applied' });
    expect([tab, other].map((each) => each.value('todos', 'session'))).toEqual([{ fresh: 1 }, { fresh: 1 }]);
    world.checkErrors();
  });

  test('CR-5, CR-9: an extension made offline in time, and come too late, does not bring it back', async () => {
    const world = await start();
    const [here, there] = [world.addDevice(), world.addDevice()];
    const [tab, other] = [here.openTab(), there.openTab()];
    for (const each of [tab, other]) watch(each);
    await world.time.advance(1_000);
    todos(tab).set('late', { n: 1 }, { ttlMs: 5_000 });
    todos(tab).set('in time', { n: 1 }, { ttlMs: 5_000 });
    await world.time.advance(1_000);
    todos(tab).patch('in time', {}, { ttlMs: 600_000 });
    await world.time.advance(1_000);
    goOffline(there);
    todos(other).patch('late', {}, { ttlMs: 600_000 });
    await world.time.advance(8_000);
    expect([...shown(other)].sort()).toEqual(['in time', 'late']);
    there.place.isCut = false;
    await world.time.advance(40_000);
    expect([tab, other].map(shown)).toEqual([['in time'], ['in time']]);
    world.checkErrors();
  });

  test('CR-9, CR-11: by a device whose clock is an hour ahead it ends when it was meant to', async () => {
    const world = await start();
    const [wrong, right] = [world.addDevice(), world.addDevice()];
    wrong.setSkew(3_600_000);
    goOffline(wrong);
    const [tab, other] = [wrong.openTab(), right.openTab()];
    for (const each of [tab, other]) watch(each);
    await world.time.advance(1_000);
    todos(tab).set('k', { n: 1 }, { ttlMs: 120_000 });
    await world.time.advance(1_000);
    wrong.place.isCut = false;
    await world.time.advance(60_000);
    expect([tab, other].map(shown)).toEqual([['k'], ['k']]);
    await world.time.advance(60_000);
    expect([tab, other].map(shown)).toEqual([[], []]);
    world.checkErrors();
  });
});

test('CR-9, CR-11: created again where a fast clock had hidden it early, it counts as written after the end it had seen', async () => {
  const world = await start({ tombstonesMs: 86_400_000 });
  const [here, wrong] = [world.addDevice(), world.addDevice()];
  wrong.setSkew(3_600_000);
  const tab = here.openTab();
  const before = wrong.openTab();
  for (const each of [tab, before]) watch(each);
  await world.time.advance(1_000);
  todos(tab).set('k', { old: 1 }, { ttlMs: 600_000 });
  await world.time.advance(1_000);
  expect(shown(before)).toEqual(['k']);
  await wrong.closeTab(before);
  goOffline(wrong);
  // It has not heard the server's time: to it the record has ended.
  const after = wrong.openTab();
  watch(after);
  await world.time.advance(1_000);
  expect(shown(after)).toEqual([]);
  todos(after).set('k', { fresh: 1 });
  await world.time.advance(700_000);
  expect(shown(tab)).toEqual([]);
  wrong.place.isCut = false;
  await world.time.advance(60_000);
  expect([tab, after].map((each) => each.value('todos', 'k'))).toEqual([{ fresh: 1 }, { fresh: 1 }]);
  world.checkErrors();
});

describe('away for longer than removals are kept', () => {
  test('CR-10: what was deleted stays deleted, nothing unsent is lost, and edits of what is gone are shown with what was tried', async () => {
    const world = await start();
    const [here, there] = [world.addDevice(), world.addDevice()];
    const tab = here.openTab();
    const old = there.openTab();
    for (const each of [tab, old]) watch(each);
    await world.time.advance(1_000);
    for (const key of ['deleted', 'edited', 'again', 'kept']) todos(tab).set(key, { by: 'first', n: 1 });
    await world.time.advance(1_000);
    goOffline(there);
    const outcomes: WriteOutcome[] = [];
    const note = (write: { readonly acked: Promise<WriteOutcome> }): void => {
      void write.acked.then((outcome) => outcomes.push(outcome));
    };
    note(todos(old).patch('edited', { n: 2 }));
    note(todos(old).set('new', { by: 'away' }));
    for (const key of ['deleted', 'edited', 'again']) todos(tab).remove(key);
    todos(tab).patch('kept', { n: undefined });
    await world.time.advance(HORIZON_MS + 5_000);
    expect(await coldKeys(world)).toEqual(['kept']);
    // By somebody who has never heard of the first one.
    const third = world.addDevice().openTab();
    await world.time.advance(1_000);
    todos(third).set('again', { by: 'third' });
    await world.time.advance(1_000);

    there.place.isCut = false;
    await world.time.advance(60_000);
    expect([...shown(old)].sort()).toEqual(['again', 'kept', 'new']);
    expect(old.value('todos', 'again')).toEqual({ by: 'third' });
    expect(old.value('todos', 'kept')).toEqual({ by: 'first' });
    expect([...(await stored(there))].sort()).toEqual([
      ['again', { by: 'third' }],
      ['kept', { by: 'first' }],
      ['new', { by: 'away' }],
    ]);
    expect(outcomes.map(({ ok }) => ok).sort()).toEqual([false, true]);
    expect(old.client.rejections.list()).toMatchObject([
      { key: 'edited', code: 'record-absent', attempted: { type: 'patch', fields: { n: 2 } } },
    ]);
    expect([...shown(tab)].sort()).toEqual(['again', 'kept', 'new']);
    expect(old.client.getPendingOpsCount()).toBe(0);
    world.checkErrors();
  });

  test.each(['nothing else', 'the rest of the map'])(
    'CR-10: a create from before a removal that was forgotten shows to who has removed it, watching %s',
    async (watched) => {
      const world = await start();
      const [here, there] = [world.addDevice(), world.addDevice()];
      const [tab, away] = [here.openTab(), there.openTab()];
      const query = { input: { where: { n: { $gte: 2 } } }, holds: ({ n }: Fields) => Number(n) >= 2 };
      const { handle } = tab.open('todos', watched === 'nothing else' ? EVERYTHING : { ...EVERYTHING, ...query });
      await world.time.advance(1_000);
      goOffline(there);
      todos(away).set('k', { n: 2 });
      await world.time.advance(1_000);
      todos(tab).set('k', { n: 1 });
      await world.time.advance(1_000);
      todos(tab).remove('k');
      await world.time.advance(HORIZON_MS + 5_000);
      expect(await coldKeys(world)).toEqual([]);
      there.place.isCut = false;
      await world.time.advance(60_000);
      expect(handle.getSnapshot().data).toEqual([{ _key: 'k', n: 2 }]);
      expect([...(await stored(here))]).toEqual([['k', { n: 2 }]]);
      world.checkErrors();
    },
  );

  test('CR-10: the same for a device that was switched off meanwhile, and for a server that was started again', async () => {
    const world = await start();
    const [here, there] = [world.addDevice(), world.addDevice()];
    const tab = here.openTab();
    const before = there.openTab();
    for (const each of [tab, before]) watch(each);
    await world.time.advance(1_000);
    for (const key of ['again', 'deleted']) todos(tab).set(key, { by: 'first', old: 1 });
    await world.time.advance(1_000);
    await there.closeTab(before);
    for (const key of ['again', 'deleted']) todos(tab).remove(key);
    await world.time.advance(HORIZON_MS + 5_000);
    world.crashServer();
    await world.startServer();
    const third = world.addDevice().openTab();
    await world.time.advance(30_000);
    todos(third).set('again', { by: 'third' });
    await world.time.advance(1_000);
    const after = there.openTab();
    watch(after);
    await world.time.advance(30_000);
    expect(new Map(after.rows('todos'))).toEqual(new Map([['again', { by: 'third' }]]));
    expect([...(await stored(there))]).toEqual([['again', { by: 'third' }]]);
    world.checkErrors();
  });
});

test('CR-10: a field that shows once more, because its removal was forgotten, shows to who had heard of that and was away meanwhile', async () => {
  const world = await start();
  const [device, other] = [world.addDevice(), world.addDevice()];
  const [tab, elsewhere] = [device.openTab(), other.openTab()];
  const isDone = QUERIES[1]!;
  tab.open('todos', isDone);
  await world.time.advance(1_000);
  const cut = ({ place }: Device, isCut: boolean): void => {
    place.isCut = isCut;
    if (isCut) place.drop('reset');
  };
  cut(other, true);
  todos(elsewhere).set('a', { done: true });
  await world.time.advance(1_000);
  todos(tab).set('a', { done: false, n: 1 });
  todos(tab).patch('a', { done: undefined });
  await world.time.advance(2 * HORIZON_MS);
  cut(device, true);
  await world.time.advance(1_000);
  cut(other, false);
  await world.time.advance(60_000);
  cut(device, false);
  await world.time.advance(60_000);
  world.ledger.catchUp(world.time.clock.now());
  expect(world.ledger.values('todos')).toEqual(new Map([['a', { done: true, n: 1 }]]));
  expect(tab.open('todos', isDone).handle.getSnapshot()).toMatchObject({
    settled: true,
    data: [{ _key: 'a', done: true, n: 1 }],
  });
});
