import { expect, test } from 'vitest';
import type { Rejection } from '../../packages/core/src/client/outbox/rejection.js';
import type { WriteHandle, WriteOutcome } from '../../packages/core/src/client/outbox/write-handle.js';
import type { AppTab } from './app-tab.js';
import { NO_DEFECTS } from './defects.js';
import { checkOnce, waitsFor } from './oracles.js';
import { createWorld, type World } from './world.js';
import { PLAIN_PROFILE, type WorldProfile } from './world-options.js';

/** CR-12 over the real client and the real server: money that is moved is neither lost nor made, whoever looks and whenever. */

const TOTAL = 100;

interface Account {
  readonly money: number;
}

async function start(profile: Partial<WorldProfile> = {}, seed = 1): Promise<World> {
  const world = await createWorld({ seed, profile: { ...PLAIN_PROFILE, ...profile }, defects: NO_DEFECTS });
  await world.startServer();
  return world;
}

const accountsOf = (tab: AppTab) => tab.client.getMap('accounts');
const movesOf = (tab: AppTab) => tab.client.getMap('moves');
const moneyOf = (tab: AppTab): number =>
  [...accountsOf(tab).values()].reduce((sum: number, { money }: Account) => sum + money, 0);

function endow(tab: AppTab): WriteHandle {
  return tab.client.transaction((tx) => {
    tx.map('accounts').set('a', { money: TOTAL / 2 });
    tx.map('accounts').set('b', { money: TOTAL / 2 });
  });
}

/** In two maps, and so in several partitions. */
function move(tab: AppTab, id: string, amount: number): WriteHandle {
  return tab.client.transaction((tx) => {
    const accounts = tx.map('accounts');
    accounts.update('a', (account: Account) => ({ money: account.money - amount }));
    accounts.update('b', (account: Account) => ({ money: account.money + amount }));
    tx.map('moves').set(id, { amount });
  });
}

/**
 * What is shown of two maps agrees, at every notification of either: always where the author is, elsewhere whenever both views are settled
 * (first answers come one after the other). Returns what has been shown.
 */
function watch(tab: AppTab, isAuthor = false): readonly number[] {
  const shown: number[] = [];
  const views = [tab.client.query('accounts'), tab.client.query('moves')];
  const look = (): void => {
    if (accountsOf(tab).size === 0 || (!isAuthor && views.some((view) => !view.getSnapshot().settled))) return;
    const moved = [...movesOf(tab).values()].reduce((sum: number, { amount }) => sum + amount, 0);
    const { money } = accountsOf(tab).get('b') as Account;
    if (moneyOf(tab) !== TOTAL || money !== TOTAL / 2 + moved) {
      throw new Error(`${tab.name} shows ${moneyOf(tab)} in all, ${money} in b and ${moved} moved`);
    }
    shown.push(moved);
  };
  for (const view of views) view.subscribe(look);
  accountsOf(tab).subscribe(look);
  movesOf(tab).subscribe(look);
  return shown;
}

async function expectSettled(world: World): Promise<void> {
  await world.time.advance(120_000);
  world.ledger.catchUp(world.time.clock.now());
  expect(waitsFor(world)).toBeNull();
  checkOnce(world);
  world.checkErrors();
}

/** Every transaction that the ledger took is there with all its parts. */
function expectWhole(world: World, moves: number): void {
  const accounts = [...world.ledger.values('accounts')].map(([, value]) => (value as unknown as Account).money);
  const moved = [...world.ledger.values('moves').values()].map(
    (value) => (value as unknown as { amount: number }).amount,
  );
  expect(accounts.reduce((sum, money) => sum + money, 0)).toBe(TOTAL);
  expect(moved).toHaveLength(moves);
}

function end(world: World): void {
  for (const { device, tab } of world.openTabs()) device.crashTab(tab);
}

test('CR-12: other devices and their tabs show all parts of a transaction in one notification', async () => {
  const world = await start({ networkMs: 40, ledgerMs: 15, storageMs: 5, channelMs: 5 });
  const author = world.addDevice();
  const tab = author.openTab();
  await world.time.advance(1_000);
  endow(tab);
  await world.time.advance(1_000);
  const watching = [
    author.openTab(),
    tab,
    ...[1, 2].map(() => world.addDevice()).flatMap((it) => [it.openTab(), it.openTab()]),
  ];
  const shown = watching.map((each) => watch(each));
  await world.time.advance(1_000);
  for (let n = 1; n <= 20; n += 1) {
    move(tab, `m${n}`, 1);
    await world.time.advance(7);
  }
  await expectSettled(world);
  for (const each of shown) expect(each.at(-1)).toBe(20);
  // Where the author is not, it came as pushes: not all of them at once.
  for (const each of shown.slice(2)) expect(new Set(each).size).toBeGreaterThan(5);
  expectWhole(world, 20);
  end(world);
});

test('CR-12, PI-11: a server that dies between submit and ack has taken all of a transaction or nothing, and it is told as a whole', async () => {
  let wasTaken = 0;
  let wasLost = 0;
  for (let afterMs = 0; afterMs < 90; afterMs += 3) {
    const world = await start({ networkMs: 20, ledgerMs: 30 }, afterMs + 1);
    const tab = world.addDevice().openTab();
    const other = world.addDevice().openTab();
    await world.time.advance(1_000);
    endow(tab);
    await world.time.advance(1_000);
    const shown = watch(other);
    watch(tab, true);
    await world.time.advance(1_000);
    let acked: WriteOutcome | null = null;
    void move(tab, 'm1', 7).acked.then((outcome) => (acked = outcome));
    await world.time.advance(afterMs);
    const wasAcked = acked !== null;
    world.crashServer();
    world.ledger.catchUp(world.time.clock.now());
    const parts = [...world.ledger.values('moves')].length;
    if (parts === 1 && !wasAcked) wasTaken += 1;
    if (parts === 0) wasLost += 1;
    expectWhole(world, parts);
    await world.startServer();
    await expectSettled(world);
    expect(acked).toEqual({ ok: true, outcome: 'applied' });
    expectWhole(world, 1);
    expect(shown.at(-1)).toBe(7);
    end(world);
  }
  // Both were seen: written but not acked, and not written.
  expect(wasTaken).toBeGreaterThan(0);
  expect(wasLost).toBeGreaterThan(0);
});

test('CR-12, CL-7: one part refused refuses all, durably; views go back; retry and discard are of the whole', async () => {
  const world = await start();
  const device = world.addDevice();
  const tab = device.openTab();
  const other = world.addDevice().openTab();
  await world.time.advance(1_000);
  endow(tab);
  await world.time.advance(1_000);
  watch(other);
  await world.time.advance(1_000);
  const told: Rejection[] = [];
  tab.client.onWriteRejected((rejection) => told.push(rejection));
  let shownAtOnce = 0;
  accountsOf(tab).subscribe(() => void (shownAtOnce += moneyOf(tab) === TOTAL ? 0 : 1));
  const handle = tab.client.transaction((tx) => {
    tx.map('accounts').patch('a', { money: 0 });
    tx.map('accounts').patch('b', { money: TOTAL });
    tx.map('moves').set('big', { amount: 50, note: 'x'.repeat(1_100_000) });
  });
  expect(accountsOf(tab).get('b')).toEqual({ money: TOTAL });
  await world.time.advance(1_000);
  expect(accountsOf(tab).get('a')).toEqual({ money: 50 });
  expect(accountsOf(tab).get('b')).toEqual({ money: 50 });
  expect(movesOf(tab).has('big')).toBe(false);
  expect(shownAtOnce).toBe(0);
  const acked = await handle.acked;
  expect(acked).toMatchObject({ ok: false, rejected: { code: 'too-large', key: 'big' } });
  expect(told.map(({ map, key, code }) => [map, key, code])).toEqual([
    ['accounts', 'a', 'transaction-refused'],
    ['accounts', 'b', 'transaction-refused'],
    ['moves', 'big', 'too-large'],
  ]);
  expect(told[0]?.reason).toContain('part 3 of 3, "big" in moves, was refused (too-large)');
  expect(new Set(told.map(({ transaction }) => transaction)).size).toBe(1);

  device.crashTab(tab);
  const again = device.openTab();
  await world.time.advance(1_000);
  await accountsOf(again).loaded();
  expect(again.client.rejections.list()).toEqual(told);
  const retried = again.client.rejections.retry(told[1]!.id);
  await world.time.advance(1_000);
  expect(await retried?.acked).toMatchObject({ ok: false, rejected: { code: 'too-large' } });
  const second = again.client.rejections.list();
  expect(second.map(({ key }) => key)).toEqual(['a', 'b', 'big']);
  expect(second[0]?.transaction).not.toBe(told[0]?.transaction);
  expect(await again.client.rejections.discard(second[2]!.id)).toBe(true);
  expect(again.client.rejections.list()).toEqual([]);
  await expectSettled(world);
  expect(other.client.getMap('moves').size).toBe(0);
  expectWhole(world, 0);
  end(world);
});

test('CR-12, CL-4: the transactions of a tab that is gone are sent whole by another, through a window that barely holds one', async () => {
  const world = await start({ windowOps: 3, storageMs: 4, networkMs: 10 });
  const device = world.addDevice();
  const tab = device.openTab();
  const other = world.addDevice().openTab();
  await world.time.advance(1_000);
  endow(tab);
  await world.time.advance(1_000);
  watch(other);
  await world.time.advance(1_000);
  device.place.isCut = true;
  device.place.drop('reset');
  await world.time.advance(1_000);
  for (let n = 1; n <= 12; n += 1) {
    movesOf(tab).set(`single${n}`, { amount: 0 });
    move(tab, `m${n}`, 1);
  }
  await world.time.advance(1_000);
  device.crashTab(tab);
  const heir = device.openTab();
  watch(heir, true);
  await world.time.advance(1_000);
  device.place.isCut = false;
  await expectSettled(world);
  expectWhole(world, 24);
  expect(moneyOf(heir)).toBe(TOTAL);
  end(world);
});

test('CR-11, CR-12: a transaction made by a wrong clock is stamped anew and stays whole, each part with a stamp of its own', async () => {
  const world = await start();
  const device = world.addDevice();
  const tab = device.openTab();
  const other = world.addDevice().openTab();
  await world.time.advance(1_000);
  endow(tab);
  await world.time.advance(1_000);
  watch(other);
  await world.time.advance(1_000);
  device.place.isCut = true;
  device.place.drop('reset');
  await world.time.advance(1_000);
  device.setSkew(3_600_000);
  const handle = move(tab, 'm1', 3);
  await world.time.advance(1_000);
  device.place.isCut = false;
  await expectSettled(world);
  expect(await handle.acked).toEqual({ ok: true, outcome: 'applied' });
  const stamps = [...world.ledger.decided.values()].flatMap(([decision]) => decision?.op?.stamp ?? []);
  expect(new Set(stamps).size).toBe(5);
  expectWhole(world, 1);
  end(world);
});

test('CR-1, CR-12: a transaction refused for a clock that was set while it was connected is repaired as a whole', async () => {
  const world = await start();
  const device = world.addDevice();
  const tab = device.openTab();
  const other = world.addDevice().openTab();
  await world.time.advance(1_000);
  endow(tab);
  await world.time.advance(1_000);
  watch(other);
  await world.time.advance(1_000);
  device.setSkew(3_600_000);
  const handle = move(tab, 'm1', 3);
  const single = accountsOf(tab).set('c', { money: 0 });
  await world.time.advance(100);
  world.ledger.catchUp(world.time.clock.now());
  const refusals = [...world.ledger.decided.values()].flatMap(([decision]) => decision?.refusal ?? []);
  expect(refusals.toSorted()).toEqual(['clock-skew', 'clock-skew', 'transaction-refused', 'transaction-refused']);
  await expectSettled(world);
  expect(await handle.acked).toEqual({ ok: true, outcome: 'applied' });
  expect(await single.acked).toEqual({ ok: true, outcome: 'applied' });
  expect(tab.client.rejections.list()).toEqual([]);
  expectWhole(world, 1);
  expect(accountsOf(other).get('b')).toEqual({ money: 53 });
  end(world);
});
