// TopGun's query engine by itself, without a client: records in a Map, each change handed to the view.

import { createIncludeView, createView, parseQuery } from '@topgun/core/query';

import { LIMIT } from '../workload.mjs';

function parsed(input) {
  const result = parseQuery(input);
  if (!result.ok) throw new Error(`the query does not parse: ${JSON.stringify(result.error)}`);
  return result.value;
}

const entriesOf = (records) => Array.from(records, ([key, value]) => ({ key, value }));

/** @type {import('./workload.mjs').OpenDerived} */
export function group({ records }, onResult) {
  const todos = new Map(records.map((record) => [record.id, record]));
  const view = createView(
    parsed({
      where: { done: false },
      groupBy: ['listId'],
      aggregate: { open: 'count', total: { sum: 'score' } },
    }),
  );
  view.load(entriesOf(todos));
  return {
    set(record) {
      const before = todos.get(record.id);
      todos.set(record.id, record);
      if (view.apply([{ key: record.id, before, after: record }]).changed) onResult(view.rows());
    },
    rows: () => view.rows().map(({ value }) => value),
  };
}

/** @type {import('./workload.mjs').OpenDerived} */
export function join({ records, lists }, onResult) {
  const maps = {
    todos: new Map(records.map((record) => [record.id, record])),
    lists: new Map(lists.map((list) => [list.id, list])),
  };
  const asked = parsed({
    where: { done: false },
    sort: [['score', 'desc']],
    limit: LIMIT,
    include: { list: { map: 'lists', on: ['listId', '_key'], one: true } },
  });
  /** Lists are looked up by their key. */
  const load = (map, _path, values) =>
    values.flatMap((key) => (maps[map].has(key) ? [{ key, value: maps[map].get(key) }] : []));
  const view = createIncludeView('todos', asked, { load });
  view.load(entriesOf(maps.todos));

  const writeTo = (map) => (record) => {
    const before = maps[map].get(record.id);
    maps[map].set(record.id, record);
    const diff = view.apply(new Map([[map, [{ key: record.id, before, after: record }]]]));
    if (diff.changed) onResult(view.rows());
  };
  return {
    set: writeTo('todos'),
    rename: writeTo('lists'),
    rows: () => view.rows().map(({ value: { id, score, list } }) => ({ id, score, list: list.name })),
  };
}
