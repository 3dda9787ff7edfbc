// TopGun's server without budgets, which asks clients who they are. Arguments: the database file, the secret of tokens, and how many rules it has; 0: none.

import { createServer } from '../../server/dist/index.js';

import { answerParent } from '../method/processes.mjs';
import { rulesOf } from './rules-of.mjs';

const [file, secret, count] = process.argv.slice(2);
const server = await createServer({
  host: '127.0.0.1',
  port: 0,
  database: `file:${file}`,
  auth: { secret },
  budgets: false,
  ...(count === '0' ? {} : { rules: rulesOf(Number(count)) }),
});
const { url } = await server.listen();

answerParent({ url: () => url }, () => server.drain());
