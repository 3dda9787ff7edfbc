import { expect, test, type TodoDevice } from './fixtures.js';
import { storedOps } from './page-storage.js';
import type { TodoPage, TodoWindow } from './todo-page.js';

interface Pair {
  readonly devices: readonly [TodoDevice, TodoDevice];
  readonly a: TodoPage;
  readonly b: TodoPage;
}

/** Two devices that have seen the same todos and are offline now. */
async function pairOffline(newDevice: () => Promise<TodoDevice>, ...texts: readonly string[]): Promise<Pair> {
  const devices = [await newDevice(), await newDevice()] as const;
  const [a, b] = await Promise.all([devices[0].openTab(), devices[1].openTab()]);
  await Promise.all([a.toBeLive(), b.toBeLive()]);
  await a.add(...texts);
  await expect(b.texts).toHaveText(texts.toReversed());
  await Promise.all([a.toBeLive(), b.toBeLive()]);
  for (const device of devices) await device.goOffline();
  await Promise.all([a.toBeOffline(), b.toBeOffline()]);
  return { devices, a, b };
}

/** Comes back to the network and has everything sent before it returns. */
async function comeBack(device: TodoDevice, page: TodoPage): Promise<void> {
  await device.goOnline();
  await page.toBeLive();
}

/** The two edits of a test are at different times by anybody's clock. */
function letTimePass(page: TodoPage): Promise<void> {
  return page.page.evaluate(() => {
    const begin = Date.now();
    while (Date.now() - begin < 2);
  });
}

test('CR-3: both offline, edits to different fields of one todo both survive', async ({ app, newDevice }) => {
  const { devices, a, b } = await pairOffline(newDevice, 'milk');
  await a.edit('milk', 'oat milk');
  await b.toggle('milk');
  await Promise.all([a.toBeOffline(1), b.toBeOffline(1)]);

  await comeBack(devices[0], a);
  await comeBack(devices[1], b);
  await expect(a.checkbox('oat milk')).toBeChecked();
  await expect(b.texts).toHaveText(['oat milk']);
  await expect.poll(() => app.todos()).toEqual([{ text: 'oat milk', done: true }]);
});

test('CR-3: two devices that create one key offline end with the union', async ({ app, newDevice }) => {
  const { devices, a, b } = await pairOffline(newDevice);
  const create = (page: TodoPage, fields: object): Promise<void> =>
    page.page.evaluate((value) => {
      const todos = (window as TodoWindow).topgun.getMap('todos');
      todos.set('shared', { text: 'both', done: false, order: 'a0', createdAt: 1, ...value });
    }, fields);
  await create(a, { fromA: 'a' });
  await letTimePass(a);
  await create(b, { fromB: 'b', done: true });
  await expect(a.checkbox('both')).not.toBeChecked();

  // Whoever comes back first: the later create neither resets the earlier one nor is lost by it.
  await comeBack(devices[1], b);
  await comeBack(devices[0], a);
  const union = { text: 'both', done: true, order: 'a0', createdAt: 1, fromA: 'a', fromB: 'b' };
  const held = (page: TodoPage): Promise<unknown> =>
    page.page.evaluate(() => (window as TodoWindow).topgun.getMap('todos').get('shared'));
  await expect.poll(() => held(a)).toEqual(union);
  await expect.poll(() => held(b)).toEqual(union);
  await expect(a.checkbox('both')).toBeChecked();
  await expect.poll(() => app.row('shared')).toEqual(union);
});

for (const first of ['earlier', 'later'] as const) {
  test(`CR-1, CR-11: same field, the later edit wins on both; the device with the ${first} edit reconnects first`, async ({
    app,
    newDevice,
  }) => {
    const { devices, a, b } = await pairOffline(newDevice, 'milk');
    await a.edit('milk', 'earlier');
    await letTimePass(a);
    await b.edit('milk', 'later');
    await Promise.all([a.toBeOffline(1), b.toBeOffline(1)]);

    if (first === 'earlier') {
      await comeBack(devices[0], a);
      await expect.poll(() => app.todos()).toEqual([{ text: 'earlier', done: false }]);
      await comeBack(devices[1], b);
    } else {
      await comeBack(devices[1], b);
      await expect.poll(() => app.todos()).toEqual([{ text: 'later', done: false }]);
      await comeBack(devices[0], a);
    }
    await expect(a.texts).toHaveText(['later']);
    await expect(b.texts).toHaveText(['later']);
    await expect.poll(() => app.todos()).toEqual([{ text: 'later', done: false }]);
  });

  test(`CR-5: a delete wins over a concurrent edit, also over a later one; the ${first} comes first`, async ({
    app,
    newDevice,
  }) => {
    const { devices, a, b } = await pairOffline(newDevice, 'milk', 'bread');
    const key = await a.keyOf('milk');
    await a.remove('milk');
    await letTimePass(a);
    await b.edit('milk', 'oat milk');
    await b.toggle('oat milk');
    await Promise.all([a.toBeOffline(1), b.toBeOffline(2)]);

    const order = first === 'earlier' ? ([0, 1] as const) : ([1, 0] as const);
    for (const i of order) await comeBack(devices[i], [a, b][i]!);
    await expect(b.texts).toHaveText(['bread']);
    await expect(a.texts).toHaveText(['bread']);
    await expect.poll(() => app.row(key)).toBeNull();
    expect(await app.todos()).toEqual([{ text: 'bread', done: false }]);
  });
}

test('CR-5: a todo that is brought back after its deletion starts clean of edits to the deleted one', async ({
  app,
  newDevice,
}) => {
  const { devices, a, b } = await pairOffline(newDevice, 'milk');
  await b.edit('milk', 'oat milk');
  await b.toggle('oat milk');
  await letTimePass(b);
  await a.remove('milk');
  await a.undo();
  await expect(a.texts).toHaveText(['milk']);
  // And an edit of the deleted life that is later than the new one.
  await letTimePass(a);
  await b.edit('oat milk', 'soy milk');

  await comeBack(devices[1], b);
  await comeBack(devices[0], a);
  // The later edit of one field is an edit of the record that is there again; the earlier ones went with the deletion.
  await expect(b.texts).toHaveText(['soy milk']);
  await expect(b.checkbox('soy milk')).not.toBeChecked();
  await expect(a.texts).toHaveText(['soy milk']);
  await expect.poll(() => app.todos()).toEqual([{ text: 'soy milk', done: false }]);
});

test('CL-2, CL-5: a reload while offline keeps everything, unsent ops included, and they arrive after reconnect', async ({
  app,
  newDevice,
}) => {
  const device = await newDevice();
  const page = await device.openTab();
  await page.add('milk', 'bread', 'tea');
  await page.toBeLive();
  const deleted = await page.keyOf('bread');
  await device.goOffline();
  await page.toBeOffline();
  await page.edit('milk', 'oat milk');
  await page.toggle('tea');
  await page.remove('bread');
  await page.add('salt');
  await page.toBeOffline(4);
  // The badge counts what is unsent, stored or not yet: only what has been stored is to survive.
  await expect.poll(() => storedOps(page.page)).toBe(4);

  await page.page.reload();
  await page.toBeOffline(4);
  await expect(page.texts).toHaveText(['salt', 'tea', 'oat milk']);
  await expect(page.checkbox('tea')).toBeChecked();
  await expect(page.unsentMark('salt')).toBeVisible();
  await expect(page.unsentMark('oat milk')).toBeVisible();
  // A second life goes on where the first ended.
  await page.edit('salt', 'sea salt');
  await page.toBeOffline(5);
  await expect.poll(() => storedOps(page.page)).toBe(5);
  await page.page.reload();
  await expect(page.texts).toHaveText(['sea salt', 'tea', 'oat milk']);
  await page.toBeOffline(5);

  const other = await (await newDevice()).openTab();
  await expect(other.texts).toHaveText(['tea', 'bread', 'milk']);
  await device.goOnline();
  await expect(other.texts).toHaveText(['sea salt', 'tea', 'oat milk']);
  await expect(other.checkbox('tea')).toBeChecked();
  await expect
    .poll(() => app.todos())
    .toEqual([
      { text: 'oat milk', done: false },
      { text: 'sea salt', done: false },
      { text: 'tea', done: true },
    ]);
  expect(await app.row(deleted)).toBeNull();
  await page.toBeLive();
});
