import type { Locator } from '@playwright/test';
import { expect, test } from './fixtures.js';

test('adding: Enter or the button; spaces around go; an empty text adds nothing', async ({ app, newDevice }) => {
  const todos = await (await newDevice()).openTab();
  await expect(todos.page.getByText('A clean slate.')).toBeVisible();
  await expect(todos.newTodo).toBeFocused();
  const add = todos.page.getByRole('button', { name: 'Add todo' });
  await expect(add).toBeDisabled();
  await todos.newTodo.fill('   ');
  await expect(add).toBeDisabled();
  await todos.newTodo.press('Enter');
  await todos.newTodo.fill('  milk ');
  await add.click();
  await todos.add('bread', '<b>__proto__</b> & "quotes"');
  await expect(todos.texts).toHaveText(['<b>__proto__</b> & "quotes"', 'bread', 'milk']);
  await expect
    .poll(async () => (await app.todos()).map(({ text }) => text))
    .toEqual(['<b>__proto__</b> & "quotes"', 'bread', 'milk']);
});

test('editing in place: Enter and leaving save, Escape does not, an empty text deletes and can be undone', async ({
  app,
  newDevice,
}) => {
  const todos = await (await newDevice()).openTab();
  await todos.add('milk', 'bread');

  await todos.edit('milk', '  oat milk ');
  await expect(todos.texts).toHaveText(['bread', 'oat milk']);
  await expect(todos.text('oat milk')).toBeFocused();

  await todos.beginEdit('bread');
  await todos.editor.fill('rye bread');
  await todos.newTodo.click();
  await expect(todos.texts).toHaveText(['rye bread', 'oat milk']);

  await todos.beginEdit('rye bread');
  await todos.editor.fill('nothing');
  await todos.editor.press('Escape');
  await expect(todos.texts).toHaveText(['rye bread', 'oat milk']);
  await expect(todos.text('rye bread')).toBeFocused();

  await todos.edit('rye bread', ' ');
  await expect(todos.texts).toHaveText(['oat milk']);
  await todos.undo();
  await expect(todos.texts).toHaveText(['rye bread', 'oat milk']);
  await expect
    .poll(() => app.todos())
    .toEqual([
      { text: 'oat milk', done: false },
      { text: 'rye bread', done: false },
    ]);
});

test('deleting, with a way back to the same place', async ({ app, newDevice }) => {
  const todos = await (await newDevice()).openTab();
  await todos.add('milk', 'bread', 'tea');
  await todos.toggle('bread');
  const key = await todos.keyOf('bread');
  await todos.remove('bread');
  await expect(todos.texts).toHaveText(['tea', 'milk']);
  // The focus stays in the list, on what took the place.
  await expect(todos.page.getByRole('button', { name: 'Delete “milk”' })).toBeFocused();
  await expect(todos.page.getByText('Deleted “bread”')).toBeVisible();
  await expect.poll(() => app.row(key)).toBeNull();

  await todos.undo();
  await expect(todos.texts).toHaveText(['tea', 'bread', 'milk']);
  await expect(todos.checkbox('bread')).toBeChecked();
  await expect(todos.page.getByText('Deleted “bread”')).toBeHidden();
  await expect.poll(() => app.row(key)).toMatchObject({ text: 'bread', done: true });

  await todos.remove('milk');
  await todos.remove('bread');
  await todos.remove('tea');
  await expect(todos.rows).toHaveCount(0);
  await expect(todos.newTodo).toBeFocused();
  await expect(todos.page.getByText('A clean slate.')).toBeVisible();
});

test('a todo that is deleted elsewhere while it is open for editing goes away quietly', async ({ newDevice }) => {
  const a = await (await newDevice()).openTab();
  const b = await (await newDevice()).openTab();
  await a.add('milk', 'bread');
  await expect(b.texts).toHaveText(['bread', 'milk']);
  await a.beginEdit('milk');
  await a.editor.fill('oat milk');
  await b.remove('milk');
  await expect(a.editor).toBeHidden();
  await a.add('tea');
  await expect(b.texts).toHaveText(['tea', 'bread']);
});

test('filters show all, active or done, with counts; reload and back keep them; clear done can be undone', async ({
  app,
  newDevice,
}) => {
  const todos = await (await newDevice()).openTab();
  await todos.add('milk', 'bread', 'tea');
  const clear = todos.page.getByRole('button', { name: 'Clear done' });
  await expect(clear).toBeHidden();
  await todos.toggle('milk');
  await todos.toggle('tea');
  await expect(todos.filter('All')).toHaveText('All 3');
  await expect(todos.filter('Active')).toHaveText('Active 1');
  await expect(todos.filter('Done')).toHaveText('Done 2');
  await expect(todos.filter('All')).toHaveAttribute('aria-current', 'page');

  await todos.filter('Active').click();
  await expect(todos.texts).toHaveText(['bread']);
  await todos.filter('Done').click();
  await expect(todos.texts).toHaveText(['tea', 'milk']);
  await expect(todos.filter('Done')).toHaveAttribute('aria-current', 'page');
  await todos.toggle('tea');
  await expect(todos.texts).toHaveText(['milk']);
  // A reload takes along what is not on the disk yet.
  await expect.poll(() => app.todos()).toContainEqual({ text: 'tea', done: false });
  await todos.page.reload();
  await expect(todos.texts).toHaveText(['milk']);
  await todos.page.goBack();
  await expect(todos.texts).toHaveText(['tea', 'bread']);

  await todos.filter('All').click();
  await todos.toggle('bread');
  await clear.click();
  await expect(todos.texts).toHaveText(['tea']);
  await expect(todos.page.getByText('Deleted 2 todos')).toBeVisible();
  await expect.poll(() => app.todos()).toEqual([{ text: 'tea', done: false }]);
  await todos.undo();
  await expect(todos.texts).toHaveText(['tea', 'bread', 'milk']);
  await expect
    .poll(() => app.todos())
    .toEqual([
      { text: 'bread', done: true },
      { text: 'milk', done: true },
      { text: 'tea', done: false },
    ]);
});

/** Where it is once it is still: rows glide back to where they were. */
async function placeOf(element: Locator): Promise<{ x: number; y: number; width: number; height: number }> {
  let last = '';
  await expect(async () => {
    const before = last;
    last = JSON.stringify(await element.boundingBox());
    expect(last).toBe(before);
  }).toPass();
  return (await element.boundingBox())!;
}

test('reordering by keyboard and by pointer shows on the other device, and survives a reload', async ({
  newDevice,
}) => {
  const a = await (await newDevice()).openTab();
  const b = await (await newDevice()).openTab();
  await a.add('milk', 'bread', 'tea');
  await expect(b.texts).toHaveText(['tea', 'bread', 'milk']);
  const grip = (text: string) => a.page.getByRole('button', { name: `Move “${text}”` });
  const announced = a.page.locator('[aria-live=assertive]');
  // The drag library hears keys only once it has measured the rows, and says nothing when it has: press as a person would, again.
  const move = (text: string, key: string, from: number, to: number) =>
    expect(async () => {
      if ((await announced.textContent())?.includes(`${from} of 3`)) await grip(text).press(key);
      await expect(announced).toHaveText(`“${text}” is now ${to} of 3.`, { timeout: 3_000 });
    }).toPass();

  await grip('tea').focus();
  await grip('tea').press('Space');
  await expect(announced).toHaveText(/Picked up “tea”, 1 of 3|“tea” is now 1 of 3/);
  await move('tea', 'ArrowDown', 1, 2);
  await grip('tea').press('Space');
  await expect(announced).toHaveText('“tea” was put down, 2 of 3.');
  await expect(b.texts).toHaveText(['bread', 'tea', 'milk']);

  await grip('milk').focus();
  await grip('milk').press('Space');
  await expect(announced).toHaveText(/“milk”.* 3 of 3/);
  await move('milk', 'ArrowUp', 3, 2);
  await grip('milk').press('Escape');
  await expect(announced).toHaveText('“milk” went back to where it was.');
  await expect(a.texts).toHaveText(['bread', 'tea', 'milk']);

  const from = await placeOf(grip('milk'));
  const to = await placeOf(a.row('bread'));
  await a.page.mouse.move(from.x + from.width / 2, from.y + from.height / 2);
  await a.page.mouse.down();
  await a.page.mouse.move(from.x, to.y + to.height / 2, { steps: 8 });
  await expect(async () => {
    await a.page.mouse.move(from.x, to.y + to.height / 2 + 4);
    await a.page.mouse.move(from.x, to.y + to.height / 2);
    await expect(announced).toHaveText('“milk” is now 1 of 3.', { timeout: 3_000 });
  }).toPass();
  await a.page.mouse.up();
  await expect(b.texts).toHaveText(['milk', 'bread', 'tea']);

  await b.page.reload();
  await expect(b.texts).toHaveText(['milk', 'bread', 'tea']);
});
