// The floor: what a message costs that is made durable and passed on, and nothing else. Shares no code with TopGun.
// Arguments: the SQLite file, and a second one for commits by themselves.

import { createServer } from 'node:http';

import { Server } from 'socket.io';

import { openBareLedger } from '../method/bare-ledger.mjs';
import { answerParent } from '../method/processes.mjs';

const [file, otherFile] = process.argv.slice(2);

const ledger = openBareLedger(file);
const other = openBareLedger(otherFile);
const http = createServer();
const io = new Server(http, { serveClient: false, perMessageDeflate: false, cors: { origin: '*' } });
io.on('connection', (socket) => {
  socket.on('relay', (message) => socket.broadcast.emit('relayed', message));
  socket.on('write', (message) => {
    ledger.append(Buffer.from(JSON.stringify(message)));
    socket.broadcast.emit('relayed', message);
  });
});
await new Promise((resolve) => http.listen(0, '127.0.0.1', resolve));

answerParent({
  url: () => `http://127.0.0.1:${http.address().port}`,
  commits: () => ledger.count(),
  /** How long a commit of `message` takes, in ms. */
  timeCommit(message) {
    const startedAt = performance.now();
    other.append(Buffer.from(JSON.stringify(message)));
    return performance.now() - startedAt;
  },
});
