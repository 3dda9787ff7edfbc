import { TopGunClient } from '@topgun/core';

import { expect, test } from './fixtures.js';

test('SC-3, SC-4: the app refuses at the call what is no todo, and the server what another client writes', async ({
  app,
  newDevice,
}) => {
  const tab = await (await newDevice()).openTab();
  await tab.toBeLive();
  await tab.add('milk');
  const refused = await tab.page.evaluate(() => {
    const { topgun } = window as unknown as { topgun: TopGunClient<{ todos: object }> };
    return [{ text: '' }, { text: 5 }, { done: 'yes' }].map((fields) => {
      const [key] = topgun.getMap('todos').keys();
      try {
        topgun.getMap('todos').patch(key!, fields);
        return 'taken';
      } catch (error) {
        return (error as { code?: string; field?: string }).field;
      }
    });
  });
  expect(refused).toEqual(['text', 'text', 'done']);
  await expect(tab.texts).toHaveText(['milk']);

  // Of an app that knows of no schema.
  const other = new TopGunClient<{ todos: object }>({ serverUrl: app.url });
  try {
    const todos = other.getMap('todos');
    const todo = { text: 'bread', done: false, order: 'a0', createdAt: 1 };
    expect(await todos.set('no-text', { ...todo, text: '' }).acked).toMatchObject({
      ok: false,
      rejected: { code: 'schema-violation' },
    });
    expect(await todos.set('bread', todo).acked).toMatchObject({ ok: true });
  } finally {
    await other.close();
  }
  await expect(tab.texts).toHaveCount(2);
  await expect
    .poll(() => app.todos())
    .toEqual([
      { text: 'bread', done: false },
      { text: 'milk', done: false },
    ]);
});
