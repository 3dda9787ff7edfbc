// TopGun's server with the shipped budgets, which asks clients who they are. Arguments: the database file, and the secret of tokens.

import { createServer } from '../../server/dist/index.js';

import { answerParent } from '../method/processes.mjs';

const [file, secret] = process.argv.slice(2);
const server = await createServer({ host: '127.0.0.1', port: 0, database: `file:${file}`, auth: { secret } });
const { url } = await server.listen();

answerParent({ url: () => url, counts: () => server.auditCounts() }, () => server.drain());
