// TinyBase's WebSocket server, and a store in the same process that is a client of it: a server that holds the store itself
// starts it anew with each first client, which stalls the sync until a request has timed out, after a second.

import { createWsServer } from 'tinybase/synchronizers/synchronizer-ws-server';
import { WebSocketServer } from 'ws';

import { answerParent } from '../method/processes.mjs';
import { syncOver } from './tinybase-sync.mjs';
import { createTodos } from './tinybase-todos.mjs';
import { allRecords } from './workload.mjs';

const { store, answers } = createTodos();
const sockets = new WebSocketServer({ host: '127.0.0.1', port: 0 });
await new Promise((resolve) => sockets.once('listening', resolve));
createWsServer(sockets, undefined, (error) => console.error(error));
const address = `127.0.0.1:${sockets.address().port}`;

answerParent({
  ...answers,
  address: () => address,
  content: () => store.getMergeableContent(),
  async fill(n) {
    store.setTable('todos', Object.fromEntries(allRecords(n)));
    // Nobody is there yet to answer its first request.
    await syncOver(store, address, () => {});
  },
});
