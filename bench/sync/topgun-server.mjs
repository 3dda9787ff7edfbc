// The `topgun-server` command with its shipped defaults but for budgets: one client that sends as fast as it can is what they hold back. Arguments: a SQLite file, or a database's URL.

import { runServer } from '../../server/dist/main.js';
import { answerParent } from '../method/processes.mjs';

const [place] = process.argv.slice(2);
const server = await runServer([
  '--host',
  '127.0.0.1',
  '--port',
  '0',
  '--database',
  place.includes('://') ? place : `file:${place}`,
  '--open-to-everyone',
  '--budgets',
  'off',
]);
answerParent({ url: () => server.address.url }, () => server.stop());
