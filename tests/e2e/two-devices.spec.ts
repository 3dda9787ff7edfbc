import { expect, test } from './fixtures.js';

test('CL-1, SY-1: what one device adds, edits, completes and deletes shows on the other, both ways, and in the database', async ({
  app,
  newDevice,
}) => {
  const a = await (await newDevice()).openTab();
  const b = await (await newDevice()).openTab();
  await Promise.all([a.toBeLive(), b.toBeLive()]);

  await a.add('milk', 'bread');
  await expect(b.texts).toHaveText(['bread', 'milk']);
  await expect
    .poll(() => app.todos())
    .toEqual([
      { text: 'bread', done: false },
      { text: 'milk', done: false },
    ]);

  await b.add('tea');
  await expect(a.texts).toHaveText(['tea', 'bread', 'milk']);

  await a.edit('milk', 'oat milk');
  await expect(b.texts).toHaveText(['tea', 'bread', 'oat milk']);
  await b.edit('bread', 'rye bread');
  await expect(a.texts).toHaveText(['tea', 'rye bread', 'oat milk']);

  await a.toggle('oat milk');
  await expect(b.checkbox('oat milk')).toBeChecked();
  await b.toggle('tea');
  await expect(a.checkbox('tea')).toBeChecked();
  await b.toggle('oat milk');
  await expect(a.checkbox('oat milk')).not.toBeChecked();
  await expect
    .poll(() => app.todos())
    .toEqual([
      { text: 'oat milk', done: false },
      { text: 'rye bread', done: false },
      { text: 'tea', done: true },
    ]);

  const deleted = await a.keyOf('rye bread');
  await a.remove('rye bread');
  await expect(b.texts).toHaveText(['tea', 'oat milk']);
  await b.remove('tea');
  await expect(a.texts).toHaveText(['oat milk']);
  await expect.poll(() => app.todos()).toEqual([{ text: 'oat milk', done: false }]);
  expect(await app.row(deleted)).toBeNull();
});
