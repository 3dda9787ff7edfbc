// The floor: a message is made durable and broadcast to whoever listens to its owner. Shares no code with TopGun.
// Arguments: the SQLite file.

import { createServer } from 'node:http';

import { Server } from 'socket.io';

import { openBareLedger } from '../method/bare-ledger.mjs';
import { answerParent } from '../method/processes.mjs';

const [file] = process.argv.slice(2);
const ledger = openBareLedger(file);
const http = createServer();
const io = new Server(http, { serveClient: false, perMessageDeflate: false });
io.on('connection', (socket) => {
  socket.on('listen', (owners, done) => {
    void socket.join(owners.map(String));
    done();
  });
  socket.on('write', (owner, record) => {
    ledger.append(Buffer.from(JSON.stringify([owner, record])));
    io.to(String(owner)).emit('written', owner, record);
  });
});
await new Promise((resolve) => http.listen(0, '127.0.0.1', resolve));

answerParent({ url: () => `http://127.0.0.1:${http.address().port}` });
