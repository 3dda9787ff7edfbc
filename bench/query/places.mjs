// Where subjects run, each in a process of its own: Node, or a page in a context of its own.

import { startBrowser } from '../method/browser.mjs';
import { createDataFolder } from '../method/data-folder.mjs';
import { startProcess } from '../method/processes.mjs';

/**
 * @typedef {object} Place
 * @property {string} name
 * @property {Record<string, string>} conditions
 * @property {() => Promise<{ ask(question: string, ...args: unknown[]): Promise<any>, stop(): Promise<void> }>} start
 * @property {() => Promise<void>} close
 */

/** @param {string} name `node` or `chromium` @returns {Promise<Place>} */
export async function startPlace(name) {
  return name === 'node' ? node : startChromium();
}

const node = {
  name: 'node',
  conditions: {},
  start: () => startProcess(new URL('./peer.mjs', import.meta.url)),
  close: async () => {},
};

async function startChromium() {
  const browser = await startBrowser(new URL('./page.html', import.meta.url), createDataFolder());
  return {
    name: 'chromium',
    conditions: { browser: browser.version },
    async start() {
      const { page, close } = await browser.openPage();
      return {
        ask: (question, ...args) => page.evaluate(([q, all]) => window.bench[q](...all), [question, args]),
        stop: close,
      };
    },
    close: () => browser.close(),
  };
}
