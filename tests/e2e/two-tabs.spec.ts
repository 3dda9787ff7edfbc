import { expect, test } from './fixtures.js';

test('CL-4: an edit in one tab shows in the other while online', async ({ app, newDevice }) => {
  const device = await newDevice();
  const first = await device.openTab();
  const second = await device.openTab();
  await Promise.all([first.toBeLive(), second.toBeLive()]);

  await first.add('milk');
  await expect(second.texts).toHaveText(['milk']);
  await second.add('bread');
  await expect(first.texts).toHaveText(['bread', 'milk']);
  await second.edit('milk', 'oat milk');
  await expect(first.texts).toHaveText(['bread', 'oat milk']);
  await first.toggle('bread');
  await expect(second.checkbox('bread')).toBeChecked();
  await expect
    .poll(() => app.todos())
    .toEqual([
      { text: 'bread', done: true },
      { text: 'oat milk', done: false },
    ]);
});

test('CL-1, CL-4: an edit in one tab shows in the other while offline, and all of both arrives afterwards', async ({
  app,
  newDevice,
}) => {
  const device = await newDevice();
  const first = await device.openTab();
  const second = await device.openTab();
  await Promise.all([first.toBeLive(), second.toBeLive()]);
  await first.add('milk');
  await expect.poll(() => app.todos()).toEqual([{ text: 'milk', done: false }]);
  await expect(second.texts).toHaveText(['milk']);

  await device.goOffline();
  await Promise.all([first.toBeOffline(), second.toBeOffline()]);
  await first.edit('milk', 'oat milk');
  await expect(second.texts).toHaveText(['oat milk']);
  await second.toggle('oat milk');
  await expect(first.checkbox('oat milk')).toBeChecked();
  await second.add('bread');
  await expect(first.texts).toHaveText(['bread', 'oat milk']);
  await first.toBeOffline(3);
  await second.toBeOffline(3);
  expect(await app.todos()).toEqual([{ text: 'milk', done: false }]);

  await device.goOnline();
  const other = await (await newDevice()).openTab();
  await expect(other.texts).toHaveText(['bread', 'oat milk']);
  await expect(other.checkbox('oat milk')).toBeChecked();
  await expect
    .poll(() => app.todos())
    .toEqual([
      { text: 'bread', done: false },
      { text: 'oat milk', done: true },
    ]);
  await Promise.all([first.toBeLive(), second.toBeLive()]);
});

test('CL-4: the other tab goes on after the first one is closed', async ({ app, newDevice }) => {
  const device = await newDevice();
  const first = await device.openTab();
  await first.toBeLive();
  const second = await device.openTab();
  await second.toBeLive();
  await first.add('milk');
  await expect(second.texts).toHaveText(['milk']);

  await first.page.close();
  await second.edit('milk', 'oat milk');
  await second.add('bread');
  const other = await (await newDevice()).openTab();
  await expect(other.texts).toHaveText(['bread', 'oat milk']);
  await expect
    .poll(() => app.todos())
    .toEqual([
      { text: 'bread', done: false },
      { text: 'oat milk', done: false },
    ]);
  await other.toggle('bread');
  await expect(second.checkbox('bread')).toBeChecked();
});

test('CL-4: what a tab wrote offline before it was closed is sent by the tab that stays', async ({
  app,
  newDevice,
}) => {
  const device = await newDevice();
  const first = await device.openTab();
  await first.toBeLive();
  const second = await device.openTab();
  await second.toBeLive();

  await device.goOffline();
  await Promise.all([first.toBeOffline(), second.toBeOffline()]);
  await first.add('milk', 'bread');
  // What is added goes above what its tab shows.
  await expect(second.texts).toHaveText(['bread', 'milk']);
  await second.add('tea');
  await second.toBeOffline(3);
  await first.page.close();
  await expect(second.texts).toHaveText(['tea', 'bread', 'milk']);
  await second.edit('milk', 'oat milk');
  await second.toBeOffline(4);

  await device.goOnline();
  const other = await (await newDevice()).openTab();
  await expect(other.texts).toHaveText(['tea', 'bread', 'oat milk']);
  await expect
    .poll(() => app.todos())
    .toEqual([
      { text: 'bread', done: false },
      { text: 'oat milk', done: false },
      { text: 'tea', done: false },
    ]);
  await second.toBeLive();
});

test('CL-4: what the only tab wrote offline before it was closed is sent by the next one', async ({
  app,
  newDevice,
}) => {
  const device = await newDevice();
  const first = await device.openTab();
  await first.toBeLive();
  await device.goOffline();
  await first.add('milk', 'bread');
  await first.toBeOffline(2);
  // The mark on a row goes when the server has it; that this device's disk has it, the other tab tells by showing it.
  const second = await device.openTab();
  await expect(second.texts).toHaveText(['bread', 'milk']);
  await first.page.close();
  await second.page.close();

  await device.goOnline();
  await device.openTab();
  const other = await (await newDevice()).openTab();
  await expect(other.texts).toHaveText(['bread', 'milk']);
  await expect
    .poll(() => app.todos())
    .toEqual([
      { text: 'bread', done: false },
      { text: 'milk', done: false },
    ]);
});
