// What is held, what is changed while apart, and what must be held afterwards: the same for all.

import { createHash } from 'node:crypto';

const CHANGED_FIELD = 'priority';

export const keyOf = (i) => `todo-${i}`;

/** A small todo of five fields. */
export const recordOf = (i) => ({
  text: `Buy ${1 + (i % 9)} of item number ${i}`,
  done: i % 2 === 0,
  priority: i % 5,
  owner: `user-${i % 50}`,
  createdAt: 1_780_000_000_000 + i * 61_000,
});

/** The records of one side, evenly spread: the client changes others than the other side. */
export function keysToChange(n, d, side) {
  const step = Math.floor(n / 10);
  return Array.from({ length: d }, (_, i) => keyOf(i * step + (side === 'client' ? 1 : 2)));
}

/** All records as `[key, record]`. */
export const allRecords = (n) => Array.from({ length: n }, (_, i) => [keyOf(i), recordOf(i)]);

/**
 * One text for a whole state, to compare it by.
 *
 * @param {Iterable<[string, object]>} entries
 */
export function digestOf(entries) {
  const lines = [];
  for (const [key, { text, done, priority, owner, createdAt, ...rest }] of entries) {
    lines.push(JSON.stringify([key, text, done, priority, owner, createdAt, Object.keys(rest).length]));
  }
  const hash = createHash('sha256');
  for (const line of lines.sort()) hash.update(line);
  return `${lines.length} records, ${hash.digest('hex').slice(0, 16)}`;
}

/** What both sides must hold. */
export function createExpectation(n) {
  const changed = new Map();
  return {
    change(keys, priority) {
      for (const key of keys) changed.set(key, priority);
    },
    digest: () =>
      digestOf(
        allRecords(n).map(([key, record]) => [
          key,
          { ...record, [CHANGED_FIELD]: changed.get(key) ?? record.priority },
        ]),
      ),
  };
}

/** Milliseconds on a clock that all processes of a machine share, unlike `performance.now()`. */
export const sharedNow = () => Number(process.hrtime.bigint()) / 1e6;
