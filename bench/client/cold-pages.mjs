// A page for each subject that is its app: one classic script, which browsers keep compiled.

import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { build } from 'vite';

import { classicScript } from '../../examples/todo/classic-script.js';

/** Where the modules of subjects are, by what `load` of the page takes. */
const fileOf = (subject) => fileURLToPath(new URL(`./subjects/${FILES[subject] ?? subject}.mjs`, import.meta.url));

const FILES = {
  'indexed rows': 'indexed-rows',
  'topgun local-only': 'topgun-local',
};

/**
 * @param {string} subject
 * @param {string} siteFolder what is served
 * @returns {Promise<string>} the page's address on the site
 */
export async function buildColdPage(subject, siteFolder) {
  const html = fileURLToPath(new URL('./cold-page.html', import.meta.url));
  const name = `cold-${subject.replaceAll(' ', '-')}`;
  await build({
    root: path.dirname(html),
    base: `/${name}/`,
    configFile: false,
    logLevel: 'error',
    plugins: [classicScript()],
    resolve: { alias: { 'subject-of-page': fileOf(subject) } },
    build: {
      outDir: path.join(siteFolder, name),
      emptyOutDir: true,
      target: 'es2023',
      chunkSizeWarningLimit: 4096,
      rolldownOptions: { input: html },
    },
  });
  return `/${name}/${path.basename(html)}`;
}
