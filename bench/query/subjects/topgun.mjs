// TopGun with its outbox: a client of a server that it does not reach, storage in memory. What it begins with is confirmed state.

import { MemoryAdapter, TopGunClient } from '@topgun/core';
import { encodeStamp } from '@topgun/core/clock';
import { opToRecord } from '@topgun/core/crdt';

import { LIMIT } from '../workload.mjs';

/** @type {import('../../local/subject.mjs').Open} */
export async function open(records, onResult) {
  const client = new TopGunClient({ serverUrl: 'ws://localhost:1', storage: storageWith({ todos: records }) });
  client.disconnect();
  await client.start();
  const todos = client.getMap('todos');
  await todos.loaded();
  const query = client.query('todos', { where: { done: false }, sort: [['score', 'desc']], limit: LIMIT });
  let isOpen = false;
  const closeView = query.subscribe(() => isOpen && onResult());
  isOpen = true;
  let last = null;
  let written = 0;
  return {
    set(record) {
      written += 1;
      last = todos.set(record.id, record);
    },
    batch(all) {
      written += all.length;
      client.batch(() => {
        for (const record of all) last = todos.set(record.id, record);
      });
    },
    rows: () => query.getSnapshot().data,
    get: (id) => todos.get(id),
    closeView,
    async settle() {
      await last.persisted;
      if (client.getPendingOpsCount() !== written) throw new Error('the outbox does not hold every write');
    },
  };
}

/**
 * Storage in memory that holds these records, by map, as a server would have confirmed them.
 *
 * @param {Record<string, readonly { id: string }[]>} maps
 */
export function storageWith(maps) {
  const memory = new MemoryAdapter();
  const base = Object.entries(maps).map(([map, records]) => ({
    map,
    changes: records.map((record, i) => ({ type: 'merge', key: record.id, delta: confirmed(map, record, i) })),
  }));
  return {
    async open(name) {
      const opened = await memory.open(name);
      const filled = await opened.value.commit({ base });
      if (!filled.ok) throw new Error(filled.error.message);
      return opened;
    },
  };
}

function confirmed(map, record, i) {
  const stamp = encodeStamp({ millis: 1_700_000_000_000 + i, counter: 0, replica: 'server' });
  const fields = Object.entries(record).map(([name, value]) => ({ name, value }));
  return opToRecord({
    kind: 'create',
    replica: 'server',
    seq: i + 1,
    stamp,
    map,
    key: record.id,
    fields,
    restart: false,
  });
}
