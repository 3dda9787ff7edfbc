// `npm start`: installs and builds what is missing, then runs the server with the todo app in this very process.

import './node-version.mjs';

import { mkdirSync } from 'node:fs';

import { bootstrap } from './bootstrap.mjs';
import { build } from './build.mjs';
import { endChildrenOnSignal } from './children.mjs';
import { endWithParent } from './parent-watch.mjs';
import { projectPath } from './paths.mjs';
import { assertPortFree, choosePort } from './port.mjs';
import { runCommand, say } from './progress.mjs';
import { runServer } from './run-server.mjs';
import { TODO_BYTES } from './todo-bytes.mjs';

runCommand(async () => {
  const handOverSignals = endChildrenOnSignal();
  endWithParent();
  const args = process.argv.slice(2);
  const port = choosePort(args, process.env, 8080);
  await assertPortFree(port, 'npm start -- --port');
  await bootstrap();
  await build();
  mkdirSync(projectPath('.topgun'), { recursive: true });
  handOverSignals();
  const database = process.env['TOPGUN_DATABASE'] ?? `file:${projectPath('.topgun/todo.db')}`;
  const app = projectPath('examples/todo/dist');
  const files = ['--database', database, '--static', app];
  // Whoever tries it has no accounts; where NODE_ENV says production the server has to be told.
  const access = ['--open-to-everyone'];
  // A todo is a line, not a page: what the app shows of a refused write can be seen by pasting one.
  const limits = ['--record-bytes', String(TODO_BYTES)];
  const schema = ['--definitions', projectPath('examples/todo/schema.js')];
  const { address } = await runServer(['--port', String(port), ...files, ...limits, ...schema, ...access, ...args]);
  say(`the todo app is at http://localhost:${address.port}`);
});
