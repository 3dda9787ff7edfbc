// What the cases `group` and `join` ask, evaluated from scratch.

import { LIMIT, naiveView } from '../../local/workload.mjs';

/**
 * @typedef {import('../workload.mjs').Todo} Todo
 * @typedef {{ id: string, name: string }} List
 *
 * @typedef {object} Derived
 * @property {(record: Todo) => unknown} set writes one whole record
 * @property {(list: List) => unknown} [rename] writes one whole list
 * @property {() => readonly object[]} rows what the query shows now, in any order in the case `group`
 * @property {boolean} [isAsync]
 * @property {() => unknown} [settle]
 *
 * @typedef {(world: { records: readonly Todo[], lists: readonly List[] }, onResult: () => void) => Derived | Promise<Derived>} OpenDerived
 */

/** Per list: how many of its todos are open, and the sum of their scores. @param {Iterable<Todo>} records */
export function naiveGroups(records) {
  const groups = new Map();
  for (const { listId, done, score } of records) {
    if (done) continue;
    const group = groups.get(listId) ?? { listId, open: 0, total: 0 };
    groups.set(listId, group);
    group.open += 1;
    group.total += score;
  }
  return [...groups.values()];
}

/** The first open todos, each with the name of its list. @param {Iterable<Todo>} records @param {Map<string, List>} lists */
export function naiveJoin(records, lists) {
  return naiveView(records, LIMIT).map(({ id, score, listId }) => ({ id, score, list: lists.get(listId).name }));
}
