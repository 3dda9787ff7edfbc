import { expect, test } from './fixtures.js';
import type { TodoWindow } from './todo-page.js';

/** They come in three messages. */
const TODOS = 1_200;

type WatchedWindow = Window & typeof globalThis & { readonly told: string[] };

/** Notes each text that the app shows beside its bar, whatever it shows next. */
function watchBar(): void {
  const told: string[] = [];
  Object.assign(window, { told });
  new MutationObserver(() => {
    const bar = document.querySelector('progress');
    const text = `${bar?.labels[0]?.textContent}: ${bar?.value} of ${bar?.max}`;
    if (bar !== null && told.at(-1) !== text) told.push(text);
  }).observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
}

test('SY-7: a new device shows how far a long list has come, and when it is there it shows the list', async ({
  newDevice,
}) => {
  const author = await (await newDevice()).openTab();
  await author.toBeLive();
  await author.page.evaluate((count) => {
    const { topgun } = window as TodoWindow;
    const todos = topgun.getMap('todos');
    topgun.batch(() => {
      for (let i = 0; i < count; i += 1) {
        todos.set(`t${i}`, { text: `todo ${i}`, done: false, order: `a${String(i).padStart(4, '0')}`, createdAt: i });
      }
    });
  }, TODOS);
  await author.toBeLive();

  const device = await newDevice();
  await device.context.addInitScript(watchBar);
  const newcomer = await device.openTab();
  await newcomer.toBeLive();
  await expect(newcomer.rows).toHaveCount(TODOS);
  await expect(newcomer.texts.last()).toHaveText(`todo ${TODOS - 1}`);
  await expect(newcomer.page.getByRole('progressbar')).toHaveCount(0);
  const told = await newcomer.page.evaluate(() => (window as WatchedWindow).told);
  expect(told).toEqual(['Loading 500 of 1,200 todos: 500 of 1200', 'Loading 1,000 of 1,200 todos: 1000 of 1200']);

  // What is here already does not come again.
  await newcomer.page.reload();
  await newcomer.toBeLive();
  await expect(newcomer.rows).toHaveCount(TODOS);
  expect(await newcomer.page.evaluate(() => (window as WatchedWindow).told)).toEqual([]);
});
