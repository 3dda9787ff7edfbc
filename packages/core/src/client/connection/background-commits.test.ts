import { describe, expect, it } from 'vitest';

import type { OpId } from '../../crdt/index.js';
import { encodeStamp, type ReplicaId } from '../../clock/index.js';
import type { OutboxEntry, Storage, StorageCommit } from '../ports/storage.js';
import { createSeededRandom } from '../testing/seeded-random.js';
import { createVirtualTime } from '../testing/virtual-time.js';
import { MemoryAdapter } from '../adapters/memory-storage.js';
import { createLeadNumber } from './lead-number.js';
import { createBackgroundCommits, mergeCommits } from './background-commits.js';

const replica = 'db.0' as ReplicaId;
const id = (seq: number): OpId => ({ replica, seq });
const entry = (seq: number, handed = false): OutboxEntry => ({
  op: { kind: 'remove', ...id(seq), stamp: encodeStamp({ millis: seq, counter: 0, replica }), map: 'm', key: 'k' },
  handed,
});
const drop = (key: string): StorageCommit => ({ base: [{ map: 'm', changes: [{ type: 'drop', key }] }] });
const keysOf = (commit: StorageCommit): string[] =>
  (commit.base ?? []).flatMap(({ changes }) => changes.map(({ key }) => key));

/** A storage whose commits end when the test says so. */
function createBench() {
  const time = createVirtualTime();
  const commits: StorageCommit[] = [];
  const waiting: ((works: boolean) => void)[] = [];
  const storage = {
    commit(commit: StorageCommit) {
      commits.push(commit);
      return new Promise((resolve) => {
        waiting.push((works) =>
          resolve(works ? { ok: true, value: undefined } : { ok: false, error: { code: 'failed', message: 'broken' } }),
        );
      });
    },
  } as unknown as Storage;
  const log: string[] = [];
  const queue = createBackgroundCommits({
    storage,
    environment: { timers: time.timers, random: createSeededRandom(1), log: () => {} },
    lead: null,
    outdated() {},
    storedLate: () => void log.push('stored'),
  });
  return {
    time,
    commits,
    log,
    queue,
    publish: (key: string) => queue.publish(drop(key), () => void log.push(key)),
    async end(works = true) {
      waiting.shift()?.(works);
      await time.settle();
    },
  };
}

describe('background commits', () => {
  it('one is in flight; all that waits shares the next; what follows comes in order', async () => {
    const { commits, log, queue, publish, end } = createBench();
    publish('a');
    publish('b');
    queue.publish(null, () => void log.push('then'));
    publish('c');
    expect(commits.map(keysOf)).toEqual([['a']]);
    expect(log).toEqual([]);
    await end();
    expect(log).toEqual(['a']);
    expect(commits.map(keysOf)).toEqual([['a'], ['b', 'c']]);
    await end();
    expect(log).toEqual(['a', 'b', 'then', 'c']);
    queue.publish(null, () => void log.push('at once'));
    expect(log.at(-1)).toBe('at once');
  });

  it('CL-8: a failing storage is tried again until it works; siblings are told, what must be durable waits', async () => {
    const { time, commits, log, queue, publish, end } = createBench();
    let stored: boolean | null = null;
    void queue.store(drop('must')).then((result) => (stored = result));
    publish('told');
    await end(false);
    expect(log).toEqual([]);
    expect(stored).toBeNull();
    // The next attempt holds all that waits, in order.
    await time.advance(1_000);
    expect(commits.map(keysOf)).toEqual([['must'], ['must', 'told']]);
    await end(false);
    expect(log).toEqual(['told']);
    publish('later');
    expect(log).toEqual(['told', 'later']);
    await time.advance(2_000);
    expect(commits.map(keysOf).at(-1)).toEqual(['must', 'told', 'later']);
    await end();
    expect(stored).toBe(true);
    expect(log).toEqual(['told', 'later', 'stored']);
    expect(time.pendingTimers()).toBe(0);
  });

  it('CL-8: that all is stored which was told before is said once it is, before anything newer is told', async () => {
    const { time, log, publish, end } = createBench();
    publish('a');
    await end(false);
    publish('b');
    await time.advance(1_000);
    // While the commit is tried again: told when it is stored itself.
    publish('c');
    expect(log).toEqual(['a', 'b']);
    await end();
    await end();
    expect(log).toEqual(['a', 'b', 'stored', 'c']);
  });

  it('CL-8: who waits for what was before goes on when that is durable, however often it fails, and at once when nothing waits', async () => {
    const { time, commits, queue, publish, end } = createBench();
    expect(await queue.store(null)).toBe(true);
    let stored: boolean | null = null;
    publish('a');
    void queue.store(null).then((result) => (stored = result));
    await end(false);
    for (let attempt = 0; attempt < 2; attempt += 1) {
      await time.advance(10_000);
      await end(false);
      expect(stored).toBeNull();
    }
    await time.advance(60_000);
    await end();
    expect(stored).toBe(true);
    expect(commits.map(keysOf)).toEqual([['a'], ['a'], ['a'], ['a']]);
    expect(time.pendingTimers()).toBe(0);
  });

  it('stop stores what waits, once, and leaves no timer', async () => {
    const { time, commits, queue, publish, end } = createBench();
    publish('a');
    let stored: boolean | null = null;
    void queue.store(drop('must')).then((result) => (stored = result));
    const stopped = queue.stop();
    await end();
    await end(false);
    await stopped;
    expect(commits.map(keysOf)).toEqual([['a'], ['must']]);
    expect(stored).toBe(false);
    expect(time.pendingTimers()).toBe(0);
    expect(await queue.store(drop('late'))).toBe(false);
  });

  it('mergeCommits: of an op put and removed only the removal is left; the last put counts', () => {
    const merged = mergeCommits([
      { putOps: [entry(1), entry(2)] },
      { putOps: [entry(2, true)], removeOps: [id(1)] },
      { removeOps: [id(3)] },
    ]);
    expect(merged?.putOps).toEqual([entry(2, true)]);
    expect(merged?.removeOps).toEqual([id(1), id(3)]);
    expect(mergeCommits([])).toBeNull();
  });
});

describe('background commits of a leader', () => {
  async function createLead() {
    const time = createVirtualTime();
    const opened = await new MemoryAdapter().open('db');
    if (!opened.ok) throw new Error('no storage');
    const storage = opened.value;
    const told: string[] = [];
    const queue = createBackgroundCommits({
      storage,
      environment: { timers: time.timers, random: createSeededRandom(1), log: () => {} },
      lead: createLeadNumber(storage, time.timers),
      outdated: () => void told.push('outdated'),
    });
    return { time, storage, told, queue };
  }

  it('CL-4: are made under the number of its lead, which is taken before the first', async () => {
    const { storage, queue } = await createLead();
    expect(await queue.store(drop('a'))).toBe(true);
    expect(await storage.latestLead()).toEqual({ ok: true, value: 1 });
    expect(await queue.store(drop('b'))).toBe(true);
    expect(await storage.latestLead()).toEqual({ ok: true, value: 1 });
  });

  it('CL-4: end when another has begun to lead: nothing more is stored or told, and who waits hears that it is not durable', async () => {
    const { time, storage, told, queue } = await createLead();
    expect(await queue.store(drop('a'))).toBe(true);
    await storage.takeLead();
    queue.publish(drop('b'), () => void told.push('b'));
    const durable = [queue.store(drop('c')), queue.store(null)];
    await time.settle();
    queue.publish(null, () => void told.push('d'));
    durable.push(queue.store(drop('e')));
    expect(await Promise.all(durable)).toEqual([false, false, false]);
    expect(told).toEqual(['outdated']);
    await queue.stop();
    expect(time.pendingTimers()).toBe(0);
  });
});
