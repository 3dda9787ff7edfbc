import { expect, test } from './fixtures.js';

test('CL-4: of five tabs that open together one leads, over one socket, and all converge', async ({
  app,
  newDevice,
}) => {
  const device = await newDevice();
  const tabs = await Promise.all([1, 2, 3, 4, 5].map(() => device.openTab()));
  await Promise.all(tabs.map((tab) => tab.toBeLive()));
  expect(device.connectedPages()).toHaveLength(1);

  await Promise.all(tabs.map((tab, i) => tab.add(`todo ${i}`)));
  const other = await (await newDevice()).openTab();
  for (const tab of [...tabs, other]) await expect(tab.rows).toHaveCount(5);
  const texts = await other.texts.allTextContents();
  expect(texts.toSorted()).toEqual([0, 1, 2, 3, 4].map((i) => `todo ${i}`));
  for (const tab of tabs) await expect(tab.texts).toHaveText(texts);

  // The next one has to find its place among four that want it.
  const [leading] = device.connectedPages();
  await leading?.close();
  const left = tabs.filter(({ page }) => page !== leading);
  await left[0]?.add('one more');
  for (const tab of [...left, other]) await expect(tab.rows).toHaveCount(6);
  expect(device.connectedPages()).toHaveLength(1);
  await expect.poll(async () => (await app.todos()).length).toBe(6);
  await Promise.all(left.map((tab) => tab.toBeLive()));
});
