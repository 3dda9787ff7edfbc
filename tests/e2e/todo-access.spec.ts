import type { Page } from '@playwright/test';

import { expect, test } from './fixtures.js';

const LONG = `${'long '.repeat(30)}${'x'.repeat(150)}`;

/** How far the page can be scrolled sideways, in px. */
const sideways = (page: Page): Promise<number> =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

test('phone width: everything is there, nothing scrolls sideways', async ({ app, newDevice }) => {
  const device = await newDevice({ viewport: { width: 320, height: 640 }, hasTouch: true, isMobile: true });
  const todos = await device.openTab();
  await todos.toBeLive();
  await app.kill();
  await todos.add('milk', LONG.trim());
  // The most that the badge says.
  await expect(todos.badge).toHaveText('Reconnecting… · 2 unsent');
  expect(await sideways(todos.page)).toBe(0);
  await app.start();
  await todos.toBeLive();
  expect(await sideways(todos.page)).toBe(0);
  await todos.row('milk').locator('label.tick').tap();
  await expect(todos.checkbox('milk')).toBeChecked();
  const buttons = ['Add todo', 'Clear done', 'Move “milk”', 'Delete “milk”'];
  const controls = buttons.map((name) => todos.page.getByRole('button', { name }));
  for (const control of [todos.badge, todos.filter('Done'), ...controls]) {
    await control.scrollIntoViewIfNeeded();
    await expect(control).toBeInViewport({ ratio: 1 });
  }

  expect(await sideways(todos.page)).toBe(0);
  await todos.beginEdit(LONG.trim());
  expect(await sideways(todos.page)).toBe(0);
  await todos.editor.press('Escape');
  await todos.page.getByRole('button', { name: 'Delete “milk”' }).tap();
  await expect(todos.page.getByRole('button', { name: 'Undo' })).toBeInViewport({ ratio: 1 });
  expect(await sideways(todos.page)).toBe(0);
  // What was done so far is sent, so that it does not count as unsent.
  await expect(todos.badge).toHaveAttribute('data-pending', '0');
  await device.goOffline();
  await todos.toBeOffline();
  await todos.add('tea');
  await todos.toBeOffline(1);
  expect(await sideways(todos.page)).toBe(0);
});

test('a screen reader finds its way: landmarks, a heading, a list, and a name on everything that can be used', async ({
  newDevice,
}) => {
  const todos = await (await newDevice()).openTab();
  await todos.add('milk');
  await todos.toBeLive();
  await todos.toggle('milk');
  await expect(todos.page.getByRole('main')).toMatchAriaSnapshot(`
    - main:
      - textbox "New todo":
        - /placeholder: What needs doing?
      - button "Add todo" [disabled]
      - region "Todos":
        - navigation "Filter":
          - link "All 1":
            - /url: "#/all"
          - link "Active 0":
            - /url: "#/active"
          - link "Done 1":
            - /url: "#/done"
        - button "Clear done"
        - list:
          - listitem:
            - button "Move “milk”"
            - checkbox "Mark “milk” as not done" [checked]
            - button "milk"
            - button "Delete “milk”"
        - status
  `);
  await expect(todos.page.getByRole('banner')).toMatchAriaSnapshot(`
    - banner:
      - heading "Todos" [level=1]
      - status: Live
  `);
  await expect(todos.page.locator('html')).toHaveAttribute('lang', 'en');
  await expect(todos.page).toHaveTitle('Todos');
});

test('by keyboard alone: add, complete, edit, filter, delete, undo', async ({ app, newDevice }) => {
  const todos = await (await newDevice()).openTab();
  const { keyboard } = todos.page;
  const tabTo = async (role: 'button' | 'checkbox' | 'link', name: string): Promise<void> => {
    const target = todos.page.getByRole(role, { name, exact: true });
    for (let presses = 0; presses < 30; presses += 1) {
      await keyboard.press('Tab');
      if (await target.evaluate((element) => element === document.activeElement)) break;
    }
    await expect(target).toBeFocused();
    // And it shows where one is.
    const outline = await target.evaluate((element) => {
      const shown = element.matches('input[type=checkbox]') ? element.nextElementSibling! : element;
      const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(shown);
      return outlineStyle !== 'none' && outlineWidth !== '0px' ? 'outline' : boxShadow;
    });
    expect(outline).not.toBe('none');
  };
  await expect(todos.newTodo).toBeFocused();
  await keyboard.type('milk');
  await keyboard.press('Enter');
  await tabTo('checkbox', 'Mark “milk” as done');
  await keyboard.press('Space');
  await expect(todos.checkbox('milk')).toBeChecked();
  await tabTo('button', 'milk');
  await keyboard.press('Enter');
  await expect(todos.editor).toBeFocused();
  await keyboard.press('End');
  await keyboard.type(' and honey');
  await keyboard.press('Enter');
  await expect(todos.text('milk and honey')).toBeFocused();
  await expect.poll(() => app.todos()).toEqual([{ text: 'milk and honey', done: true }]);
  await tabTo('link', 'Done 1');
  await keyboard.press('Enter');
  await expect(todos.texts).toHaveText(['milk and honey']);
  await tabTo('button', 'Delete “milk and honey”');
  await keyboard.press('Enter');
  await expect(todos.newTodo).toBeFocused();
  await expect.poll(() => app.todos()).toEqual([]);
  await tabTo('button', 'Undo');
  await keyboard.press('Enter');
  await expect.poll(() => app.todos()).toEqual([{ text: 'milk and honey', done: true }]);
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`${colorScheme}: what is to be read stands out from its background`, async ({ newDevice }) => {
    const device = await newDevice({ colorScheme });
    const todos = await device.openTab();
    await todos.add('milk', 'bread');
    await todos.toggle('milk');
    await todos.remove('bread');
    await expect(todos.page.getByRole('button', { name: 'Undo' })).toBeVisible();
    const page = await todos.page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    const body = await todos.page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const ground = /^rgba\(.*, 0\)$/.test(body) ? page : body;
    const brightness = (ground.match(/[\d.]+/g) ?? []).slice(0, 3).reduce((sum, part) => sum + Number(part), 0);
    if (colorScheme === 'dark') expect(brightness).toBeLessThan(200);
    else expect(brightness).toBeGreaterThan(600);

    await todos.toBeLive();
    expect(await todos.page.evaluate(faintTexts)).toEqual([]);
    await device.goOffline();
    await todos.toBeOffline();
    expect(await todos.page.evaluate(faintTexts)).toEqual([]);
  });
}

/** Texts with less contrast to what is behind them than 4.5 (WCAG AA), disabled controls aside. Runs in the page. */
function faintTexts(): string[] {
  for (const animation of document.getAnimations()) animation.finish();
  // A canvas turns any CSS colour into red, green, blue and alpha.
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true })!;
  const toRgba = (color: string): [number, number, number, number] => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    const [r = 0, g = 0, b = 0, a = 0] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = (top: number[], below: number[]): number[] =>
    below.map((part, i) => top[i]! * top[3]! + part * (1 - top[3]!));
  const groundOf = (element: Element | null): number[] => {
    if (element === null) return [255, 255, 255];
    const color = toRgba(getComputedStyle(element).backgroundColor);
    return color[3] === 1 ? color.slice(0, 3) : over(color, groundOf(element.parentElement));
  };
  const opacityOf = (element: Element | null): number =>
    element === null ? 1 : Number(getComputedStyle(element).opacity) * opacityOf(element.parentElement);
  const luminance = (rgb: number[]): number => {
    const [r = 0, g = 0, b = 0] = rgb.map((part) => {
      const unit = part / 255;
      return unit <= 0.04045 ? unit / 12.92 : ((unit + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const faint: string[] = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const element = node.parentElement!;
    const text = node.textContent!.trim();
    if (text === '' || !element.checkVisibility() || element.closest(':disabled, script') !== null) continue;
    const ground = groundOf(element);
    const [r, g, b, alpha] = toRgba(getComputedStyle(element).color);
    const ink = over([r, g, b, alpha * opacityOf(element)], ground);
    const [light, dark] = [luminance(ink), luminance(ground)].sort((a, b) => b - a) as [number, number];
    const contrast = (light + 0.05) / (dark + 0.05);
    if (contrast < 4.5) faint.push(`${text}: ${contrast.toFixed(2)}`);
  }
  return faint;
}
