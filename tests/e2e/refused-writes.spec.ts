import { expect, test } from './fixtures.js';

/** A text that the app lets be typed, and the server does not take. */
const LONG = 'long '.repeat(150).trim();

test.use({ serverArgs: ['--record-bytes', '512'] });

test('CL-7: a refused todo shows in both tabs, survives a reload, and is there on another device once it was edited', async ({
  app,
  newDevice,
}) => {
  const device = await newDevice();
  const first = await device.openTab();
  await first.toBeLive();
  const second = await device.openTab();
  await second.toBeLive();
  await first.add('milk', LONG);
  for (const tab of [first, second]) {
    await expect(tab.refusals).toHaveCount(1);
    await expect(tab.refusals).toContainText('New todo');
    await expect(tab.refusals).toContainText('It is longer than the server takes.');
    await expect(tab.texts).toHaveText(['milk']);
    await tab.toBeLive();
  }

  await first.page.reload();
  await expect(first.refusals).toContainText(LONG);
  await first.toBeLive();

  await second.editRefused(0, 'short enough');
  const other = await (await newDevice()).openTab();
  for (const tab of [first, second, other]) {
    await expect(tab.texts).toHaveText(['short enough', 'milk']);
    await expect(tab.refusals).toHaveCount(0);
  }
  await first.page.reload();
  await expect(first.texts).toHaveText(['short enough', 'milk']);
  await expect(first.refusals).toHaveCount(0);
  await expect
    .poll(() => app.todos())
    .toEqual([
      { text: 'milk', done: false },
      { text: 'short enough', done: false },
    ]);
});

test('CL-7, CL-9: a refused text leaves the todo as it was, its row says so, and discarding it ends that in all tabs', async ({
  newDevice,
}) => {
  const device = await newDevice();
  const first = await device.openTab();
  await first.toBeLive();
  const second = await device.openTab();
  await second.toBeLive();
  await first.add('milk');
  await first.edit('milk', LONG);
  for (const tab of [first, second]) {
    await expect(tab.refusals).toContainText('New text for “milk”');
    await expect(tab.texts).toHaveText(['milk']);
    await expect(tab.refusedMark('milk')).toBeVisible();
  }
  await first.refusals.getByRole('button', { name: 'Try again' }).click();
  await expect(second.refusals).toContainText('New text for “milk”');
  await expect(first.refusals).toContainText('New text for “milk”');

  await second.refusals.getByRole('button', { name: 'Discard' }).click();
  for (const tab of [first, second]) {
    await expect(tab.refusals).toHaveCount(0);
    await expect(tab.texts).toHaveText(['milk']);
    await expect(tab.refusedMark('milk')).toBeHidden();
  }
  await first.page.reload();
  await expect(first.texts).toHaveText(['milk']);
  await first.toBeLive();
  await expect(first.refusals).toHaveCount(0);
});
