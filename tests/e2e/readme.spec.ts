import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { build } from 'vite';

import { fencedBlocks } from '../docs/fenced-blocks.js';
import { Device } from './device.js';
import { expect, test } from './fixtures.js';
import { storedOps } from './page-storage.js';
import { startApp } from './running-app.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Bundles the first tsx block of the README, as it stands, with the packages as they are built. */
async function buildQuickStart(folder: string): Promise<string> {
  const block = fencedBlocks(readFileSync(join(root, 'README.md'), 'utf8')).find(({ language }) => language === 'tsx');
  if (block === undefined) throw new Error('README.md has no tsx block');
  writeFileSync(join(folder, 'main.tsx'), block.code);
  writeFileSync(
    join(folder, 'index.html'),
    '<!doctype html><html lang="en"><head><title>Quick start</title><link rel="icon" href="data:," /></head>' +
      '<body><div id="root"></div><script type="module" src="/main.tsx"></script></body></html>',
  );
  await build({
    root: folder,
    configFile: false,
    logLevel: 'error',
    oxc: { jsx: { runtime: 'automatic' } },
  });
  return join(folder, 'dist');
}

test('the quick start of the README is a whole app: two devices see each other’s todos', async ({ browser }) => {
  // Inside the project, so that the block finds the packages by their names.
  const scratch = join(root, '.topgun');
  mkdirSync(scratch, { recursive: true });
  const folder = mkdtempSync(join(scratch, 'readme-'));
  try {
    const app = await startApp(await buildQuickStart(folder));
    try {
      const devices = [0, 1].map(async () => new Device(await browser.newContext(), app.url, app.dist));
      const [first, second] = (await Promise.all(devices)) as [Device, Device];
      const [a, b] = await Promise.all([first.openPage(), second.openPage()]);

      await a.getByRole('button', { name: 'Add' }).click();
      await expect(b.getByRole('listitem')).toHaveText(['Todo 1']);
      await expect.poll(() => app.todos()).toEqual([{ text: 'Todo 1', done: false }]);
      await b.getByRole('button', { name: 'Add' }).click();
      await expect(a.getByRole('listitem')).toHaveText(['Todo 1', 'Todo 2']);

      await b.getByText('Todo 1').click();
      await expect(a.getByRole('listitem')).toHaveText(['Todo 2']);
      await a.getByText('Todo 2').click();
      await expect(b.getByRole('listitem')).toHaveCount(0);
      await expect(a.getByRole('listitem')).toHaveCount(0);
      await expect
        .poll(() => app.todos())
        .toEqual([
          { text: 'Todo 1', done: true },
          { text: 'Todo 2', done: true },
        ]);

      // What the README says of it: it works offline and survives a reload.
      await second.goOffline();
      await b.getByRole('button', { name: 'Add' }).click();
      await expect(b.getByRole('listitem')).toHaveText(['Todo 1']);
      // What is on the disk survives a reload; what shows need not be there yet.
      await expect.poll(() => storedOps(b)).toBe(1);
      await b.reload();
      await expect(b.getByRole('listitem')).toHaveText(['Todo 1']);
      await expect(a.getByRole('listitem')).toHaveCount(0);
      await second.goOnline();
      await expect(a.getByRole('listitem')).toHaveText(['Todo 1']);

      expect([...first.errors, ...second.errors]).toEqual([]);
    } finally {
      await app.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
