import { describe, expect, test } from 'vitest';
import { takeAll } from './all-steps.js';
import type { Change, Entry } from './entry.js';
import { netSteps } from './net-steps.js';
import { oncePerKey } from './once-per-key.js';
import { applySteps } from './view-diff.js';

/*
 * QU-7 for every two lists of three rows: what leads from one to the other in as few steps as there are keys that differ, told in the order that the
 * rule names.
 */

const KEYS = ['a', 'b', 'c'] as const;

/** Every list of some of the keys, in every order. */
function* arrangements(keys: readonly string[]): Generator<readonly string[]> {
  yield [];
  for (const key of keys) for (const rest of arrangements(keys.filter((other) => other !== key))) yield [key, ...rest];
}
const LISTS = [...arrangements(KEYS)];

const rowsBefore = new Map(KEYS.map((key): [string, Entry] => [key, { key, value: 1 }]));
const rowsAfter = new Map(KEYS.map((key): [string, Entry] => [key, { key, value: 2 }]));

interface Case {
  readonly before: readonly Entry[];
  readonly after: readonly Entry[];
}

/** Every list after every list, each row as it was or changed; those that stay as they were keep their order. */
const CASES: readonly Case[] = LISTS.flatMap((from) =>
  LISTS.flatMap((to) =>
    Array.from({ length: 2 ** to.length }, (_, bits) =>
      to.map((key, i) => ((bits >> i) % 2 === 1 ? rowsAfter : rowsBefore).get(key) as Entry),
    )
      .filter((after) => {
        const stayed = after.filter((row) => row.value === 1 && from.includes(row.key)).map(({ key }) => key);
        return stayed.join() === from.filter((key) => stayed.includes(key)).join();
      })
      .map((after) => ({ before: from.map((key) => rowsBefore.get(key) as Entry), after })),
  ),
);

const stepsOf = ({ before, after }: Case, touched: readonly string[]) =>
  netSteps(
    touched.map((key) => [key, before.find((row) => row.key === key)] as const),
    {
      get: (key) => after.find((row) => row.key === key),
      placeOf: (entry) => after.indexOf(entry),
    },
  );

describe('QU-7: every list of three rows after every other', () => {
  test('is reached by the steps, whatever else the batch touched, and in whatever order', () => {
    expect(CASES.length).toBeGreaterThan(500);
    for (const one of CASES) {
      for (const touched of [KEYS, [...KEYS].toReversed()]) {
        const steps = stepsOf(one, touched);
        const reached = applySteps(one.before, steps);
        expect(reached).toEqual(one.after);
        expect(reached.every((row, i) => row === one.after[i])).toBe(true);
      }
    }
  });

  test('has one step for each key that came, went or changed, and none for others', () => {
    for (const one of CASES) {
      const steps = stepsOf(one, KEYS);
      const kinds = new Map(steps.map((step) => [step.key, step.type]));
      expect(kinds.size).toBe(steps.length);
      for (const key of KEYS) {
        const was = one.before.find((row) => row.key === key);
        const is = one.after.find((row) => row.key === key);
        const wanted = was === is ? undefined : is === undefined ? 'leave' : was === undefined ? 'enter' : 'update';
        expect(kinds.get(key)).toBe(wanted);
      }
    }
  });

  test('tells first who left, then the others by their places', () => {
    for (const one of CASES) {
      const steps = stepsOf(one, KEYS);
      const places = steps.map((step) => (step.type === 'leave' ? -1 : step.index));
      expect(places).toEqual(places.toSorted((a, b) => a - b));
      for (const step of steps) if (step.type !== 'leave') expect(one.after[step.index]).toBe(step.entry);
    }
  });

  test('a row that is there and not shown has left, and one that was not shown before has entered', () => {
    const row = rowsAfter.get('a') as Entry;
    const before = rowsBefore.get('a') as Entry;
    const hidden = { get: () => row, placeOf: () => -1 };
    expect(netSteps([['a', before]], hidden)).toEqual([{ type: 'leave', key: 'a' }]);
    expect(netSteps([['a', undefined]], hidden)).toEqual([]);
    expect(netSteps([['a', undefined]], { get: () => row, placeOf: () => 4 })).toEqual([
      { type: 'enter', key: 'a', entry: row, index: 4 },
    ]);
    expect(netSteps([['a', row]], { get: () => row, placeOf: () => 0 })).toEqual([]);
  });

  test('rows that were given stay as they were', () => {
    for (const one of CASES) {
      const copy = one.before.slice();
      const result = applySteps(one.before, stepsOf(one, KEYS));
      expect(one.before).toEqual(copy);
      expect(result).not.toBe(one.before);
    }
  });
});

describe('a batch that names a key more than once', () => {
  const change = (key: string, after: number | undefined): Change => ({ key, before: undefined, after });

  test('counts the last of each, for every batch of three', () => {
    const all = KEYS.flatMap((key) => [change(key, 1), change(key, undefined)]);
    for (const one of all) {
      for (const other of all) {
        for (const third of all) {
          const batch = [one, other, third];
          const last = new Map(batch.map((item) => [item.key, item]));
          const kept = [...oncePerKey(batch)];
          expect(kept).toHaveLength(last.size);
          for (const item of kept) expect(last.get(item.key)).toBe(item);
        }
      }
    }
  });

  test('of one change or none is that batch itself', () => {
    const none: readonly Change[] = [];
    const one = [change('a', 1)];
    expect(oncePerKey(none)).toBe(none);
    expect(oncePerKey(one)).toBe(one);
  });
});

describe('steps that are taken at once', () => {
  test('are all taken, once each, and what comes of them is given', () => {
    const taken: number[] = [];
    function* work(count: number): Generator<void, string> {
      for (let i = 0; i < count; i += 1) {
        taken.push(i);
        yield;
      }
      return `${count} steps`;
    }
    expect([takeAll(work(0)), takeAll(work(3))]).toEqual(['0 steps', '3 steps']);
    expect(taken).toEqual([0, 1, 2]);
  });

  test('end where one of them fails', () => {
    function* work(): Generator<void, void> {
      yield;
      throw new Error('no further');
    }
    expect(() => takeAll(work())).toThrow('no further');
  });
});
