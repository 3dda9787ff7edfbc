import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import type { BrowserContext, Page, WebSocket } from '@playwright/test';

import { storageAnswers } from './page-storage.js';

/** A browser profile: its tabs share storage and one connection, and nothing with other devices. */
export class Device {
  readonly context: BrowserContext;
  /** What its pages logged as errors or threw; a test ends with none. */
  readonly errors: string[] = [];
  readonly #sockets: { readonly page: Page; readonly socket: WebSocket }[] = [];
  readonly #frozen = new Map<Page, number>();
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

  /**
   * Nothing in the tab runs any more, until it is thawed, it keeps its locks, and what comes to it waits: as when a browser puts a hidden tab
   * to sleep. Its process is stopped, since no headless page is hidden, and `Page.setWebLifecycleState` stops nothing in one that shows.
   * Browsers spare a page whose transaction another one waits for: it is not stopped in the middle of one, as `witness`, another tab, tells.
   */
  async freeze(page: Page, witness: Page): Promise<void> {
    for (let attempt = 1; attempt <= 5; attempt += 1) {
      const pid = await this.#processOf(page);
      process.kill(pid, 'SIGSTOP');
      this.#frozen.set(page, pid);
      const answers = page.evaluate(() => true).catch(() => false);
      const isStopped = await Promise.race([answers.then(() => false), delay(2_000, true)]);
      const isFree = isStopped && (await Promise.race([storageAnswers(witness).then(() => true), delay(5_000, false)]));
      if (isFree) return;
      // Another page was busier just then, or this one was writing.
      this.thaw(page);
    }
    throw new Error('the page was not found idle, or not its process');
  }

  /** The one that spends most while the page is busy. */
  async #processOf(page: Page): Promise<number> {
    const before = await this.#rendererTimes();
    await page.evaluate(() => {
      const until = performance.now() + 1_000;
      while (performance.now() < until);
    });
    const after = await this.#rendererTimes();
    const spent = [...after].map(([pid, seconds]) => ({ pid, seconds: seconds - (before.get(pid) ?? 0) }));
    const [busiest] = spent.toSorted((a, b) => b.seconds - a.seconds);
    if (busiest === undefined) throw new Error('no process shows the page');
    return busiest.pid;
  }

  thaw(page: Page): void {
    const pid = this.#frozen.get(page);
    if (pid !== undefined) process.kill(pid, 'SIGCONT');
    this.#frozen.delete(page);
  }

  /** What each process that shows pages has spent of the processor, in seconds. */
  async #rendererTimes(): Promise<ReadonlyMap<number, number>> {
    const session = await this.context.browser()?.newBrowserCDPSession();
    const { processInfo = [] } = (await session?.send('SystemInfo.getProcessInfo')) ?? {};
    await session?.detach();
    return new Map(processInfo.filter(({ type }) => type === 'renderer').map(({ id, cpuTime }) => [id, cpuTime]));
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
    // A page may be asking for a file still: whoever answers it is waited for, else two would answer it.
    await this.context.unrouteAll({ behavior: 'wait' });
  }
}
