// A TinyBase store over a WebSocket, the same on both sides.

import { createWsSynchronizer } from 'tinybase/synchronizers/synchronizer-ws-client';
import { WebSocket } from 'ws';

/** Not the default of 1, which at 100,000 rows is over before the other side has answered. */
const REQUEST_TIMEOUT_S = 10;

/**
 * @param {import('tinybase').MergeableStore} store
 * @param {string} address of the server
 * @param {(error: unknown) => void} report told of what the synchronizer gets over
 */
export async function syncOver(store, address, report) {
  const socket = new WebSocket(`ws://${address}/todos`);
  const synchronizer = await createWsSynchronizer(store, socket, REQUEST_TIMEOUT_S, undefined, undefined, report);
  await synchronizer.startSync();
  return synchronizer;
}
