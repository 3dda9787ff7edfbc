import { fileURLToPath } from 'node:url';

import { test as base, expect, type BrowserContextOptions } from '@playwright/test';

import { Device } from './device.js';
import { startApp, type RunningApp } from './running-app.js';
import { TodoPage } from './todo-page.js';

const todoDist = fileURLToPath(new URL('../../examples/todo/dist', import.meta.url));

const todoSchema = fileURLToPath(new URL('../../examples/todo/schema.js', import.meta.url));

export interface Fixtures {
  /** What the server is started with, beside its defaults. */
  readonly serverArgs: readonly string[];
  /** The todo app on a server and a database of this test's own. */
  readonly app: RunningApp;
  /** Another device: a browser profile with nothing in it. */
  readonly newDevice: (options?: BrowserContextOptions) => Promise<TodoDevice>;
}

/** A device that is there to show the todo app. */
export class TodoDevice extends Device {
  async openTab(path?: string): Promise<TodoPage> {
    return new TodoPage(await this.openPage(path));
  }
}

export const test = base.extend<Fixtures>({
  serverArgs: [[], { option: true }],
  app: async ({ serverArgs }, provide) => {
    const app = await startApp(todoDist, ['--definitions', todoSchema, ...serverArgs]);
    try {
      await provide(app);
    } finally {
      await app.close();
    }
  },
  newDevice: async ({ browser, app }, provide) => {
    const devices: TodoDevice[] = [];
    await provide(async (options = {}) => {
      const device = new TodoDevice(await browser.newContext(options), app.url, app.dist);
      devices.push(device);
      return device;
    });
    for (const device of devices) expect.soft(device.errors, 'errors in the console').toEqual([]);
    await Promise.all(devices.map((device) => device.context.close()));
  },
});

export { expect };
