// The floor: Maps, totals kept by hand, and the open todos in sorted pieces.

import { open as openSorted } from '../../local/subjects/plain-map.mjs';
import { naiveGroups } from './workload.mjs';

/** @type {import('./workload.mjs').OpenDerived} */
export function group({ records }, onResult) {
  const byId = new Map(records.map((record) => [record.id, record]));
  const groups = new Map(naiveGroups(records).map((each) => [each.listId, each]));

  function count({ listId, done, score }, sign) {
    if (done) return;
    const { open, total } = groups.get(listId) ?? { open: 0, total: 0 };
    const next = { listId, open: open + sign, total: total + sign * score };
    if (next.open === 0) groups.delete(listId);
    else groups.set(listId, next);
  }

  return {
    set(record) {
      count(byId.get(record.id), -1);
      byId.set(record.id, record);
      count(record, 1);
      onResult();
    },
    rows: () => [...groups.values()],
  };
}

/** @type {import('./workload.mjs').OpenDerived} */
export function join({ records, lists }, onResult) {
  const names = new Map(lists.map(({ id, name }) => [id, name]));
  let rows = [];
  function show() {
    rows = sorted.rows().map(({ id, score, listId }) => ({ id, score, list: names.get(listId) }));
    onResult();
  }
  const sorted = openSorted(records, () => show());
  show();
  return {
    set: sorted.set,
    rename({ id, name }) {
      names.set(id, name);
      show();
    },
    rows: () => rows,
  };
}
