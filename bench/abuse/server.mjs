// TopGun's server with the shipped budgets, which asks clients who they are. Arguments: the database file, and the secret of tokens.

import { readFileSync } from 'node:fs';

import { createServer } from '../../server/dist/index.js';

import { answerParent } from '../method/processes.mjs';

const [file, secret] = process.argv.slice(2);
const server = await createServer({ host: '127.0.0.1', port: 0, database: `file:${file}`, auth: { secret } });
const { url } = await server.listen();

/** What the main thread, on which clients are heard, has used of the processors so far, in ms; `null`: this system does not say. */
function threadMs() {
  try {
    const said = readFileSync(`/proc/self/task/${process.pid}/stat`, 'utf8');
    const [user, system] = said
      .slice(said.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 13);
    return (Number(user) + Number(system)) * 10;
  } catch {
    return null;
  }
}

answerParent({ url: () => url, threadMs, counts: () => server.auditCounts() }, () => server.drain());
