import type { Page } from '@playwright/test';

import type { TodoDevice } from '../fixtures.js';
import type { TodoWindow } from '../todo-page.js';

/** How many writes a burst has on their way to the disk, or to whoever notes that they are there. */
const AHEAD = 20;
/** So long each of them rests before the next. Chromium looks at a quota every thirty seconds, and by then a fast disk would have taken more todos than a list may have. */
const REST_MS = 100;

/** The map of one counter for each write. A todo written twice looks like a todo written once; a counter counted twice does not. */
export const COUNTERS = 'once';

type BurstWindow = TodoWindow & {
  readonly notePersisted: (key: string) => Promise<void>;
  stopBurst: () => void;
};

/**
 * Lets the pages of a device write, and notes here, outside of the browser, whose `persisted` has resolved: what a page had been told in its
 * last moment may not arrive, so there may be more on its disk, never fewer.
 */
export class BurstWriter {
  readonly #persisted = new Set<string>();
  #waiting: { readonly count: number; readonly resolve: () => void }[] = [];

  private constructor() {}

  static async of(device: TodoDevice): Promise<BurstWriter> {
    const writer = new BurstWriter();
    await device.context.exposeFunction('notePersisted', (key: string) => writer.#note(key));
    return writer;
  }

  /** The keys of the writes that are durable as far as their page could tell. */
  get persisted(): readonly string[] {
    return [...this.#persisted];
  }

  /** Writes todos `<name>-0`, `<name>-1` … and with each a counter of its own, until `stop` or the end of the page. */
  async start(page: Page, name: string): Promise<void> {
    await page.evaluate(
      ({ burst, ahead, counters, restMs }) => {
        const { topgun, notePersisted } = window as BurstWindow;
        const todos = topgun.getMap('todos');
        let next = 0;
        let isStopped = false;
        const writeOn = async (): Promise<void> => {
          while (!isStopped) {
            const n = next++;
            const key = `${burst}-${n}`;
            const todo = { text: key, done: false, order: 'a0', createdAt: n };
            const writes = [todos.set(key, todo), topgun.getPNCounter(`${counters}:${key}`).increment()];
            const results = await Promise.all(writes.map(({ persisted }) => persisted));
            // Waiting for the note keeps a fast disk from writing more todos than a test wants to look at.
            if (results.every(({ ok }) => ok)) await notePersisted(key);
            await new Promise((resolve) => setTimeout(resolve, restMs));
          }
        };
        (window as BurstWindow).stopBurst = () => (isStopped = true);
        for (let i = 0; i < ahead; i += 1) void writeOn();
      },
      { burst: name, ahead: AHEAD, counters: COUNTERS, restMs: REST_MS },
    );
  }

  async stop(page: Page): Promise<void> {
    await page.evaluate(() => (window as BurstWindow).stopBurst());
  }

  /** Resolves once so many more writes than now have been told persisted. */
  async more(count: number): Promise<void> {
    const reached = this.#persisted.size + count;
    await new Promise<void>((resolve) => this.#waiting.push({ count: reached, resolve }));
  }

  #note(key: string): void {
    this.#persisted.add(key);
    const reached = this.#waiting.filter(({ count }) => this.#persisted.size >= count);
    this.#waiting = this.#waiting.filter((wait) => !reached.includes(wait));
    for (const { resolve } of reached) resolve();
  }
}
