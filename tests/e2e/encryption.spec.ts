import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { test as base, expect, type BrowserContext, type Page } from '@playwright/test';
import { build } from 'vite';

import { fencedBlocks } from '../docs/fenced-blocks.js';
import type * as StoragePage from './storage-page.js';

interface PageWindow extends Window {
  readonly storagePage: typeof StoragePage;
  readonly guide: {
    openNotes(password: string): Promise<{
      getMap(name: string): {
        loaded(): Promise<void>;
        get(key: string): unknown;
        set(key: string, value: object): { readonly persisted: Promise<unknown> };
      };
      close(): Promise<void>;
    }>;
  };
}

const root = fileURLToPath(new URL('../..', import.meta.url));
const ORIGIN = 'https://notes.example';
const HTML =
  '<!doctype html><title>Notes</title><link rel="icon" href="data:," /><script type="module" src="/page.ts"></script>';

interface Fixtures {
  /** Opens the page in a browser of its own on that profile. */
  readonly openProfile: (profile: string) => Promise<{ readonly page: Page; readonly context: BrowserContext }>;
  readonly folder: string;
}

const test = base.extend<Fixtures, { readonly dist: string }>({
  dist: [
    // oxlint-disable-next-line no-empty-pattern -- Playwright reads which fixtures are used from it: none
    async ({}, provide) => {
      const folder = scratchFolder();
      const guide = readFileSync(join(root, 'docs/guides/encryption.md'), 'utf8');
      writeFileSync(join(folder, 'guide.ts'), fencedBlocks(guide)[0]?.code ?? '');
      const storagePage = JSON.stringify(join(root, 'tests/e2e/storage-page.ts'));
      writeFileSync(
        join(folder, 'page.ts'),
        `import * as guide from './guide.js';\nimport * as storagePage from ${storagePage};\nObject.assign(window, { guide, storagePage });\n`,
      );
      writeFileSync(join(folder, 'index.html'), HTML);
      await build({ root: folder, configFile: false, logLevel: 'error' });
      await provide(join(folder, 'dist'));
      rmSync(folder, { recursive: true, force: true });
    },
    { scope: 'worker' },
  ],
  // oxlint-disable-next-line no-empty-pattern -- Playwright reads which fixtures are used from it: none
  folder: async ({}, provide) => {
    const folder = scratchFolder();
    await provide(folder);
    rmSync(folder, { recursive: true, force: true });
  },
  openProfile: async ({ playwright, launchOptions, dist }, provide) => {
    const contexts: BrowserContext[] = [];
    await provide(async (profile) => {
      const context = await playwright.chromium.launchPersistentContext(profile, launchOptions);
      contexts.push(context);
      await context.route(`${ORIGIN}/**`, (route) => {
        const { pathname } = new URL(route.request().url());
        return route.fulfill({ path: join(dist, pathname === '/' ? 'index.html' : pathname) });
      });
      const page = await context.newPage();
      await page.goto(ORIGIN);
      await page.waitForFunction(() => 'guide' in window, null, { timeout: 15_000 });
      return { page, context };
    });
    await Promise.all(contexts.map((context) => context.close()));
  },
});

/** Inside the project, so that what is built finds the packages by their names. */
function scratchFolder(): string {
  mkdirSync(join(root, '.topgun'), { recursive: true });
  return mkdtempSync(join(root, '.topgun', 'encryption-'));
}

/** All forms in which a browser may write a text: letters of one byte, of two in either order, and letters for bytes. */
function formsOf(text: string): Buffer[] {
  const wide = Buffer.from(text, 'utf16le');
  // What comes before shifts the letters: without those at the edges, which depend on it.
  const inLetters = [0, 1, 2].map((shift) => {
    const letters = Buffer.from('\0'.repeat(shift) + text).toString('base64');
    return Buffer.from(letters.slice(4, -4));
  });
  return [Buffer.from(text), wide, Buffer.from(wide).swap16(), ...inLetters];
}

/** Which of the texts are in any file of the profile, by what they are. */
function foundIn(profile: string, texts: Readonly<Record<string, string>>): string[] {
  const files = readdirSync(profile, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name)));
  const names = readdirSync(profile, { recursive: true, encoding: 'utf8' });
  const isFound = (text: string): boolean =>
    names.some((name) => name.includes(text)) ||
    formsOf(text).some((form) => files.some((file) => file.includes(form)));
  return Object.entries(texts).flatMap(([what, text]) => (isFound(text) ? [what] : []));
}

for (const kind of ['plain', 'encrypted'] as const) {
  test(`EN-1, EN-4: of what a client stores ${kind === 'plain' ? 'without encryption all' : 'nothing'} is found in the files of the browser`, async ({
    openProfile,
    folder,
  }) => {
    const { page, context } = await openProfile(folder);
    const texts = await page.evaluate((which) => (window as unknown as PageWindow).storagePage.fill(which), kind);
    await context.close();
    // Before it is tidied, and after: a browser writes its files anew when it starts.
    const found = [foundIn(folder, texts)];
    const again = await openProfile(folder);
    const read = await again.page.evaluate((which) => (window as unknown as PageWindow).storagePage.read(which), kind);
    await again.context.close();
    found.push(foundIn(folder, texts));
    const all = Object.keys(texts);
    expect(all.length).toBeGreaterThan(10);
    expect(read.filter((text) => Object.values(texts).includes(text)).length).toBeGreaterThan(5);
    expect(found).toEqual(kind === 'plain' ? [all, all] : [[], []]);
  });
}

test('EN-5: the guide: a wrong password opens nothing and says so, the right one what was written', async ({
  openProfile,
  folder,
}) => {
  const { page } = await openProfile(folder);
  const said = await page.evaluate(async () => {
    const { openNotes } = (window as unknown as PageWindow).guide;
    const first = await openNotes('correct horse');
    await first.getMap('notes').set('n1', { text: 'written' }).persisted;
    await first.close();
    const refused = await openNotes('wrong horse').catch((error: { readonly code?: string }) => error.code);
    const again = await openNotes('correct horse');
    await again.getMap('notes').loaded();
    return [refused, again.getMap('notes').get('n1')];
  });
  expect(said).toEqual(['storage-wrong-key', { text: 'written' }]);
});
