// `npm run dev`: the todo app with hot reload. Three things run side by side: the compiler, the server, started again whenever
// what it runs has been compiled anew, and vite, which serves the app and the packages from their sources and hands the socket on
// to the server. One Ctrl-C ends all.

import './node-version.mjs';

import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

import { bootstrap } from './bootstrap.mjs';
import { build, builtProjects } from './build.mjs';
import { endChildrenOnSignal, start } from './children.mjs';
import { endWithParent } from './parent-watch.mjs';
import { projectPath } from './paths.mjs';
import { assertPortFree, choosePort, freePort } from './port.mjs';
import { runCommand, say } from './progress.mjs';
import { createRestartingServer } from './restarting-server.mjs';
import { TODO_BYTES } from './todo-bytes.mjs';

runCommand(async () => {
  endChildrenOnSignal();
  endWithParent();
  const port = choosePort(process.argv.slice(2), process.env, 8080);
  await assertPortFree(port, 'npm run dev -- --port');
  await bootstrap();
  await build();

  const serverPort = await freePort();
  mkdirSync(projectPath('.topgun'), { recursive: true });
  // Not the database of `npm start`: of two servers on one file, the later one ends the other.
  const database = `file:${projectPath('.topgun/dev.db')}`;
  const place = ['--host', '127.0.0.1', '--port', String(serverPort), '--database', database];
  const schema = ['--definitions', projectPath('examples/todo/schema.js')];
  const server = createRestartingServer([...place, ...schema, '--record-bytes', String(TODO_BYTES)]);
  server.refresh();
  compileOnChange(() => server.refresh());
  await serveApp(port, serverPort);
  say(`the todo app is at http://localhost:${port} and follows its sources`);
});

/** The launcher in typescript/bin would leave the compiler behind when it is ended. */
function nativeCompiler() {
  const require = createRequire(projectPath('node_modules/typescript/package.json'));
  const manifest = require.resolve(`@typescript/typescript-${process.platform}-${process.arch}/package.json`);
  return path.join(path.dirname(manifest), 'lib', process.platform === 'win32' ? 'tsc.exe' : 'tsc');
}

/** @param {() => void} compiled called after each compilation without errors */
function compileOnChange(compiled) {
  const args = ['-b', '--watch', '--preserveWatchOutput', ...builtProjects];
  const compiler = start(nativeCompiler(), args, { stdio: ['ignore', 'pipe', 'inherit'] });
  compiler.stdout?.setEncoding('utf8').on('data', (text) => {
    process.stdout.write(text);
    if (/Found 0 errors/.test(text)) compiled();
  });
}

/**
 * @param {number} port
 * @param {number} serverPort
 */
async function serveApp(port, serverPort) {
  const { createServer, defaultClientConditions } = await import('vite');
  const target = `http://127.0.0.1:${serverPort}`;
  const app = await createServer({
    root: projectPath('examples/todo'),
    clearScreen: false,
    resolve: { conditions: ['topgun-source', ...defaultClientConditions] },
    server: {
      port,
      strictPort: true,
      proxy: { '/socket.io': { target, ws: true }, '/health': { target } },
    },
  });
  await app.listen();
}
