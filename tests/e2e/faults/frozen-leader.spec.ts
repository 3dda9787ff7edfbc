import { expect, test } from '../fixtures.js';

test('CL-4: a frozen leader is replaced, and steps down when it thaws; nothing is lost, and one socket is left', async ({
  app,
  newDevice,
}) => {
  const device = await newDevice();
  const leader = await device.openTab();
  await leader.toBeLive();
  const follower = await device.openTab();
  await follower.toBeLive();
  const other = await (await newDevice()).openTab();
  expect(device.connectedPages()).toEqual([leader.page]);
  await leader.add('milk');
  await expect(other.texts).toHaveText(['milk']);
  await expect(follower.texts).toHaveText(['milk']);

  await device.freeze(leader.page, follower.page);
  await follower.add('bread');
  // A question counts only when the timer that ends it ran on time, which on a busy machine may take some more of them.
  await expect(other.texts).toHaveText(['bread', 'milk'], { timeout: 90_000 });
  await other.edit('milk', 'oat milk');
  await expect(follower.texts).toHaveText(['bread', 'oat milk']);
  await follower.toBeLive();
  expect(device.connectedPages()).toContain(follower.page);

  device.thaw(leader.page);
  await expect.poll(() => device.connectedPages()).toEqual([follower.page]);
  await expect(leader.texts).toHaveText(['bread', 'oat milk']);
  await leader.toBeLive();
  await leader.add('tea');
  for (const tab of [other, follower]) await expect(tab.texts).toHaveText(['tea', 'bread', 'oat milk']);
  await expect
    .poll(() => app.todos())
    .toEqual([
      { text: 'bread', done: false },
      { text: 'oat milk', done: false },
      { text: 'tea', done: false },
    ]);
});
