import { expect, test, type TodoDevice } from '../fixtures.js';
import { BurstWriter } from './burst-writer.js';
import { crash } from './crash.js';
import { expectEachOnce } from './expect-each-once.js';
import { noteStorageIssues, issueCodes } from './storage-issues.js';

/** Another page of the origin, which does not run the app, deletes all databases, as "clear site data" does. */
async function deleteDatabases(device: TodoDevice, url: string): Promise<number> {
  const page = await device.context.newPage();
  await page.route(`${url}/empty`, (route) => route.fulfill({ contentType: 'text/html', body: '' }));
  await page.goto(`${url}/empty`);
  const count = await page.evaluate(async () => {
    const databases = await indexedDB.databases();
    const deletions = databases.map(
      ({ name }) =>
        new Promise<void>((resolve, reject) => {
          const request = indexedDB.deleteDatabase(name!);
          request.onsuccess = () => resolve();
          request.onerror = () => reject(request.error!);
        }),
    );
    await Promise.all(deletions);
    return databases.length;
  });
  await page.close();
  return count;
}

for (const network of ['online', 'offline'] as const) {
  test(`CL-8: a database deleted under a tab in mid-write, ${network}, takes no persisted write along`, async ({
    app,
    newDevice,
  }) => {
    const device = await newDevice();
    const writer = await BurstWriter.of(device);
    const todos = await device.openTab('/#/done');
    await todos.toBeLive();
    await noteStorageIssues(todos.page);
    if (network === 'offline') {
      await device.goOffline();
      await todos.toBeOffline();
    }
    await writer.start(todos.page, 'deleted');
    await writer.more(30);
    expect(await deleteDatabases(device, app.url)).toBeGreaterThan(0);
    await expect.poll(() => issueCodes(todos.page)).toEqual(['lost']);
    // What is written from now on is durable only after all that was there is in the next database.
    await writer.more(30);

    if (network === 'offline') {
      // So it can be proven: nothing of the tab itself is left.
      await crash(todos.page);
      expect(await app.rows(), 'the server knows already: the disk was not tested').toEqual([]);
      await device.goOnline();
    } else {
      await writer.stop(todos.page);
    }
    const next = network === 'offline' ? await device.openTab('/#/done') : todos;
    await next.toBeLive();
    await expectEachOnce(app, writer.persisted, newDevice, next.page);
  });
}
