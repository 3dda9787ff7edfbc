import { expect, test } from '../fixtures.js';
import { holdStorage } from '../page-storage.js';

test('CL-8, CL-9: a tab that hangs in the middle of a transaction holds up the others, who say so; nothing is lost', async ({
  app,
  newDevice,
}) => {
  const device = await newDevice();
  const [hung, todos] = [await device.openTab(), await device.openTab()];
  for (const tab of [hung, todos]) await tab.toBeLive();
  await todos.add('milk');
  await todos.toBeLive();
  const release = await holdStorage(hung.page);
  await todos.add('bread');
  // Shown at once, and not as if all were well.
  await expect(todos.texts).toHaveText(['bread', 'milk']);
  await expect(todos.badge).toHaveText('Live · 1 unsent');
  await expect(todos.unsentMark('bread')).toBeVisible();
  await expect(todos.page.getByRole('alert')).toContainText('another tab of this app may hang');
  expect(await app.todos()).toEqual([{ text: 'milk', done: false }]);

  await release();
  await todos.toBeLive();
  await expect(todos.unsentMark('bread')).toBeHidden();
  await expect(todos.page.getByRole('alert')).toHaveCount(0);
  const other = await (await newDevice()).openTab();
  await expect(other.texts).toHaveText(['bread', 'milk']);
});
