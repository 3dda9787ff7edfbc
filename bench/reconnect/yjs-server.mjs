// Yjs behind a WebSocket server that holds the document, as y-websocket's does.

import { WebSocketServer } from 'ws';
import * as Y from 'yjs';

import { answerParent } from '../method/processes.mjs';
import { allRecords } from './workload.mjs';
import { syncOver } from './yjs-sync.mjs';
import { createTodos } from './yjs-todos.mjs';

const { doc, todos, answers } = createTodos();
const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
server.on('connection', (socket) => syncOver(doc, socket));
await new Promise((resolve) => server.once('listening', resolve));

answerParent({
  ...answers,
  address: () => `127.0.0.1:${server.address().port}`,
  fill(n) {
    doc.transact(() => {
      for (const [key, record] of allRecords(n)) todos.set(key, new Y.Map(Object.entries(record)));
    });
  },
});
