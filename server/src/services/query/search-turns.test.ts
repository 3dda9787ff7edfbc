import { expect, test } from 'vitest';
import { createManualTimers } from '../../testing/manual-timers.js';
import { SEARCH_PAUSE_MS, SEARCH_REST_MS, SearchTurns } from './search-turns.js';

const PIECES = { stepsAtOnce: 4, stepsPerCommit: 10, stepsPerTurn: 2 };

test('SE-47: within a commit short searches are run again, as long as all together take few steps', () => {
  const turns = new SearchTurns(createManualTimers(), PIECES);
  const taken = (...steps: readonly number[]): boolean[] => steps.map((each) => turns.takesAtOnce(each));
  turns.beginCommit();
  expect(taken(4, 5, 4, 3, 2, 1)).toEqual([true, false, true, false, true, false]);
  turns.beginCommit();
  expect(taken(4, 4, 2, 0)).toEqual([true, true, true, true]);
});

test('SE-47: the others are run after a pause, one turn of all at a time, and between turns the thread is left to others', () => {
  const delays: number[] = [];
  const due: (() => void)[] = [];
  const timers = {
    after(delayMs: number, run: () => void) {
      delays.push(delayMs);
      due.push(run);
      return () => {};
    },
  };
  const turns = new SearchTurns(timers, PIECES);
  const ran: string[] = [];
  const work = function* (name: string): Generator<void> {
    for (let i = 0; i < 2; i++) {
      ran.push(name);
      yield;
    }
  };
  turns.later(work('a'));
  turns.later(work('b'));
  expect(delays).toEqual([SEARCH_PAUSE_MS, SEARCH_PAUSE_MS]);
  const after: number[] = [];
  for (let run = due.shift(); run !== undefined; run = due.shift()) {
    run();
    after.push(ran.length);
  }
  // Two pauses; then two turns of each, one by one, and one to see that each is done.
  expect(ran).toEqual(['a', 'b', 'a', 'b']);
  expect(after).toEqual([0, 0, 1, 2, 3, 4, 4, 4]);
  expect(delays.slice(2)).toEqual(Array.from({ length: 6 }, () => SEARCH_REST_MS));
});
