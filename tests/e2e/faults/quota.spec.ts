import type { Page } from '@playwright/test';

import { expect, test } from '../fixtures.js';
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

for (const end of ['the quota grows again', 'the tab crashes'] as const) {
  test(`CL-8: when the disk is full in mid-write it is told, and no persisted write is lost, whether or not ${end}`, async ({
    app,
    newDevice,
  }) => {
    const device = await newDevice();
    const writer = await BurstWriter.of(device);
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
    await expect.poll(() => storageIssues(todos.page)).toContain('quota');

    if (end === 'the tab crashes') {
      await crash(todos.page);
      await setQuota(null);
    } else {
      await setQuota(null);
      await writer.more(30);
      await writer.stop(todos.page);
    }
    expect(await app.rows(), 'the server knows already: the disk was not tested').toEqual([]);
    await device.goOnline();
    const next = end === 'the tab crashes' ? await device.openTab('/#/done') : todos;
    await next.toBeLive();
    await expectEachOnce(app, writer.persisted, newDevice, next.page);
  });
}
