// The floor: a Map, and one sorted array of the records that match, kept up by binary search. No library can do less.

import { LIMIT } from '../workload.mjs';

/** @type {import('../subject.mjs').Open} */
export function open(records, onResult) {
  const byId = new Map(records.map((record) => [record.id, record]));
  const matching = records.filter(({ done }) => !done).sort((a, b) => b.score - a.score);
  let shown = matching.slice(0, LIMIT);

  /** @param {number} score index of the record with that score, or where it belongs */
  function find(score) {
    let low = 0;
    let high = matching.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (matching[middle].score > score) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  return {
    set(record) {
      const before = byId.get(record.id);
      byId.set(record.id, record);
      if (!before.done) matching.splice(find(before.score), 1);
      if (!record.done) matching.splice(find(record.score), 0, record);
      shown = matching.slice(0, LIMIT);
      onResult();
    },
    rows: () => shown,
  };
}
