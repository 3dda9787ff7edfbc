import { describe, expect, it } from 'vitest';

import type { ReplicaId } from '../../clock/index.js';
import { MemoryAdapter } from '../adapters/memory-storage.js';
import type { Storage } from '../ports/storage.js';
import { createSeededRandom } from '../testing/seeded-random.js';
import { createVirtualTime } from '../testing/virtual-time.js';
import { createReplicaLeases, LEASE_RENEWAL_MS, LEASE_TTL_MS, type ReplicaLeases } from './replica-leases.js';

const MINE = 'dbdbdbdbdbdb.mine' as ReplicaId;
const OTHER = 'dbdbdbdbdbdb.other' as ReplicaId;

async function createBrowser() {
  const time = createVirtualTime();
  const adapter = new MemoryAdapter({ random: createSeededRandom(1) });
  let isFailing = false;
  const openStorage = async (): Promise<Storage> => {
    const opened = await adapter.open('db');
    if (!opened.ok) throw new Error(opened.error.message);
    const storage = opened.value;
    const failure = { ok: false, error: { code: 'failed', message: 'The disk is on strike.' } } as const;
    return { ...storage, lease: (request) => (isFailing ? Promise.resolve(failure) : storage.lease(request)) };
  };
  const lost: ReplicaId[] = [];
  const logged: string[] = [];
  return {
    time,
    lost,
    logged,
    fail: (failing: boolean) => void (isFailing = failing),
    openTab: async (holder: string): Promise<ReplicaLeases> =>
      createReplicaLeases({
        storage: await openStorage(),
        holder,
        environment: { clock: time.clock, log: (_level, message) => void logged.push(message) },
        onLost: (replica) => void lost.push(replica),
      }),
  };
}

describe('replica leases', () => {
  it('CL-4: an own replica is kept as long as it is renewed', async () => {
    const { time, openTab, lost } = await createBrowser();
    const [one, two] = [await openTab('1'), await openTab('2')];
    one.own(MINE);
    for (let i = 0; i < 12; i += 1) {
      await time.advance(LEASE_RENEWAL_MS);
      await one.renew();
      await two.renew();
      expect(await two.claim([MINE])).toBe(false);
      expect([one.areCurrent(), one.has(MINE), two.has(MINE)]).toEqual([true, true, false]);
    }
    expect(one.adopted()).toEqual([]);
    expect(lost).toEqual([]);
  });

  it('CL-4: of two that look, one adopts what nobody renews; its tab is told when it is back', async () => {
    const { time, openTab, lost } = await createBrowser();
    const [one, two, three] = [await openTab('1'), await openTab('2'), await openTab('3')];
    one.own(MINE);
    await time.advance(LEASE_TTL_MS - 1);
    expect(one.areCurrent()).toBe(true);
    expect(await two.claim([MINE])).toBe(false);
    await time.advance(1);
    expect(one.areCurrent()).toBe(false);
    expect(await Promise.all([two.claim([MINE, OTHER]), three.claim([MINE])])).toEqual([true, false]);
    expect([two.adopted(), three.adopted()]).toEqual([[MINE, OTHER], []]);
    await one.renew();
    expect(lost).toEqual([MINE]);
    expect(one.has(MINE)).toBe(false);
  });

  it('CL-4: what was taken over and given back meanwhile is lost all the same, and adopted again', async () => {
    const { time, openTab, lost } = await createBrowser();
    const [one, two] = [await openTab('1'), await openTab('2')];
    one.own(MINE);
    await time.advance(LEASE_TTL_MS);
    await two.claim([MINE]);
    await two.giveBack(MINE);
    await one.renew();
    expect(lost).toEqual([MINE]);
    expect(one.adopted()).toEqual([MINE]);
  });

  it('CL-4: a tab that was away takes nothing before the others had a turn to renew', async () => {
    const { time, openTab, lost } = await createBrowser();
    const [one, two] = [await openTab('1'), await openTab('2')];
    one.own(MINE);
    await time.advance(10 * LEASE_TTL_MS);
    await two.renew();
    await two.renew();
    expect(await two.claim([MINE])).toBe(false);
    await one.renew();
    await time.advance(LEASE_RENEWAL_MS);
    expect(await two.claim([MINE])).toBe(false);
    await two.renew();
    expect(await two.claim([OTHER])).toBe(true);
    expect(lost).toEqual([]);
    expect(one.areCurrent()).toBe(true);
  });

  it('CL-4: a clock that jumped ends leases until they are renewed', async () => {
    const { time, openTab } = await createBrowser();
    const tab = await openTab('1');
    tab.own(MINE);
    time.setSkew(-3_600_000);
    expect(tab.areCurrent()).toBe(false);
    await tab.renew();
    expect(tab.areCurrent()).toBe(true);
    time.setSkew(3_600_000);
    expect(tab.areCurrent()).toBe(false);
    await tab.renew();
    expect(tab.areCurrent()).toBe(true);
  });

  it('CL-8: what storage does not grant is not current, until it does', async () => {
    const { time, openTab, logged, lost, fail } = await createBrowser();
    const tab = await openTab('1');
    fail(true);
    tab.own(MINE);
    await time.settle();
    expect(tab.areCurrent()).toBe(false);
    expect(await tab.claim([OTHER])).toBe(false);
    expect(tab.has(OTHER)).toBe(false);
    expect(logged.length).toBe(2);
    fail(false);
    // Of the storage's own account it is free.
    await tab.renew();
    expect(tab.areCurrent()).toBe(true);
    fail(true);
    await time.advance(LEASE_TTL_MS - 1);
    await tab.renew();
    expect(tab.areCurrent()).toBe(true);
    await time.advance(1);
    expect(tab.areCurrent()).toBe(false);
    expect(lost).toEqual([]);
  });

  it('gives back all it has', async () => {
    const { openTab } = await createBrowser();
    const [one, two] = [await openTab('1'), await openTab('2')];
    one.own(MINE);
    await one.claim([OTHER]);
    await one.giveAllBack();
    expect([one.has(MINE), one.has(OTHER), one.areCurrent()]).toEqual([false, false, true]);
    expect(await two.claim([MINE, OTHER])).toBe(true);
    expect(two.adopted()).toEqual([MINE, OTHER]);
  });
});
