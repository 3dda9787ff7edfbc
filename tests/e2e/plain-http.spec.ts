import { expect, test as base, TodoDevice } from './fixtures.js';
import type { TodoWindow } from './todo-page.js';

const HOST = 'todo.test';
/** Longer than a closed tab's lease runs. */
const LEASE_OVER_MS = 150_000;
/** Until a tab looks again for what nobody speaks for. */
const LOOK_MS = 31_000;

/** The app on plain http under a name that is not this machine's, as on a LAN: no secure context, so no Web Locks. */
const test = base.extend<{ readonly device: TodoDevice }, object>({
  launchOptions: [
    async ({ launchOptions }, provide) => {
      const args = [...(launchOptions.args ?? []), `--host-resolver-rules=MAP ${HOST} 127.0.0.1`];
      await provide({ ...launchOptions, args });
    },
    { scope: 'worker' },
  ],
  device: async ({ browser, app }, provide) => {
    const url = app.url.replace('127.0.0.1', HOST);
    const device = new TodoDevice(await browser.newContext(), url, app.dist);
    await provide(device);
    expect.soft(device.errors, 'errors in the console').toEqual([]);
    await device.context.close();
  },
});

test('CL-4: without Web Locks two tabs converge, online and off, and neither cuts the other off', async ({
  app,
  device,
}) => {
  const first = await device.openTab();
  expect(
    await first.page.evaluate(() => [isSecureContext, navigator.locks as unknown, typeof crypto.randomUUID]),
  ).toEqual([false, undefined, 'undefined']);
  const second = await device.openTab();
  const states: string[] = [];
  for (const tab of [first, second]) {
    await tab.toBeLive();
    await tab.page.exposeFunction('noteState', (state: string) => states.push(state));
    await tab.page.evaluate(() => {
      const { topgun, noteState } = window as TodoWindow & { readonly noteState: (state: string) => void };
      topgun.onConnectionStateChange(({ state }) => noteState(state));
    });
  }

  await first.add('milk');
  await expect(second.texts).toHaveText(['milk']);
  await second.add('bread');
  await expect(first.texts).toHaveText(['bread', 'milk']);
  await second.edit('milk', 'oat milk');
  await expect(first.texts).toHaveText(['bread', 'oat milk']);
  await first.toggle('bread');
  await expect(second.checkbox('bread')).toBeChecked();
  const shared = [
    { text: 'bread', done: true },
    { text: 'oat milk', done: false },
  ];
  await expect.poll(() => app.todos()).toEqual(shared);
  await Promise.all([first.toBeLive(), second.toBeLive()]);
  expect(states).toEqual([]);

  await device.goOffline();
  await Promise.all([first.toBeOffline(), second.toBeOffline()]);
  await first.add('tea');
  await expect(second.texts).toHaveText(['tea', 'bread', 'oat milk']);
  await second.toggle('tea');
  await expect(first.checkbox('tea')).toBeChecked();
  await device.goOnline();
  await expect.poll(() => app.todos()).toEqual([...shared, { text: 'tea', done: true }]);
  await Promise.all([first.toBeLive(), second.toBeLive()]);

  // Each has known of the other's unsent edits; from here on both stay connected.
  states.length = 0;
  for (let round = 1; round <= 10; round += 1) {
    await first.edit('tea', 'coffee');
    await expect(second.text('coffee')).toBeVisible();
    await second.edit('coffee', 'tea');
    await expect(first.text('tea')).toBeVisible();
  }
  await Promise.all([first.toBeLive(), second.toBeLive()]);
  expect(states).toEqual([]);
});

test('CL-4: without Web Locks, what a tab wrote offline before it was closed is sent by the tab that stays', async ({
  app,
  device,
}) => {
  await device.context.clock.install();
  const first = await device.openTab();
  const second = await device.openTab();
  await Promise.all([first.toBeLive(), second.toBeLive()]);
  await device.goOffline();
  await Promise.all([first.toBeOffline(), second.toBeOffline()]);
  await first.add('milk', 'bread');
  await expect(second.texts).toHaveText(['bread', 'milk']);
  await first.page.close();
  await second.add('tea');
  await device.goOnline();
  // What it wrote itself goes at once; what the other wrote has to wait until its lease has run out.
  await expect.poll(() => app.todos()).toEqual([{ text: 'tea', done: false }]);
  await expect(second.badge).toHaveAttribute('data-pending', '2');

  await device.context.clock.fastForward(LEASE_OVER_MS);
  await device.context.clock.fastForward(LOOK_MS);
  await expect
    .poll(() => app.todos())
    .toEqual([
      { text: 'bread', done: false },
      { text: 'milk', done: false },
      { text: 'tea', done: false },
    ]);
  await second.toBeLive();
  await expect(second.texts).toHaveText(['tea', 'bread', 'milk']);
});
