// The floor: a Map, and what matches in sorted pieces of some hundred, so that no change moves more than a few of them.

import { LIMIT } from '../workload.mjs';

const PIECE = 256;

/** @type {import('../subject.mjs').Open} */
export function open(records, onResult) {
  const byId = new Map(records.map((record) => [record.id, record]));
  const sorted = records.filter(({ done }) => !done).sort((a, b) => b.score - a.score);
  const pieces = [];
  for (let i = 0; i < sorted.length; i += PIECE) pieces.push(sorted.slice(i, i + PIECE));
  let shown = sorted.slice(0, LIMIT);

  /** The first index whose record, by `scoreAt`, does not come before the score. */
  function lowerBound(length, scoreAt, score) {
    let low = 0;
    let high = length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (scoreAt(middle) > score) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The piece that holds the score, or would, and the place in it. */
  function find(score) {
    const at = Math.min(
      lowerBound(pieces.length, (i) => pieces[i].at(-1).score, score),
      pieces.length - 1,
    );
    return { at, index: lowerBound(pieces[at].length, (i) => pieces[at][i].score, score) };
  }

  function remove(score) {
    const { at, index } = find(score);
    pieces[at].splice(index, 1);
    if (pieces[at].length === 0 && pieces.length > 1) pieces.splice(at, 1);
  }

  function insert(record) {
    const { at, index } = find(record.score);
    pieces[at].splice(index, 0, record);
    if (pieces[at].length >= 2 * PIECE) pieces.splice(at + 1, 0, pieces[at].splice(PIECE));
  }

  function first() {
    const rows = [];
    for (const piece of pieces) {
      for (const record of piece) if (rows.push(record) === LIMIT) return rows;
    }
    return rows;
  }

  let isOpen = true;

  function write(record) {
    const before = byId.get(record.id);
    byId.set(record.id, record);
    if (!isOpen) return;
    if (!before.done) remove(before.score);
    if (!record.done) insert(record);
  }

  function show() {
    if (!isOpen) return;
    shown = first();
    onResult();
  }

  return {
    set(record) {
      write(record);
      show();
    },
    batch(all) {
      for (const record of all) write(record);
      show();
    },
    rows: () => shown,
    get: (id) => byId.get(id),
    closeView() {
      isOpen = false;
    },
  };
}
