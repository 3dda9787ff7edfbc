import { expect, test } from './fixtures.js';

type HeldWindow = Window & typeof globalThis & { held: (event: { target: { checked: boolean } }) => void };

test('CR-4: an edit that arrives between the render of a row and its handler survives', async ({ app, newDevice }) => {
  const a = await (await newDevice()).openTab();
  const b = await (await newDevice()).openTab();
  await a.add('milk');
  await expect(b.texts).toHaveText(['milk']);

  // The handler that React has now, of the row as it is rendered now. It runs when the edit has long arrived: what happens by chance
  // when a person clicks just then, made to happen.
  await a.checkbox('milk').evaluate((box) => {
    const key = Object.keys(box).find((name) => name.startsWith('__reactProps$'))!;
    const props = (box as unknown as Record<string, { readonly onChange: HeldWindow['held'] }>)[key]!;
    (window as HeldWindow).held = props.onChange;
  });
  await b.edit('milk', 'oat milk');
  await expect(a.texts).toHaveText(['oat milk']);
  await a.page.evaluate(() => (window as HeldWindow).held({ target: { checked: true } }));

  await expect(b.checkbox('oat milk')).toBeChecked();
  await expect(b.texts).toHaveText(['oat milk']);
  await expect.poll(() => app.todos()).toEqual([{ text: 'oat milk', done: true }]);
});

test('CR-4: an edit that arrives while a todo is open for editing survives the saving', async ({ app, newDevice }) => {
  const a = await (await newDevice()).openTab();
  const b = await (await newDevice()).openTab();
  await a.add('milk');
  await expect(b.texts).toHaveText(['milk']);

  const row = a.rows.first();
  await a.beginEdit('milk');
  await a.editor.fill('oat milk');
  await b.toggle('milk');
  await expect(row.getByRole('checkbox')).toBeChecked();
  await expect(a.editor).toHaveValue('oat milk');
  await a.editor.press('Enter');

  await expect(b.texts).toHaveText(['oat milk']);
  await expect(b.checkbox('oat milk')).toBeChecked();
  await expect.poll(() => app.todos()).toEqual([{ text: 'oat milk', done: true }]);
});

for (const key of ['Enter', 'Tab', 'Escape'] as const) {
  test(`CR-4: a text that arrives while the old one is open and untouched is not put back by ${key}`, async ({
    app,
    newDevice,
  }) => {
    const a = await (await newDevice()).openTab();
    const b = await (await newDevice()).openTab();
    await a.add('milk');
    await expect(b.texts).toHaveText(['milk']);

    await a.beginEdit('milk');
    await b.edit('milk', 'oat milk');
    // The delete button of the row being edited names the text as it is now.
    await expect(a.page.getByRole('button', { name: 'Delete “oat milk”' })).toBeAttached();
    await a.editor.press(key);
    await expect(a.editor).toBeHidden();

    // Whatever else the page may have written would have arrived before this.
    await a.add('bread');
    await expect(b.texts).toHaveText(['bread', 'oat milk']);
    await expect
      .poll(() => app.todos())
      .toEqual([
        { text: 'bread', done: false },
        { text: 'oat milk', done: false },
      ]);
  });
}
