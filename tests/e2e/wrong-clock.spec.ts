import { expect, test } from './fixtures.js';
import type { TodoPage } from './todo-page.js';

const HOUR_MS = 3_600_000;
/**
 * What lies between two edits whose order is at stake. How far a clock is off is measured by one message there and back, so it is known
 * no better than that journey takes on a busy machine.
 */
const APART_MS = 3_000;

async function letTimePass(page: TodoPage): Promise<void> {
  const begin = await page.page.evaluate(() => Date.now());
  await expect.poll(async () => (await page.page.evaluate(() => Date.now())) - begin).toBeGreaterThan(APART_MS);
}

for (const [direction, shiftMs] of [
  ['ahead', HOUR_MS],
  ['behind', -HOUR_MS],
] as const) {
  test(`CR-11: with a clock an hour ${direction}, what was edited later still wins, whoever reconnects later`, async ({
    app,
    newDevice,
  }) => {
    const wrong = await newDevice();
    const right = await newDevice();
    await wrong.context.addInitScript((shift) => {
      const now = Date.now.bind(Date);
      Date.now = () => now() + shift;
    }, shiftMs);
    const a = await wrong.openTab();
    const b = await right.openTab();
    await Promise.all([a.toBeLive(), b.toBeLive()]);
    await a.add('milk', 'bread');
    await expect(b.texts).toHaveText(['bread', 'milk']);
    await Promise.all([a.toBeLive(), b.toBeLive()]);
    for (const device of [wrong, right]) await device.goOffline();
    await Promise.all([a.toBeOffline(), b.toBeOffline()]);

    // On one todo the wrong clock's edit is the earlier one, on the other the later.
    await a.edit('milk', 'milk, earlier');
    await letTimePass(a);
    await b.edit('milk', 'milk, later');
    await b.edit('bread', 'bread, earlier');
    await letTimePass(a);
    await a.edit('bread', 'bread, later');
    await Promise.all([a.toBeOffline(2), b.toBeOffline(2)]);

    await right.goOnline();
    await b.toBeLive();
    await wrong.goOnline();
    await expect(a.texts).toHaveText(['bread, later', 'milk, later']);
    await expect(b.texts).toHaveText(['bread, later', 'milk, later']);
    await expect
      .poll(() => app.todos())
      .toEqual([
        { text: 'bread, later', done: false },
        { text: 'milk, later', done: false },
      ]);
  });

  test(`CR-11: first used offline with a clock an hour ${direction}, a device gets its edits into the right order when it meets the server`, async ({
    app,
    newDevice,
  }) => {
    const wrong = await newDevice();
    const right = await newDevice();
    await wrong.context.addInitScript((shift) => {
      const now = Date.now.bind(Date);
      Date.now = () => now() + shift;
    }, shiftMs);
    const create = (page: TodoPage, key: string, text: string): Promise<void> =>
      page.page.evaluate(
        ([id, value]) => {
          const { topgun } = window as unknown as {
            topgun: { getMap(map: string): { set(k: string, v: object): void } };
          };
          topgun.getMap('todos').set(id!, { text: value, done: false, order: id, createdAt: 1 });
        },
        [key, text],
      );
    await wrong.goOffline();
    const a = await wrong.openTab();
    await a.toBeOffline();
    const b = await right.openTab();
    await b.toBeLive();
    await create(a, 'a1', 'wrong, earlier');
    await letTimePass(a);
    await create(b, 'a1', 'right, later');
    await create(b, 'a2', 'right, earlier');
    await letTimePass(a);
    await create(a, 'a2', 'wrong, later');
    await b.toBeLive();
    await wrong.goOnline();
    await expect(b.texts).toHaveText(['right, later', 'wrong, later']);
    await expect(a.texts).toHaveText(['right, later', 'wrong, later']);
    await expect.poll(() => app.row('a1')).toMatchObject({ text: 'right, later' });
    await expect.poll(() => app.row('a2')).toMatchObject({ text: 'wrong, later' });
  });
}
