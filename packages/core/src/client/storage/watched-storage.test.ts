import { describe, expect, it } from 'vitest';

import { MemoryAdapter } from '../adapters/memory-storage.js';
import type { StorageError } from '../ports/storage.js';
import { createFakeDevice } from '../testing/fake-clients.js';
import { createFakeWorld } from '../testing/fake-world.js';
import { createFaultyStorage } from '../testing/faulty-storage.js';
import { createVirtualTime } from '../testing/virtual-time.js';
import { createOp, entry, unwrap } from './samples.contract.js';
import { STALLED_MS, watchAnswers, watchedStorage } from './watched-storage.js';

/** Questions that are answered when the test says so. */
function createScene() {
  const time = createVirtualTime();
  const issues: StorageError[] = [];
  const watch = watchAnswers(time, (issue) => issues.push(issue));

  function ask(): () => Promise<void> {
    let answer = (): void => {};
    const answered = watch(new Promise<void>((resolve) => (answer = resolve)));
    return async () => {
      answer();
      await answered;
    };
  }

  return { time, issues, watch, ask };
}

describe('storage that does not answer', () => {
  it('CL-8: is told after ten seconds, not before', async () => {
    const { time, issues, ask } = createScene();
    ask();
    await time.advance(STALLED_MS - 1);
    expect(issues).toEqual([]);
    await time.advance(1);
    expect(issues).toMatchObject([{ code: 'stalled' }]);
  });

  it('CL-8: is told once, whatever else waits, that it answers again too, and then anew', async () => {
    const { time, issues, ask } = createScene();
    const first = ask();
    ask();
    await time.advance(3 * STALLED_MS);
    expect(issues).toHaveLength(1);
    await first();
    expect(issues.slice(1)).toMatchObject([{ code: 'stalled', isOver: true }]);
    ask();
    await time.advance(STALLED_MS);
    expect(issues.slice(2)).toMatchObject([{ code: 'stalled' }]);
    expect(issues[2]?.isOver).toBeUndefined();
  });

  it('is watched for as long as a question is open, and no timer is left', async () => {
    const { time, issues, ask } = createScene();
    const answers = [ask(), ask()];
    for (const answer of answers) await answer();
    expect(time.pendingTimers()).toBe(0);
    await time.advance(10 * STALLED_MS);
    expect(issues).toEqual([]);
  });

  it('is not told by a tab that was frozen itself: the answer may be waiting beside the timer', async () => {
    const { time, issues, ask } = createScene();
    const answer = ask();
    time.freeze();
    await time.advance(10 * STALLED_MS);
    time.thaw();
    await time.advance(1);
    expect(issues).toEqual([]);
    await time.advance(STALLED_MS);
    expect(issues).toHaveLength(1);
    await answer();
    expect(time.pendingTimers()).toBe(0);
  });

  it('passes answers and failures on as they are', async () => {
    const { time, watch } = createScene();
    const defect = new Error('a defect');
    await expect(watch(Promise.resolve(1))).resolves.toBe(1);
    await expect(watch(Promise.reject(defect))).rejects.toBe(defect);
    expect(time.pendingTimers()).toBe(0);
  });

  it('answers what the storage behind it does, in which nothing is lost that waited', async () => {
    const { time, issues, watch } = createScene();
    const faulty = createFaultyStorage(new MemoryAdapter());
    const inner = unwrap(await faulty.open('slow'));
    const storage = watchedStorage(inner, watch);
    expect(Object.keys(storage).toSorted()).toEqual(Object.keys(inner).toSorted());
    faulty.pause();
    const [written, led] = [storage.commit({ putOps: [entry(createOp(1))] }), storage.takeLead()];
    await time.advance(STALLED_MS);
    expect(issues).toHaveLength(1);
    faulty.resume();
    unwrap(await written);
    expect(unwrap(await led)).toBe(1);
    expect(unwrap(await storage.loadOutbox())).toEqual([entry(createOp(1))]);
    expect(unwrap(await storage.loadMap('todos')).size).toBe(0);
  });

  it('CL-8: the app hears of it, and of nothing when storage is merely slow', async () => {
    const world = createFakeWorld();
    const device = createFakeDevice(world);
    const storage = createFaultyStorage(device.storage);
    const { client } = device.open({ storage });
    const codes: string[] = [];
    client.onStorageIssue(({ code, isOver }) => codes.push(isOver === true ? 'over' : code));
    await client.start();
    for (const [ms, expected] of [
      [STALLED_MS / 2, []],
      [2 * STALLED_MS, ['stalled']],
    ] as const) {
      storage.pause();
      const { persisted } = client.getMap('todos').set(`after ${ms}`, { text: 'milk' });
      await world.time.advance(ms);
      expect(codes).toEqual(expected);
      storage.resume();
      await persisted;
    }
    expect(codes).toEqual(['stalled', 'over']);
    // Of the two it is the fault that is noted.
    expect(client.timeline().events.filter(({ type }) => type === 'storage-fault')).toHaveLength(1);
    await client.close();
  });
});
