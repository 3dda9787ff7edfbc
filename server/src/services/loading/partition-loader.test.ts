import { err, ok, type Result } from '@topgun/core/primitives';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Timers } from '../../ports/environment.js';
import { createRecordedLog } from '../../testing/recorded-log.js';
import { settle } from '../../testing/test-host.js';
import type { LoadFailure } from './load-failure.js';
import { PartitionLoader } from './partition-loader.js';

type Steps = Iterator<void, Result<void, { readonly message: string }>>;

/** Timers of a time that a test moves. */
class MovedTime implements Timers {
  #now = 0;
  readonly #waiting = new Map<object, readonly [at: number, run: () => void]>();

  after(delayMs: number, run: () => void): () => void {
    const timer = {};
    this.#waiting.set(timer, [this.#now + delayMs, run]);
    return () => this.#waiting.delete(timer);
  }

  /** One at a time, with all that follows from it. */
  async move(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      await settle();
      const [next] = [...this.#waiting].sort(([, [a]], [, [b]]) => a - b);
      if (next === undefined || next[1][0] > end) break;
      this.#waiting.delete(next[0]);
      this.#now = next[1][0];
      next[1][1]();
    }
    this.#now = end;
  }
}

/** A loader on a store that answers when a test says so, and what it did. */
function world(cold: readonly number[], { steps = 1 } = {}) {
  const time = new MovedTime();
  const reads: { readonly partition: number; answer(damage?: string): void; fail(): void }[] = [];
  const told: string[] = [];
  let running = 0;
  function* work(partition: number, damage: string | undefined): Generator<void, Result<void, { message: string }>> {
    for (let i = 1; i < steps; i += 1) {
      running += 1;
      expect(running).toBe(1);
      running -= 1;
      yield;
    }
    if (damage !== undefined) return err({ message: damage });
    told.push(`step ${partition}`);
    return ok(undefined);
  }
  const loader = new PartitionLoader({
    // As a host names them, which can go through them once.
    cold: cold.values(),
    read: (partition) =>
      new Promise<Steps>((resolve, reject) => {
        reads.push({
          partition,
          answer: (damage) => resolve(work(partition, damage)),
          fail: () => reject(new Error('no disk')),
        });
      }),
    timers: time,
    log: createRecordedLog().log,
  });
  const listener = {
    opened: (partition: number) => void told.push(`opened ${partition}`),
    allOpened: () => void told.push('all'),
    damaged: (message: string) => void told.push(`damaged: ${message}`),
  };
  return { loader, time, reads, told, listener };
}

test('PI-7: what is hot is had at once, and nothing is read before somebody needs it', async () => {
  const { loader, reads, time } = world([3, 4]);
  expect([loader.need([]), loader.need([0, 1, 2]), loader.isAllHot]).toEqual([null, null, false]);
  await time.move(60_000);
  expect(reads).toEqual([]);
});

test('PI-7: one read serves all who need it, and each of them when it has all it needs', async () => {
  const { loader, reads, time } = world([3, 4]);
  const answers: string[] = [];
  const hear = (name: string, partitions: readonly number[]): void =>
    void loader.need(partitions)?.then((failure) => answers.push(`${name} ${failure?.code ?? 'ok'}`));
  hear('a', [3]);
  hear('b', [3, 4, 9]);
  hear('c', [3]);
  await time.move(1);
  expect(reads.map(({ partition }) => partition)).toEqual([3, 4]);
  reads[0]!.answer();
  await time.move(1);
  expect(answers).toEqual(['a ok', 'c ok']);
  expect([loader.need([3]), loader.isAllHot]).toEqual([null, false]);
  reads[1]!.answer();
  await time.move(1);
  expect([answers, loader.isAllHot]).toEqual([['a ok', 'c ok', 'b ok'], true]);
});

test('PI-7: a read that fails or does not answer in time is told to who waits, and read again for the next', async () => {
  const { loader, reads, time } = world([3]);
  const failed = loader.need([3]);
  reads[0]!.fail();
  expect(await failed).toEqual({ code: 'unreadable', reason: 'no disk' } satisfies LoadFailure);
  const late = loader.need([3]);
  expect(reads).toHaveLength(2);
  await time.move(15_000);
  expect(await late).toMatchObject({ code: 'unreadable', reason: expect.stringContaining('does not answer') });
  const again = loader.need([3]);
  // The one that was given up answers after all: it is not the one that is waited for.
  reads[1]!.answer();
  await time.move(1);
  expect([loader.isAllHot, reads.length]).toEqual([false, 3]);
  reads[2]!.answer();
  await time.move(1);
  expect([await again, loader.isAllHot]).toEqual([null, true]);
});

test('PI-7: damage is told to who waits and to who runs the server', async () => {
  const { loader, reads, time, told, listener } = world([3]);
  loader.warmUp(listener);
  const answer = loader.need([3]);
  reads[0]!.answer('It is damaged.');
  await time.move(1);
  expect([await answer, told]).toEqual([{ code: 'damaged', reason: 'It is damaged.' }, ['damaged: It is damaged.']]);
});

test('PI-7: the warm-up brings everything in, what somebody needs first, a step in a turn', async () => {
  const cold = [1, 2, 3, 4, 5, 6, 7, 8];
  const { loader, reads, time, told, listener } = world(cold, { steps: 3 });
  loader.warmUp(listener);
  await time.move(1);
  const beforeNeed = reads.map(({ partition }) => partition);
  void loader.need([8]);
  for (let i = 0; i < cold.length; i += 1) {
    await time.move(1);
    reads[i]!.answer();
    await time.move(1);
  }
  const order = reads.map(({ partition }) => partition);
  expect(order.slice(0, beforeNeed.length + 1)).toEqual([...beforeNeed, 8]);
  expect([...order].sort()).toEqual(cold);
  expect(told.filter((line) => line.startsWith('opened'))).toHaveLength(cold.length);
  expect(told.filter((line) => line === 'all')).toHaveLength(1);
  expect(told.at(-1)).toBe('all');
});

test('PI-7: where nothing is cold everything is here at once; stopped, who waits is told', async () => {
  const none = world([]);
  none.loader.warmUp(none.listener);
  expect(none.told).toEqual(['all']);
  const { loader, reads, time } = world([3]);
  const answer = loader.need([3]);
  loader.stop();
  expect(await answer).toMatchObject({ code: 'unreadable' });
  reads[0]!.answer();
  await time.move(20_000);
  expect(loader.isAllHot).toBe(false);
});

test('PI-7: whoever needs whatever, whenever, in whatever order the disk answers: all are served, once, after one read of each', async () => {
  const partition = fc.integer({ min: 0, max: 9 });
  const action = fc.oneof(
    fc.record({ need: fc.array(partition, { minLength: 1, maxLength: 4 }) }),
    fc.record({ answer: fc.nat() }),
    fc.record({ move: fc.constantFrom(0, 1, 5) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(partition), fc.array(action, { maxLength: 30 }), async (cold, actions) => {
      const { loader, reads, time, listener } = world(cold, { steps: 2 });
      const served: number[] = [];
      let asked = 0;
      const open = [...reads];
      const answerOne = (nth: number): void => open.splice(nth % Math.max(1, open.length), 1)[0]?.answer();
      let known = 0;
      const look = (): void => {
        for (; known < reads.length; known += 1) open.push(reads[known]!);
      };
      for (const each of actions) {
        if ('need' in each) {
          asked += 1;
          const number = asked;
          const needed = loader.need(each.need);
          if (needed === null) served.push(number);
          else void needed.then((failure) => expect(failure).toBe(null)).then(() => served.push(number));
        } else if ('answer' in each) answerOne(each.answer);
        else await time.move(each.move);
        look();
      }
      loader.warmUp(listener);
      for (let turn = 0; turn < 40; turn += 1) {
        look();
        answerOne(turn);
        await time.move(5);
      }
      expect(loader.isAllHot).toBe(true);
      expect(reads.map((read) => read.partition).sort()).toEqual([...cold].sort());
      expect([...served].sort((a, b) => a - b)).toEqual(Array.from({ length: asked }, (_, i) => i + 1));
    }),
    { numRuns: 60 },
  );
});
