// The server command in a few files instead of some six hundred, most of whose time it would take to start is finding them.
// Packages stay where they are, but for the project's own and zod, of which most files are texts in other languages.

import { build, normalizePath } from 'vite';

import { projectPath } from './paths.mjs';

const dist = normalizePath(projectPath('server/dist'));

await build({
  configFile: false,
  root: projectPath('server'),
  logLevel: 'warn',
  plugins: [
    {
      // Threads, and migrations, lie where they lay: every chunk is in one folder below.
      name: 'where-modules-lay',
      transform(code, id) {
        if (!id.startsWith(`${dist}/`) || !code.includes('import.meta.url')) return null;
        const place = JSON.stringify(`../${id.slice(dist.length + 1)}`);
        return { code: code.replaceAll('import.meta.url', `new URL(${place}, import.meta.url).href`), map: null };
      },
    },
  ],
  ssr: { noExternal: [/^@topgun\//, /^zod(\/|$)/] },
  build: {
    ssr: true,
    target: 'node20',
    minify: false,
    outDir: `${dist}/command`,
    emptyOutDir: true,
    rolldownOptions: {
      input: { main: `${dist}/main.js` },
      output: { entryFileNames: '[name].js', chunkFileNames: '[name].js' },
    },
  },
});
