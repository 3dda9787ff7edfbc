import type { PlainObject, Value } from '@topgun/core/primitives';
import { defineSchema } from '@topgun/core/schema';
import { parseSearch, parseSearchDefinition, type SearchDefinition } from '@topgun/core/search';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { createMemoryIndexStore } from '../../drivers/memory-index-store.js';
import type { IndexStore } from '../../ports/index-store.js';
import { createManualTimers, type ManualTimers } from '../../testing/manual-timers.js';
import { createRecordedLog } from '../../testing/recorded-log.js';
import { keptIndexes } from './kept-indexes.js';
import { KEEP_AFTER_MS, KEPT_FROM_RECORDS, MapIndex } from './map-index.js';

/** Counts the texts that are taken apart: what indexing costs. */
function counting(): { definition: SearchDefinition; split: () => number } {
  let split = 0;
  const parsed = parseSearchDefinition({
    fields: ['title'],
    tokenizer: {
      name: 'counting',
      split(text: string) {
        split++;
        return [...text.matchAll(/\S+/g)].map(({ index, 0: word }) => ({ start: index, end: index + word.length }));
      },
    },
  });
  if (!parsed.ok) throw new Error(parsed.error.code);
  return { definition: parsed.value, split: () => split };
}

const settle = async (): Promise<void> => {
  for (let i = 0; i < 20; i++) await Promise.resolve();
};

interface World {
  readonly records: Map<string, PlainObject>;
  readonly store: IndexStore;
  lineage: string;
}

/** A server's index of the records, until it is put down. */
function begin({ records, store, lineage }: World, timers = createManualTimers()) {
  const { definition, split } = counting();
  const { entries, log } = createRecordedLog();
  const kept = keptIndexes({ indexStore: store, log }, { lineage })?.('docs', definition.fingerprint);
  const index = new MapIndex({
    definition,
    keys: () => records.keys(),
    valueOf: (key): Value | undefined => records.get(key),
    timers,
    onUnused: () => {},
    kept,
  });
  index.use({});
  let turns = 0;
  const turn = async (): Promise<void> => {
    turns++;
    timers.runAll();
    await settle();
  };
  return {
    index,
    split,
    turn,
    logged: entries,
    async ready() {
      while (!index.isReady) await turn();
      return turns;
    },
    /** Until nothing more is done: it is kept, and cleared. */
    async rest() {
      for (let i = 0; i < 40; i++) await turn();
      await new Promise((resolve) => setTimeout(resolve, 5));
      for (let i = 0; i < 40; i++) await turn();
    },
    ranked(text: string) {
      const query = parseSearch(definition, text, { prefix: false, fuzzy: false });
      if (!query.ok) throw new Error(query.error.code);
      const found = index.index.ranked(query.value);
      return Array.from({ length: found.length }, (_, i) => found.keyAt(i)).toSorted();
    },
  };
}

/** Timers of which only what is due at once runs by itself, and the rest when it is named. */
function byDelay(): ManualTimers & { readonly fire: (delayMs: number) => number } {
  const waiting = new Set<{ readonly delayMs: number; readonly run: () => void }>();
  const fire = (delayMs: number): number => {
    const due = [...waiting].filter((timer) => timer.delayMs === delayMs);
    for (const timer of due) {
      waiting.delete(timer);
      timer.run();
    }
    return due.length;
  };
  return {
    after(delayMs, run) {
      const timer = { delayMs, run };
      waiting.add(timer);
      return () => waiting.delete(timer);
    },
    fire,
    runAll: () => void fire(0),
    get pending() {
      return waiting.size;
    },
  };
}

const SIZE = KEPT_FROM_RECORDS + 20;
const titleOf = (i: number): string => (i % 3 === 0 ? 'milk' : 'bread');
const newWorld = (store: IndexStore): World => ({
  store,
  lineage: 'one',
  records: new Map(Array.from({ length: SIZE }, (_, i) => [`k${i}`, { title: titleOf(i) }])),
});

async function keptWorld(store: IndexStore = createMemoryIndexStore(new Map())): Promise<World> {
  const world = newWorld(store);
  const first = begin(world);
  await first.ready();
  await first.rest();
  expect(first.split()).toBe(SIZE);
  first.index.drop();
  return world;
}

describe('SE-46: a kept index', () => {
  test('finds what one made anew finds, whatever was written, removed and made meanwhile and while it is loaded; and indexes that alone', async () => {
    const write = fc.tuple(fc.nat({ max: SIZE + 5 }), fc.option(fc.constantFrom('milk', 'oats', 'bread'), { freq: 3 }));
    await fc.assert(
      fc.asyncProperty(fc.array(write, { maxLength: 12 }), fc.array(write, { maxLength: 6 }), async (away, during) => {
        const world = await keptWorld();
        const put = ([i, title]: readonly [number, string | null]): string => {
          if (title === null) world.records.delete(`k${i}`);
          else world.records.set(`k${i}`, { title });
          return `k${i}`;
        };
        away.forEach(put);
        const second = begin(world);
        for (const one of during) {
          second.index.change(put(one));
          await second.turn();
        }
        await second.ready();
        expect(second.index.index.size).toBe(world.records.size);
        expect(second.split()).toBeLessThanOrEqual(away.length + during.length);
        for (const word of ['milk', 'oats', 'bread']) {
          const expected = [...world.records].flatMap(([key, { title }]) => (title === word ? [key] : []));
          expect(second.ranked(word)).toEqual(expected.toSorted());
        }
      }),
      { numRuns: 12 },
    );
  });

  test('takes many turns to be loaded, and none of them waits for a record to be indexed', async () => {
    const world = await keptWorld();
    const second = begin(world);
    expect(await second.ready()).toBeGreaterThan(2);
    expect(second.split()).toBe(0);
  });

  test('of another history, of another version of the schema, damaged, or that cannot be read, is made anew', async () => {
    const parts = new Map<string, { readonly kind: string; readonly parts: readonly string[] }>();
    const world = await keptWorld(createMemoryIndexStore(parts));
    const again = async (): Promise<number> => {
      const next = begin(world);
      await next.ready();
      const split = next.split();
      expect(next.ranked('milk')).toHaveLength(SIZE / 3);
      next.index.drop();
      return split;
    };
    expect(await again()).toBe(0);
    world.lineage = 'two';
    expect(await again()).toBe(SIZE);
    world.lineage = 'one';
    const [[subject, whole]] = [...parts] as [[string, { kind: string; parts: readonly string[] }]];
    parts.set(subject, { ...whole, parts: whole.parts.slice(0, -1) });
    expect(await again()).toBe(SIZE);
    const broken: IndexStore = { ...world.store, read: () => failing() };
    const last = begin({ ...world, store: broken });
    await last.ready();
    expect([last.split(), last.logged.length]).toEqual([SIZE, 1]);
    const nameOf = (version: number): string | undefined => {
      const value = z.object({ title: z.string() });
      const migrate = Object.fromEntries(Array.from({ length: version - 1 }, (_, i) => [i + 2, (one: object) => one]));
      const schema = defineSchema({ docs: { value, version, migrate: migrate as never } });
      const { log } = createRecordedLog();
      return keptIndexes({ indexStore: world.store, schema, log }, world)?.('docs', 'f').name().kind;
    };
    expect(nameOf(1)).not.toBe(nameOf(2));
  });

  test('has no words of records that are gone, once it is kept again, and is not kept while it changes', async () => {
    const parts = new Map<string, { readonly kind: string; readonly parts: readonly string[] }>();
    const world = newWorld(createMemoryIndexStore(parts));
    world.records.set('k1', { title: 'topsecret' });
    const text = (): string => [...parts.values()].flatMap((one) => one.parts).join('');
    const first = begin(world);
    await first.ready();
    await first.rest();
    expect(text()).toContain('topsecret');
    world.records.delete('k1');
    first.index.change('k1');
    await first.rest();
    expect(text()).toContain('milk');
    expect(text()).not.toContain('topsecret');
  });

  test('is not kept while a record is on its way into it, in which half of that would be; and then with all of it', async () => {
    const parts = new Map<string, { readonly kind: string; readonly parts: readonly string[] }>();
    const memory = createMemoryIndexStore(parts);
    let writes = 0;
    const write: IndexStore['write'] = (...written) => {
      writes++;
      return memory.write(...written);
    };
    const world = newWorld({ ...memory, write });
    const timers = byDelay();
    const first = begin(world, timers);
    await first.ready();
    // Longer than a turn takes.
    const title = Array.from({ length: 4_000 }, (_, i) => i.toString(36)).join(' ');
    world.records.set('k1', { title });
    first.index.change('k1');
    const before = first.index.index.changes;
    let tried = 0;
    while (!first.ranked('2s').includes('k1')) {
      tried += timers.fire(KEEP_AFTER_MS);
      await settle();
      expect(writes).toBe(0);
      await first.turn();
    }
    // Its terms were on their way, and keeping was due meanwhile.
    expect([first.index.index.changes, tried > 1]).toEqual([before + 1, true]);
    timers.fire(KEEP_AFTER_MS);
    for (let i = 0; i < 40; i++) await first.turn();
    expect(writes).toBe(1);
    const second = begin(world);
    await second.ready();
    expect([second.split(), second.ranked('2s')]).toEqual([0, ['k1']]);
  });

  test('of few records is not kept, nor one that few records made another', async () => {
    const parts = new Map<string, { readonly kind: string; readonly parts: readonly string[] }>();
    const small = newWorld(createMemoryIndexStore(parts));
    for (let i = 0; i < 30; i++) small.records.delete(`k${i}`);
    const first = begin(small);
    await first.ready();
    await first.rest();
    expect(parts.size).toBe(0);
    const world = await keptWorld(createMemoryIndexStore(parts));
    const [before] = [...parts.values()];
    const second = begin(world);
    await second.ready();
    world.records.set('k1', { title: 'oats' });
    second.index.change('k1');
    await second.rest();
    expect([...parts.values()][0]).toBe(before);
  });
});

// oxlint-disable-next-line require-yield
async function* failing(): AsyncIterable<string> {
  await Promise.resolve();
  throw new Error('the disk is gone');
}
