// One subject with its records, in a page of its own or a process of its own. The suite calls `open` once, then the cases by turns.

import { createRecords, createWorkload } from './workload.mjs';

/** @param {Record<string, () => Promise<{ open: import('../local/subject.mjs').Open }>>} subjects */
export function createRunner(subjects) {
  let subject = null;
  let workload = null;
  let calls = 0;
  let isClosed = false;
  let wake = () => {};

  function onResult() {
    calls += 1;
    wake();
  }

  /** Resolves at the view's next call. */
  const nextCall = () =>
    new Promise((resolve) => {
      wake = resolve;
    });

  function assertView(what) {
    const seen = subject.rows().map(({ id, _key, score, title }) => `${id ?? _key} ${score} ${title}`);
    const expected = workload.expected().map(({ id, score, title }) => `${id} ${score} ${title}`);
    const at = expected.findIndex((row, i) => row !== seen[i]);
    if (at >= 0 || seen.length !== expected.length) {
      throw new Error(`${what}: row ${at} of ${seen.length} is "${seen[at]}", not "${expected[at]}"`);
    }
  }

  /** Waits, where a view is brought up to date later than the write returns, until it shows what it should. */
  async function shown(isShown) {
    while (!isShown()) await nextCall();
  }

  /** Whether the view has got as far as the last of these writes that it shows: its first row, or its last, tells. */
  function showsAll() {
    const rows = subject.rows();
    const expected = workload.expected();
    return rows.length === expected.length && rows.every((row, i) => row.score === expected[i].score);
  }

  async function timedRow(writes, end) {
    await subject.prepare?.(writes.map(({ record }) => record));
    const startedAt = performance.now();
    const pending = [];
    for (const { record } of writes) {
      const written = subject.set(record);
      if (subject.awaitsEach) await written;
      else if (subject.isAsync) pending.push(written);
    }
    if (subject.isAsync) {
      await Promise.all(pending);
      await end();
    }
    const shownMs = performance.now() - startedAt;
    await subject.settle?.();
    return { shownMs, storedMs: subject.settle === undefined ? null : performance.now() - startedAt };
  }

  return {
    async open(name, n) {
      const records = createRecords(n);
      workload = createWorkload(records);
      const { open } = await subjects[name]();
      subject = await open(records, onResult);
      assertView('at the start');
    },

    /** One write after the other, each of them until the view has taken it. The mean time in ms. */
    async update(length, isChecked) {
      const writes = workload.next(length);
      await subject.prepare?.(writes.map(({ record }) => record));
      const startedAt = performance.now();
      for (const { record, shows } of writes) {
        const before = calls;
        const written = subject.set(record);
        if (subject.isAsync) {
          if (shows && calls === before) await nextCall();
          await written;
        }
      }
      const mean = (performance.now() - startedAt) / length;
      await subject.settle?.();
      if (isChecked) assertView('after single writes');
      return mean;
    },

    /**
     * One write after the other, nothing awaited in between (but where a subject is faster for it), until the view shows the last of
     * them. Writes a second; and the same until storage has them too, where that is something else.
     */
    async burst(length, isChecked) {
      const { shownMs, storedMs } = await timedRow(workload.next(length), () => shown(showsAll));
      if (isChecked) assertView('after a burst');
      return { shown: (1000 * length) / shownMs, stored: storedMs === null ? null : (1000 * length) / storedMs };
    },

    /** As `burst`, without a live query; each record is looked at afterwards. Writes a second. */
    async bare(length) {
      if (!isClosed) await subject.closeView();
      isClosed = true;
      const writes = workload.next(length);
      const { shownMs } = await timedRow(writes, () => {});
      const last = new Map(writes.map(({ record }) => [record.id, record]));
      for (const [id, { score, done }] of last) {
        const seen = subject.get(id);
        if (seen?.score !== score || seen.done !== done) throw new Error(`"${id}" is not what was written last`);
      }
      return (1000 * length) / shownMs;
    },

    /** All in one batch, until the view shows it. In ms. */
    async batch(length) {
      const writes = workload.nextBatch(length).map(({ record }) => record);
      await subject.prepare?.(writes);
      calls = 0;
      const startedAt = performance.now();
      const written = subject.batch(writes);
      if (subject.isAsync) {
        await written;
        await shown(showsAll);
      }
      const took = performance.now() - startedAt;
      await subject.settle?.();
      // Of those that go on after the call, some tell once more when the batch is settled.
      const isRight = subject.isAsync ? calls > 0 : calls === 1;
      if (!isRight) throw new Error(`the view was called ${calls} times for one batch`);
      assertView('after a batch');
      return took;
    },
  };
}
