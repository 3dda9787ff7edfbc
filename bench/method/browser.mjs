// Chromium, and pages built for it that are cross-origin isolated: without that its clock has steps of 100 µs.

import { mkdtempSync } from 'node:fs';
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { chromium } from 'playwright';
import { build } from 'vite';

import { chromiumLaunchOptions, findChromium } from '../../scripts/chromium.mjs';

const types = { '.html': 'text/html', '.js': 'text/javascript', '.wasm': 'application/wasm' };

const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

/**
 * Bundles the page as an app would be, serves it and starts Chromium.
 *
 * @param {URL} html
 * @param {string} dataFolder
 */
export async function startBrowser(html, dataFolder) {
  const site = await startSite(html, dataFolder);
  const browser = await chromium.launch(await launchOptions());
  return {
    version: `Chromium ${browser.version()}`,
    /** A page in a context, and with that in a process and a storage, of its own. The storage is memory. */
    async openPage() {
      const context = await browser.newContext();
      return { page: await openIsolated(context, site.url), close: () => context.close() };
    },
    async close() {
      await browser.close();
      await site.close();
    },
  };
}

/**
 * As `startBrowser`, for pages whose databases lie on the disk and are there again when the page is opened anew: each profile is a
 * browser of its own.
 *
 * @param {URL} html
 * @param {string} dataFolder
 */
export async function startProfiles(html, dataFolder) {
  const site = await startSite(html, dataFolder);
  const options = await launchOptions();
  const contexts = new Set();
  return {
    /** What is served, as it is there when it is asked for. */
    siteFolder: site.folder,
    async openProfile() {
      const context = await chromium.launchPersistentContext(mkdtempSync(path.join(dataFolder, 'profile-')), options);
      contexts.add(context);
      return {
        version: `Chromium ${context.browser()?.version() ?? 'unknown'}`,
        /** `address`: of another page of the site. */
        openPage: (address = '') => openIsolated(context, new URL(address, site.url).href),
        async close() {
          contexts.delete(context);
          await context.close();
        },
      };
    },
    async close() {
      for (const context of contexts) await context.close();
      await site.close();
    },
  };
}

const launchOptions = async () => chromiumLaunchOptions((await findChromium()).executablePath);

/** @param {import('playwright').BrowserContext} context @param {string} url */
async function openIsolated(context, url) {
  const page = await context.newPage();
  page.on('pageerror', (error) => console.error(error));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') console.error(message.text());
  });
  await page.goto(url);
  if (!(await page.evaluate(() => window.bench.isIsolated()))) throw new Error('the page is not isolated');
  return page;
}

/** @param {URL} html @param {string} dataFolder */
async function startSite(html, dataFolder) {
  const file = fileURLToPath(html);
  const outDir = path.join(dataFolder, 'page');
  await build({
    root: path.dirname(file),
    configFile: false,
    logLevel: 'warn',
    build: {
      outDir,
      emptyOutDir: true,
      target: 'es2023',
      chunkSizeWarningLimit: 4096,
      rolldownOptions: { input: file },
    },
  });
  const { url, close } = await serve(outDir);
  return { url: `${url}/${path.basename(file)}`, folder: outDir, close };
}

/** As `topgun-server` serves an app: files that are named by their content are kept for good, its page is not. @param {string} folder */
async function serve(folder) {
  const server = createServer((request, response) => {
    const { pathname, search } = new URL(request.url ?? '/', 'http://localhost');
    const type = path.extname(pathname);
    readFile(path.join(folder, path.normalize(pathname))).then(
      (content) => {
        response.writeHead(200, {
          'Content-Type': types[type] ?? 'text/plain',
          'Cache-Control': pathname.includes('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
          ...isolation,
        });
        // A page that is asked for with a query has its scripts under a name with that query.
        response.end(type === '.html' ? content.toString().replaceAll('.js"', `.js${search}"`) : content);
      },
      () => response.writeHead(404, isolation).end(),
    );
  });
  await new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(undefined));
  });
  return {
    // A name that browsers take for secure without TLS.
    url: `http://localhost:${server.address().port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(resolve);
      }),
  };
}
