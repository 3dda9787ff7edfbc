import fc from 'fast-check';
import { expect, test } from 'vitest';
import { settle } from '../../testing/test-host.js';
import { createTimedTimers } from '../../testing/timed-timers.js';
import type { LoadFailure } from './load-failure.js';
import { LoadLine, type Admission } from './load-line.js';

/** So many partitions are here at once. */
const ROOM = 4;

/** A line before a room for some partitions: one of those that nobody needs goes whenever another is to come. */
class World {
  readonly clock = { now: 0 };
  readonly timers = createTimedTimers(this.clock);
  readonly line = new LoadLine(this.timers, true, () => this.goOn());
  readonly here = new Set<number>();
  readonly wanted: number[] = [];
  readonly answers: (readonly [name: number, failure: LoadFailure | null])[] = [];
  most = 0;
  loads = 0;

  readonly #admission: Admission = {
    couldHold: (partitions) => partitions.size <= ROOM,
    isHere: (partition) => this.here.has(partition),
    want: (partition) => {
      if (this.here.has(partition)) return true;
      if (!this.wanted.includes(partition)) this.wanted.push(partition);
      return false;
    },
  };

  join(name: number, partitions: readonly number[]): void {
    void this.line.join(new Set(partitions), []).then((failure) => this.answers.push([name, failure]));
    this.goOn();
  }

  goOn(): void {
    this.line.admit(this.#admission);
    this.line.settleReady(() => true);
  }

  bringIn(): void {
    const [partition] = this.wanted;
    if (partition === undefined) return;
    const going = [...this.here].find((each) => !this.line.isAwaited(each));
    if (this.here.size >= ROOM && going !== undefined) this.here.delete(going);
    else if (this.here.size >= ROOM && this.line.giveWay()) return;
    this.wanted.shift();
    this.loads += 1;
    this.here.add(partition);
    this.most = Math.max(this.most, this.here.size);
    this.line.opened(partition);
    this.goOn();
  }
}

const needs = (most: number) =>
  fc.array(fc.uniqueArray(fc.nat({ max: 9 }), { minLength: 1, maxLength: most }), { minLength: 1, maxLength: 20 });

test('PI-46: whoever needs what, in whatever order, gets it, and all together never hold more than there is room for', async () => {
  await fc.assert(
    fc.asyncProperty(needs(ROOM), fc.infiniteStream(fc.boolean()), async (asked, isNext) => {
      const world = new World();
      const left = asked.map((partitions, name) => [name, partitions] as const);
      for (let turn = 0; turn < 2_000 && world.answers.length < asked.length; turn += 1) {
        const next = isNext.next().value === true ? left.shift() : undefined;
        if (next !== undefined) world.join(...next);
        else world.bringIn();
        await world.timers.advance(1);
      }
      expect(world.answers.map(([name]) => name).toSorted((a, b) => a - b)).toEqual(asked.map((_, name) => name));
      expect(world.answers.every(([, failure]) => failure === null)).toBe(true);
      expect(world.most).toBeLessThanOrEqual(ROOM);
    }),
    { numRuns: 100 },
  );
});

test('PI-46: who needs more than there is room for has it when nobody else is admitted', async () => {
  const world = new World();
  world.join(1, [0, 1]);
  world.join(2, [2, 3, 4, 5, 6]);
  world.join(3, [7]);
  expect(world.wanted).toEqual([0, 1]);
  for (let i = 0; i < 2; i += 1) world.bringIn();
  await world.timers.advance(1);
  expect([world.answers, world.wanted]).toEqual([[[1, null]], [2, 3, 4, 5, 6]]);
  for (let i = 0; i < 5; i += 1) world.bringIn();
  await settle();
  expect(world.answers.map(([name]) => name)).toEqual([1, 2]);
  await world.timers.advance(1);
  world.bringIn();
  await settle();
  expect(world.answers.map(([name]) => name)).toEqual([1, 2, 3]);
});

test('PI-46: one load is for all who wait for the partition, also for those behind others', async () => {
  const world = new World();
  world.join(1, [0, 1, 2]);
  world.join(2, [3, 4, 5]);
  world.join(3, [1]);
  for (let i = 0; i < 3; i += 1) world.bringIn();
  await settle();
  // Of the first three nothing is asked for twice, and the second, for whom there is no room yet, keeps nobody waiting.
  expect([world.answers.map(([name]) => name), world.loads]).toEqual([[3, 1], 3]);
});

test('PI-46: nobody waits for ever, but for as long as something that he needs comes in', async () => {
  const world = new World();
  world.join(1, [0, 1]);
  await world.timers.advance(19_000);
  world.bringIn();
  await world.timers.advance(20_000);
  expect(world.answers).toEqual([]);
  await world.timers.advance(1_000);
  expect(world.answers).toMatchObject([[1, { code: 'no-room' }]]);
});
