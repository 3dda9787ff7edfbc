import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { BrowserContext } from '@playwright/test';

import { expect, test, TodoDevice } from '../fixtures.js';
import { BurstWriter } from './burst-writer.js';
import { expectEachOnce } from './expect-each-once.js';

/** SIGKILL of the browser's main process, which holds storage and network: no process of it cleans anything up. */
async function killBrowser(context: BrowserContext): Promise<void> {
  const browser = context.browser();
  if (browser === null) throw new Error('the context has no browser of its own');
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  const main = processInfo.find(({ type }) => type === 'browser');
  if (main === undefined) throw new Error('the browser does not say which process it is');
  const closed = context.waitForEvent('close');
  process.kill(main.id, 'SIGKILL');
  await closed;
}

for (const network of ['online', 'offline'] as const) {
  test(`CL-1, CL-2: a browser killed in mid-write, ${network}, and started again on its profile has every persisted write`, async ({
    app,
    newDevice,
    playwright,
    launchOptions,
  }) => {
    const profile = mkdtempSync(join(tmpdir(), 'topgun-e2e-profile-'));
    const start = async (): Promise<TodoDevice> =>
      new TodoDevice(await playwright.chromium.launchPersistentContext(profile, launchOptions), app.url, app.dist);
    let device = await start();
    try {
      const writer = await BurstWriter.of(device);
      const todos = await device.openTab('/#/done');
      await todos.toBeLive();
      if (network === 'offline') {
        await device.goOffline();
        await todos.toBeOffline();
      }
      await writer.start(todos.page, 'killed');
      await writer.more(30);
      await killBrowser(device.context);
      if (network === 'offline') {
        expect(await app.rows(), 'the server knows already: the disk was not tested').toEqual([]);
      }
      expect(device.errors).toEqual([]);

      device = await start();
      const next = await device.openTab('/#/done');
      await next.toBeLive();
      await expectEachOnce(app, writer.persisted, newDevice, next.page);
      expect(device.errors).toEqual([]);
    } finally {
      await device.context.close();
      rmSync(profile, { recursive: true, force: true });
    }
  });
}
