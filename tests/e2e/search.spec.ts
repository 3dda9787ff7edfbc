import { expect, test } from './fixtures.js';
import type { TodoPage, TodoWindow } from './todo-page.js';

test('SE-20, SE-30: the todos are searched as somebody types, with the words marked, live, and offline', async ({
  newDevice,
}) => {
  const device = await newDevice();
  const todos = await device.openTab();
  await todos.add('Bread', 'Café au lait', 'Oat milk', 'Milk the cow');
  await todos.toggle('Bread');
  await todos.toBeLive();
  await device.goOffline();
  await todos.toBeOffline();

  await todos.search.pressSequentially('mil');
  await expect(todos.texts).toHaveText(['Oat milk', 'Milk the cow']);
  await expect(todos.texts.locator('mark')).toHaveText(['milk', 'Milk']);
  await expect(todos.page.getByText('2 found')).toBeVisible();

  // What is written while offline is found and followed, too.
  await todos.edit('Oat milk', 'Oat drink');
  await expect(todos.texts).toHaveText(['Milk the cow']);
  await todos.add('Almond milk');
  await expect(todos.texts).toHaveText(['Almond milk', 'Milk the cow']);

  await todos.search.fill('cafe');
  await expect(todos.texts).toHaveText(['Café au lait']);
  await expect(todos.texts.locator('mark')).toHaveText(['Café']);
  await todos.search.fill('bread');
  await expect(todos.texts).toHaveText(['Bread']);
  await todos.filter('Active').click();
  await expect(todos.page.getByText('Nothing matches “bread”.')).toBeVisible();

  await todos.search.press('Escape');
  await expect(todos.search).toHaveValue('');
  await expect(todos.texts).toHaveText(['Almond milk', 'Milk the cow', 'Oat drink', 'Café au lait']);
});

test('SE-25: the app, as Vite builds it, has its indexes in a worker, and where that cannot be fetched on the page', async ({
  newDevice,
}) => {
  const device = await newDevice();
  const todos = await device.openTab();
  await todos.add('Oat milk', 'Bread');
  await todos.search.fill('mil');
  await expect(todos.texts).toHaveText(['Oat milk']);
  const names = todos.page.workers().map((worker) => new URL(worker.url()).pathname);
  expect(names).toEqual([expect.stringMatching(/^\/assets\/search-worker-[\w-]+\.js$/)]);

  const other = await newDevice();
  const without = await other.openTab();
  await without.page.context().route('**/search-worker-*.js', (route) => route.fulfill({ status: 404 }));
  // The first device's todos have come.
  await expect(without.texts).toHaveText(['Bread', 'Oat milk']);
  await without.search.fill('mil');
  await expect(without.texts).toHaveText(['Oat milk']);
  expect(without.page.workers()).toEqual([]);
});

test('SE-40, SE-42: a device finds what it does not hold, hears of what comes, and after a reconnect too', async ({
  newDevice,
}) => {
  const devices = [await newDevice(), await newDevice()] as const;
  const [a, b] = await Promise.all([devices[0].openTab(), devices[1].openTab()]);
  await Promise.all([a.toBeLive(), b.toBeLive()]);
  const write = (page: TodoPage, key: string, text: string): Promise<void> =>
    page.page.evaluate(
      ([k, title]) => {
        const notes = (window as TodoWindow).topgun.getMap('notes' as 'todos');
        notes.set(k as string, { text: title as string, done: false, order: 'a', createdAt: 1 });
      },
      [key, text],
    );
  await write(a, '1', 'oat milk');
  await write(a, '2', 'rye bread');
  await a.toBeLive();
  // Nobody asks for the map here but the search.
  await b.page.evaluate(() => {
    const found: string[][] = [];
    Object.assign(window, { found });
    const search = (window as TodoWindow).topgun.searchSubscribe('notes' as 'todos', 'milk', { fields: ['text'] });
    search.subscribe(({ results, source }) => {
      found.push([source, ...results.map(({ value }) => value.text).toSorted()]);
    });
  });
  const last = (): Promise<readonly string[] | undefined> =>
    b.page.evaluate(() => (window as unknown as { found: string[][] }).found.at(-1));
  await expect.poll(last).toEqual(['server', 'oat milk']);
  await write(a, '3', 'almond milk');
  await expect.poll(last).toEqual(['server', 'almond milk', 'oat milk']);
  await write(a, '1', 'oat drink');
  await expect.poll(last).toEqual(['server', 'almond milk']);

  await devices[1].goOffline();
  await b.toBeOffline();
  await expect.poll(last).toEqual(['local', 'almond milk']);
  await write(b, '4', 'my own milk');
  await write(a, '5', 'rice milk');
  await expect.poll(last).toEqual(['local', 'almond milk', 'my own milk']);
  await devices[1].goOnline();
  await b.toBeLive();
  await expect.poll(last).toEqual(['server', 'almond milk', 'my own milk', 'rice milk']);
});
