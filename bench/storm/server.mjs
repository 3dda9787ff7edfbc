// TopGun's server, on a port that it has again after a restart. Arguments: the database file, and the port; 0 takes a free one.

import { createServer } from '../../server/dist/index.js';

import { answerParent } from '../method/processes.mjs';

const [file, port] = process.argv.slice(2);
const server = await createServer({
  host: '127.0.0.1',
  port: Number(port),
  database: `file:${file}`,
  openToEveryone: true,
});
const { port: taken } = await server.listen();

answerParent({ port: () => taken }, () => server.drain());
