// The `topgun-server` command with its shipped defaults but for budgets, and how late the loop is that talks to clients. Arguments: a SQLite file, and how many
// threads hold the data.

import { monitorEventLoopDelay } from 'node:perf_hooks';

import { runServer } from '../../server/dist/main.js';
import { answerParent } from '../method/processes.mjs';

const [file, workers] = process.argv.slice(2);
const place = ['--host', '127.0.0.1', '--port', '0', '--database', `file:${file}`];
const server = await runServer([...place, '--open-to-everyone', '--budgets', 'off', '--workers', workers]);
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();

answerParent(
  {
    url: () => server.address.url,
    /** In ms, since this was asked last; the millisecond between two looks is in it. */
    loopDelay() {
      const [p50, p99] = [50, 99].map((share) => delay.percentile(share) / 1e6);
      delay.reset();
      return { p50, p99 };
    },
  },
  () => server.stop(),
);
