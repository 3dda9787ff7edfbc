// The floor: what a message costs that is made durable and passed on, and nothing else. Shares no code with TopGun.
// Arguments: the SQLite file, and a second one for commits by themselves.

import { createServer } from 'node:http';

import Database from 'libsql';
import { Server } from 'socket.io';

import { answerParent } from '../method/processes.mjs';

const [file, otherFile] = process.argv.slice(2);

/** One fenced row per commit: it is written only while the owner's epoch is ours. */
function openLedger(path) {
  const database = new Database(path);
  database.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    CREATE TABLE owner (id INTEGER PRIMARY KEY, epoch INTEGER NOT NULL);
    CREATE TABLE segment (position INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
    INSERT INTO owner VALUES (1, 1);`);
  const append = database.prepare('INSERT INTO segment (bytes) SELECT ? FROM owner WHERE id = 1 AND epoch = ?');
  return {
    append(bytes) {
      if (append.run(bytes, 1).changes !== 1) throw new Error('fenced');
    },
    count: () => database.prepare('SELECT count(*) AS count FROM segment').get().count,
  };
}

const ledger = openLedger(file);
const other = openLedger(otherFile);
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
