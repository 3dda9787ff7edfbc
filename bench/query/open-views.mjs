// The case `open`: another live query over records that are loaded, until its first rows are there. One subject in a process or a page of its own.

import { TopGunClient } from '@topgun/core';

import { naiveView } from '../local/workload.mjs';
import { storageWith } from './subjects/topgun.mjs';
import { createRecords, LIMIT } from './workload.mjs';

/** Which subjects there are: each gives a function that opens the open todos of more than a score, the greatest first, and closes them. */
const subjects = {
  /** All records of a `Map` filtered, sorted and cut. */
  async floor(records) {
    const byId = new Map(records.map((record) => [record.id, record]));
    return (least, limit) =>
      naiveView(
        [...byId.values()].filter(({ score }) => score > least),
        limit,
      );
  },
  async topgun(records) {
    const client = new TopGunClient({ serverUrl: 'ws://localhost:1', storage: storageWith({ todos: records }) });
    client.disconnect();
    await client.start();
    await client.getMap('todos').loaded();
    return (least, limit) => {
      const query = client.query('todos', {
        where: { done: false, score: { $gt: least } },
        sort: [['score', 'desc']],
        limit,
      });
      const close = query.subscribe(() => {});
      const { data } = query.getSnapshot();
      close();
      return data;
    };
  },
};

export function createOpenRunner() {
  let openView = null;
  let records = [];
  /** No two queries are the same, so no view is there already. */
  let asked = 0;

  return {
    async openFor(name, n) {
      records = createRecords(n);
      openView = await subjects[name](records);
    },
    /** The mean time in ms; between two, indexes may be made. */
    async opened(length, isChecked) {
      let spent = 0;
      for (let i = 0; i < length; i += 1) {
        const limit = LIMIT + (asked % LIMIT);
        asked += 1;
        const startedAt = performance.now();
        const rows = openView(asked, limit);
        spent += performance.now() - startedAt;
        if (isChecked && i === 0) assertRows(rows, asked, limit);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      return spent / length;
    },
  };

  function assertRows(rows, least, limit) {
    const expected = naiveView(
      records.filter(({ score }) => score > least),
      limit,
    );
    const at = expected.findIndex(({ id }, i) => rows[i]?.id !== id);
    if (at >= 0 || rows.length !== expected.length) {
      throw new Error(`open: row ${at} of ${rows.length} is "${rows[at]?.id}", not "${expected[at]?.id}"`);
    }
  }
}
