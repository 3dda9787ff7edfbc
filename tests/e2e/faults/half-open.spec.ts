import type { Page } from '@playwright/test';

import { expect, test, TodoDevice } from '../fixtures.js';
import { TodoPage, type TodoWindow } from '../todo-page.js';
import { BurstWriter } from './burst-writer.js';
import { expectEachOnce } from './expect-each-once.js';
import { SilentProxy } from './silent-proxy.js';

type ChangesWindow = TodoWindow & { changes: { readonly state: string; readonly reason: string | undefined }[] };

/** From now on the page keeps what becomes of its connection. */
function noteChanges(page: Page): Promise<void> {
  return page.evaluate(() => {
    const changes: ChangesWindow['changes'] = [];
    (window as ChangesWindow).changes = changes;
    (window as TodoWindow).topgun.onConnectionStateChange(({ state, fault }) =>
      changes.push({ state, reason: fault?.reason }),
    );
  });
}

const firstChange = (page: Page): Promise<ChangesWindow['changes'][number] | undefined> =>
  page.evaluate(() => (window as ChangesWindow).changes[0]);

test('CL-6: the heartbeat finds a half-open connection in mid-write, and what was sent into it arrives by the next one, once', async ({
  app,
  browser,
  newDevice,
}) => {
  const proxy = await SilentProxy.before(app.url);
  const device = new TodoDevice(await browser.newContext(), proxy.url, app.dist);
  try {
    const writer = await BurstWriter.of(device);
    const todos = new TodoPage(await device.openPage('/#/done'));
    await todos.toBeLive();
    await noteChanges(todos.page);
    await writer.start(todos.page, 'silent');
    await writer.more(30);
    proxy.silence();
    await writer.more(30);
    await writer.stop(todos.page);
    expect((await app.rows()).length, 'all had arrived: nothing was tested').toBeLessThan(writer.persisted.length);

    // Nothing but the client's own heartbeat can have told.
    await expect
      .poll(() => firstChange(todos.page), { timeout: 60_000 })
      .toEqual({ state: 'authenticating', reason: 'The server no longer answers.' });
    await todos.toBeLive();
    await expectEachOnce(app, writer.persisted, newDevice, todos.page);
    expect(device.errors).toEqual([]);
  } finally {
    await device.context.close();
    await proxy.close();
  }
});
