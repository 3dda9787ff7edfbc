import { beforeEach, expect, it } from 'vitest';

import { ThreadRest } from './thread-rest.js';

/** What happened, and what is to happen in the next turns of the loop. */
let events: string[];
let turns: (() => void)[];
/** What each sleep ends with: something that was laid, or not. */
let wakings: ('laid' | 'message')[];

beforeEach(() => {
  events = [];
  turns = [];
  wakings = [];
});

function resting(): ThreadRest {
  let woken: 'laid' | 'message' | undefined;
  return new ThreadRest({
    sleep() {
      woken = wakings.shift();
      events.push('slept');
    },
    work() {
      if (woken !== 'laid') return false;
      events.push('worked');
      return true;
    },
    soon: (run) => void turns.push(run),
  });
}

/** One turn of the event loop. */
const turn = (): void => {
  for (const run of turns.splice(0)) run();
};

it('sleeps and works as long as what wakes it is laid, and lets the loop turn for a message', () => {
  resting();
  expect(events).toEqual([]);
  wakings = ['laid', 'laid', 'message'];
  turn();
  expect(events).toEqual(['slept', 'worked', 'slept', 'worked', 'slept']);
});

it('does not sleep while a call is under way, and does when the last of them has ended', () => {
  const rest = resting();
  rest.begin();
  turn();
  rest.begin();
  rest.end();
  turn();
  expect(events).toEqual([]);
  rest.end();
  turn();
  expect(events).toEqual(['slept']);
});

it('comes again where it was woken for a message that has been heard already', () => {
  resting();
  wakings = ['message', 'laid', 'message'];
  turn();
  expect(events).toEqual(['slept']);
  turn();
  expect(events).toEqual(['slept', 'slept', 'worked', 'slept']);
});

it('never comes twice in one turn, however many calls come and go', () => {
  const rest = resting();
  for (let call = 0; call < 5; call += 1) {
    rest.begin();
    rest.end();
  }
  expect(turns).toHaveLength(1);
  turn();
  expect(turns).toHaveLength(1);
});
