import type { PlainObject, Value } from '@topgun/core/primitives';
import type { Query } from '@topgun/core/query';
import { expect, test } from 'vitest';
import type { Timers } from '../../ports/environment.js';
import { Searches } from './searches.js';

/** Maps of one record each, whose titles have so many different words. */
function setUp(maxBytes: number, words: Readonly<Record<string, number>>) {
  // Turns are taken by the test; how long indexes linger is longer than it lasts.
  let turn: (() => void) | null = null;
  const timers: Timers = {
    after(delayMs, run) {
      if (delayMs === 0) turn = run;
      return () => {};
    },
  };
  const record = (map: string): PlainObject => ({
    title: Array.from({ length: words[map] ?? 0 }, (_, i) => `${map}${i}`).join(' '),
  });
  const maps = {
    keys: () => ['a'],
    reader:
      (map: string) =>
      (key: string): Value | undefined =>
        key === 'a' ? record(map) : undefined,
  };
  const searches = new Searches(maps, {}, timers, maxBytes);
  const query = (text: string): Query => ({
    where: { type: 'and', of: [] },
    sort: [],
    limit: 5,
    search: { text, fields: ['title'], boosts: [['title', 1]], prefix: true, fuzzy: 0, combineWith: 'AND' },
  });
  const check = (map: string) => {
    const checked = searches.check(map, query('x'));
    if (!checked.ok) return checked.error.code;
    // Made in as many turns as it takes.
    for (let left = 100; !checked.value.index.isReady && left > 0; left--) turn?.();
    return checked.value.index;
  };
  return { searches, check };
}

test('SE-26: what the indexes take is counted, and for another one those make way that nobody needs', () => {
  const { searches, check } = setUp(100_000, { x: 100, y: 100, z: 10 });
  const user = {};
  const first = check('x');
  if (typeof first === 'string') throw new Error(first);
  first.use(user);
  const one = searches.bytes;
  expect(one).toBeGreaterThan(60_000);
  const second = check('y');
  if (typeof second === 'string') throw new Error(second);
  second.use(user);
  expect(searches.bytes).toBeGreaterThan(120_000);
  // Both are needed.
  expect(check('z')).toBe('overloaded');
  // Who searches what is searched already takes nothing.
  expect(check('x')).toBe(first);
  second.release(user);
  expect(check('z')).not.toBe('overloaded');
  expect(searches.bytes).toBeLessThan(80_000);
  // It is made again.
  first.release(user);
  expect(check('y')).not.toBe(second);
});
