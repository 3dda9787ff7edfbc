import { pathToFileURL } from 'node:url';

import { isMain, projectPath } from './paths.mjs';
import { runCommand } from './progress.mjs';

/**
 * Runs the built server in this process. It installs its own signal listeners.
 *
 * @param {readonly string[]} args its command line
 * @returns {Promise<{ address: { port: number, url: string }, stop(): Promise<void> }>}
 */
export async function runServer(args) {
  process.setSourceMapsEnabled(true);
  const server = await import(pathToFileURL(projectPath('server/dist/main.js')).href);
  return server.runServer(args);
}

if (isMain(import.meta.url)) {
  runCommand(async () => {
    await runServer(process.argv.slice(2));
  });
}
