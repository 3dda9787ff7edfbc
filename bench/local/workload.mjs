// The records, and the updates that every subject gets in the same order. Each update changes what the view shows: a
// record enters it, moves in it or leaves it.

import { seededRandom } from '../method/random.mjs';

export const LIMIT = 50;

/** @typedef {{ id: string, title: string, done: boolean, score: number, priority: number, note: string }} Todo */

/** @param {number} n @returns {Todo[]} half of them done; no two scores are equal */
export function createRecords(n) {
  const random = seededRandom(1);
  const scores = Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i -= 1) {
    const j = random(i + 1);
    [scores[i], scores[j]] = [scores[j], scores[i]];
  }
  return scores.map((score, i) => ({
    id: `todo-${i}`,
    title: `Todo number ${i}`,
    done: random(2) === 0,
    score,
    priority: random(5),
    note: 'Buy milk, bread and whatever else there is.',
  }));
}

/**
 * The view: open todos, greatest score first, the first 50. Evaluated from scratch.
 *
 * @param {Iterable<Todo>} records
 * @param {number} [limit]
 */
export function naiveView(records, limit = LIMIT) {
  return [...records]
    .filter(({ done }) => !done)
    .sort((a, b) => b.score - a.score)
    .slice(0, limit);
}

/**
 * Makes updates, and keeps a model of the records with them applied.
 *
 * @param {readonly Todo[]} records
 */
export function createWorkload(records) {
  const random = seededRandom(2);
  const model = new Map(records.map((record) => [record.id, record]));
  const ids = [...model.keys()];
  /** The first rows, more than the view shows: so that not every leaving row costs an evaluation from scratch. */
  let first = naiveView(records, 10 * LIMIT);
  let greatest = records.length;
  let step = 0;

  /** @returns {Todo} */
  function make() {
    const window = first.slice(0, LIMIT);
    const shown = new Set(window.map(({ id }) => id));
    switch (step++ % 3) {
      case 0: {
        let id = ids[random(ids.length)];
        while (shown.has(id)) id = ids[random(ids.length)];
        return { .../** @type {Todo} */ (model.get(id)), done: false, score: ++greatest };
      }
      case 1:
        // Not the first: it would stay where it is, and a subject might rightly say nothing.
        return { ...window[1 + random(LIMIT - 1)], score: ++greatest };
      default:
        return { ...window[random(LIMIT)], done: true };
    }
  }

  return {
    model,
    /** The view as it should be. */
    expected: () => naiveView(model.values()),
    /** @param {number} count @returns {Todo[]} */
    next(count) {
      return Array.from({ length: count }, () => {
        const update = make();
        model.set(update.id, update);
        const others = first.filter(({ id }) => id !== update.id);
        first = update.done ? others : [update, ...others];
        if (first.length < LIMIT) first = naiveView(model.values(), 10 * LIMIT);
        return update;
      });
    },
  };
}
