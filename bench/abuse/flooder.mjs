// One user who sends as much as the lines take, over several connections, and comes back at once whenever one is ended. Arguments: the server's address, and how
// many connections.

import { io } from 'socket.io-client';

import { encodeStamp } from '../../packages/core/dist/clock/index.js';
import { partitionOf } from '../../packages/core/dist/primitives/index.js';
import { loadXxhash } from '../../server/dist/adapters/xxhash.js';
import { answerParent } from '../method/processes.mjs';
import { tokenOf } from './tokens.mjs';

const [url, count] = process.argv.slice(2);
const hash = await loadXxhash();
const token = tokenOf('flooder');
const said = { sent: 0, overloaded: 0, connected: 0, refused: 0 };
let isFlooding = false;
let sockets = [];

function open(i) {
  const replica = `flood.${i}`;
  const socket = io(url, {
    transports: ['websocket'],
    forceNew: true,
    reconnection: false,
    auth: { protocol: 1, replicas: [[replica, said.sent]], lineage: null, token },
  });
  sockets[i] = socket;
  socket.on('m', (...messages) => {
    for (const { code } of messages) if (code === 'overloaded') said.overloaded += 1;
    if (messages[0]?.type !== 'welcome') return;
    said.connected += 1;
    void flood(socket, replica);
  });
  const again = () => {
    socket.removeAllListeners();
    socket.disconnect();
    if (isFlooding) setTimeout(() => open(i), 10);
  };
  socket.once('disconnect', again);
  socket.once('connect_error', () => {
    said.refused += 1;
    again();
  });
}

async function flood(socket, replica) {
  for (let round = 0; isFlooding && socket.connected; round += 1) {
    const ops = new Map();
    for (let i = 0; i < 200; i += 1) {
      const key = `flood-${said.sent % 1_000}`;
      said.sent += 1;
      const op = [
        said.sent,
        encodeStamp({ millis: Date.now(), counter: i, replica }),
        'flood',
        key,
        'c',
        [['x', 'y'.repeat(20)]],
      ];
      const partition = partitionOf(hash, 'flood', key);
      ops.set(partition, [...(ops.get(partition) ?? []), op]);
    }
    const batches = [...ops].map(([partition, list]) => ({ replica, partition, ops: list }));
    socket.emit('m', { type: 'submit', batches });
    socket.emit('m', {
      type: 'subscribe',
      sub: round % 50,
      map: 'flood',
      query: { where: { type: 'exists', path: [`f${round}`], exists: true }, sort: [], limit: 10 },
    });
    for (let i = 0; i < 20; i += 1) socket.emit('m', { type: 'ping', at: i });
    await new Promise((resolve) => setImmediate(resolve));
  }
}

answerParent({
  begin() {
    isFlooding = true;
    for (let i = 0; i < Number(count); i += 1) open(i);
  },
  end() {
    isFlooding = false;
    for (const socket of sockets) socket.disconnect();
    sockets = [];
    return { ...said };
  },
});
