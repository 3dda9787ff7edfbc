import { describe, expect, test } from 'vitest';
import type { Stamp } from '../../clock/index.js';
import type { LwwRecord } from '../../crdt/index.js';
import type { Value } from '../../primitives/index.js';
import { splitWords } from '../../query/index.js';
import { parseSearch, parseSearchDefinition, SearchIndex, suggestSteps, parseSuggest } from '../../search/index.js';
import type { MapStore } from '../state/map-store.js';
import { MergedFacts } from './merged-facts.js';
import type { ServerSaid } from './server-facts.js';

/** Two steps' words: one may end within a record, and the next begin there. */
const MOST = 2 * 128;

let read = 0;
const tokenizer = {
  name: 'counting',
  *split(text: string) {
    for (const word of splitWords(text)) {
      read++;
      yield word;
    }
  },
};

function counted<T>(steps: Generator<void, T>) {
  let [most, all] = [0, 0];
  for (;;) {
    read = 0;
    const step = steps.next();
    [most, all] = [Math.max(most, read), all + read];
    if (step.done === true) return { result: step.value, most, all };
  }
}

const recordOf = (title: string): LwwRecord => ({
  existence: { op: 'create', stamp: '1' as Stamp },
  floor: '',
  fields: new Map([['title', { value: title, stamp: '1' as Stamp }]]),
  expiry: null,
});

/** A map in which these records are pending; `before`: those that the server has. */
function setUp(
  values: ReadonlyMap<string, Value>,
  where: object = {},
  before: Pick<ReadonlyMap<string, LwwRecord>, 'get'> = new Map(),
) {
  const parsed = parseSearchDefinition({ fields: ['title'], tokenizer });
  if (!parsed.ok) throw new Error(parsed.error.code);
  const index = new SearchIndex(parsed.value);
  for (const [key, value] of values) index.put(key, value);
  const store = {
    acks: { isAfter: () => true },
    overlay: { pendingKeys: () => values.keys(), baseRecords: () => before, isPending: () => true },
    values,
  } as unknown as MapStore;
  const query = parseSearch(parsed.value, 'milk', { facets: ['kind'], where });
  const asked = parseSuggest(parsed.value, 'mil');
  if (!query.ok || !asked.ok) throw new Error('bad search');
  return { index, asked: asked.value, merged: new MergedFacts(index, store, query.value) };
}

const said: ServerSaid = { total: 10, facets: { kind: [{ value: 1, count: 10 }] }, completions: [], through: 1 };
const titles = (count: number, title: (i: number) => string): Map<string, Value> =>
  new Map(Array.from({ length: count }, (_, i) => [`k${i}`, { title: title(i), kind: 1 }]));
const long = Array.from({ length: 2_000 }, (_, i) => `文${i}`).join(' ');

describe('SE-13, SE-44: what this device has written and the server has not counted', () => {
  test.each([
    ['few records with many words', titles(6, (i) => (i % 2 === 0 ? `${long} milk` : long)), 3],
    ['many records with some', titles(300, (i) => (i % 2 === 0 ? '茶 '.repeat(50) + 'milk' : '茶 '.repeat(50))), 150],
  ])('is put to what it has, of %s, a few words in a step', (_what, values, found) => {
    const { result, most, all } = counted(setUp(values).merged.merge(said));
    expect(result).toEqual({ total: 10 + found, facets: { kind: [{ value: 1, count: 10 + found }] }, counted: 'both' });
    expect(all).toBeGreaterThan(found * 50);
    expect(most).toBeLessThan(MOST);
  });

  test('completes words, a few in a step', () => {
    // Of these the server has counted two as they were, and two had no such word.
    const before = new Map(
      Array.from({ length: 4 }, (_, i) => [`k${i}`, recordOf(`${long} ${i < 2 ? 'milk' : 'bread'}`)]),
    );
    const { asked, index, merged } = setUp(
      titles(6, () => `${long} milk`),
      {},
      before,
    );
    const valueOf = counted(merged.newValueOf(said));
    const { result, most } = counted(suggestSteps(index, index.ranked(asked.search), asked, valueOf.result));
    expect(result).toEqual([{ text: 'milk', count: 4 }]);
    expect(Math.max(most, valueOf.most)).toBeLessThan(MOST);
  });

  test('meets conditions about words, which are read in steps', () => {
    const { merged } = setUp(
      titles(4, (i) => `milk ${long} ${i % 2 === 0 ? 'bread' : ''}`),
      {
        title: { $match: 'bread' },
      },
    );
    let steps = 0;
    const merging = merged.merge(said);
    let step = merging.next();
    for (; step.done !== true; steps++) step = merging.next();
    expect(step.value.total).toBe(12);
    expect(steps).toBeGreaterThan((4 * 2_000) / 128);
  });

  test('is gathered in steps before any of it is read', () => {
    const pending = titles(1_000, () => 'tea');
    const looked: number[] = [0];
    const base = {
      get(key: string) {
        looked[looked.length - 1] = (looked.at(-1) as number) + 1;
        return before.get(key);
      },
    };
    const before = new Map([['k7', recordOf('milk')]]);
    const { merged } = setUp(pending, {}, base);
    const steps = merged.merge(said);
    let step = steps.next();
    for (; step.done !== true; step = steps.next()) looked.push(0);
    // One that had the word, and has it no longer.
    expect(step.value).toEqual({ total: 9, facets: { kind: [{ value: 1, count: 10 }] }, counted: 'both' });
    expect(looked.reduce((sum, each) => sum + each, 0)).toBe(1_000);
    expect(Math.max(...looked)).toBeLessThanOrEqual(128 / 2);
  });

  test('what is written between the steps is taken along, and what goes is left', () => {
    const pending = titles(300, () => 'milk');
    const { merged } = setUp(pending);
    const steps = merged.merge(said);
    steps.next();
    pending.delete('k299');
    pending.set('late', { title: 'milk', kind: 1 });
    let step = steps.next();
    while (step.done !== true) step = steps.next();
    expect(step.value.total).toBe(10 + 300);
  });
});
