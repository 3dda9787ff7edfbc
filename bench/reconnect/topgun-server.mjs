// TopGun's server on a SQLite file. Arguments: the file, the port, and how many records a whole map may have: the
// `topgun-server` command has its default, 10,000, which a map of 100,000 exceeds.

import { createServer } from '../../server/dist/index.js';
import { answerParent } from '../method/processes.mjs';

const [file, port, n] = process.argv.slice(2);
const server = await createServer({
  host: '127.0.0.1',
  port: Number(port),
  database: `file:${file}`,
  openToEveryone: true,
  budgets: false,
  ...(Number(n) > 10_000 ? { limits: { wholeMapRows: Number(n) } } : {}),
});
const { port: taken } = await server.listen();
answerParent({ address: () => `127.0.0.1:${taken}` }, () => server.drain());
