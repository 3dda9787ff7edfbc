import { expect, test } from './fixtures.js';

test('CL-6, CL-9: the badge says live or offline with what is unsent, and each unsent row is marked', async ({
  newDevice,
}) => {
  const device = await newDevice();
  const todos = await device.openTab();
  await todos.toBeLive();
  await todos.add('milk', 'bread');
  await todos.toBeLive();
  await expect(todos.unsentMark('milk')).toBeHidden();

  await device.goOffline();
  await expect(todos.badge).toHaveText('Offline');
  await todos.toggle('milk');
  await expect(todos.badge).toHaveText('Offline · 1 unsent');
  await todos.add('tea');
  await expect(todos.badge).toHaveText('Offline · 2 unsent');
  await expect(todos.unsentMark('milk')).toBeVisible();
  await expect(todos.unsentMark('tea')).toBeVisible();
  await expect(todos.unsentMark('bread')).toBeHidden();

  await device.goOnline();
  await expect(todos.badge).toHaveText('Live');
  await expect(todos.unsentMark('milk')).toBeHidden();
  await expect(todos.unsentMark('tea')).toBeHidden();
});

test('CL-6: without its server the app says that it reconnects and how much is unsent, works on, and comes back by itself', async ({
  app,
  newDevice,
}) => {
  const todos = await (await newDevice()).openTab();
  await todos.toBeLive();
  await app.kill();
  await expect(todos.badge).toHaveText(/^(Reconnecting|Connecting)…$/);
  await todos.add('milk');
  await expect(todos.badge).toHaveText('Reconnecting… · 1 unsent');
  await expect(todos.unsentMark('milk')).toBeVisible();

  await app.start();
  await todos.toBeLive();
  await expect(todos.unsentMark('milk')).toBeHidden();
  const other = await (await newDevice()).openTab();
  await expect(other.texts).toHaveText(['milk']);
  await expect.poll(() => app.todos()).toEqual([{ text: 'milk', done: false }]);
});

test('CL-9: the other tab of a browser marks the row that this one could not send', async ({ newDevice }) => {
  const device = await newDevice();
  const first = await device.openTab();
  await first.toBeLive();
  const second = await device.openTab();
  await second.toBeLive();
  await device.goOffline();
  await second.toBeOffline();
  await first.add('milk');
  await expect(second.unsentMark('milk')).toBeVisible();
  await second.toBeOffline(1);
  await device.goOnline();
  await expect(second.unsentMark('milk')).toBeHidden();
  await second.toBeLive();
});
