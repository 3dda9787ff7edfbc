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

  await device.freeze(leader.page);
  await follower.add('bread');
  await expect(other.texts).toHaveText(['bread', 'milk']);
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

test('CL-4: what a leader wrote, and had not sent, before it froze is sent by the next one, once', async ({
  app,
  newDevice,
}) => {
  const device = await newDevice();
  const leader = await device.openTab();
  await leader.toBeLive();
  const follower = await device.openTab();
  await follower.toBeLive();
  // Not by taking the network away: giving it back would wait for the frozen page.
  await app.kill();
  await leader.add('milk', 'bread');
  await expect(follower.texts).toHaveText(['bread', 'milk']);

  await device.freeze(leader.page);
  await app.start();
  await follower.add('tea');
  const other = await (await newDevice()).openTab();
  await expect(other.texts).toHaveText(['tea', 'bread', 'milk']);
  await follower.toBeLive();

  device.thaw(leader.page);
  await leader.toBeLive();
  await expect.poll(() => device.connectedPages()).toEqual([follower.page]);
  for (const tab of [leader, follower, other]) await expect(tab.texts).toHaveText(['tea', 'bread', 'milk']);
  expect(await app.rows()).toHaveLength(3);
});
