// The cases `open`, `openGroups` and `openAll`: another live query over records that are loaded, until its rows are there. One subject in a process or a
// page of its own.

import { TopGunClient } from '@topgun/core';

import { naiveView } from '../local/workload.mjs';
import { naiveGroups } from './derived/workload.mjs';
import { storageWith } from './subjects/topgun.mjs';
import { createRecords, LIMIT } from './workload.mjs';

/** @typedef {'open' | 'openGroups' | 'openAll'} Kind the first rows, the groups of all, all of them in order */

/** What is asked of the open todos of more than a score. */
const naive = {
  open: (records, limit) => naiveView(records, limit),
  openGroups: (records) => naiveGroups(records),
  openAll: (records) => naiveView(records, Infinity),
};

/** Which subjects there are: each gives a function that opens such a query, gives its rows when they are there, and closes it. */
const subjects = {
  /** All records of a `Map` filtered, sorted and cut, or grouped by a `Map`. */
  async floor(records, kind) {
    const byId = new Map(records.map((record) => [record.id, record]));
    return (least, limit) =>
      naive[kind](
        [...byId.values()].filter(({ score }) => score > least),
        limit,
      );
  },
  async topgun(records, kind) {
    const client = new TopGunClient({ serverUrl: 'ws://localhost:1', storage: storageWith({ todos: records }) });
    client.disconnect();
    await client.start();
    await client.getMap('todos').loaded();
    const shape = {
      open: { sort: [['score', 'desc']] },
      openGroups: { groupBy: 'listId', aggregate: { open: 'count', total: { sum: 'score' } } },
      openAll: { sort: [['score', 'desc']] },
    }[kind];
    return async (least, limit) => {
      const input = { where: { done: false, score: { $gt: least } }, ...shape, ...(kind === 'open' && { limit }) };
      const query = client.query('todos', input);
      let wake = () => {};
      const close = query.subscribe(() => wake());
      while (query.getSnapshot().status === 'loading') await new Promise((resolve) => (wake = resolve));
      const { data } = query.getSnapshot();
      close();
      return data;
    };
  },
};

export function createOpenRunner() {
  let openView = null;
  let records = [];
  /** @type {Kind} */
  let kind = 'open';
  /** No two queries are the same, so no view is there already. */
  let asked = 0;

  return {
    async openFor(name, n, askedKind) {
      kind = askedKind;
      records = createRecords(n);
      openView = await subjects[name](records, kind);
    },
    /** The mean time in ms, and the mean of the longest that the thread was kept; between two, indexes may be made. */
    async opened(length, isChecked) {
      let spent = 0;
      let kept = 0;
      for (let i = 0; i < length; i += 1) {
        const limit = LIMIT + (asked % LIMIT);
        asked += 1;
        const longest = watchThread();
        const startedAt = performance.now();
        const rows = await openView(asked, limit);
        spent += performance.now() - startedAt;
        kept += longest();
        if (isChecked && i === 0) assertRows(rows, asked, limit);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      return { latency: spent / length, longest: kept / length };
    },
  };

  function assertRows(rows, least, limit) {
    const expected = naive[kind](
      records.filter(({ score }) => score > least),
      limit,
    );
    const textOf = ({ id, listId, open, total }) => (kind === 'openGroups' ? `${listId} ${open} ${total}` : id);
    const [seen, wanted] = [rows, expected].map((all) => all.map(textOf));
    if (kind === 'openGroups') [seen, wanted].forEach((all) => all.sort());
    const at = wanted.findIndex((row, i) => row !== seen[i]);
    if (at >= 0 || seen.length !== wanted.length) {
      throw new Error(`${kind}: row ${at} of ${seen.length} is "${seen[at]}", not "${wanted[at]}"`);
    }
  }
}

/** Watches how long the thread is kept from its next turn at most, until the returned function is called. */
function watchThread() {
  const { port1, port2 } = new MessageChannel();
  let last = performance.now();
  let longest = 0;
  port2.onmessage = () => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
    port1.postMessage(null);
  };
  port1.postMessage(null);
  return () => {
    port1.close();
    port2.close();
    // Also where there was no turn in between.
    return Math.max(longest, performance.now() - last);
  };
}
