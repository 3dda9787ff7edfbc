// A Yjs document over a WebSocket, with the messages of y-protocols as y-websocket sends them, for client and server alike:
// each side says its state vector, answers the other's with what is newer, and sends updates as they come.

import { createDecoder, readVarUint } from 'lib0/decoding';
import { createEncoder, length, toUint8Array, writeVarUint } from 'lib0/encoding';
import { readSyncMessage, writeSyncStep1, writeUpdate } from 'y-protocols/sync';

/** y-websocket's first byte of what belongs to the document; others are of presence and permissions. */
const SYNC = 0;

/**
 * @param {import('yjs').Doc} doc
 * @param {import('ws').WebSocket} socket open
 */
export function syncOver(doc, socket) {
  const send = (write) => {
    const encoder = createEncoder();
    writeVarUint(encoder, SYNC);
    const empty = length(encoder);
    write(encoder);
    if (length(encoder) > empty && socket.readyState === socket.OPEN) socket.send(toUint8Array(encoder));
  };
  const onUpdate = (update, origin) => {
    if (origin !== socket) send((encoder) => writeUpdate(encoder, update));
  };
  socket.on('message', (bytes) => {
    const decoder = createDecoder(new Uint8Array(bytes));
    if (readVarUint(decoder) === SYNC) send((encoder) => readSyncMessage(decoder, encoder, doc, socket));
  });
  socket.on('close', () => doc.off('update', onUpdate));
  doc.on('update', onUpdate);
  send((encoder) => writeSyncStep1(encoder, doc));
}
