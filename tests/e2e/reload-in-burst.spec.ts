import { expect, test } from './fixtures.js';
import type { TodoPage, TodoWindow } from './todo-page.js';

const ADDS = 500;
const TRIES = 6;

/**
 * Adds 500 todos and reloads the page in the midst of it: the page does so itself, when `after` of them have been persisted. What had
 * been told persisted is noted in the tab's session storage in that very moment, so the note survives the page too.
 */
async function reloadInBurst(page: TodoPage, name: string, after: number): Promise<string[]> {
  const reloaded = page.page.waitForEvent('load');
  await page.page.evaluate(
    ({ name: burst, count, threshold }) => {
      const todos = (window as TodoWindow).topgun.getMap('todos');
      const persisted: string[] = [];
      sessionStorage.setItem(burst, '[]');
      const add = (n: number): void => {
        const key = `${burst}-${n}`;
        const todo = { text: key, done: false, order: 'a0', createdAt: n };
        void todos.set(key, todo).persisted.then(({ ok }) => {
          if (!ok) return;
          persisted.push(key);
          sessionStorage.setItem(burst, JSON.stringify(persisted));
          if (persisted.length === threshold) location.reload();
        });
      };
      // A few per turn, as a fast importer would: so some are on disk while others are on their way or have not been asked for.
      let next = 0;
      const turn = new MessageChannel();
      turn.port1.onmessage = () => {
        for (let i = 0; i < 5 && next < count; i += 1) add(next++);
        if (next < count) turn.port2.postMessage(null);
      };
      turn.port2.postMessage(null);
    },
    { name, count: ADDS, threshold: after },
  );
  await reloaded;
  return page.page.evaluate((burst) => JSON.parse(sessionStorage.getItem(burst) ?? '[]') as string[], name);
}

for (const network of ['online', 'offline'] as const) {
  test(`CL-1, CL-2: a reload in the middle of a burst of 500 adds, ${network}, loses none whose persisted had resolved`, async ({
    app,
    newDevice,
  }) => {
    const device = await newDevice();
    // The done filter keeps the list of the page that writes empty.
    const page = await device.openTab('/#/done');
    await page.toBeLive();
    if (network === 'offline') {
      await device.goOffline();
      await page.toBeOffline();
    }

    const persisted: string[] = [];
    const cutInTheMiddle = (count: number): boolean => count > 0 && count < ADDS;
    let wasCut = false;
    for (let attempt = 0; attempt < TRIES && !wasCut; attempt += 1) {
      const resolved = await reloadInBurst(page, `burst${attempt}`, 1 + attempt * 40);
      persisted.push(...resolved);
      wasCut = cutInTheMiddle(resolved.length);
    }
    expect(wasCut, 'no reload came while some were persisted and some were not: nothing was tested').toBe(true);

    if (network === 'offline') {
      expect(await app.rows(), 'the server knows already: the disk was not tested').toEqual([]);
      await device.goOnline();
    }
    // A write may be durable without its page having heard of it; so there may be more, never fewer.
    await expect
      .poll(async () => (await app.rows()).map(({ key }) => key), { timeout: 60_000 })
      .toEqual(expect.arrayContaining(persisted));
    await page.toBeLive();
    const count = (await app.rows()).length;
    const other = await (await newDevice()).openTab();
    await expect(other.texts).toHaveCount(count);
    expect(await other.texts.allTextContents()).toEqual(expect.arrayContaining(persisted));
  });
}
