// A Yjs client. Arguments: the address.

import { WebSocket } from 'ws';

import { answerParent } from '../method/processes.mjs';
import { sharedNow } from './workload.mjs';
import { syncOver } from './yjs-sync.mjs';
import { createTodos } from './yjs-todos.mjs';

const [address] = process.argv.slice(2);
const { doc, answers } = createTodos();
let socket = null;

answerParent({
  ...answers,
  disconnect() {
    socket.close();
  },
  connect() {
    const calledAt = sharedNow();
    const opened = new WebSocket(`ws://${address}/todos`);
    opened.on('open', () => syncOver(doc, opened));
    socket = opened;
    return calledAt;
  },
  /** A document has no cursor to lose: a state vector is what it holds. */
  forget() {},
});
