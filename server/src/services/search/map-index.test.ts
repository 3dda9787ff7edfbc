import type { Value } from '@topgun/core/primitives';
import { takeAll } from '@topgun/core/query';
import { approximateBy, parseSearch, parseSearchDefinition, type CreateApproximateIndex } from '@topgun/core/search';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

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
  const change = (key: string, title: string | null): void => {
    if (title === null) records.delete(key);
    else records.set(key, { title });
    index.change(key);
  };
  const found = (word: string): readonly (readonly [string | undefined, number])[] => {
    const query = parseSearch(parsed.value, word, { prefix: false, fuzzy: false });
    if (!query.ok) throw new Error(query.error.code);
    const ranked = index.index.ranked(query.value);
    return Array.from({ length: ranked.length }, (_, i) => [ranked.keyAt(i), ranked.scoreAt(i)] as const).toSorted();
  };
  return { index, change, records, found };
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

/** Longer than a turn takes, of words that others have too. */
const long = (from: number): string => Array.from({ length: 2_400 }, (_, i) => `文${(from + i) % 3_000}`).join(' ');

describe('SE-13, SE-43: what commits change', () => {
  test('goes into it in turns that each do little, however long the texts are, and is there after its steps', () => {
    const { timers, turn } = byHand();
    const { change, index, found } = indexOf(20, timers);
    while (turn());
    const most = 16_384 + 1_024 + 128 * 3;
    let before = index.index.work;
    for (let i = 0; i < 8; i++) change(`k${i}`, long(i));
    // A commit that asks gets little done at once, and less the next time.
    for (let i = 0; i < 3; i++) expect(index.catchUp()).toBe(false);
    expect(index.index.work - before).toBeLessThan(4_096 + 1_024 + 128 * 3);
    expect(index.index.work - before).toBeGreaterThan(4_000);
    let turns = 0;
    for (before = index.index.work; turn(); turns++, before = index.index.work) {
      expect(index.index.work - before).toBeLessThan(most);
    }
    expect(turns).toBeGreaterThan(8);
    expect(index.catchUp()).toBe(true);
    expect(found('文2400').map(([key]) => key)).toEqual(['k1', 'k2', 'k3', 'k4', 'k5', 'k6', 'k7']);
    expect(found('文7').map(([key]) => key)).toEqual(['k0', 'k1', 'k2', 'k3', 'k4', 'k5', 'k6', 'k7']);

    change('k9', long(3));
    change('k10', 'milk');
    let steps = 0;
    for (const current = index.currentSteps(); current.next().done !== true; steps++) {
      // What comes meanwhile is not waited for: with it they would not end.
      change(`k${11 + (steps % 3)}`, `bread ${steps}`);
    }
    expect(steps).toBeGreaterThan(40);
    expect(found('文3').map(([key]) => key)).toContain('k9');
    expect(found('milk').map(([key]) => key)).toContain('k10');
    expect(index.catchUp()).toBe(true);
    expect(found('bread').map(([key]) => key)).toEqual(['k11', 'k12', 'k13']);
  });

  test('makes an index that finds what one made of the records finds, whoever takes it and whatever else is changed meanwhile', () => {
    const title = fc.oneof(fc.constantFrom('milk', 'bread milk', null), fc.nat(5).map(long));
    const step = fc.oneof(
      { weight: 3, arbitrary: fc.record({ key: fc.constantFrom('k1', 'k2', 'k3', 'new'), title }) },
      { weight: 2, arbitrary: fc.constantFrom('turn' as const, 'catch up' as const) },
      { weight: 3, arbitrary: fc.record({ steps: fc.nat(40), which: fc.nat(1) }) },
    );
    const script = fc.array(step, { minLength: 5, maxLength: 25, size: 'max' });
    let [caughtUp, current] = [0, 0];
    fc.assert(
      fc.property(script, (steps) => {
        const { timers, turn } = byHand();
        const world = indexOf(6, timers);
        const { change, index, records } = world;
        const taking = [index.currentSteps(), index.currentSteps()];
        const words = ['milk', 'bread', '文3', '文2401'];
        const expected = (word: string): unknown => {
          const fresh = indexOf(0, null);
          for (const [key, value] of records) fresh.change(key, (value as { readonly title: string }).title);
          return fresh.found(word);
        };
        /** Without what is left over, which counts until it is cleared away, they are the same to the score. */
        const agrees = (): void => {
          takeAll(index.index.vacuumSteps());
          for (const word of words) expect(world.found(word)).toEqual(expected(word));
        };
        while (!index.isReady) turn();
        for (const each of steps) {
          if (each === 'turn') turn();
          else if (each === 'catch up') {
            if (!index.catchUp()) continue;
            caughtUp++;
            agrees();
          } else if ('key' in each) change(each.key, each.title);
          else {
            for (let i = 0; i < each.steps; i++) {
              if (taking[each.which]?.next().done !== true) continue;
              taking[each.which] = index.currentSteps();
              current++;
            }
          }
        }
        takeAll(index.currentSteps());
        agrees();
      }),
      { numRuns: 15 },
    );
    expect([caughtUp > 5, current > 5]).toEqual([true, true]);
  });
});

test('SE-63: an approximate index of vectors is made in turns of their own, a few at a time, with rests between; what commits write goes into it later, and until nobody has the index any more', () => {
  const parsed = parseSearchDefinition({ fields: ['title'], vectors: { field: 'at', dimensions: 4_096 } });
  if (!parsed.ok) throw new Error(parsed.error.code);
  const { timers, turn } = byHand();
  const at = (i: number): Uint8Array =>
    new Uint8Array(Float32Array.from({ length: 4_096 }, (_, j) => (j === i % 16 ? 1 : 0)).buffer);
  const records = new Map<string, Value>(Array.from({ length: 1_100 }, (_, i) => [`k${i}`, { at: at(i) }]));
  let added = 0;
  const approximate: CreateApproximateIndex = () => ({
    bytes: 1,
    add: () => ++added > 0,
    nearest: () => Array.from({ length: added }, (_, i) => i),
  });
  const index = new MapIndex({
    definition: parsed.value,
    keys: () => records.keys(),
    valueOf: (key) => records.get(key),
    timers,
    onUnused: () => {},
    approximate: approximateBy(approximate),
  });
  index.use({});
  let most = 0;
  const turnAll = (): number => {
    for (let turns = 0; ; turns++) {
      const before = added;
      if (!turn()) return turns;
      most = Math.max(most, added - before);
    }
  };
  expect(turnAll()).toBeGreaterThan(550);
  expect([added, most, index.isReady]).toEqual([1_100, 2, true]);
  expect(index.index.isApproximateBehind).toBe(false);
  for (let i = 1_100; i < 1_200; i++) {
    records.set(`k${i}`, { at: at(i) });
    index.change(`k${i}`);
  }
  index.catchUp();
  const behind = added;
  for (let i = 0; i < 20; i++) turn();
  expect(added).toBeGreaterThan(behind);
  index.drop();
  const dropped = added;
  turnAll();
  expect(added).toBe(dropped);
});
