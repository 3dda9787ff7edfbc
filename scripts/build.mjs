// `npm run build`: what `npm start` and the browser tests run.

import './node-version.mjs';

import { bootstrap } from './bootstrap.mjs';
import { endChildrenOnSignal, runNode } from './children.mjs';
import { endWithParent } from './parent-watch.mjs';
import { isMain, projectPath } from './paths.mjs';
import { Stop, runCommand, step } from './progress.mjs';
import { withProjectLock } from './project-lock.mjs';

/** The projects that are run, without tests and tools: their types are a check, not a part of the build. */
export const builtProjects = ['packages/core', 'packages/react', 'server'];

/** Compiles the packages and the server, and bundles its command and the todo app. */
export async function build() {
  await withProjectLock(projectPath('.topgun-install.lock'), 'installing or building', async () => {
    await step('compiling packages and server', async () => {
      await orStop(
        runNode([projectPath('node_modules/typescript/bin/tsc'), '-b', ...builtProjects]),
        'the packages do not compile',
      );
    });
    await step('bundling the server command', async () => {
      await orStop(runNode([projectPath('scripts/bundle-command.mjs')]), 'the server command could not be bundled');
    });
    await step('bundling the todo app', async () => {
      const vite = [projectPath('node_modules/vite/bin/vite.js'), 'build', '--logLevel', 'warn'];
      await orStop(runNode(vite, { cwd: projectPath('examples/todo') }), 'the todo app could not be bundled');
    });
  });
}

/**
 * @param {Promise<number>} exitCode
 * @param {string} what
 */
async function orStop(exitCode, what) {
  const code = await exitCode;
  if (code !== 0)
    throw new Stop(`${what} (exit code ${code}): the errors are above. Correct them, then run the command again.`);
}

if (isMain(import.meta.url)) {
  runCommand(async () => {
    endChildrenOnSignal();
    endWithParent();
    await bootstrap();
    await build();
  });
}
