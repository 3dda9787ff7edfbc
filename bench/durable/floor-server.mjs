// The floor: messages made durable, all that have come in one fenced insert, and acked. Shares no code with TopGun.
// Arguments: `sqlite` or `postgres`, and the file or URL.

import { createServer } from 'node:http';

import { Server } from 'socket.io';

import { openBareLedger } from '../method/bare-ledger.mjs';
import { answerParent } from '../method/processes.mjs';
import { openBarePostgresLedger } from './bare-postgres-ledger.mjs';

const [driver, place] = process.argv.slice(2);
const ledger = driver === 'sqlite' ? openBareLedger(place) : await openBarePostgresLedger(place);
const http = createServer();
const io = new Server(http, { serveClient: false, perMessageDeflate: false });
let pending = [];
let isCommitting = false;
io.on('connection', (socket) => {
  socket.on('write', (message, ack) => {
    pending.push({ message, ack });
    if (!isCommitting) void commit();
  });
});

/** As long as there is something: what comes during one commit makes up the next. */
async function commit() {
  isCommitting = true;
  while (pending.length > 0) {
    // What else has arrived by now comes along.
    await new Promise((resolve) => setImmediate(resolve));
    const batch = pending;
    pending = [];
    await ledger.append(Buffer.from(JSON.stringify(batch.map(({ message }) => message))));
    for (const { ack } of batch) ack();
  }
  isCommitting = false;
}

await new Promise((resolve) => http.listen(0, '127.0.0.1', resolve));
answerParent({ url: () => `http://127.0.0.1:${http.address().port}` }, () => ledger.close?.());
