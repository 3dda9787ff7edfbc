import type { Page } from '@playwright/test';

import { expect, test } from '../fixtures.js';
import type { TodoWindow } from '../todo-page.js';
import { BurstWriter } from './burst-writer.js';
import { crash } from './crash.js';
import { expectEachOnce } from './expect-each-once.js';
import { noteStorageIssues, storageIssues } from './storage-issues.js';

/** What the browser lets the page's origin have, in bytes; null: what it usually does. */
type SetQuota = (bytes: number | null) => Promise<void>;

/** By a page of its own, so that it outlives the one that writes. */
async function quotaOf(page: Page, origin: string): Promise<SetQuota> {
  const session = await page.context().newCDPSession(page);
  return async (bytes) => {
    await session.send('Storage.overrideQuotaForOrigin', bytes === null ? { origin } : { origin, quotaSize: bytes });
  };
}

/** Of a map that a tab has fetched and no tab uses any more. */
const BALLAST = { map: 'ballast' as 'todos', records: 200, chars: 10_000 } as const;

async function fillBallast(page: Page): Promise<void> {
  await page.evaluate(async ({ map, records, chars }) => {
    const ballast = (window as TodoWindow).topgun.getMap(map);
    const writes = Array.from({ length: records }, (_, n) =>
      ballast.set(`b${n}`, { text: `${n}`.padEnd(chars, '.'), done: true, order: 'a0', createdAt: n }),
    );
    await Promise.all(writes.map(({ acked }) => acked));
    // Else the next tab would find undecided what this one has not stored the verdicts of, and so use the map.
    await (window as TodoWindow).topgun.close();
  }, BALLAST);
}

/** How many records of it this device holds; with `isFetched` once the server has said what there is. */
function ballastHeld(page: Page, isFetched: boolean): Promise<number> {
  return page.evaluate(
    async ({ map, waits }) => {
      const ballast = (window as TodoWindow).topgun.getMap(map);
      await ballast.loaded();
      if (waits) await ballast.settled();
      return ballast.size;
    },
    { map: BALLAST.map, waits: isFetched },
  );
}

for (const end of ['the quota grows again', 'the tab crashes'] as const) {
  test(`CL-8: when the disk is full in mid-write it is told, what the server has makes way, and no persisted write is lost, whether or not ${end}`, async ({
    app,
    newDevice,
  }) => {
    const device = await newDevice();
    const writer = await BurstWriter.of(device);
    const before = await device.openTab('/#/done');
    await before.toBeLive();
    await fillBallast(before.page);
    await before.page.close();
    const todos = await device.openTab('/#/done');
    await todos.toBeLive();
    await noteStorageIssues(todos.page);
    const other = await device.context.newPage();
    const setQuota = await quotaOf(other, app.url);
    await device.goOffline();
    await todos.toBeOffline();
    await writer.start(todos.page, 'quota');
    await writer.more(30);
    await setQuota(1);
    const evictions = async () => (await storageIssues(todos.page)).map(({ eviction }) => eviction);
    await expect
      .poll(evictions)
      .toContainEqual(expect.objectContaining({ maps: [BALLAST.map], isWritten: false, lostWrites: 0 }));
    const freed = (await evictions()).map((eviction) => eviction?.freedBytes ?? 0);
    expect(Math.max(...freed)).toBeGreaterThan(BALLAST.records * BALLAST.chars);

    if (end === 'the tab crashes') {
      await crash(todos.page);
      await setQuota(null);
    } else {
      await setQuota(null);
      await writer.more(30);
      await writer.stop(todos.page);
    }
    expect(await app.rows(), 'the server knows already: the disk was not tested').toEqual([]);
    if (end === 'the quota grows again') expect(await ballastHeld(todos.page, false)).toBe(0);
    await device.goOnline();
    const next = end === 'the tab crashes' ? await device.openTab('/#/done') : todos;
    await next.toBeLive();
    await expectEachOnce(app, writer.persisted, newDevice, next.page);
    expect(await ballastHeld(next.page, true)).toBe(BALLAST.records);
  });
}
