// The client of TopGun, as in the other cases: its outbox on, a server that it does not reach, storage in memory.

import { TopGunClient } from '@topgun/core';

import { storageWith } from '../subjects/topgun.mjs';
import { LIMIT } from '../workload.mjs';

async function clientWith(maps) {
  const client = new TopGunClient({ serverUrl: 'ws://localhost:1', storage: storageWith(maps) });
  client.disconnect();
  await client.start();
  await Promise.all(Object.keys(maps).map((map) => client.getMap(map).loaded()));
  return client;
}

/** @type {import('./workload.mjs').OpenDerived} */
export async function group({ records }, onResult) {
  const client = await clientWith({ todos: records });
  const todos = client.getMap('todos');
  const query = client.query('todos', {
    where: { done: false },
    groupBy: 'listId',
    aggregate: { open: 'count', total: { sum: 'score' } },
  });
  query.subscribe(onResult);
  // Of many records it is filled in turns.
  await query.whenReady('local');
  let last = null;
  return {
    set(record) {
      last = todos.set(record.id, record);
    },
    rows: () => query.getSnapshot().data,
    settle: () => last.persisted,
  };
}

/** @type {import('./workload.mjs').OpenDerived} */
export async function join({ records, lists }, onResult) {
  const client = await clientWith({ todos: records, lists });
  const todos = client.getMap('todos');
  const query = client.query('todos', {
    where: { done: false },
    sort: [['score', 'desc']],
    limit: LIMIT,
    include: { list: { map: 'lists', on: ['listId', '_key'], one: true } },
  });
  query.subscribe(onResult);
  // Of many records it is filled in turns.
  await query.whenReady('local');
  let last = null;
  return {
    set(record) {
      last = todos.set(record.id, record);
    },
    rename(list) {
      last = client.getMap('lists').set(list.id, list);
    },
    rows: () => query.getSnapshot().data.map(({ id, score, list }) => ({ id, score, list: list.name })),
    settle: () => last.persisted,
  };
}
