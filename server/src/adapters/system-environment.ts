import { randomFillSync } from 'node:crypto';
import type { Clock, Random, Timers } from '../ports/environment.js';

export const systemClock: Clock = { now: () => Date.now() };

/** Timers that do not keep the process alive, but for what is to run in the next turn: a timer would wait a millisecond for that, and work of a thousand turns a second. */
export const systemTimers: Timers = {
  after(delayMs, run) {
    if (delayMs <= 0) {
      const immediate = setImmediate(run);
      return () => clearImmediate(immediate);
    }
    const timer = setTimeout(run, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

const ALPHABET = '-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz';

export const systemRandom: Random = {
  id(length) {
    let id = '';
    for (const byte of randomFillSync(new Uint8Array(length))) id += ALPHABET[byte & 63];
    return id;
  },
};
