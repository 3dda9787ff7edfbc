// A server with a budget for records. Arguments: a SQLite file, the budget in bytes.

import { createServer } from '../../server/dist/index.js';
import { answerParent } from '../method/processes.mjs';

const [file, memory] = process.argv.slice(2);
const server = await createServer({
  host: '127.0.0.1',
  port: 0,
  database: `file:${file}`,
  openToEveryone: true,
  budgets: false,
  metrics: true,
  memory: Number(memory),
});
const { url } = await server.listen();

/** One figure of `/metrics`, without its labels. */
const figure = (text, name, label = '') =>
  Number(new RegExp(`^${name}\\{[^}]*${label}[^}]*\\} (\\S+)$`, 'm').exec(text)?.[1] ?? Number.NaN);

answerParent(
  {
    url: () => url,
    async figures() {
      const text = await (await fetch(`${url}/metrics`)).text();
      return {
        bytes: figure(text, 'topgun_record_bytes'),
        cold: figure(text, 'topgun_partitions', 'state="cold"'),
      };
    },
  },
  () => server.drain(),
);
