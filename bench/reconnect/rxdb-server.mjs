// RxDB behind its own WebSocket server.

import { startWebsocketServer } from 'rxdb/plugins/replication-websocket';

import { answerParent } from '../method/processes.mjs';
import { createTodos } from './rxdb-todos.mjs';
import { allRecords } from './workload.mjs';

const { database, todos, answers } = await createTodos();
const { server } = startWebsocketServer({ database, host: '127.0.0.1', port: 0 });
await new Promise((resolve) => server.once('listening', resolve));

answerParent({
  ...answers,
  address: () => `127.0.0.1:${server.address().port}`,
  async fill(n) {
    await todos.bulkInsert(allRecords(n).map(([id, record]) => ({ id, ...record })));
  },
});
