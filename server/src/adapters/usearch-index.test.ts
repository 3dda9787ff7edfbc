import { takeAll } from '@topgun/core/query';
import {
  approximateBy,
  parseSearch,
  parseSearchDefinition,
  runSearch,
  SearchIndex,
  type SearchDefinition,
} from '@topgun/core/search';
import { describe, expect, test } from 'vitest';
import { createRecordedLog } from '../testing/recorded-log.js';
import { createUsearch } from './usearch-index.js';

const DIMENSIONS = 384;
/** Just so many that an approximate index is made. */
const RECORDS = 11_000;
const QUESTIONS = 10;
/** What SE-63 promises. */
const FLOOR = 0.95;
/** This version has no build for it. */
const isWindows = process.platform === 'win32';

function definitionOf(): SearchDefinition {
  const definition = parseSearchDefinition({ fields: ['text'], vectors: { field: 'at', dimensions: DIMENSIONS } });
  if (!definition.ok) throw new Error(definition.error.code);
  return definition.value;
}

/** Mulberry32: numbers from 0 to 1, the same for the same seed. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Vectors around so many centres; none: anywhere. */
function vectorsOf(centres: number): () => number[] {
  const random = randomOf(7);
  const around = (): number => random() + random() + random() - 1.5;
  const anywhere = (): number[] => Array.from({ length: DIMENSIONS }, around);
  if (centres === 0) return anywhere;
  const all = Array.from({ length: centres }, anywhere);
  return () => (all[Math.floor(random() * centres)] as number[]).map((number) => number + around());
}

/** A map of such records, with and without an approximate index. */
function worldOf(centres: number) {
  const definition = definitionOf();
  const { entries, log } = createRecordedLog();
  const records = new Map<string, { at: number[] }>();
  const index = new SearchIndex(definition, approximateBy(createUsearch(log)));
  const exact = new SearchIndex(definition);
  const next = vectorsOf(centres);
  const put = (key: string, record?: { at: number[] }): void => {
    if (record === undefined) records.delete(key);
    else records.set(key, record);
    for (const each of [index, exact]) each.put(key, record);
  };
  return {
    index,
    entries,
    put,
    vector: next,
    write: (from: number, to: number) => {
      for (let i = from; i < to; i++) put(`k${i}`, { at: next() });
    },
    tend: () => takeAll(index.approximateSteps()),
    /** How many of the ten that are nearest are found, and whether any is told other than as it is. */
    recall(): number {
      let hits = 0;
      for (let i = 0; i < QUESTIONS; i++) {
        const query = parseSearch(definition, '', { vector: next(), limit: 10 });
        if (!query.ok) throw new Error(query.error.code);
        const [found, wanted] = [index, exact].map(
          (each) => runSearch(each, query.value, (key) => records.get(key)).hits,
        );
        const similarities = new Map(wanted?.map(({ key, similarity }) => [key, similarity]));
        hits += (found ?? []).filter(({ key, similarity }) => similarities.get(key) === similarity).length;
      }
      return hits / (QUESTIONS * 10);
    },
    isAsked(): boolean {
      const query = parseSearch(definition, '', { vector: next(), limit: 10 });
      return query.ok && takeAll(index.nearest(query.value, query.value.nearest)).further !== undefined;
    },
  };
}

describe('SE-63: what USearch finds', () => {
  test.skipIf(isWindows).each([
    ['around centres', 100],
    ['anywhere', 0],
  ])('is nearly all that is nearest, of vectors %s; after any changes, too', (_, centres) => {
    const world = worldOf(centres);
    world.write(0, RECORDS);
    world.tend();
    expect(world.recall()).toBeGreaterThanOrEqual(FLOOR);
    // Half of them are others, some are gone, some are new; at first they are compared, as they are not in it.
    world.write(0, 400);
    for (let i = 400; i < 800; i++) world.put(`k${i}`);
    world.write(RECORDS, RECORDS + 400);
    expect(world.recall()).toBeGreaterThanOrEqual(FLOOR);
    world.write(800, RECORDS / 2);
    world.tend();
    expect(world.recall()).toBeGreaterThanOrEqual(FLOOR);
    if (centres > 0) expect(world.isAsked()).toBe(true);
    expect(world.entries).toEqual([]);
  });

  test.skipIf(isWindows)(
    'is the record itself, the nearest of all, once it is written, and never what it was before',
    () => {
      const world = worldOf(100);
      world.write(0, RECORDS);
      world.tend();
      expect(world.isAsked()).toBe(true);
      const definition = definitionOf();
      const nearestTo = (vector: number[]): string | undefined => {
        const query = parseSearch(definition, '', { vector, limit: 1 });
        if (!query.ok) throw new Error(query.error.code);
        return takeAll(world.index.nearest(query.value, 1)).keyAt(0);
      };
      const [before, after] = [world.vector(), world.vector()];
      world.put('k5', { at: before });
      expect(nearestTo(before)).toBe('k5');
      world.tend();
      expect(nearestTo(before)).toBe('k5');
      world.put('k5', { at: after });
      expect([nearestTo(before) === 'k5', nearestTo(after)]).toEqual([false, 'k5']);
      world.put('k5');
      expect([nearestTo(before), nearestTo(after)]).not.toContain('k5');
    },
  );

  test('is not needed: without it all are compared, which is said once', () => {
    const { entries, log } = createRecordedLog();
    let tried = 0;
    const create = createUsearch(log, () => {
      tried++;
      throw new Error('no build for this platform');
    });
    for (const dimensions of [3, 384]) expect(create(dimensions)).toBeNull();
    expect([tried, entries.length]).toEqual([1, 1]);
    expect(JSON.stringify(entries)).toContain('no build for this platform');
  });
});
