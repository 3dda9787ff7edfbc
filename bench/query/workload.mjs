// The records, and the writes that every subject gets in the same order. Most writes touch nothing that the view shows, as in an app
// whose list shows the first of many; two of ten change what it shows.

import { seededRandom } from '../method/random.mjs';
import { createRecords as createTodos, LIMIT, naiveView } from '../local/workload.mjs';

export { LIMIT };

/** Records in a list of the case `join`. */
const LIST_SIZE = 100;

/** @typedef {import('../local/workload.mjs').Todo & { listId: string }} Todo */

/** @param {number} n @returns {Todo[]} local's todos with a list each, and gaps of four between the scores */
export function createRecords(n) {
  const lists = Math.ceil(n / LIST_SIZE);
  return createTodos(n).map((todo, i) => ({ ...todo, score: todo.score * 4, listId: `list-${i % lists}` }));
}

/** @param {number} n */
export function createLists(n) {
  return Array.from({ length: Math.ceil(n / LIST_SIZE) }, (_, i) => ({ id: `list-${i}`, name: `List number ${i}` }));
}

/**
 * @typedef {object} Write
 * @property {Todo} record the whole record as it shall be
 * @property {boolean} shows whether it changes what the view shows
 */

/**
 * Makes writes, and keeps a model of the records with them applied.
 *
 * @param {readonly Todo[]} records
 */
export function createWorkload(records) {
  const random = seededRandom(2);
  const model = new Map(records.map((record) => [record.id, record]));
  const ids = [...model.keys()];
  const scores = new Set(records.map(({ score }) => score));
  let greatest = 4 * records.length;
  /** The first rows, many more than the view shows, and whoever has not more than the last of them is not here. */
  let first = naiveView(records, 20 * LIMIT);
  let isAll = first.length < 20 * LIMIT;
  let step = 0;

  /** No two records have one score. */
  function freshScore() {
    let score = random(4 * records.length);
    while (scores.has(score)) score = random(4 * records.length);
    return score;
  }

  /** @returns {Todo} */
  function make() {
    switch (step++ % 10) {
      case 3:
        // Enters the view at the top, or moves there.
        return { ...model.get(ids[random(ids.length)]), done: false, score: ++greatest };
      case 7:
        // Leaves it, and another takes the last place.
        return { ...first[random(LIMIT)], done: true };
      default: {
        const record = model.get(ids[random(ids.length)]);
        return { ...record, done: random(8) === 0 ? !record.done : record.done, score: freshScore() };
      }
    }
  }

  /** Where in `first` a record of this score is, or would be. */
  function placeOf(score) {
    let low = 0;
    let high = first.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (first[middle].score > score) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** @param {Todo} record @returns {boolean} whether it changes what is shown */
  function apply(record) {
    const before = model.get(record.id);
    model.set(record.id, record);
    scores.delete(before.score);
    scores.add(record.score);
    const place = before.done ? first.length : placeOf(before.score);
    const at = first[place]?.id === record.id ? place : -1;
    if (at >= 0) first.splice(at, 1);
    let to = -1;
    if (!record.done && (isAll || record.score > (first.at(-1)?.score ?? Infinity))) {
      to = placeOf(record.score);
      first.splice(to, 0, record);
    }
    if (first.length < 2 * LIMIT && !isAll) {
      first = naiveView(model.values(), 20 * LIMIT);
      isAll = first.length < 20 * LIMIT;
    }
    return (at >= 0 && at < LIMIT) || (to >= 0 && to < LIMIT);
  }

  return {
    /** The view as it should be. */
    expected: () => naiveView(model.values()),
    records: () => model.values(),
    /** @param {number} count @returns {Write[]} */
    next(count) {
      return Array.from({ length: count }, () => {
        const record = make();
        return { record, shows: apply(record) };
      });
    },
    /** Writes of different records; the first of them enters the view. @param {number} count @returns {Write[]} */
    nextBatch(count) {
      const writes = new Map();
      while (writes.size < Math.min(count, ids.length)) {
        const id = ids[random(ids.length)];
        if (writes.has(id)) continue;
        const isFirst = writes.size === 0;
        const record = {
          ...model.get(id),
          ...(isFirst && { done: false }),
          score: isFirst ? ++greatest : freshScore(),
        };
        writes.set(id, { record, shows: apply(record) });
      }
      return [...writes.values()];
    },
  };
}
