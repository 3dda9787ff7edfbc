import type { TopGunClient } from '@topgun/core';
import { expect, type Locator, type Page } from '@playwright/test';

export interface Todo {
  readonly text: string;
  readonly done: boolean;
  readonly order: string;
  readonly createdAt: number;
}

/** What the todo app leaves in its page for looking around. */
export type TodoWindow = Window & typeof globalThis & { readonly topgun: TopGunClient<{ todos: Todo }> };

/** The todo app in a tab, used as a person would: by what things are called. */
export class TodoPage {
  readonly page: Page;
  readonly rows: Locator;
  /** The texts of the rows, from top to bottom. */
  readonly texts: Locator;
  readonly badge: Locator;
  readonly newTodo: Locator;
  readonly editor: Locator;
  readonly search: Locator;
  /** What the server has refused, one by one. */
  readonly refusals: Locator;

  constructor(page: Page) {
    this.page = page;
    this.rows = page.getByRole('region', { name: 'Todos' }).getByRole('listitem');
    this.texts = this.rows.locator('button.text');
    this.badge = page.getByRole('banner').getByRole('status');
    this.newTodo = page.getByRole('textbox', { name: 'New todo' });
    this.search = page.getByRole('searchbox', { name: 'Search todos' });
    this.editor = page.getByRole('textbox', { name: 'Edit todo' });
    this.refusals = page.getByRole('region', { name: 'Refused changes' }).getByRole('listitem');
  }

  row(text: string): Locator {
    return this.rows.filter({ has: this.text(text) });
  }

  text(text: string): Locator {
    return this.page.getByRole('button', { name: text, exact: true });
  }

  checkbox(text: string): Locator {
    return this.page.getByRole('checkbox', { name: `Mark “${text}” as` });
  }

  unsentMark(text: string): Locator {
    return this.row(text).getByRole('img', { name: 'Not sent yet' });
  }

  refusedMark(text: string): Locator {
    return this.row(text).getByRole('img', { name: 'Refused by the server' });
  }

  /** Sends another text in the place of the refused one. */
  async editRefused(at: number, text: string): Promise<void> {
    const refusal = this.refusals.nth(at);
    await refusal.getByRole('button', { name: 'Edit' }).click();
    await refusal.getByRole('textbox', { name: 'Text to send instead' }).fill(text);
    await refusal.getByRole('button', { name: 'Save' }).click();
  }

  filter(name: 'All' | 'Active' | 'Done'): Locator {
    return this.page.getByRole('navigation', { name: 'Filter' }).getByRole('link', { name });
  }

  async add(...texts: readonly string[]): Promise<void> {
    for (const text of texts) {
      await this.newTodo.fill(text);
      await this.newTodo.press('Enter');
      await expect(this.newTodo).toHaveValue('');
    }
  }

  async beginEdit(text: string): Promise<void> {
    await this.text(text).click();
    await expect(this.editor).toBeFocused();
  }

  async edit(text: string, next: string): Promise<void> {
    await this.beginEdit(text);
    await this.editor.fill(next);
    await this.editor.press('Enter');
  }

  /** The box itself is drawn over; a person clicks what is drawn. */
  async toggle(text: string): Promise<void> {
    await this.row(text).locator('label.tick').click();
  }

  async remove(text: string): Promise<void> {
    await this.row(text).hover();
    await this.page.getByRole('button', { name: `Delete “${text}”` }).click();
  }

  async undo(): Promise<void> {
    await this.page.getByRole('button', { name: 'Undo' }).click();
  }

  async keyOf(text: string): Promise<string> {
    const key = await this.row(text).getAttribute('data-key');
    if (key === null) throw new Error(`the row of ${text} has no key`);
    return key;
  }

  /** Resolves when the tab is connected, caught up and has nothing unsent. */
  async toBeLive(): Promise<void> {
    await expect(this.badge).toHaveText('Live');
    await expect(this.badge).toHaveAttribute('data-pending', '0');
  }

  async toBeOffline(unsent = 0): Promise<void> {
    await expect(this.badge).toHaveText(unsent === 0 ? 'Offline' : `Offline · ${unsent} unsent`);
  }
}
