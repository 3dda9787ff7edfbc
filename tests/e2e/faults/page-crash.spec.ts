import { expect, test } from '../fixtures.js';
import { BurstWriter } from './burst-writer.js';
import { crash } from './crash.js';
import { expectEachOnce } from './expect-each-once.js';

const BEFORE_THE_CRASH = 30;

for (const network of ['online', 'offline'] as const) {
  test(`CL-1, CL-5: a tab that crashes in mid-write, ${network}, loses no write that was persisted and doubles none`, async ({
    app,
    newDevice,
  }) => {
    const device = await newDevice();
    const writer = await BurstWriter.of(device);
    // The done filter keeps the list of the page that writes empty.
    const first = await device.openTab('/#/done');
    await first.toBeLive();
    if (network === 'offline') {
      await device.goOffline();
      await first.toBeOffline();
    }
    await writer.start(first.page, 'crash');
    await writer.more(BEFORE_THE_CRASH);
    await crash(first.page);

    if (network === 'offline') {
      expect(await app.rows(), 'the server knows already: the disk was not tested').toEqual([]);
      await device.goOnline();
    }
    const next = await device.openTab('/#/done');
    await next.toBeLive();
    await expectEachOnce(app, writer.persisted, newDevice, next.page);
  });
}

test('CL-4: when the tab that leads crashes in mid-write, the other one submits what both had persisted', async ({
  app,
  newDevice,
}) => {
  const device = await newDevice();
  const writer = await BurstWriter.of(device);
  const leader = await device.openTab('/#/done');
  await leader.toBeLive();
  const follower = await device.openTab('/#/done');
  await follower.toBeLive();
  await Promise.all([writer.start(leader.page, 'leader'), writer.start(follower.page, 'follower')]);
  await writer.more(BEFORE_THE_CRASH);
  await crash(leader.page);
  await writer.more(BEFORE_THE_CRASH);
  await writer.stop(follower.page);
  await follower.toBeLive();
  await expectEachOnce(app, writer.persisted, newDevice, follower.page);
});
