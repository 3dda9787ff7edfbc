import { expect, test } from 'vitest';
import type { AppTab } from './app-tab.js';
import { NO_DEFECTS } from './defects.js';
import { checkOnce, waitsFor } from './oracles.js';
import { createWorld, type World } from './world.js';
import { PLAIN_PROFILE, type WorldProfile } from './world-options.js';

/** CL-7 over the real client and the real server, whose limit of a record's size is what refuses. */

const TOO_LONG = 'x'.repeat(1_100_000);

async function start(profile: Partial<WorldProfile> = {}): Promise<World> {
  const world = await createWorld({ seed: 1, profile: { ...PLAIN_PROFILE, ...profile }, defects: NO_DEFECTS });
  await world.startServer();
  return world;
}

const notesOf = (tab: AppTab) => tab.client.getMap('notes');
const refusedIn = (tab: AppTab) =>
  tab.client.rejections.list().map(({ key, code, attempted }) => [key, code, attempted.type]);

async function end(world: World): Promise<void> {
  await world.time.advance(120_000);
  world.ledger.catchUp(world.time.clock.now());
  expect(waitsFor(world)).toBeNull();
  checkOnce(world);
  world.checkErrors();
  for (const { device, tab } of world.openTabs()) device.crashTab(tab);
}

for (const hasLocks of [true, false]) {
  const where = hasLocks ? '' : ', without Web Locks';
  test(`CL-7: refusing a create refuses what depends on it, of all tabs; edited and retried it is all there, once${where}`, async () => {
    const world = await start({ hasLocks, networkMs: 40, storageMs: 4, channelMs: 3 });
    const device = world.addDevice();
    const [tab, sibling] = [device.openTab(), device.openTab()];
    const other = world.addDevice().openTab();
    await world.time.advance(1_000);
    for (const each of [tab, sibling, other]) notesOf(each).subscribe(() => {});
    await world.time.advance(1_000);
    notesOf(tab).set('kept', { text: 'before' });
    await world.time.advance(1_000);

    device.place.isCut = true;
    device.place.drop('reset');
    await world.time.advance(1_000);
    notesOf(tab).set('n', { text: TOO_LONG });
    notesOf(tab).patch('n', { done: true });
    notesOf(tab).patch('kept', { text: TOO_LONG });
    await world.time.advance(1_000);
    notesOf(sibling).patch('n', { rank: 1 });
    expect(notesOf(sibling).get('n')).toEqual({ text: TOO_LONG, done: true, rank: 1 });
    device.place.isCut = false;
    await world.time.advance(60_000);

    const refused = [
      ['kept', 'too-large', 'patch'],
      ['n', 'record-absent', 'patch'],
      ['n', 'record-absent', 'patch'],
      ['n', 'too-large', 'set'],
    ];
    for (const each of [tab, sibling]) {
      expect(refusedIn(each).sort()).toEqual(refused);
      expect([notesOf(each).has('n'), notesOf(each).get('kept')]).toEqual([false, { text: 'before' }]);
      expect(each.client.getPendingOpsCount()).toBe(0);
    }
    expect(notesOf(other).has('n')).toBe(false);

    device.crashTab(tab);
    const again = device.openTab();
    notesOf(again).subscribe(() => {});
    await world.time.advance(60_000);
    expect(refusedIn(again).sort()).toEqual(refused);
    const { rejections } = again.client;
    const idOf = (code: string): string => rejections.list().find((each) => each.code === code && each.key === 'n')!.id;
    const edited = rejections.edit<{ text: string }>(idOf('too-large'), ({ text }) => ({ text: text.slice(0, 3) }));
    for (const { id } of rejections.list().filter(({ code }) => code === 'record-absent')) rejections.retry(id);
    await world.time.advance(60_000);
    expect(await edited.acked).toEqual({ ok: true, outcome: 'applied' });
    for (const each of [again, sibling, other]) {
      expect(notesOf(each).get('n')).toEqual({ text: 'xxx', done: true, rank: 1 });
    }
    expect([refusedIn(again), refusedIn(sibling)]).toEqual(Array(2).fill([['kept', 'too-large', 'patch']]));
    const discarded = rejections.discard(rejections.list()[0]!.id);
    await world.time.advance(1_000);
    expect(await discarded).toBe(true);
    expect([refusedIn(again), refusedIn(sibling), notesOf(sibling).get('kept')]).toEqual([[], [], { text: 'before' }]);
    await end(world);
  });
}
