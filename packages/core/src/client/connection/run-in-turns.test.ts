import { describe, expect, it } from 'vitest';

import { createVirtualTime } from '../testing/virtual-time.js';
import { runInTurns } from './run-in-turns.js';

function* steps(count: number, log: string[]): Generator<void, void> {
  for (let i = 1; i <= count; i += 1) {
    log.push(`step ${i}`);
    if (i < count) yield;
  }
}

describe('work in turns', () => {
  it('does what fits into one turn at once', () => {
    const log: string[] = [];
    runInTurns(createVirtualTime(), steps(1, log), () => log.push('done'));
    expect(log).toEqual(['step 1', 'done']);
  });

  it('gives others their turn between two steps', async () => {
    const time = createVirtualTime();
    const log: string[] = [];
    runInTurns(time, steps(3, log), () => log.push('done'));
    expect(log).toEqual(['step 1']);
    time.timers.after(0, () => log.push('other'));
    await time.advance(10);
    expect(log).toEqual(['step 1', 'step 2', 'other', 'step 3', 'done']);
  });

  it('hurries where turns come late: in a page in the background timers are rationed', async () => {
    const time = createVirtualTime();
    const log: string[] = [];
    const rationed = {
      clock: time.clock,
      timers: { after: (_: number, run: () => void) => time.timers.after(1_000, run) },
    };
    runInTurns(rationed, steps(90, log), () => log.push('done'));
    await time.advance(1_000);
    expect(log.at(-1)).toBe('done');
  });

  it('ends when it is told to', async () => {
    const time = createVirtualTime();
    const log: string[] = [];
    runInTurns(time, steps(3, log), () => log.push('done'))();
    await time.advance(10);
    expect(log).toEqual(['step 1']);
  });
});
