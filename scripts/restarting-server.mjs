import { statSync } from 'node:fs';

import { isEnding, start } from './children.mjs';
import { projectPath } from './paths.mjs';
import { say } from './progress.mjs';

/** Written by the compiler at the end of each compilation that changed something the server runs. */
const buildInfos = ['packages/core/dist/pure.tsbuildinfo', 'server/dist/server.tsbuildinfo'];

/**
 * A server process that is replaced when it was compiled anew, one after the other on the same port and database.
 *
 * @param {readonly string[]} args its command line
 */
export function createRestartingServer(args) {
  let runningBuild = '';
  /** @type {import('node:child_process').ChildProcess | undefined} */
  let child;
  let replacing = false;

  function startChild() {
    runningBuild = currentBuild();
    const started = start(process.execPath, [projectPath('scripts/run-server.mjs'), ...args]);
    child = started;
    started.once('close', (code) => {
      if (isEnding()) return;
      child = undefined;
      if (replacing) {
        replacing = false;
        startChild();
      } else {
        say(`the server has ended (exit code ${code ?? 'none'}) and starts again with the next change`);
      }
    });
  }

  return {
    /** Starts it, or replaces it when what it runs has changed. */
    refresh() {
      if (replacing || (child !== undefined && currentBuild() === runningBuild)) return;
      if (child === undefined) {
        startChild();
        return;
      }
      say('the server has changed and starts again');
      replacing = true;
      child.kill('SIGTERM');
    },
  };
}

function currentBuild() {
  return buildInfos.map((file) => statSync(projectPath(file), { throwIfNoEntry: false })?.mtimeMs ?? 0).join(' ');
}
