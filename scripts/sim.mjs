// `npm run sim`: the simulator of tests/convergence on many seeds, or on one. Bundled first: it runs several times faster than
// under a test runner, and in as many threads as there are cores.

import './node-version.mjs';

import { bootstrap } from './bootstrap.mjs';
import { endChildrenOnSignal, runNode } from './children.mjs';
import { endWithParent } from './parent-watch.mjs';
import { projectPath } from './paths.mjs';
import { runCommand } from './progress.mjs';

const source = 'topgun-source';
const folder = projectPath('node_modules/.cache/simulator');

runCommand(async () => {
  endChildrenOnSignal();
  endWithParent();
  await bootstrap();
  const { build } = await import('vite');
  await build({
    configFile: false,
    root: projectPath('.'),
    logLevel: 'warn',
    resolve: { conditions: [source] },
    ssr: { resolve: { conditions: [source] } },
    build: {
      ssr: projectPath('tests/convergence/command/main.ts'),
      outDir: folder,
      emptyOutDir: true,
      target: 'node20',
      minify: false,
      rollupOptions: { output: { entryFileNames: 'main.mjs' } },
    },
  });
  return runNode([`${folder}/main.mjs`, ...process.argv.slice(2)], { stdio: 'inherit' });
});
