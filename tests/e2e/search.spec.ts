import { expect, test } from './fixtures.js';

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
