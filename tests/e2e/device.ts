import { existsSync } from 'node:fs';
import { join } from 'node:path';

import type { BrowserContext, Page, WebSocket } from '@playwright/test';

/** A browser profile: its tabs share storage and one connection, and nothing with other devices. */
export class Device {
  readonly context: BrowserContext;
  /** What its pages logged as errors or threw; a test ends with none. */
  readonly errors: string[] = [];
  readonly #sockets: { readonly page: Page; readonly socket: WebSocket }[] = [];
  readonly #url: string;
  readonly #dist: string;

  constructor(context: BrowserContext, url: string, dist: string) {
    this.context = context;
    this.#url = url;
    this.#dist = dist;
    context.on('weberror', (error) => this.errors.push(String(error.error().stack ?? error.error())));
    context.on('console', (message) => {
      // The browser itself reports every connection that it could not make, which is what offline is.
      const isNetwork = /^(Failed to load resource|WebSocket connection to)/.test(message.text());
      if (message.type() === 'error' && !isNetwork) this.errors.push(message.text());
    });
  }

  /** The tabs that have a connection just now. */
  connectedPages(): Page[] {
    return this.#sockets.filter(({ page, socket }) => !page.isClosed() && !socket.isClosed()).map(({ page }) => page);
  }

  /** Nothing in the tab runs any more, until it is thawed: as when a browser puts a hidden tab to sleep, but without a choice. */
  async freeze(page: Page): Promise<void> {
    await this.#setLifecycle(page, 'frozen');
  }

  async thaw(page: Page): Promise<void> {
    await this.#setLifecycle(page, 'active');
  }

  async #setLifecycle(page: Page, state: 'frozen' | 'active'): Promise<void> {
    const session = await this.context.newCDPSession(page);
    await session.send('Page.setWebLifecycleState', { state });
    await session.detach();
  }

  /** A new tab, showing the app. */
  async openPage(path = '/'): Promise<Page> {
    const page = await this.context.newPage();
    page.on('websocket', (socket) => void this.#sockets.push({ page, socket }));
    await page.goto(`${this.#url}${path}`);
    return page;
  }

  /**
   * No network at all. The app's own files stay at hand, as a service worker would keep them, so that pages can be opened and
   * reloaded.
   */
  async goOffline(): Promise<void> {
    await this.context.route(`${this.#url}/**`, async (route) => {
      const { pathname } = new URL(route.request().url());
      const file = join(this.#dist, pathname === '/' ? 'index.html' : pathname);
      if (existsSync(file)) await route.fulfill({ path: file });
      else await route.abort('internetdisconnected');
    });
    await this.context.setOffline(true);
  }

  async goOnline(): Promise<void> {
    await this.context.setOffline(false);
    await this.context.unroute(`${this.#url}/**`);
  }
}
