import { describe, expect, it } from 'vitest';

import { createVirtualTime } from '../testing/virtual-time.js';
import { SlicedWork } from './sliced-work.js';

/** A clock that each step sets on by so much, and a count of the turns, each of which comes so late. */
function harness(lateBy = 0) {
  const time = createVirtualTime();
  let now = 1_000;
  const turns: string[][] = [];
  const work = new SlicedWork({
    clock: { now: () => now },
    timers: {
      after: (delayMs, run) =>
        time.timers.after(delayMs, () => {
          now += lateBy;
          turns.push([]);
          run();
        }),
    },
  });
  function* steps(name: string, count: number, millis: number): Generator<void> {
    for (let i = 0; i < count; i++) {
      turns.at(-1)?.push(name);
      now += millis;
      yield;
    }
  }
  return { time, turns, work, steps };
}

describe('CL-25: work that nobody waits for', () => {
  it('is done in slices of 8 ms, each in a turn of its own, one work after the other', async () => {
    const { time, turns, work, steps } = harness();
    work.begin(steps('a', 9, 2));
    work.begin(steps('b', 3, 5));
    expect(turns).toEqual([]);
    await time.advance(10);
    expect(turns).toEqual([['a', 'a', 'a', 'a'], ['a', 'a', 'a', 'a'], ['a'], ['b', 'b'], ['b']]);
    work.begin(steps('c', 1, 1));
    await time.advance(10);
    expect(turns.at(-1)).toEqual(['c']);
  });

  it('takes one step a turn when each is long, and when the clock is set back', async () => {
    const { time, turns, work, steps } = harness();
    work.begin(steps('a', 2, 50));
    work.begin(steps('b', 2, -500));
    await time.advance(10);
    expect(turns.filter((turn) => turn.length > 0)).toEqual([['a'], ['a'], ['b'], ['b']]);
  });

  it('takes up what a step begins, after what was begun before', async () => {
    const { time, turns, work, steps } = harness();
    function* beginning(): Generator<void> {
      work.begin(steps('c', 2, 1));
      yield;
    }
    work.begin(beginning());
    work.begin(steps('b', 2, 1));
    await time.advance(10);
    expect(turns).toEqual([[], ['b', 'b'], ['c', 'c']]);
  });

  it('goes on with the rest when a step throws', async () => {
    const { time, turns, work, steps } = harness();
    function* failing(): Generator<void> {
      yield;
      throw new Error('a defect');
    }
    work.begin(failing());
    work.begin(steps('b', 1, 1));
    await expect(time.advance(10)).rejects.toThrow('a defect');
    await time.advance(10);
    expect(turns.flat()).toEqual(['b']);
  });

  it('comes last: after what is looked at, and what the server is told (CL-25, SY-2)', async () => {
    const { time, turns, work, steps } = harness();
    work.begin(steps('idle', 1, 8));
    work.beginSoon(steps('soon', 2, 8));
    time.startNext();
    work.beginUrgent(steps('urgent', 2, 8));
    await time.advance(10);
    expect(turns.flat()).toEqual(['soon', 'urgent', 'urgent', 'soon', 'idle']);
  });

  it.each([
    ['beginUrgent', 1],
    ['beginSoon', 1],
    ['begin', 3],
  ] as const)('takes its time where turns come late, when nobody waits: %s has %i of them', async (begin, count) => {
    const { time, turns, work, steps } = harness(600);
    work[begin](steps('a', 3, 8));
    await time.advance(10);
    expect(turns.filter((turn) => turn.length > 0)).toHaveLength(count);
    expect(turns.flat()).toEqual(['a', 'a', 'a']);
  });

  it('does what a step has begun that stopped everything before', async () => {
    const { time, turns, work, steps } = harness();
    function* stopping(): Generator<void> {
      yield;
      work.stop();
      work.begin(steps('b', 2, 1));
    }
    work.begin(stopping());
    await time.advance(10);
    expect(turns.flat()).toEqual(['b', 'b']);
  });

  it('ends where it is when it is stopped', async () => {
    const { time, turns, work, steps } = harness();
    work.begin(steps('a', 9, 8));
    time.startNext();
    work.stop();
    await time.advance(10);
    expect(turns.flat().length).toBeLessThan(9);
    work.begin(steps('b', 1, 1));
    await time.advance(10);
    expect(turns.at(-1)).toEqual(['b']);
  });
});
