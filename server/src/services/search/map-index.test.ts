import type { Value } from '@topgun/core/primitives';
import { parseSearchDefinition } from '@topgun/core/search';
import { expect, test } from 'vitest';

import type { Timers } from '../../ports/environment.js';
import { MapIndex } from './map-index.js';

/** Timers that are run by hand, in the order in which they are due. */
function byHand(): { readonly timers: Timers; readonly turn: () => boolean } {
  let due: { readonly at: number; readonly run: () => void }[] = [];
  let now = 0;
  return {
    timers: {
      after(delayMs, run) {
        const timer = { at: now + delayMs, run };
        due.push(timer);
        return () => {
          due = due.filter((other) => other !== timer);
        };
      },
    },
    turn() {
      const [next] = due.toSorted((a, b) => a.at - b.at);
      // What lingers unused is let go after minutes.
      if (next === undefined || next.at > now + 1_000) return false;
      due = due.filter((other) => other !== next);
      now = next.at;
      next.run();
      return true;
    },
  };
}

function indexOf(count: number, timers: Timers | null) {
  const records = new Map<string, Value>(
    Array.from({ length: count }, (_, i) => [`k${i}`, { title: `milk number${i}` }]),
  );
  const parsed = parseSearchDefinition({ fields: ['title'] });
  if (!parsed.ok) throw new Error(parsed.error.code);
  const index = new MapIndex({
    definition: parsed.value,
    keys: () => records.keys(),
    valueOf: (key) => records.get(key),
    timers,
    onUnused: () => {},
  });
  const change = (key: string, title: string): void => {
    records.set(key, { title });
    index.change(key);
  };
  return { index, change, records };
}

test('SE-4, SE-43: what is left of records that changed is cleared away in turns, while others change, and until nobody has the index any more', () => {
  const { timers, turn } = byHand();
  const { change, index } = indexOf(40_000, timers);
  while (turn());
  expect(index.isReady).toBe(true);
  const bytes = index.bytes;
  for (let i = 0; i < 8_000; i++) change(`k${5 * i}`, `milk other${i}`);
  let turns = 0;
  for (; turn(); turns++) if (turns === 9) change('k7', 'milk and bread');
  expect(index.index.isLittered).toBe(false);
  // Of the words that nobody has any more nothing is left: they are as many and as long as those that took their place, or longer.
  expect(index.bytes).toBeLessThan(bytes + 8_000);
  expect(turns).toBeGreaterThan(10);

  for (let i = 0; i < 8_000; i++) change(`k${5 * i}`, `milk last${i}`);
  while (!index.index.isLittered) turn();
  index.drop();
  turns = 0;
  while (turn()) turns++;
  expect(turns).toBeLessThan(3);
  expect(index.reader).toBeDefined();
});

test('SE-4: without timers it is cleared away at once', () => {
  const { change, index } = indexOf(100, null);
  const bytes = index.bytes;
  for (let i = 0; i < 30; i++) change(`k${i}`, `milk other${i}`);
  expect(index.index.isLittered).toBe(false);
  // A tenth may be left.
  expect(index.bytes).toBeLessThan(bytes + 12 * 600);
});
