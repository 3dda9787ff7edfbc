// An RxDB client: its replication by checkpoints, with the messages of its WebSocket plugin over that plugin's own connection.
// The plugin's replication itself connects again when it likes; here the suite says when. Arguments: the address.

import { randomToken } from 'rxdb/plugins/core';
import { replicateRxCollection } from 'rxdb/plugins/replication';
import { createWebSocketClient } from 'rxdb/plugins/replication-websocket';
import { filter, firstValueFrom, map, Subject } from 'rxjs';

import { answerParent } from '../method/processes.mjs';
import { createTodos } from './rxdb-todos.mjs';
import { sharedNow } from './workload.mjs';

const [address] = process.argv.slice(2);
const { todos, answers } = await createTodos();
const streamed = new Subject();
/** Resolves to the open connection. What is asked meanwhile waits, as in the plugin. */
let connection = null;
let connected = null;
const session = randomToken(10);
let lastRequest = 0;
let replication = null;

function replicate(replicationIdentifier) {
  const batchSize = 5_000;
  replication = replicateRxCollection({
    collection: todos,
    replicationIdentifier,
    live: true,
    pull: {
      batchSize,
      stream$: streamed,
      handler: (checkpoint, batchSize) => request('masterChangesSince', [checkpoint, batchSize]),
    },
    push: { batchSize, handler: (rows) => request('masterWrite', [rows]) },
  });
  replication.error$.subscribe((error) => console.error(error));
}

async function request(method, params) {
  const { socket, message$ } = await connection;
  lastRequest += 1;
  const id = `${todos.database.token}|${session}|${lastRequest}`;
  const answered = firstValueFrom(message$.pipe(filter((message) => message.id === id)));
  socket.send(JSON.stringify({ id, collection: todos.name, method, params }));
  return (await answered).result;
}

function goOffline() {
  connection = new Promise((resolve) => {
    connected = resolve;
  });
}

async function open() {
  const opened = await createWebSocketClient({ url: `ws://${address}`, collection: todos });
  opened.message$
    .pipe(
      filter(({ id }) => id === 'stream'),
      map(({ result }) => result),
    )
    .subscribe(streamed);
  connected(opened);
  replication.reSync();
  opened.socket.send(
    JSON.stringify({ id: 'stream', collection: todos.name, method: 'masterChangeStream$', params: [] }),
  );
}

goOffline();
replicate('todos');

answerParent({
  ...answers,
  async disconnect() {
    const { socket } = await connection;
    goOffline();
    socket.close();
  },
  connect() {
    const calledAt = sharedNow();
    void open();
    return calledAt;
  },
  /** Another identifier has no checkpoint yet. */
  async forget() {
    await replication.cancel();
    replicate(`todos-${sharedNow()}`);
  },
});
