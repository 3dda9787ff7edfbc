// The cases `group` and `join`: one subject with its query, in a process or a page of its own.

import { createLists, createRecords, createWorkload } from '../workload.mjs';
import { naiveGroups, naiveJoin } from './workload.mjs';

/** In `join`, so often a list gets another name in place of a todo another score. */
const RENAME_EVERY = 50;

/** So many writes are made up at a time; a burst that takes longer than this ends after one of these. */
const STRETCH = 50;
const LONGEST_BURST_MS = 2_000;

/** @param {Record<string, () => Promise<Record<'group' | 'join', import('./workload.mjs').OpenDerived>>>} subjects */
export function createDerivedRunner(subjects) {
  let subject = null;
  let workload = null;
  let lists = new Map();
  let kind = 'group';
  let renames = 0;

  const textOf = ({ id, listId, open, total, score, list }) => `${id ?? listId} ${score ?? open} ${list ?? total}`;

  function assertRows(what) {
    const expected = kind === 'group' ? naiveGroups(workload.records()) : naiveJoin(workload.records(), lists);
    const [seen, wanted] = [subject.rows(), expected].map((rows) => rows.map(textOf));
    if (kind === 'group') [seen, wanted].forEach((rows) => rows.sort());
    const at = wanted.findIndex((row, i) => row !== seen[i]);
    if (at >= 0 || seen.length !== wanted.length) {
      throw new Error(`${kind}, ${what}: row ${at} of ${seen.length} is "${seen[at]}", not "${wanted[at]}"`);
    }
  }

  /** What is to be written: the next todo, or the list of one that was shown at the start of the burst, under another name. */
  function nextStep(i, shown) {
    if (kind === 'group' || i % RENAME_EVERY !== 0) {
      const [{ record }] = workload.next(1);
      return () => subject.set(record);
    }
    const { listId } = shown[(i / RENAME_EVERY) % shown.length];
    const list = { id: listId, name: `List renamed ${++renames}` };
    lists.set(listId, list);
    return () => subject.rename(list);
  }

  return {
    async openDerived(name, n, asked) {
      kind = asked;
      const { [kind]: open } = await subjects[name]();
      const records = createRecords(n);
      lists = new Map(createLists(n).map((list) => [list.id, list]));
      workload = createWorkload(records);
      subject = await open({ records, lists: [...lists.values()] }, () => {});
      assertRows('at the start');
    },
    /** One write after the other, each until the query's answer has it. The mean time in ms. */
    async derived(length, isChecked) {
      const shown = workload.expected();
      let writes = 0;
      let spent = 0;
      while (writes < length && spent < LONGEST_BURST_MS) {
        const count = Math.min(STRETCH, length - writes);
        const steps = Array.from({ length: count }, (_, i) => nextStep(writes + i, shown));
        const startedAt = performance.now();
        for (const step of steps) {
          const written = step();
          if (subject.isAsync) await written;
        }
        spent += performance.now() - startedAt;
        writes += count;
      }
      await subject.settle?.();
      if (isChecked) assertRows('after writes');
      return spent / writes;
    },
  };
}
